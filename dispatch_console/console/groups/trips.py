"""Trips as their pages show them: rows, facts, timeline, stops, and their events as sentences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from dispatch_console.console.groups.kinds import Detail, Fact, Moment, OrderLine, Telling
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.states import DONE
from routes.commands.trip_acts import ACTS, offers
from routes.models import StopKind, Trip, TripStatus, TripType
from routes.reading import trips as reading
from routes.reading.trip_stops import STATES, Stop, read_stops

STATE_TONES = {"waiting": "quiet", "done": "good", "returned": "quiet", "bring_back": "bad", "left_out": "quiet"}
SUMMARY_TONES = {
    "planned": "quiet",
    "in_progress": "move",
    "delivered": "good",
    "returned": "quiet",
    "cancelled": "bad",
    "to_bring_back": "bad",
    "return_requests": "warn",
}
SUMMARY_WORDS = {
    "planned": "planned",
    "in_progress": "in progress",
    "delivered": "delivered",
    "returned": "returned",
    "cancelled": "cancelled",
    "to_bring_back": "to bring back",
    "return_requests": "with a return request",
}
# Done in the list of stops itself, with the mouse or with keys.
WITHOUT_DIALOG = frozenset({"reorder", "remove"})


def rows(trips: Sequence[Trip]) -> list[dict[str, Any]]:
    found = []
    for trip in trips:
        row = reading.trip_row(trip)
        times = {name: getattr(trip, name) for name in row if name.endswith("_at")}
        vehicle = trip.vehicle.name if trip.vehicle else "–"
        found.append({**row, **times, "vehicle": vehicle, "type": TripType(trip.type).label})
    return found


def detail(trip: Trip, actor: Actor) -> Detail:
    """Five queries."""
    stops = read_stops([trip], actor)[trip.pk]
    order_rows = reading.rows_of(stops)
    found = {offer["name"]: offer for offer in offers(trip, actor)}
    counts = reading.summary(order_rows, reading.requested_of(order_rows))
    shown = [(f"{count} {SUMMARY_WORDS[name]}", SUMMARY_TONES[name]) for name, count in counts.items() if count]
    return Detail(
        group=trip,
        subtitle=_subtitle(trip),
        facts=_facts(trip),
        moments=_moments(trip),
        lines=[OrderLine(row) for row in order_rows],
        offers=[offer for name, offer in found.items() if name not in WITHOUT_DIALOG],
        chips=[(TripType(trip.type).label, "quiet")],
        points=[_point(stop) for stop in stops if stop.end["lat"] is not None],
        notices=_notices(trip, order_rows, stops),
        template="console/trips/stops.html",
        more={
            "stops": [_line(stop, trip) for stop in stops],
            "summary": shown,
            "can_reorder": found["reorder"]["is_allowed"] and trip.order_count == len(order_rows),
            "can_remove": found["remove"]["is_allowed"],
            "orders": len(order_rows),
            "offers_here": "Only orders without a driver" if trip.driver_id else "",
        },
    )


def dialog(name: str, trip: Trip) -> dict[str, Any]:
    act = ACTS[name]
    context: dict[str, Any] = {"explains": act.explains, "reason_needs": ["reason"]}
    if name == "cancel" or (name == "change-driver" and trip.driver_id is None):
        context["reason_needs"] = []
    if name == "change-driver" and trip.driver_id is None:
        context["explains"] = "All orders of the trip are assigned to the driver."
    return context


def form_values(trip: Trip | None) -> dict[str, Any]:
    if trip is None:
        return {"type": TripType.MULTI_DROPOFF.value}
    return {"type": trip.type, "notes": trip.notes, "driver_id": trip.driver_id}


def _subtitle(trip: Trip) -> str:
    who = trip.driver.name if trip.driver else "No driver"
    orders = "1 order" if trip.order_count == 1 else f"{trip.order_count} orders"
    return f"{who} · {orders}"


def _facts(trip: Trip) -> list[Fact]:
    facts = [Fact("Driver", "No driver")]
    if trip.driver is not None:
        facts = [Fact("Driver", trip.driver.name, reverse("console:driver", args=[trip.driver_id]), trip.driver.phone)]
    vehicle = trip.vehicle
    units = f"{vehicle.get_kind_display()}, {vehicle.capacity_units} units" if vehicle is not None else ""
    facts.append(Fact("Vehicle", vehicle.name if vehicle is not None else "–", note=units))
    facts.append(Fact("Type", TripType(trip.type).label))
    if trip.notes:
        facts.append(Fact("Notes", trip.notes))
    facts.append(Fact("Created by", trip.created_by))
    return facts


def _moments(trip: Trip) -> list[Moment]:
    found = [Moment("Planned", trip.created_at, trip.created_by)]
    if trip.status == TripStatus.CANCELLED:
        return [*found, Moment("Cancelled", trip.cancelled_at)]
    found.append(Moment("Started", trip.started_at))
    return [*found, Moment("Completed", trip.completed_at)]


def _notices(trip: Trip, order_rows: Sequence[Mapping[str, Any]], stops: Sequence[Stop]) -> list[tuple[str, str]]:
    found = []
    if hidden := trip.order_count - len(order_rows):
        orders = "1 order" if hidden == 1 else f"{hidden} orders"
        found.append(("warn", f"{orders} of teams that are not yours cannot be shown here."))
    if trip.driver_id is not None and trip.status in (TripStatus.PLANNED, TripStatus.IN_PROGRESS):
        strays = [row["code"] for row in order_rows if _is_stray(row, trip)]
        if strays:
            are = "is" if len(strays) == 1 else "are"
            sentence = (
                f"{', '.join(strays[:5])} {are} not with {trip.driver}. Change the driver to give it to somebody."
            )
            found.append(("warn", sentence))
    if any(stop.state == "bring_back" for stop in stops):
        found.append(
            ("bad", "A cancelled order's package is still on board: the trip ends when its return is recorded.")
        )
    return found


def _is_stray(row: Mapping[str, Any], trip: Trip) -> bool:
    """Waiting without the trip's driver: the driver gave it back, or a former driver's work was taken back."""
    has = row["driver"]["id"] if row["driver"] else None
    return row["status"] in ("pending", "assigned", "picked_up", "in_transit") and has != trip.driver_id


def _line(stop: Stop, trip: Trip) -> dict[str, Any]:
    """What the list shows of a stop beyond the stop itself; times as moments."""
    row, is_pickup = stop.row, stop.kind == StopKind.PICKUP
    eta = row["eta"] if stop.state == "waiting" else None
    expected = (eta["pickup_at"] if is_pickup else eta["dropoff_at"]) if eta else None
    return {
        "stop": stop,
        "word": STATES[stop.state],
        "tone": STATE_TONES[stop.state],
        "opens_at": _moment(row["scheduled_pickup_at"]) if is_pickup else None,
        "due_at": None if is_pickup else _moment(row["due_at"]),
        "expected_at": _moment(expected),
        "is_removable": trip.status == TripStatus.PLANNED or row["status"] not in DONE,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _point(stop: Stop) -> dict[str, Any]:
    end = stop.end
    shape = "warehouse" if end["kind"] == "warehouse" else stop.kind
    state = "current" if stop.is_current else "open" if stop.state in ("waiting", "bring_back") else "over"
    at = {"lat": end["lat"], "lng": end["lng"], "label": end["label"], "code": stop.code}
    return {**at, "role": stop.kind, "shape": shape, "place": stop.place, "state": state}


# Events


def telling(event: Event) -> Telling:
    word = event.kind.removeprefix("trip.")
    before, after = event.data.get("before", {}), event.data.get("after", {})
    added, removed = after.get("orders_added", []), after.get("orders_removed", [])
    codes = added or removed or after.get("orders") or after.get("orders_released") or []
    codes = _moved(before, after) if word == "reordered" else codes
    orders = "1 order" if len(codes) == 1 else f"{len(codes)} orders"
    driver = "Given to a driver" if after.get("driver") else "Taken off its driver"
    tellings: dict[str, tuple[str, str, str]] = {
        "created": ("plus", "accent", f"Planned with {orders}" if codes else "Planned"),
        "edited": ("edit", "quiet", f"Edited {_fields(after)}"),
        "orders_added": ("plus", "accent", f"Added {orders}"),
        "orders_removed": ("minus", "warn", f"Took {orders} out"),
        "reordered": ("swap", "accent", "Stops put in a new order"),
        "replanned": ("swap", "accent", _replanned(added, removed)),
        "driver_changed": ("driver", "accent", _driver_words(before, after) or driver),
        "started": ("play", "move", "Started"),
        "completed": ("check", "good", "Completed"),
        "resumed": ("undo", "warn", "In progress again"),
        "set_back": ("undo", "warn", "Planned again: nothing is under way"),
        "cancelled": ("error", "bad", f"Cancelled; {orders} released" if codes else "Cancelled"),
    }
    icon, tone, sentence = tellings[word]
    return Telling(icon, tone, sentence, codes)


def _driver_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    names = after.get("names", {})
    old, new = names.get(str(before.get("driver"))), names.get(str(after.get("driver")))
    if old and new and old != new:
        return f"Passed from {old} to {new}"
    if new:
        return f"Given to {new}"
    return f"Taken off {old}" if old else ""


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The orders of which an end comes at another place."""
    pairs = zip(before["stops"], after["stops"], strict=False)
    return list(dict.fromkeys(new[0] for old, new in pairs if list(old) != list(new)))


def _replanned(added: Sequence[str], removed: Sequence[str]) -> str:
    parts = [f"{len(codes)} {word}" for codes, word in ((added, "added"), (removed, "taken out")) if codes]
    return f"Planned anew: {', '.join(parts)}" if parts else "Planned anew"


def _fields(after: Mapping[str, Any]) -> str:
    return " and ".join(name for name in ("type", "notes") if name in after) or "nothing"
