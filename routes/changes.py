"""The nearest change that would have made another driver win: what a person can look at, and perhaps do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from routes.models import DispatchSettings
from routes.ranking import Candidate, Ranking

YES_OR_NO = {
    "zone": "if the order were inside the preferred zones",
    "seen": "with a fresh position where the driver was seen last",
    "duty": "if on duty",
}
ALLOWED_ZONES = {"driver_not_allowed_in_pickup_zone", "driver_not_allowed_in_delivery_zone"}


@dataclass(frozen=True, slots=True)
class Change:
    """`size` between 0 and 1 says how much of what is there would have to change: the smallest is the nearest."""

    driver_id: int
    name: str
    condition: str
    size: float
    figures: dict[str, float | int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return f"{self.name} would win {self.condition}."


def nearest_change(ranking: Ranking, settings: DispatchSettings) -> Change | None:
    """Of the runner-up, or of somebody who is only kept out by one rule and would otherwise be first."""
    possible = ranking.possible
    if not possible:
        return None
    first = possible[0]
    found = list(_of_runner_up(first, possible[1], settings)) if len(possible) > 1 else []
    for candidate in ranking.candidates:
        if candidate.is_blocked and candidate.score < first.score:
            found += _if_not_blocked(candidate)
    return min(found, key=lambda change: change.size, default=None)


def _of_runner_up(first: Candidate, second: Candidate, settings: DispatchSettings) -> Iterator[Change]:
    gap = second.score - first.score
    driver = second.driver
    per_minute = settings.weight_pickup + (settings.weight_door if _is_later_at_door(second, first) else 0.0)
    if second.insertion is not None and second.standing.position is not None and per_minute > 0:
        nearer, far = gap / per_minute, second.insertion.pickup
        if far > 0 and nearer <= far:
            figures = {"minutes": round(nearer, 1)}
            yield Change(driver.pk, driver.name, f"{max(round(nearer), 1)} min nearer", nearer / far, figures)
    open_orders = len(second.standing.work)
    if open_orders and settings.weight_load > 0:
        fewer = max(ceil(gap / settings.weight_load), 1)
        if fewer <= open_orders:
            words = "1 open order less" if fewer == 1 else f"{fewer} open orders less"
            yield Change(driver.pk, driver.name, f"with {words}", fewer / open_orders, {"orders": fewer})
    for rule, words in YES_OR_NO.items():
        if second.parts.get(rule, 0.0) > gap:
            yield Change(driver.pk, driver.name, words, 1.0)
    if second.parts.get("shift", 0.0) > gap and settings.weight_shift > 0:
        longer = max(ceil(gap / settings.weight_shift), 1)
        size = gap / second.parts["shift"]
        yield Change(driver.pk, driver.name, f"if the shift ended {longer} min later", size, {"minutes": longer})


def _if_not_blocked(candidate: Candidate) -> Iterator[Change]:
    blocks = [verdict for verdict in candidate.verdicts if verdict.level == "block"]
    driver = candidate.driver
    if len(blocks) == 1 and blocks[0].code == "over_capacity":
        used, needed, limit = (int(blocks[0].details[name]) for name in ("used", "needed", "limit"))
        missing = used + needed - limit
        words = "if 1 unit were free" if missing == 1 else f"if {missing} units were free"
        yield Change(driver.pk, driver.name, words, missing / max(needed, 1), {"units": missing})
    elif blocks and {verdict.code for verdict in blocks} <= ALLOWED_ZONES:
        yield Change(driver.pk, driver.name, "if allowed in the zones of this order", 1.0)


def _is_later_at_door(one: Candidate, other: Candidate) -> bool:
    """Where both wait for the package to be ready, being nearer brings nobody to the door sooner."""
    if one.insertion is None or other.insertion is None:
        return False
    doors = one.insertion.door, other.insertion.door
    return doors[0] is not None and doors[1] is not None and doors[0] > doors[1] + 0.05
