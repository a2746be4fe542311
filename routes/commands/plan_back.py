"""Take an applied plan back: every order that has not moved on since has its driver and its place again.

Each step is an act of its own through the commands of trips and orders: what cannot come back stays and is named.
"""

from collections.abc import Sequence
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Refused
from dispatch_console.core.models import Event
from drivers.selectors import get_driver
from orders import commands, groups, rearrange, sequence
from orders.actions import Action, Switch, Unassign
from orders.models import Order
from orders.states import Status
from routes.commands import trip_rows, trip_status, trip_stops, trips
from routes.commands.plans import find
from routes.commands.trip_layout import PlannedStop, codes_of
from routes.models import PlanRun, PlanState, Trip, TripStatus

# A trip's own doing, which nobody decided.
BY_ITSELF = (trip_status.STARTED, trip_status.COMPLETED, trip_status.RESUMED, trip_status.SET_BACK)


def take_back(number: int, *, actor: Actor) -> tuple[PlanRun, list[dict[str, str]]]:
    """Call off the trips that applying made, give trips it changed their old stops, unassign what it assigned, and
    return what it took from other drivers to them, at the old places of their runs.

    What has moved on since stays; each such order or trip is one refusal {label, code, message}, kept with the run.
    """
    run = find(number, actor)
    if run.state != PlanState.APPLIED:
        raise Refused(f"{run} is {run.get_state_display().lower()}: there is nothing to take back.", code="not_applied")
    stayed = _Back(run, actor).stayed
    PlanRun.objects.filter(pk=run.pk).update(
        state=PlanState.TAKEN_BACK, applied={**run.applied, "stayed": list(stayed.values())}
    )
    run.refresh_from_db()
    return run, list(stayed.values())


class _Back:
    """Does everything when it is made; `stayed` says what could not come back, one line for each label."""

    def __init__(self, run: PlanRun, actor: Actor) -> None:
        self.run, self.actor = run, actor
        self.reason = f"Plan {run.number} taken back"
        self.stayed: dict[str, dict[str, str]] = {}
        for label in run.applied.get("created", []):
            self._try(label, lambda label=label: self._call_off(label))
        for label, stops in run.applied.get("before", {}).items():
            old = [PlannedStop(*stop) for stop in stops]
            self._try(label, lambda label=label, old=old: self._put_back(label, old))
        self._unassign()
        self._return(self._switch_back())

    def _try(self, label: str, act: Any) -> bool:
        try:
            act()
        except DomainError as error:
            self._say(label, error.code, error.message)
            return False
        return True

    def _say(self, label: str, code: str, message: str) -> None:
        self.stayed.setdefault(label, {"label": label, "code": code, "message": message})

    # Trips

    def _call_off(self, label: str) -> None:
        trip = self._trip(label)
        if trip.status == TripStatus.IN_PROGRESS:
            self._take_out(trip, codes_of(trip_rows.steps_of(trip)))
        elif trip.status != TripStatus.CANCELLED:
            trips.cancel(label, actor=self.actor, reason=self.reason)

    def _put_back(self, label: str, old: list[PlannedStop]) -> None:
        trip = self._trip(label)
        applied_at = self.run.applied["versions"].get(label, trip.version)
        since = Event.objects.filter(stream=trip.KIND, object_id=trip.pk, version__gt=applied_at)
        if by_hand := since.exclude(kind__in=BY_ITSELF).order_by("version").first():
            raise Refused(
                f"Trip {label} was changed by {by_hand.actor_label} since and stays as it is.", code="changed_since"
            )
        if trip.status != TripStatus.IN_PROGRESS:
            trips.replan(label, stops=old, version=trip.version, actor=self.actor)
            trips.edit(label, trip_type=self.run.applied["types"][label], actor=self.actor)
            return
        known = set(codes_of(old))
        self._take_out(trip, [code for code in codes_of(trip_rows.steps_of(trip)) if code not in known])
        trip = self._trip(label)
        over = set(trip_rows.finished(trip))
        left = [step for step in trip_rows.steps_of(trip) if step not in over]
        # What was added and has begun is on board, or the driver is there: it goes on first.
        wanted = sorted(left, key=lambda step: old.index(step) if step in old else -1)
        if wanted != left:
            trip_stops.reorder(label, stops=wanted, version=trip.version, actor=self.actor)

    def _take_out(self, trip: Trip, codes: Sequence[str]) -> None:
        """Of a trip that is driven, what has not begun."""
        orders = Order.objects.visible_to(self.actor).filter(code__in=codes).select_related("driver")
        begun = {order.code: order for order in orders if order.status != Status.ASSIGNED or sequence.is_at_door(order)}
        for code, order in begun.items():
            self._say(code, "moved_on", f"{_what(order)} and stays on trip {trip.label}.")
        if waiting := [code for code in codes if code not in begun]:
            trip_stops.remove(trip.label, orders=waiting, actor=self.actor, reason=self.reason, version=trip.version)

    def _trip(self, label: str) -> Trip:
        trip = Trip.objects.visible_to(self.actor).filter(label=label).first()
        if trip is None:
            raise Refused(f"There is no trip {label} any more.", code="not_found")
        return trip

    # Orders

    def _unassign(self) -> None:
        for code, driver_id in self.run.applied.get("assigned", {}).items():
            if order := self._unmoved(code, driver_id):
                self._perform(order, Unassign(reason=self.reason))

    def _switch_back(self) -> dict[int, list[str]]:
        """Last given first, so that each vehicle has the room it had; by driver, what came back."""
        returned: dict[int, list[str]] = {}
        for line in reversed(self.run.applied.get("moved", [])):
            order = self._unmoved(line["code"], line["to"])
            if order and self._perform(order, Switch(driver_id=line["from"], reason=self.reason)):
                returned.setdefault(line["from"], []).append(order.code)
        return returned

    def _unmoved(self, code: str, driver_id: int) -> Order | None:
        """The order, where it still is as the plan left it."""
        order = Order.objects.visible_to(self.actor).filter(code=code).select_related("driver").first()
        if order is None:
            self._say(code, "not_found", f"There is no order {code} any more.")
        elif order.driver_id != driver_id or order.status != Status.ASSIGNED or sequence.is_at_door(order):
            self._say(code, "moved_on", f"{_what(order)} and stays so.")
        elif order.held_by:
            self._say(code, "in_group", f"{code} is in {groups.words(order.held_by)} and stays there.")
        else:
            return order
        return None

    def _perform(self, order: Order, action: Action) -> bool:
        act = lambda: commands.perform(action, code=order.code, actor=self.actor, version=order.version)  # noqa: E731
        return self._try(order.code, act)

    def _return(self, returned: dict[int, list[str]]) -> None:
        """Put what came back where it stood in its driver's run; what was arranged there since stays as it is."""
        for driver_id, codes in returned.items():
            before = self.run.applied["runs"].get(str(driver_id), [])
            present = sequence.run_of(get_driver(self.actor, driver_id), self.actor)
            still = [code for code in present.codes if code in before]
            if still == [code for code in before if code in still]:
                continue
            wanted = _placed(present, before, codes)
            try:
                rearrange.change_sequence(driver_id, codes=wanted, version=present.version, actor=self.actor)
            except DomainError as error:
                for code in codes:
                    sentence = f"{code} is with {present.driver} again, but not at its old place. {error.message}"
                    self._say(code, error.code, sentence)


def _placed(present: sequence.Run, before: Sequence[str], returned: Sequence[str]) -> list[str]:
    """Each after the nearest order that stood before it and is there still, or else before everything that can move."""
    found = [code for code in present.codes if code not in returned]
    begun = sum(1 for order in present.shown if sequence.is_under_way(order))
    for code in (code for code in before if code in returned):
        earlier = [other for other in before[: before.index(code)] if other in found]
        found.insert(max(found.index(earlier[-1]) + 1 if earlier else 0, begun), code)
    return found


def _what(order: Order) -> str:
    status = Status(order.status).label.lower()
    if sequence.is_at_door(order):
        return f"{order.code} has begun with {order.driver}"
    if order.status == Status.ASSIGNED:
        return f"{order.code} is with {order.driver} now"
    return f"{order.code} is {status}" + (f" with {order.driver}" if order.driver else "")
