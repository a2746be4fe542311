"""Why an order was left out and what would help, in sentences for dispatchers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch_console.core import clock
from orders.actions.eligibility import Verdict
from routes.planning.tours.leftovers import Leftover, WayOut
from routes.plans.scene import Scene

MINUTE = 60
# What a rule is called in one word or two, and why it kept the order out.
RULES: Mapping[str, tuple[str, str]] = {
    "promise": ("Promise", "Nobody could be there by the time that was promised."),
    "window": ("Time window", "Nobody could be there within the hours that were asked for."),
    "shift": ("Shift", "It would make every driver work longer than planned."),
    "others": ("Promises to others", "It would make other orders later than promised."),
    "capacity": ("Capacity", "No vehicle has room for it beside its other work."),
    "break": ("Break", "It only fits if a driver goes without the break."),
    "vehicle": ("Not allowed", "No driver of this plan may take it."),
    "several": ("Several rules", "More than one rule keeps it out: giving way to one alone is not enough."),
    "nobody": ("No driver", "There is no driver in this plan."),
    "nothing_helps": ("No way", "It fits nowhere, whatever gives way."),
}
CODES = {
    "vehicle_missing": "vehicle",
    "vehicle_inactive": "vehicle",
    "vehicle_not_allowed": "vehicle",
    "licence_missing": "licence",
    "driver_not_allowed_in_pickup_zone": "zone",
    "driver_not_allowed_in_delivery_zone": "zone",
    "over_capacity": "capacity",
    "other_team": "team",
}
LABELS = {"vehicle": "Vehicle", "licence": "Licence", "zone": "Zone", "capacity": "Capacity", "team": "Team"}


def left_out(code: str, rule: str, sentence: str, scene: Scene) -> dict[str, Any]:
    """An order that could not even be tried."""
    label = {"no_coordinates": "No place on the map", "has_driver": "Has a driver"}.get(rule, "Not waiting")
    return {"code": code, "rules": [{"code": rule, "label": label, "sentence": sentence}], "ways_out": []}


def explained(leftover: Leftover, scene: Scene, zone: ZoneInfo) -> dict[str, Any]:
    """The rules that kept the order out, and the ways out: the least painful first."""
    against = scene.verdicts.get(leftover.task, {})
    rules: list[dict[str, str]] = []
    if not scene.duties:
        rules.append(_rule("nobody"))
    elif len(against) == len(scene.duties):
        rules += _not_allowed(against)
    ways = [_way(way, scene, against, zone) for way in leftover.ways_out]
    for name in leftover.rules:
        if name == "vehicle":
            rules += [each for each in _not_allowed(against) if each not in rules]
        elif not (name == "several" and (rules or not ways)):
            rules.append(_rule(name))
    return {"code": leftover.task, "rules": rules or [_rule("nothing_helps")], "ways_out": ways}


def _rule(name: str) -> dict[str, str]:
    label, sentence = RULES[name]
    return {"code": name, "label": label, "sentence": sentence}


def _not_allowed(against: Mapping[str, list[Verdict]]) -> list[dict[str, str]]:
    """One line per rule of the company, with the sentence about the first driver whom it keeps off."""
    found: dict[str, tuple[str, int]] = {}
    for blocks in against.values():
        rule = CODES.get(blocks[0].code, "vehicle")
        sentence, count = found.get(rule, (blocks[0].sentence, 0))
        found[rule] = (sentence, count + 1)
    return [
        {
            "code": rule,
            "label": LABELS[rule],
            "sentence": sentence + (f" So for {count - 1} more." if count > 1 else ""),
        }
        for rule, (sentence, count) in found.items()
    ]


def _way(way: WayOut, scene: Scene, against: Mapping[str, list[Verdict]], zone: ZoneInfo) -> dict[str, Any]:
    driver = scene.duties[way.vehicle].driver
    at = scene.now + timedelta(seconds=way.dropoff_at)
    return {
        "rule": CODES.get(way.code, "vehicle") if way.rule == "vehicle" else way.rule,
        "driver_id": driver.pk,
        "driver": driver.name,
        "dropoff_at": clock.iso(at),
        "amount": _minutes(way.amount) if way.rule != "capacity" else way.amount,
        "delayed": [{"code": code, "minutes": _minutes(seconds)} for code, seconds in way.delayed],
        "sentence": _sentence(way, driver.name, at, against.get(way.vehicle, []), zone),
    }


def _sentence(way: WayOut, name: str, at: datetime, blocks: Sequence[Verdict], zone: ZoneInfo) -> str:
    there = f"{name} could be at the door at {at.astimezone(zone):%H:%M}"
    minutes = f"{_minutes(way.amount):,} min"
    if way.rule == "promise":
        return f"{there}, {minutes} later than promised."
    if way.rule == "window":
        return f"{there}, {minutes} after the window."
    if way.rule == "shift":
        return f"{there}, working {minutes} longer than planned."
    if way.rule == "others":
        named = ", ".join(f"{code} {_minutes(seconds)} min" for code, seconds in way.delayed[:3])
        more = len(way.delayed) - 3
        return f"{there}, but would bring others later than promised: {named}{f' and {more} more' if more > 0 else ''}."
    if way.rule == "capacity":
        units = "unit" if way.amount == 1 else "units"
        return f"{there}, with {way.amount} {units} more than fit the vehicle."
    if way.rule == "break":
        return f"{there}, without the break."
    if way.rule == "vehicle":
        why = next((each.sentence for each in blocks), "")
        return f"{there}, if that were allowed. {why}".strip()
    return f"{there} at the earliest, {minutes} after the promise, if other rules give way, too."


def _minutes(seconds: int) -> int:
    return -(-seconds // MINUTE)
