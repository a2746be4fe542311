"""Who could take an order: every available driver with each rule's verdict, the nearest that may first."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import ExpressionWrapper, F, FloatField, Value

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.geo import haversine_metres
from drivers.models import Driver, DriverStatus
from orders.actions.eligibility import Verdict, loads, verdicts
from orders.models import Order
from orders.states import MOVING

SHOWN = 80
# Judging a driver costs little, but not nothing: of a large fleet the nearest on duty are looked at, and that is said.
MOST_JUDGED = 400


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the package is, as far as is known: distances are measured from here, as the crow flies."""

    latitude: float | None
    longitude: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Candidate:
    driver: Driver
    verdicts: list[Verdict]
    used: int
    metres: float | None
    seen_at: datetime | None
    is_stale: bool

    @property
    def is_blocked(self) -> bool:
        return any(verdict.level == "block" for verdict in self.verdicts)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Possible before impossible, without warnings before with, near before far, unknown distance last."""
        unknown = self.metres is None
        return (self.is_blocked, bool(self.verdicts), self.is_stale, unknown, self.metres or 0.0, self.driver.name)

    def as_dict(self) -> dict[str, Any]:
        vehicle = self.driver.primary_vehicle
        return {
            "id": self.driver.pk,
            "name": self.driver.name,
            "phone": self.driver.phone,
            "is_online": self.driver.is_online,
            "vehicle": None if vehicle is None else {"name": vehicle.name, "kind": vehicle.get_kind_display()},
            "used": self.used,
            "limit": None if vehicle is None else vehicle.capacity_units,
            "metres": None if self.metres is None else round(self.metres),
            "seen_at": clock.iso(self.seen_at),
            "is_stale": self.is_stale,
            "is_blocked": self.is_blocked,
            "blocks": [verdict.sentence for verdict in self.verdicts if verdict.level == "block"],
            "warnings": [verdict.sentence for verdict in self.verdicts if verdict.level == "warning"],
        }


@dataclass(frozen=True, slots=True)
class CandidateList:
    """The first candidates; how many were judged, of how many in service, and how many of those judged may take it."""

    candidates: list[Candidate] = field(default_factory=list)
    total: int = 0
    judged: int = 0
    possible: int = 0
    measured_from: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "candidates": [candidate.as_dict() for candidate in self.candidates],
            "total": self.total,
            "judged": self.judged,
            "possible": self.possible,
            "measured_from": self.measured_from,
        }


def candidates(order: Order, actor: Actor, *, search: str = "", limit: int = SHOWN) -> CandidateList:
    """The drivers in service whom the actor sees, ranked for this order; four queries, five for a large fleet.

    The order may be one that is not saved yet. Whoever has it already is left out.
    """
    drivers = Driver.objects.visible_to(actor).filter(status=DriverStatus.ACTIVE).exclude(pk=order.driver_id)  # type: ignore[misc]
    if search:
        drivers = drivers.filter(name__icontains=search)
    origin = origin_of(order)
    nearest = (
        drivers.select_related("primary_vehicle", "position")
        .prefetch_related("allowed_zones", "preferred_zones")
        .order_by("-is_online", *_nearness(origin), "name", "pk")
    )
    found = list(nearest[: MOST_JUDGED + 1])
    total = len(found) if len(found) <= MOST_JUDGED else drivers.count()
    ranked = sorted(judged(order, found[:MOST_JUDGED], origin), key=lambda candidate: candidate.rank)
    return CandidateList(
        candidates=ranked[:limit],
        total=total,
        judged=len(ranked),
        possible=sum(not candidate.is_blocked for candidate in ranked),
        measured_from=origin.words,
    )


def _nearness(origin: Origin) -> list[Any]:
    """Nearest first, as the database can say it: on a plane that is true enough around the origin."""
    if origin.latitude is None or origin.longitude is None:
        return []
    north = F("position__latitude") - Value(origin.latitude)
    east = (F("position__longitude") - Value(origin.longitude)) * Value(math.cos(math.radians(origin.latitude)))
    squared = ExpressionWrapper(north * north + east * east, output_field=FloatField())
    return [squared.asc(nulls_last=True)]


def judged(order: Order, drivers: Iterable[Driver], origin: Origin) -> list[Candidate]:
    drivers = list(drivers)
    used = loads((driver.pk for driver in drivers), except_order_id=order.pk)
    oldest = clock.now() - timedelta(minutes=order.tenant.stale_position_minutes)
    found = []
    for driver in drivers:
        position = getattr(driver, "position", None)
        units = used.get(driver.pk, 0)
        found.append(
            Candidate(
                driver=driver,
                verdicts=verdicts(order, driver, used=units),
                used=units,
                metres=_metres(origin, position),
                seen_at=position.recorded_at if position else None,
                is_stale=position is None or position.recorded_at < oldest,
            )
        )
    return found


def origin_of(order: Order) -> Origin:
    """The pickup; once the package is on its way, the place where its carrier was seen last."""
    carrier = (order.driver or order.holder) if order.status in MOVING else None
    position = getattr(carrier, "position", None) if carrier else None
    if carrier is not None and position is not None:
        return Origin(position.latitude, position.longitude, f"{carrier.name}, who has the package")
    return Origin(order.pickup_latitude, order.pickup_longitude, "the pickup")


def _metres(origin: Origin, position: Any) -> float | None:
    if position is None or origin.latitude is None or origin.longitude is None:
        return None
    return haversine_metres(origin.latitude, origin.longitude, position.latitude, position.longitude)
