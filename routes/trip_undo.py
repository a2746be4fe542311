"""The request that takes back the last change of a trip, where there is one."""

from typing import Any

from django.urls import reverse

from dispatch_console.core.models import Event
from routes.commands import trip_driver, trip_rows, trip_stops, trips
from routes.models import Trip, TripStatus


def undo_offer(trip: Trip, event: Event) -> dict[str, Any] | None:
    """`method`, `url` and `body` of a request of its own; None where the change cannot be taken back in one step."""
    if event.version != trip.version or trip.status not in (TripStatus.PLANNED, TripStatus.IN_PROGRESS):
        return None
    before, after = event.data["before"], event.data["after"]
    is_planned = trip.status == TripStatus.PLANNED
    body: dict[str, Any] | None = None
    method, name = "POST", ""
    if event.kind == trip_stops.ADDED and is_planned:
        name, body = "remove", {"codes": after["orders_added"]}
    elif event.kind in (trip_stops.REORDERED, trip_stops.REMOVED, trips.REPLANNED) and is_planned and before["stops"]:
        method, name, body = (
            "PUT",
            "stops",
            {"stops": [{"order": code, "kind": kind} for code, kind in before["stops"]]},
        )
    elif event.kind == trip_stops.REORDERED and not is_planned:
        over = set(trip_rows.finished(trip))
        left = [stop for stop in map(tuple, before["stops"]) if stop not in over]
        name, body = "reorder", {"stops": [{"order": code, "kind": kind} for code, kind in left]}
    elif event.kind == trip_driver.CHANGED and (driver_id := before["driver"]) is not None:
        name, body = "change-driver", {"driver_id": driver_id, "reason": "Undone"}
    elif event.kind == trips.EDITED and is_planned and "stops" not in before:
        method, name, body = "PATCH", "", before
    if body is None:
        return None
    url = reverse(f"trip-{name}" if name else "trip", args=[trip.label])
    return {"method": method, "url": url, "body": {**body, "version": trip.version}}
