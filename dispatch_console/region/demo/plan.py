"""Plans a believable day: which orders came when, who took them, and how each went. Pure: nothing is written here."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from dispatch_console.region.demo.drafts import Draft, Point

ZoneOf = Callable[[Point, Literal["inbound", "outbound"]], int | None]

DETOUR = 1.35
GOLDEN = 0.6180339887
SPEED = {"bike": 14.0, "cargo_bike": 12.0, "scooter": 24.0, "car": 30.0, "van": 28.0, "truck": 25.0}
PATIENCE = {"EXPRESS": 26, "FOOD": 16, "STANDARD": 110, "SAMEDAY": 200, "PHARMA": 60, "BULKY": 180}
"""Minutes that an order may wait in a driver's queue before a dispatcher rather leaves it unassigned."""


@dataclass
class Worker:
    """A driver during the planned day; `legs` is where the driver is when."""

    driver_id: int
    vehicle: str
    capacity: int
    zones: frozenset[int] | None
    place: Point
    free_at: datetime
    carrying: list[tuple[datetime, int]] = field(default_factory=list)
    legs: list[tuple[datetime, datetime, Point, Point]] = field(default_factory=list)

    def units_at(self, moment: datetime) -> int:
        return sum(units for until, units in self.carrying if until > moment)


@dataclass(frozen=True, order=True)
class Act:
    """One thing that somebody did to one order."""

    at: datetime
    order: int
    name: str
    by: str = field(compare=False, default="dispatcher")
    driver_id: int | None = field(compare=False, default=None)
    reason: str = field(compare=False, default="")
    note: str = field(compare=False, default="")


@dataclass(frozen=True)
class _DoneBy:
    """Acts of one driver on one order."""

    order: int
    driver_id: int

    def __call__(self, at: datetime, name: str, *, reason: str = "", note: str = "") -> Act:
        return Act(at, self.order, name, by="driver", driver_id=self.driver_id, reason=reason, note=note)


class Day:
    """Deals the drafts to the workers as a dispatcher would, and tells what happened to each until `now`."""

    def __init__(
        self,
        drafts: list[Draft],
        workers: list[Worker],
        *,
        zone_of: ZoneOf,
        reasons: dict[str, tuple[str, ...]],
        now: datetime,
        chance: random.Random,
        needs_acceptance: bool,
    ) -> None:
        self.drafts = sorted(drafts, key=lambda draft: draft.created_at)
        self.workers = workers
        self._zone_of = zone_of
        self._reasons = reasons
        self._now = now
        self._chance = chance
        self._needs_acceptance = needs_acceptance

    def acts(self) -> list[Act]:
        """Everything that happened up to now, in the order of time."""
        found = [act for number, draft in enumerate(self.drafts) for act in self._fate(number, draft)]
        return sorted(act for act in found if act.at <= self._now)

    def _fate(self, number: int, draft: Draft) -> Iterator[Act]:
        yield Act(draft.created_at, number, "create", by=draft.by)
        if draft.is_draft or draft.waits or draft.carrier_type != "internal":
            return
        # Evenly spread instead of drawn: every kind of trouble then has its share of even a short day.
        fate = number * GOLDEN % 1
        decided_at = draft.created_at + self._minutes(1.5, 5 if draft.service in ("EXPRESS", "FOOD") else 12)
        if fate < 0.04:
            yield Act(decided_at, number, "cancel", reason=self._reason("cancel"))
            return
        if fate < 0.06:
            yield Act(decided_at, number, "hold", reason=self._reason("hold"))
            if self._chance.random() < 0.5:
                return
            decided_at += self._minutes(5, 25)
            yield Act(decided_at, number, "release")
            decided_at += timedelta(minutes=1)
        if draft.created_at > self._now - timedelta(minutes=35) and self._chance.random() < 0.3:
            return  # left for whoever sits at the console
        yield from self._dispatch(number, draft, decided_at, fate)

    def _dispatch(self, number: int, draft: Draft, decided_at: datetime, fate: float) -> Iterator[Act]:
        choice = self._choose(draft, decided_at)
        while choice is None and decided_at < self._now:
            decided_at += timedelta(minutes=12)
            choice = self._choose(draft, decided_at)
        if choice is None:
            return
        worker, arrives_at = choice
        if 0.06 <= fate < 0.09 and self._needs_acceptance:
            refused_at = decided_at + self._minutes(0.5, 2)
            yield Act(decided_at, number, "assign", driver_id=worker.driver_id)
            yield _DoneBy(number, worker.driver_id)(refused_at, "reject", reason=self._reason("reject"))
            decided_at = refused_at + self._minutes(1, 5)
            choice = self._choose(draft, decided_at, without=worker)
            if choice is None:
                return
            worker, arrives_at = choice
        elif 0.09 <= fate < 0.11:
            yield Act(decided_at, number, "assign", driver_id=worker.driver_id)
            changed_at = decided_at + self._minutes(3, 8)
            yield Act(changed_at, number, "unassign", reason=self._reason("unassign"))
            decided_at = changed_at + self._minutes(1, 6)
            choice = self._choose(draft, decided_at)
            if choice is None:
                return
            worker, arrives_at = choice
        yield Act(decided_at, number, "assign", driver_id=worker.driver_id)
        yield from self._carry(number, draft, worker, decided_at, arrives_at, fate)

    def _carry(
        self, number: int, draft: Draft, worker: Worker, assigned_at: datetime, arrives_at: datetime, fate: float
    ) -> Iterator[Act]:
        pickup, dropoff = draft.pickup.point, draft.dropoff.point
        picked_up_at = arrives_at + self._minutes(2, 7)
        departed_at = picked_up_at + self._minutes(2, 7)
        delivered_at = departed_at + self._travel(worker, pickup, dropoff) + self._minutes(2, 7)
        starts_at = max(worker.free_at, assigned_at)
        worker.legs += [(starts_at, arrives_at, worker.place, pickup), (departed_at, delivered_at, pickup, dropoff)]
        worker.carrying.append((delivered_at, draft.units))
        worker.place, worker.free_at = dropoff, delivered_at
        done = _DoneBy(number, worker.driver_id)
        if self._needs_acceptance:
            yield done(assigned_at + self._minutes(0.3, 1.8), "accept")
        yield done(picked_up_at, "pick-up")
        if 0.11 <= fate < 0.13:
            yield Act(departed_at, number, "cancel", reason=self._reason("cancel"))
            if delivered_at < self._now - timedelta(minutes=90):
                yield done(delivered_at, "return", reason="Cancelled on the way")
            return
        yield done(departed_at, "depart")
        if 0.17 <= fate < 0.22 and departed_at > self._now - timedelta(minutes=25):
            stranded_at = departed_at + self._minutes(2, 4)
            yield Act(
                stranded_at, number, "unassign", reason="Vehicle fault", note="Flat tyre; the parcel is in the box."
            )
            return
        if 0.22 <= fate < 0.26:
            on_the_way = departed_at + (delivered_at - departed_at) / 2
            kinds = self._reasons["exception"]
            yield done(on_the_way, "raise-exception", reason=kinds[number % len(kinds)])
            if number % 3:
                yield Act(delivered_at + timedelta(minutes=9), number, "settle-exception", note="Sorted out by phone.")
        if 0.13 <= fate < 0.17:
            yield done(delivered_at, "return", reason=self._reason("return"))
        else:
            yield done(delivered_at, "deliver", note=self._chance.choice(HANDED_OVER))

    def _choose(
        self, draft: Draft, decided_at: datetime, *, without: Worker | None = None
    ) -> tuple[Worker, datetime] | None:
        """The worker who would be at the pickup first, if anybody would be there soon enough."""
        pickup, dropoff = draft.pickup.point, draft.dropoff.point
        ends = {self._zone_of(pickup, "outbound"), self._zone_of(dropoff, "inbound")}
        distance = _kilometers(pickup, dropoff)
        best: tuple[datetime, int] | None = None
        for index, worker in enumerate(self.workers):
            if worker is without or (worker.zones is not None and not ends <= worker.zones):
                continue
            if worker.units_at(decided_at) + draft.units > worker.capacity or not _suits(draft, worker, distance):
                continue
            arrival = max(worker.free_at, decided_at) + self._travel(worker, worker.place, pickup)
            if best is None or arrival < best[0]:
                best = (arrival, index)
        if best is None or best[0] > decided_at + timedelta(minutes=PATIENCE[draft.service]):
            return None
        return self.workers[best[1]], best[0]

    def _travel(self, worker: Worker, start: Point, end: Point) -> timedelta:
        hours = _kilometers(start, end) * DETOUR / SPEED[worker.vehicle]
        return timedelta(hours=hours) + timedelta(minutes=1)

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self._chance.uniform(least, most))

    def _reason(self, kind: str) -> str:
        return self._chance.choice(self._reasons[kind])


HANDED_OVER = (
    "Signed by the receiver",
    "Handed over at the door",
    "Left with the neighbour, signed",
    "At the reception",
)


def _suits(draft: Draft, worker: Worker, kilometers: float) -> bool:
    if draft.service == "BULKY":
        return worker.vehicle in ("van", "truck")
    if draft.service == "FOOD" and worker.vehicle in ("van", "truck"):
        return False
    return worker.vehicle not in ("bike", "cargo_bike") or kilometers < 4.5


def _kilometers(one: Point, other: Point) -> float:
    return math.hypot((one[0] - other[0]) * 111.2, (one[1] - other[1]) * 75.6)
