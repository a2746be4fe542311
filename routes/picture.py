"""Drivers with everything a ranking and an automatic round ask about them, read in a constant number of queries."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from dispatch_console.core import clock
from drivers.models import Driver, Shift
from orders import groups
from orders.actions.claims import NO_ANSWER
from orders.actions.eligibility import loads
from orders.models import Assignment, Offer, OfferAnswer, Order, RunSequence
from orders.sequence import IN_WORK, in_order
from orders.states import MOVING, AssignmentStatus

OFFERS_REMEMBERED = 20
OFFERS_FORGOTTEN_AFTER = timedelta(days=30)
WORK_FIELDS = (
    *("code", "driver", "status", "assignment_status", "held_by", "due_at", "unit_size", "scheduled_pickup_at"),
    *("pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude"),
    # What the sequence asks of each order.
    *("arrived_pickup_at", "arrived_dropoff_at", "attempt_failed"),
    *("version", "team", "customer"),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """How a driver answered the last offers."""

    accepted: int = 0
    rejected: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.rejected + self.expired


@dataclass(frozen=True, slots=True)
class Standing:
    """One driver now: `work` is open and in the sequence it is worked off, `used` the units on board and promised."""

    driver: Driver
    used: int = 0
    work: list[Order] = field(default_factory=list)
    shift_end: datetime | None = None
    answers: Answers = field(default_factory=Answers)

    @property
    def position(self) -> Any:
        return getattr(self.driver, "position", None)


def read_picture(drivers: Iterable[Driver], *, except_order_id: int | None = None) -> dict[int, Standing]:
    """By driver id. The drivers come with `position`, `primary_vehicle` and their zones. Five queries,
    and one more where somebody drives a trip."""
    drivers = list(drivers)
    ids = [driver.pk for driver in drivers]
    used = loads(ids, except_order_id=except_order_id)
    work = _work(ids, except_order_id)
    ends = dict(Shift.objects.filter(driver__in=ids, ended_at__isnull=True).values_list("driver_id", "planned_end"))
    answers = _answers(ids)
    return {
        driver.pk: Standing(
            driver=driver,
            used=used.get(driver.pk, 0),
            work=work.get(driver.pk, []),
            shift_end=ends.get(driver.pk),
            answers=answers.get(driver.pk, Answers()),
        )
        for driver in drivers
    }


def work_of(driver_ids: Collection[int]) -> tuple[dict[int, list[Order]], dict[int, groups.Places]]:
    """The open orders of drivers in the sequence they are worked off, and the places in their trips of those that are
    in one. Two queries, three with trips."""
    return _read_work(driver_ids, None)


def _work(driver_ids: list[int], except_order_id: int | None) -> dict[int, list[Order]]:
    return _read_work(driver_ids, except_order_id)[0]


def _read_work(
    driver_ids: Collection[int], except_order_id: int | None
) -> tuple[dict[int, list[Order]], dict[int, groups.Places]]:
    open_work = Order.objects.filter(driver__in=driver_ids, status__in=IN_WORK).exclude(pk=except_order_id)  # type: ignore[misc]
    found: dict[int, list[Order]] = {}
    for order in open_work.order_by().only(*WORK_FIELDS):
        found.setdefault(order.driver_id or 0, []).append(order)
    arranged = dict(RunSequence.objects.filter(driver__in=driver_ids).values_list("driver_id", "order_ids"))
    in_trips = groups.places([order for orders in found.values() for order in orders])
    ordered = {
        driver_id: in_order(orders, arranged.get(driver_id, []), in_trips) for driver_id, orders in found.items()
    }
    return ordered, in_trips


def _answers(driver_ids: list[int]) -> dict[int, Answers]:
    recent = clock.now() - OFFERS_FORGOTTEN_AFTER
    offered = (
        Assignment.objects.filter(driver=OuterRef("pk"), created_at__gte=recent)
        .filter(Q(responded_at__isnull=False) | Q(status=AssignmentStatus.REJECTED))
        .order_by("-created_at")
        .values(line=JSONObject(status="status", reason="reason", at="created_at"))[:OFFERS_REMEMBERED]
    )
    # A wave that was accepted has an assignment with an answer: it is counted there.
    missed = (
        Offer.objects.filter(driver=OuterRef("pk"), offered_at__gte=recent)
        .filter(answer__in=(OfferAnswer.REFUSED, OfferAnswer.EXPIRED))
        .order_by("-offered_at")
        .values(line=JSONObject(status="answer", reason="reason", at="offered_at"))[:OFFERS_REMEMBERED]
    )
    rows = Driver.objects.filter(pk__in=driver_ids).order_by()
    rows = rows.annotate(offered=ArraySubquery(offered), missed=ArraySubquery(missed))
    found = {}
    for pk, asked, unanswered in rows.values_list("pk", "offered", "missed"):
        lines = sorted([*asked, *unanswered], key=lambda line: line["at"], reverse=True)
        words = [_answer(line) for line in lines[:OFFERS_REMEMBERED]]
        found[pk] = Answers(*(words.count(word) for word in ("accepted", "rejected", "expired")))
    return found


def _answer(line: Mapping[str, Any]) -> str:
    if line["status"] in (OfferAnswer.REFUSED, OfferAnswer.EXPIRED):
        return "expired" if line["status"] == OfferAnswer.EXPIRED else "rejected"
    if line["status"] != AssignmentStatus.REJECTED:
        return "accepted"
    return "expired" if line["reason"] == NO_ANSWER else "rejected"


def is_moving(order: Order) -> bool:
    return order.status in MOVING
