"""What is on a trip and in which sequence: add, take out, reorder."""

from collections.abc import Sequence

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from routes.commands import trip_changes, trip_layout, trip_rows
from routes.commands.trip_changes import Change, Done
from routes.commands.trip_layout import PlannedStop, Steps
from routes.models.trip import Trip, TripStatus

ADDED = "trip.orders_added"
REMOVED = "trip.orders_removed"
REORDERED = "trip.reordered"


def add(label: str, *, orders: Sequence[str], actor: Actor, version: int | None = None, key: str = "") -> Done:
    """Put orders at the end of a planned trip; with a driver, waiting orders are assigned. All or none."""
    codes = list(dict.fromkeys(orders))

    def with_them(steps: Steps, trip: Trip | None) -> list[PlannedStop]:
        there = set(trip_layout.codes_of(steps))
        for code in codes:
            if code in there:
                raise Refused(f"Order {code} is on trip {label} already.", code="already_in_trip")
        return trip_layout.appended(trip.type if trip else "", steps, codes)

    content = {"label": label, "orders": codes}
    change = Change(ADDED, with_them, label=label, version=version)
    return trip_changes.carry_out([change], actor=actor, content=content, key=key)[0]


def remove(
    label: str, *, orders: Sequence[str], actor: Actor, reason: str = "", version: int | None = None, key: str = ""
) -> Done:
    """Take orders out, which keep status and driver from then on by themselves. Of a started trip, only open ones."""
    codes = set(orders)

    def without_them(steps: Steps, trip: Trip | None) -> list[PlannedStop]:
        there = set(trip_layout.codes_of(steps))
        for code in orders:
            if code not in there:
                raise Refused(f"Order {code[:24]} is not on trip {label}.", code="not_in_trip")
        return [step for step in steps if step.code not in codes]

    content = {"label": label, "orders": sorted(codes), "reason": reason}
    change = Change(REMOVED, without_them, label=label, version=version, in_progress=True, reason=reason.strip())
    return trip_changes.carry_out([change], actor=actor, content=content, key=key)[0]


def reorder(
    label: str, *, stops: Sequence[PlannedStop], actor: Actor, version: int | None = None, key: str = ""
) -> Done:
    """Put the stops into this sequence, each named once. Of a started trip, finished stops stay first as they are,
    and may be left unnamed.
    """
    wanted = [PlannedStop(*stop) for stop in stops]
    content = {"label": label, "stops": wanted}
    change = reordering(label, wanted, version=version)
    return trip_changes.carry_out([change], actor=actor, content=content, key=key)[0]


def reordering(label: str, wanted: Sequence[PlannedStop], *, version: int | None) -> Change:
    def in_new_sequence(steps: Steps, trip: Trip | None) -> Sequence[PlannedStop]:
        if trip is None or trip.status == TripStatus.PLANNED:
            trip_layout.named_orders(steps, wanted)
            return wanted
        known = set(steps)
        if foreign := [step.code for step in wanted if step not in known]:
            trip_layout.named_orders(steps, [*steps, *wanted])
            raise Refused(f"Order {foreign[0][:24]} is not on trip {label}.", code="not_in_trip")
        return trip_layout.rest_in_sequence(steps, trip_rows.finished(trip), wanted)

    return Change(REORDERED, in_new_sequence, label=label, version=version, in_progress=True)
