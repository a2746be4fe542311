"""Ranks drivers for an order by one score in minutes, and says what decided and what would change it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.geo import haversine_metres
from drivers.models import Driver
from orders.actions.eligibility import Verdict, verdicts
from orders.models import Order
from orders.states import MOVING
from routes.judging import Judgement, is_stale, judge, whole
from routes.models import DispatchSettings
from routes.picture import Standing
from routes.planning.insertion import Insertion, Price, Visit, best_insertion
from routes.roads.around import insertion_tables
from routes.roads.base import Point
from routes.roads.choosing import kind_of, profile_of, roads_of
from routes.stops import Stop, point_of, stops_of, visit_of

# What decides between two drivers, said of the better one ("… than Ben") and of the worse one.
COMPARISONS = {
    "promise": ("less late for the promise", "later for the promise"),
    "risk": ("makes others less late", "makes others later"),
    "load": ("has fewer open orders", "has more open orders"),
    "capacity": ("has more room", "has less room"),
    "zone": ("fits the preferred zones better", "fits the preferred zones worse"),
    "shift": ("is done earlier before the shift ends", "is done later, after the shift was planned to end"),
    "acceptance": ("takes more offers", "takes fewer offers"),
    "seen": ("was seen more recently", "was not seen lately"),
    "duty": ("is on duty", "is off duty"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the package is, as far as is known."""

    point: Point | None
    words: str


@dataclass(frozen=True)
class Candidate:
    """`verdicts` are the command's own, without the rest; `metres` from the origin as the crow flies."""

    driver: Driver
    standing: Standing
    verdicts: list[Verdict]
    judgements: list[Judgement]
    insertion: Insertion | None
    metres: float | None
    is_stale: bool

    @property
    def is_blocked(self) -> bool:
        return any(verdict.level == "block" for verdict in self.verdicts)

    @cached_property
    def score(self) -> float:
        return sum(judgement.minutes for judgement in self.judgements)

    @cached_property
    def parts(self) -> dict[str, float]:
        """Minutes by rule."""
        found: dict[str, float] = {}
        for judgement in self.judgements:
            found[judgement.rule] = found.get(judgement.rule, 0.0) + judgement.minutes
        return found

    @property
    def rank(self) -> tuple[Any, ...]:
        return (self.is_blocked, self.score, self.driver.name, self.driver.pk)

    def as_dict(self, deciding: str = "") -> dict[str, Any]:
        vehicle, position, insertion = self.driver.primary_vehicle, self.standing.position, self.insertion
        return {
            "id": self.driver.pk,
            "name": self.driver.name,
            "phone": self.driver.phone,
            "is_online": self.driver.is_online,
            "vehicle": None if vehicle is None else {"name": vehicle.name, "kind": vehicle.get_kind_display()},
            "used": self.standing.used,
            "limit": None if vehicle is None else vehicle.capacity_units,
            "open_orders": len(self.standing.work),
            "metres": None if self.metres is None else round(self.metres),
            "seen_at": clock.iso(position.recorded_at) if position is not None else None,
            "is_stale": self.is_stale,
            "is_blocked": self.is_blocked,
            "score": round(self.score, 1),
            "pickup_minutes": None if insertion is None or position is None else round(insertion.pickup, 1),
            "door_minutes": None
            if insertion is None or insertion.door is None or position is None
            else round(insertion.door, 1),
            "deciding": deciding,
            "blocks": [verdict.sentence for verdict in self.verdicts if verdict.level == "block"],
            "warnings": [each.sentence for each in self.judgements if each.level == "warning"],
            "rules": [
                {
                    "rule": each.rule,
                    "level": each.level,
                    "sentence": each.sentence,
                    "minutes": round(each.minutes, 1),
                    "figures": dict(each.figures),
                }
                for each in self.judgements
            ],
        }


@dataclass(frozen=True)
class Ranking:
    """The best first; `deciding[i]` is what puts candidate i where it is."""

    candidates: list[Candidate] = field(default_factory=list)
    origin: Origin = field(default_factory=lambda: Origin(None, ""))

    @property
    def possible(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if not candidate.is_blocked]

    def deciding(self, candidate: Candidate) -> str:
        """What speaks most for the first against the second, and against each other one compared with the first."""
        if candidate.is_blocked:
            return next(verdict.sentence for verdict in candidate.verdicts if verdict.level == "block")
        possible = self.possible
        if len(possible) == 1:
            return "Nobody else can take it."
        first, second = possible[:2]
        if candidate is first:
            return compared(first, second)
        return compared(candidate, first)


def rank(
    order: Order,
    standings: Sequence[Standing],
    *,
    settings: DispatchSettings,
    now: datetime,
) -> Ranking:
    """Judge each driver for the order, which may be one that is not saved yet. Reads nothing but what is prefetched.

    Roads may be asked on another machine: not to be called while anything is locked.
    """
    origin = origin_of(order)
    target = point_of(order, "dropoff")
    price = Price(late=settings.weight_late, risk=settings.weight_risk)
    found = []
    insertions = _insertions(order, standings, origin, target, settings, now, price)
    for standing, insertion in zip(standings, insertions, strict=True):
        objections = verdicts(order, standing.driver, used=standing.used)
        found.append(
            Candidate(
                driver=standing.driver,
                standing=standing,
                verdicts=objections,
                judgements=judge(order, standing, objections, insertion, settings, now),
                insertion=insertion,
                metres=_metres(origin, standing.position),
                is_stale=is_stale(standing, order, now),
            )
        )
    return Ranking(sorted(found, key=lambda candidate: candidate.rank), origin)


def origin_of(order: Order) -> Origin:
    """The pickup; once the package is on its way, the place where its carrier was seen last."""
    carrier = (order.driver or order.holder) if order.status in MOVING else None
    position = getattr(carrier, "position", None) if carrier else None
    if carrier is not None and position is not None:
        return Origin((position.latitude, position.longitude), f"{carrier.name}, who has the package")
    return Origin(point_of(order, "pickup"), "the pickup")


def compared(mine: Candidate, other: Candidate) -> str:
    """The rule that separates two drivers most, in the direction of the whole score, as a sentence about the first."""
    is_better = mine.rank < other.rank
    better, worse = (mine, other) if is_better else (other, mine)
    rules = {*better.parts, *worse.parts}
    gain, rule = max((worse.parts.get(rule, 0.0) - better.parts.get(rule, 0.0), rule) for rule in sorted(rules))
    name = other.driver.name
    if gain < 0.05:
        return f"As good as {name}; first by name." if is_better else f"As good as {name}; later by name."
    if rule == "arrival" and better.insertion is not None and worse.insertion is not None:
        return f"{_sooner(mine, other)} than {name}."
    words = COMPARISONS.get(rule, ("is better placed", "is worse placed"))[0 if is_better else 1]
    sentence = f"{words} than {name}" if rule not in ("seen", "duty") else f"{words}, unlike {name}"
    return f"{sentence[0].upper()}{sentence[1:]} ({whole(gain) or 1} min in the score)."


def _sooner(mine: Candidate, other: Candidate) -> str:
    assert mine.insertion is not None
    assert other.insertion is not None
    if mine.insertion.door is not None and other.insertion.door is not None:
        gain, where = other.insertion.door - mine.insertion.door, "at the door"
    else:
        gain, where = other.insertion.pickup - mine.insertion.pickup, "at the pickup"
    if abs(gain) < 0.5:
        gain, where = other.insertion.pickup - mine.insertion.pickup, "at the pickup"
    minutes = max(whole(abs(gain)), 1)
    return f"{minutes} min {'sooner' if gain >= 0 else 'later'} {where}"


def _insertions(
    order: Order,
    standings: Sequence[Standing],
    origin: Origin,
    target: Point | None,
    settings: DispatchSettings,
    now: datetime,
    price: Price,
) -> list[Insertion | None]:
    """One for each standing. The roads are asked once for all drivers of one profile, not for each."""
    if origin.point is None:
        return [None] * len(standings)
    pickup = visit_of(Stop("pickup", order, origin.point, settings.pickup_minutes), now)
    dropoff: Visit | None = None
    places = [origin.point]
    if target is not None:
        dropoff = visit_of(Stop("dropoff", order, target, settings.dropoff_minutes), now)
        places.append(target)
    stops = [stops_of(standing.work, settings) for standing in standings]
    chains = [
        [_start(standing, origin.point), *(stop.point for stop in mine)]
        for standing, mine in zip(standings, stops, strict=True)
    ]
    found: list[Insertion | None] = [None] * len(standings)
    for kind, members in _by_profile(standings).items():
        tables = insertion_tables(roads_of(settings, kind), [chains[number] for number in members], places)
        for number, table in zip(members, tables, strict=True):
            visits = [visit_of(stop, now) for stop in stops[number]]
            found[number] = best_insertion(visits, pickup, dropoff, table.tolist(), price)
    return found


def _by_profile(standings: Sequence[Standing]) -> dict[str, list[int]]:
    """The numbers of the standings, by a kind of vehicle that stands for all that drive on the same streets."""
    found: dict[str, list[int]] = {}
    kinds: dict[str, str] = {}
    for number, standing in enumerate(standings):
        kind = kind_of(standing.driver)
        found.setdefault(kinds.setdefault(profile_of(kind), kind), []).append(number)
    return found


def _start(standing: Standing, otherwise: Point) -> Point:
    position = standing.position
    return otherwise if position is None else (position.latitude, position.longitude)


def _metres(origin: Origin, position: Any) -> float | None:
    if position is None or origin.point is None:
        return None
    return haversine_metres(*origin.point, position.latitude, position.longitude)
