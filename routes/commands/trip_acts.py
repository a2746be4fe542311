"""What can be done with a trip, when, and why not: buttons, addresses and the API read the same declarations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from orders.states import ReasonKind
from routes.commands import trip_driver, trip_rules, trip_stops, trips
from routes.commands.grouping import PERMISSION
from routes.commands.trip_changes import Done
from routes.commands.trip_layout import PlannedStop
from routes.models import Trip


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `asks` are its inputs, `explains` what a person should know before it."""

    name: str
    label: str
    in_progress: bool = False
    asks: tuple[str, ...] = ()
    reason_kind: str = ""
    is_dangerous: bool = False
    key: str = ""
    explains: str = ""


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("edit", "Edit", asks=("type", "notes"), key="e"),
        Act("add", "Add orders", asks=("codes",)),
        Act("remove", "Take orders out", in_progress=True, asks=("codes", "reason")),
        Act("reorder", "Change the sequence", in_progress=True, asks=("stops",)),
        Act(
            "change-driver",
            "Change driver",
            in_progress=True,
            asks=("driver_id", "reason"),
            reason_kind=ReasonKind.SWITCH,
            key="a",
            explains="All orders that are still open go to the driver, with the packages that are on board.",
        ),
        Act(
            "clear-driver",
            "Take the driver off",
            asks=("reason",),
            reason_kind=ReasonKind.UNASSIGN,
            explains="The trip keeps its orders, which wait without a driver.",
        ),
        Act(
            "cancel",
            "Cancel trip",
            asks=("reason",),
            reason_kind=ReasonKind.CANCEL,
            is_dangerous=True,
            explains="Its orders are released. They keep their status and their driver, and go on one by one.",
        ),
    )
}


def why_not(act: Act, trip: Trip) -> Refused | None:
    """Why the act is not possible now."""
    try:
        trip_rules.require_open(trip, in_progress=act.in_progress)
    except Refused as refusal:
        return refusal
    if act.name == "clear-driver" and trip.driver_id is None:
        return Refused(f"Trip {trip.label} has no driver.", code="no_driver")
    if act.name in ("remove", "reorder") and not trip.order_count:
        return Refused(f"Trip {trip.label} has no orders yet.", code="no_orders")
    return None


def offers(trip: Trip, actor: Actor) -> list[dict[str, Any]]:
    """Every act with whether it is possible now for this actor, and why not."""
    may = actor.may(PERMISSION)
    found = []
    for act in ACTS.values():
        why = why_not(act, trip)
        code, sentence = (why.code, why.message) if why else ("", "")
        if not why and not may:
            code, sentence = "forbidden", f"Your role does not allow “{act.label.lower()}”."
        found.append(
            {
                "name": act.name,
                "label": "Choose driver" if act.name == "change-driver" and trip.driver_id is None else act.label,
                "key": act.key,
                "is_dangerous": act.is_dangerous,
                "is_allowed": not sentence,
                "code": code,
                "why_not": sentence,
                "asks": list(act.asks),
                "reason_kind": act.reason_kind,
            }
        )
    return found


def planned(stops: Iterable[dict[str, str]]) -> list[PlannedStop]:
    return [PlannedStop(stop["order"], stop["kind"]) for stop in stops]


def _add(label: str, *, codes: list[str], **more: Any) -> Done:
    """Put orders at the end of a planned trip. With a driver, waiting orders are assigned. All or none."""
    return trip_stops.add(label, orders=codes, **more)


def _remove(label: str, *, codes: list[str], **more: Any) -> Done:
    """Take orders out, which keep status and driver and go on by themselves. Of a started trip, only open ones."""
    return trip_stops.remove(label, orders=codes, **more)


def _reorder(label: str, *, stops: list[dict[str, str]], **more: Any) -> Done:
    """Put the stops into this sequence, each named once; a pickup comes before its own dropoff. Of a started trip,
    finished stops stay first as they are and may be left out; `stop_finished` says that one would move, for example
    because the driver has gone on meanwhile."""
    return trip_stops.reorder(label, stops=planned(stops), **more)


def _replan(label: str, *, stops: list[dict[str, str]], **more: Any) -> Done:
    """Give a planned trip exactly these stops: orders come, go and change places in one transaction."""
    return trips.replan(label, stops=planned(stops), **more)


def _change_driver(label: str, *, driver_id: int | None, **more: Any) -> Done:
    """Give all open orders of the trip to a driver, also while it is driven. Whole or not at all."""
    done = trip_driver.change_driver(label, driver_id=driver_id, **more)
    assert done.event is not None
    return Done(done.trip, done.event, done.is_replay)


def _clear_driver(label: str, **more: Any) -> Done:
    """Take the driver off a planned trip: its orders wait again."""
    return _change_driver(label, driver_id=None, **more)


# Each takes the label, `actor`, `version`, `key` and what its input says.
COMMANDS: dict[str, Callable[..., Done]] = {
    "edit": trips.edit,
    "add": _add,
    "remove": _remove,
    "reorder": _reorder,
    "replan": _replan,
    "change-driver": _change_driver,
    "clear-driver": _clear_driver,
    "cancel": trips.cancel,
}
