"""What people and plans do with trips: make one, edit it, call it off, or apply a whole plan at once.

What is on a trip and in which sequence is changed by `trip_stops`, who drives it by `trip_driver`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from orders.actions.grouping import LeaveGroup
from routes.commands import grouping, trip_changes, trip_layout, trip_rows, trip_rules, trip_status
from routes.commands.trip_changes import CREATED, Change, Done, NewTrip
from routes.commands.trip_layout import PlannedStop
from routes.models.trip import Trip, TripStatus, TripType

EDITED = "trip.edited"
CANCELLED = "trip.cancelled"
REPLANNED = "trip.replanned"
COUNTER = "trip"
LABEL = "TRIP-{:05d}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The wanted stops of one trip, all of them: of the trip with this label, or of a new one.

    `stops` in driving sequence, both ends of every order. `type`, `driver_id` and `notes` are read for a new trip only.
    `version` is that of the trip the plan was made on. `switches`: orders assigned to somebody else change hands.
    """

    stops: Sequence[PlannedStop]
    label: str = ""
    version: int | None = None
    type: str = TripType.MIXED
    driver_id: int | None = None
    notes: str = ""
    switches: bool = False

    def content(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def create(
    *,
    trip_type: str,
    actor: Actor,
    orders: Sequence[str] = (),
    stops: Sequence[PlannedStop] | None = None,
    driver_id: int | None = None,
    notes: str = "",
    key: str = "",
) -> Done:
    """Make a trip of `orders` (codes, in sequence) or of `stops`; with a driver, waiting orders are assigned at once.

    All orders or none: Refused names in `details.blocked` each that cannot come, with its rule. Without any order it is
    a plan to be filled.
    """
    content = {"type": trip_type, "orders": list(orders), "stops": stops, "driver_id": driver_id, "notes": notes}
    grouping.require(actor)
    if again := trip_changes.repeated(CREATED, content, actor, key):
        return again[0]
    wanted = list(stops) if stops is not None else trip_layout.laid_out(trip_type, orders)
    trip_layout.check(trip_type, wanted)
    new = NewTrip(_next_label(actor), trip_type, driver_id, notes.strip())
    change = Change(CREATED, lambda steps, trip: wanted, new=new)
    return trip_changes.carry_out([change], actor=actor, content=content, key=key)[0]


def replan(
    label: str,
    *,
    stops: Sequence[PlannedStop],
    version: int | None,
    actor: Actor,
    key: str = "",
    switches: bool = False,
) -> Done:
    """Give a planned trip exactly these stops: orders come, go and change places in one transaction."""
    plan = Plan(stops=tuple(stops), label=label, version=version, switches=switches)
    return apply([plan], actor=actor, key=key)[0]


def apply(plans: Sequence[Plan], *, actor: Actor, key: str = "", rehearse: bool = False) -> list[Done]:
    """Carry out plans for several trips in one transaction, or none of them; an order may pass from one to another.

    Raises Stale when one of the trips was changed since its `version`, and Refused with `details.blocked`. `rehearse`
    asks every rule and writes nothing.
    """
    grouping.require(actor)
    content = {"plans": [plan.content() for plan in plans]}
    if not plans:
        raise Invalid.fields(plans="Name at least one trip.")
    kind = CREATED if not plans[0].label else REPLANNED
    if again := trip_changes.repeated(kind, content, actor, key):
        return again
    _refuse_twice(plans)
    changes = [_change(plan, actor) for plan in plans]
    return trip_changes.carry_out(changes, actor=actor, content=content, key=key, rehearse=rehearse)


def edit(
    label: str,
    *,
    actor: Actor,
    trip_type: str | None = None,
    notes: str | None = None,
    version: int | None = None,
    key: str = "",
) -> Done:
    """Change type and notes of a planned trip. A multi type puts all pickups before the first dropoff."""
    content = {"label": label, "type": trip_type, "notes": notes}

    def change(trip: Trip) -> Done:
        before: dict[str, Any] = trip.snapshot(["type", "notes"])
        trip.type = trip_type if trip_type is not None else trip.type
        trip.notes = notes.strip() if notes is not None else trip.notes
        changed = [name for name, old in before.items() if getattr(trip, name) != old]
        if not changed:
            return trip_changes.unchanged(trip)
        after: dict[str, Any] = {}
        if "type" in changed:
            old = trip_rows.steps_of(trip)
            wanted = trip_layout.appended(trip.type, old, [])
            trip_rows.put_in_sequence(trip, wanted)
            before["stops"], after["stops"] = old, wanted
        before = {name: value for name, value in before.items() if name in (*changed, "stops")}
        event = grouping.record(
            trip,
            actor=actor,
            kind=EDITED,
            changed=changed,
            before=before,
            after=after,
            content=content,
            key=key,
        )
        return Done(trip, event)

    return _on_one(label, EDITED, content, change, version=version, actor=actor, key=key)


def cancel(label: str, *, actor: Actor, reason: str = "", version: int | None = None, key: str = "") -> Done:
    """Call a planned trip off: its orders are released and keep their status and driver."""
    content = {"label": label, "reason": reason}
    grouping.require(actor)
    for _ in range(trip_changes.ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                return _cancel(label, reason.strip(), version, actor, content, key)
        except trip_changes.Moved:
            continue
    raise trip_changes.is_changing()


def _cancel(label: str, reason: str, version: int | None, actor: Actor, content: dict[str, Any], key: str) -> Done:
    if again := trip_changes.repeated(CANCELLED, content, actor, key):
        return again[0]
    trip, orders, _ = trip_changes.lock_whole(label, actor, version=version, in_progress=False)
    for order in orders:
        grouping.run(LeaveGroup(), order, actor, trip)
    before = trip.snapshot(["status", "cancelled_at"])
    trip.status, trip.cancelled_at = TripStatus.CANCELLED, clock.now()
    event = grouping.record(
        trip,
        actor=actor,
        kind=CANCELLED,
        changed=["status", "cancelled_at"],
        before=before,
        after={"orders_released": [order.code for order in orders]},
        content=content,
        reason=reason,
        key=key,
    )
    return Done(trip, event)


def _on_one(
    label: str,
    kind: str,
    content: dict[str, Any],
    change: Callable[[Trip], Done],
    *,
    version: int | None,
    actor: Actor,
    key: str,
) -> Done:
    """Change only the trip's own row and the sequence of its stops, while it is planned."""
    grouping.require(actor)
    with transaction.atomic(durable=True):
        trip_rules.visible_trip(label, actor)
        trip = trip_status.locked([label], actor.tenant_id)[label]
        if again := trip_changes.repeated(kind, content, actor, key):
            return again[0]
        grouping.require_version(trip, version)
        trip_rules.require_open(trip)
        return change(trip)


def _change(plan: Plan, actor: Actor) -> Change:
    wanted = list(plan.stops)
    if plan.label:
        return Change(
            REPLANNED, lambda steps, trip: wanted, label=plan.label, version=plan.version, switches=plan.switches
        )
    trip_layout.check(plan.type, wanted)
    new = NewTrip(_next_label(actor), plan.type, plan.driver_id, plan.notes.strip())
    return Change(CREATED, lambda steps, trip: wanted, new=new, switches=plan.switches)


def _refuse_twice(plans: Sequence[Plan]) -> None:
    labels = [plan.label for plan in plans if plan.label]
    codes = [code for plan in plans for code in trip_layout.codes_of(plan.stops)]
    for names, what in ((labels, "Trip"), (codes, "Order")):
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise Invalid.fields(plans=f"{what} {twice[:24]} is planned twice.")


def _next_label(actor: Actor) -> str:
    return grouping.next_label(actor.tenant_id, COUNTER, LABEL)
