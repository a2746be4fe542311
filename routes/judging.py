"""What speaks for and against a driver, rule by rule: a sentence, its figures, and what it counts in minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from orders.actions.eligibility import Verdict
from orders.models import Order
from routes.models import DispatchSettings
from routes.picture import Standing
from routes.planning.insertion import Insertion
from routes.stops import minutes_until

Level = Literal["block", "warning", "info"]
# Which rule an objection of `orders.actions.eligibility` belongs to; what is not listed is the vehicle's.
RULES_OF_VERDICTS = {
    "driver_unavailable": "duty",
    "driver_offline": "duty",
    "driver_not_allowed_in_pickup_zone": "zone",
    "driver_not_allowed_in_delivery_zone": "zone",
    "outside_preferred_zones": "zone",
    "over_capacity": "capacity",
}
NAMED_ORDERS = 3
# Nobody is judged by one answer: this many taken offers are taken for granted.
TAKEN_FOR_GRANTED = 2


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule on one driver. `minutes` is what it adds to the score: the driver with the lowest sum comes first."""

    rule: str
    level: Level
    sentence: str
    minutes: float = 0.0
    figures: Mapping[str, float | int | str] = field(default_factory=dict)


def judge(
    order: Order,
    standing: Standing,
    verdicts: list[Verdict],
    insertion: Insertion | None,
    settings: DispatchSettings,
    now: datetime,
) -> list[Judgement]:
    """Every rule, in the order in which people ask."""
    found = [
        *_arrival(insertion, standing, settings),
        *_promise(order, insertion, settings, now),
        *_risk(insertion, settings),
        _load(standing, settings),
        *_capacity(order, standing, settings),
        *_shift(standing, insertion, settings, now),
        *_acceptance(standing, settings),
        *_seen(order, standing, settings, now),
    ]
    weights = {"outside_preferred_zones": settings.weight_zone, "driver_offline": settings.weight_offline}
    for verdict in verdicts:
        rule = RULES_OF_VERDICTS.get(verdict.code, "vehicle")
        minutes = weights.get(verdict.code, 0.0)
        if rule == "capacity" and verdict.level == "block":
            found = [each for each in found if each.rule != "capacity"]
        found.append(Judgement(rule, verdict.level, verdict.sentence, minutes, verdict.details))
    return found


def whole(minutes: float) -> int:
    """Minutes as people say them; what is less than one is one only when it is not nothing."""
    return round(minutes)


def _arrival(insertion: Insertion | None, standing: Standing, settings: DispatchSettings) -> list[Judgement]:
    if insertion is None:
        return []
    minutes = settings.weight_pickup * insertion.pickup
    figures: dict[str, float | int | str] = {"pickup": round(insertion.pickup, 1), "stops_before": insertion.before}
    at_door = ""
    if insertion.door is not None:
        minutes += settings.weight_door * insertion.door
        figures["door"] = round(insertion.door, 1)
        at_door = f", at the door in {whole(insertion.door)} min"
    after = ""
    if insertion.before:
        after = f" after {insertion.before} {'stop' if insertion.before == 1 else 'stops'}"
    sentence = f"At the pickup in {whole(insertion.pickup)} min{after}{at_door}."
    return [Judgement("arrival", "info", sentence, minutes, figures)]


def _promise(order: Order, insertion: Insertion | None, settings: DispatchSettings, now: datetime) -> list[Judgement]:
    if insertion is None or insertion.door is None or order.due_at is None:
        return []
    late = insertion.door - minutes_until(order.due_at, now)
    figures = {"late": round(late, 1)}
    if late > 0:
        sentence = f"{whole(late)} min later than promised."
        return [Judgement("promise", "warning", sentence, settings.weight_late * late, figures)]
    return [Judgement("promise", "info", f"{whole(-late)} min before the promise.", 0.0, figures)]


def _risk(insertion: Insertion | None, settings: DispatchSettings) -> list[Judgement]:
    if insertion is None or not insertion.delayed:
        return []
    named = ", ".join(f"{code} by {max(whole(more), 1)} min" for code, more in insertion.delayed[:NAMED_ORDERS])
    rest = len(insertion.delayed) - NAMED_ORDERS
    sentence = f"Makes other orders later than promised: {named}{f' and {rest} more' if rest > 0 else ''}."
    figures = {"minutes": round(insertion.risk, 1), "orders": len(insertion.delayed)}
    return [Judgement("risk", "warning", sentence, settings.weight_risk * insertion.risk, figures)]


def _load(standing: Standing, settings: DispatchSettings) -> Judgement:
    count = len(standing.work)
    sentence = "No open order." if not count else f"{count} open {'order' if count == 1 else 'orders'}."
    return Judgement("load", "info", sentence, settings.weight_load * count, {"open": count})


def _capacity(order: Order, standing: Standing, settings: DispatchSettings) -> list[Judgement]:
    vehicle = standing.driver.primary_vehicle
    if vehicle is None or not vehicle.capacity_units:
        return []
    share = (standing.used + order.unit_size) / vehicle.capacity_units
    sentence = f"{standing.used} of {vehicle.capacity_units} units used; this order takes {order.unit_size}."
    figures = {"used": standing.used, "needed": order.unit_size, "limit": vehicle.capacity_units}
    return [Judgement("capacity", "info", sentence, settings.weight_capacity * share, figures)]


def _shift(
    standing: Standing, insertion: Insertion | None, settings: DispatchSettings, now: datetime
) -> list[Judgement]:
    if standing.shift_end is None or insertion is None:
        return []
    left = minutes_until(standing.shift_end, now) - insertion.end
    figures = {"left": round(left, 1)}
    if left < 0:
        sentence = f"Would work {whole(-left)} min longer than the shift was planned."
        return [Judgement("shift", "warning", sentence, settings.weight_shift * -left, figures)]
    return [Judgement("shift", "info", f"Done {whole(left)} min before the shift ends.", 0.0, figures)]


def _acceptance(standing: Standing, settings: DispatchSettings) -> list[Judgement]:
    answers = standing.answers
    if not answers.total:
        return []
    refused = answers.rejected + answers.expired
    share = refused / (answers.total + TAKEN_FOR_GRANTED)
    sentence = f"Took {answers.accepted} of the last {answers.total} offers"
    missed = [
        f"{count} {word}" for count, word in ((answers.rejected, "refused"), (answers.expired, "not answered")) if count
    ]
    sentence += f" ({', '.join(missed)})." if missed else "."
    figures = {"accepted": answers.accepted, "rejected": answers.rejected, "expired": answers.expired}
    return [Judgement("acceptance", "info", sentence, settings.weight_acceptance * share, figures)]


def is_stale(standing: Standing, order: Order, now: datetime) -> bool:
    position = standing.position
    return position is None or position.recorded_at < now - timedelta(minutes=order.tenant.stale_position_minutes)


def _seen(order: Order, standing: Standing, settings: DispatchSettings, now: datetime) -> list[Judgement]:
    if standing.position is None:
        sentence = "No position received: the times are as if the driver stood at the pickup."
        return [Judgement("seen", "info", sentence, settings.weight_unknown)]
    if is_stale(standing, order, now):
        age = whole(-minutes_until(standing.position.recorded_at, now))
        return [Judgement("seen", "info", f"Seen last {age} min ago.", settings.weight_stale, {"age": age})]
    return []
