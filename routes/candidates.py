"""Who could take an order: the drivers in service whom the actor sees, ranked, with why."""

import math
from dataclasses import dataclass
from typing import Any

from django.db.models import ExpressionWrapper, F, FloatField, Value

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from drivers.models import Driver, DriverStatus
from orders.models import Order
from routes.changes import Change, nearest_change
from routes.models import AutomaticDecision
from routes.models.settings import settings_of
from routes.picture import read_picture
from routes.ranking import Candidate, Ranking, origin_of, rank
from routes.roads.base import Point

SHOWN = 80
# Judging a driver costs little, but not nothing: of a large fleet the nearest on duty are looked at, and that is said.
MOST_JUDGED = 400


@dataclass(frozen=True)
class CandidateList:
    """The ranking; how many are in service of whom it judged some, and the nearest change that would turn it.

    `decision` is what the last automatic round said about the order, while it waits.
    """

    ranking: Ranking
    total: int
    change: Change | None
    limit: int
    decision: AutomaticDecision | None = None

    @property
    def candidates(self) -> list[Candidate]:
        return self.ranking.candidates[: self.limit]

    @property
    def judged(self) -> int:
        return len(self.ranking.candidates)

    @property
    def possible(self) -> int:
        return len(self.ranking.possible)

    @property
    def measured_from(self) -> str:
        return self.ranking.origin.words

    def as_dict(self) -> dict[str, Any]:
        return {
            "candidates": [each.as_dict(self.ranking.deciding(each)) for each in self.candidates],
            "total": self.total,
            "judged": self.judged,
            "possible": self.possible,
            "measured_from": self.measured_from,
            "change": change_dict(self.change),
            "decision": self.decision and decision_dict(self.decision),
        }


def candidates(order: Order, actor: Actor, *, search: str = "", limit: int = SHOWN) -> CandidateList:
    """Ten queries, eleven for a large fleet. The order may be one that is not saved yet.

    Whoever has it already is left out.
    """
    drivers = Driver.objects.visible_to(actor).filter(status=DriverStatus.ACTIVE).exclude(pk=order.driver_id)  # type: ignore[misc]
    if search:
        drivers = drivers.filter(name__icontains=search)
    nearest = (
        drivers.select_related("primary_vehicle", "position")
        .prefetch_related("allowed_zones", "preferred_zones")
        .order_by("-is_online", *_nearness(origin_of(order).point), "name", "pk")
    )
    found = list(nearest[: MOST_JUDGED + 1])
    total = len(found) if len(found) <= MOST_JUDGED else drivers.count()
    settings = settings_of(actor.tenant_id)
    standings = read_picture(found[:MOST_JUDGED], except_order_id=order.pk)
    ranking = rank(order, list(standings.values()), settings=settings, now=clock.now())
    decision = AutomaticDecision.objects.visible_to(actor).filter(order=order.pk).first() if order.pk else None
    return CandidateList(ranking, total, nearest_change(ranking, settings), limit, decision)


def change_dict(change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {"driver_id": change.driver_id, "name": change.name, "sentence": change.sentence, "figures": change.figures}


def decision_dict(decision: AutomaticDecision) -> dict[str, Any]:
    return {
        "action": decision.action,
        "code": decision.code,
        "sentence": decision.sentence,
        "driver_id": decision.driver_id,
        "decide_by": clock.iso(decision.decide_by),
        "decided_at": clock.iso(decision.decided_at),
    }


def _nearness(origin: Point | None) -> list[Any]:
    """Nearest first, as the database can say it: on a plane that is true enough around the origin."""
    if origin is None:
        return []
    latitude, longitude = origin
    north = F("position__latitude") - Value(latitude)
    east = (F("position__longitude") - Value(longitude)) * Value(math.cos(math.radians(latitude)))
    squared = ExpressionWrapper(north * north + east * east, output_field=FloatField())
    return [squared.asc(nulls_last=True)]
