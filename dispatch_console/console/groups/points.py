"""Places as points for the map of a group's page."""

from collections.abc import Iterable, Mapping
from typing import Any

from dispatch_console.console.groups.kinds import OrderLine


def point(role: str, place: Mapping[str, Any]) -> dict[str, Any]:
    """`role` is pickup or dropoff, `place` {kind, label, lat, lng} as in an order row."""
    shape = "warehouse" if place["kind"] == "warehouse" else role
    return {"role": role, "shape": shape, "label": place["label"], "lat": place["lat"], "lng": place["lng"]}


def order_points(lines: Iterable[OrderLine]) -> list[dict[str, Any]]:
    """The ends of the orders; those without coordinates are left out."""
    return [
        {**point(role, line.row[role]), "code": line.row["code"]}
        for line in lines
        for role in ("pickup", "dropoff")
        if line.row[role]["lat"] is not None and line.row[role]["lng"] is not None
    ]
