"""What an event changed, field by field, in words."""

from dataclasses import dataclass
from typing import Any

from dispatch_console.console.order.fields import LABELS, POINTS, UNSAID, Words, label
from dispatch_console.core.models import Event


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it was and what it is."""

    field: str
    label: str
    before: str
    after: str


def changes_of(event: Event, words: Words) -> list[Change]:
    """Every field the event changed, coordinates as one point, copies left out."""
    found = []
    before, after = event.data.get("before", {}), event.data.get("after", {})
    for name in sorted(after, key=_reading_order):
        if name in UNSAID:
            continue
        if name in POINTS:
            end = name.removesuffix("_latitude")
            found.append(_point_change(end, before, after, words))
        elif words.of(name, before.get(name)) != words.of(name, after[name]):
            found.append(Change(name, label(name), words.of(name, before.get(name)), words.of(name, after[name])))
    return found


def _reading_order(name: str) -> int:
    order = list(LABELS)
    name = POINTS.get(name, name)
    return order.index(name) if name in order else len(order)


def _point_change(end: str, before: dict[str, Any], after: dict[str, Any], words: Words) -> Change:
    latitude, longitude = f"{end}_latitude", f"{end}_longitude"

    def point(side: dict[str, Any]) -> str:
        # A move straight along a meridian changes one of the two only.
        return words.point(side.get(latitude), side.get(longitude, after.get(longitude, before.get(longitude))))

    return Change(f"{end}_point", LABELS[f"{end}_point"], point(before), point(after))
