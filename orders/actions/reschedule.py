"""Moving an order to another working day, with its time of day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event, WorkingDays
from orders.actions.base import Action
from orders.actions.form_rules import FURTHEST_SCHEDULE
from orders.actions.rules import NOT_IN_GROUP, Guard, status_in
from orders.actions.staged import due_of
from orders.models import Order
from orders.states import DONE, MOVING, Leg, Status

TIMES = ("scheduled_pickup_at", "scheduled_delivery_at", "due_at")


@dataclass(frozen=True, kw_only=True)
class Reschedule(Action):
    """Move what is still to happen to another day, at the same time of day in the company's zone.

    Without a `day` it is the next working day after today, or after the order's own day where that is later. A pickup
    that has happened stays; a delivery that would fall on a day off goes on to the next working day. An order that has
    only the promise of its service gets it as its scheduled delivery. `times` are set as they are, for an undo.
    """

    name: ClassVar[str] = "reschedule"
    label: ClassVar[str] = "Reschedule"
    event: ClassVar[str] = "order.rescheduled"
    permission: ClassVar[str] = "orders.edit"
    guard: ClassVar[Guard] = Guard(
        (
            status_in(
                Status.DRAFT,
                Status.PENDING,
                Status.ASSIGNED,
                Status.PICKED_UP,
                Status.IN_TRANSIT,
            ),
            *NOT_IN_GROUP,
        ),
        of_parents=True,
    )

    day: date | None = None
    reason: str = ""
    note: str = ""
    times: dict[str, datetime | None] | None = None

    def content(self) -> dict[str, Any]:
        said = super().content()
        if self.times is None:
            del said["times"]
        return said

    def check(self, order: Order, actor: Actor) -> None:
        if self.times is None and _anchor(order) is None:
            raise Refused(
                f"Order {order.code} has no scheduled time and no due time, so there is nothing to move. "
                "Edit the order and give it one.",
                code="nothing_to_reschedule",
            )

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        whole = leg.parent
        if whole is None or leg.status in DONE:
            return None
        times = {"due_at": due_of(leg.leg, whole)}
        own = "scheduled_pickup_at" if leg.leg == Leg.INBOUND else "scheduled_delivery_at"
        if own == "scheduled_delivery_at" or leg.status not in MOVING:
            times[own] = getattr(whole, own)
        return Reschedule(times=times, reason=self.reason, note=self.note)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        times = self.times if self.times is not None else self._moved(order)
        for name, moment in times.items():
            setattr(order, name, moment)
        order.attempt_failed = False
        return [*times, "attempt_failed"]

    def _moved(self, order: Order) -> dict[str, datetime | None]:
        zone, calendar = order.tenant.zone_info, WorkingDays.of(order.tenant)
        first = _anchor(order)
        assert first is not None  # `check` has refused
        own_day, today = first.astimezone(zone).date(), clock.now().astimezone(zone).date()
        day = self._target(max(own_day, today), today, calendar)
        shift = day - own_day
        moved: dict[str, datetime | None] = {}
        if order.scheduled_pickup_at is not None and order.status not in MOVING:
            moved["scheduled_pickup_at"] = _at_same_time(order.scheduled_pickup_at, shift, zone, calendar)
        if (delivery := order.scheduled_delivery_at or order.due_at) is not None:
            later = _at_same_time(delivery, shift, zone, calendar)
            moved |= {"scheduled_delivery_at": later, "due_at": later}
        return moved

    def _target(self, after: date, today: date, calendar: WorkingDays) -> date:
        if self.day is None:
            try:
                return calendar.after(after)
            except ValidationError as error:
                raise Refused(error.messages[0], code="no_working_day") from None
        if self.day < today:
            raise Invalid.fields(day="This day is over. Choose today or a later day.")
        if self.day > today + FURTHEST_SCHEDULE:
            raise Invalid.fields(day="This day is more than a year ahead. Choose an earlier one.")
        if why := calendar.why_not(self.day):
            sentence = (
                f"{self.day:%d %b %Y} is {why}, a day off. The next working day is {calendar.after(self.day):%a %d %b}."
            )
            raise Invalid(sentence, code="not_a_working_day", details={"fields": {"day": [sentence]}})
        return self.day

    @classmethod
    def inverse(cls, event: Event) -> Action:
        before = event.data["before"]
        return cls(times={name: _moment(before[name]) for name in TIMES if name in before}, note="Undone")


def _anchor(order: Order) -> datetime | None:
    """What of the order happens next: its pickup before pickup, then its delivery."""
    pickup = None if order.status in MOVING else order.scheduled_pickup_at
    return pickup or order.scheduled_delivery_at or order.due_at


def _at_same_time(moment: datetime, shift: timedelta, zone: ZoneInfo, calendar: WorkingDays) -> datetime:
    """Wall time, so that ten o'clock stays ten o'clock when the clocks change in between."""
    local = moment.astimezone(zone)
    day = calendar.from_day(local.date() + shift)
    return local.replace(year=day.year, month=day.month, day=day.day)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
