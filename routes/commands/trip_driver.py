"""Who drives a trip: chosen, changed also on the way, or taken over with a whole run. Every order goes or none does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Invalid, Refused
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.actions import Action, Assign, Switch, Unassign
from orders.handover import Row, with_warnings
from orders.models import Order
from orders.rearrange import require_assign
from orders.states import DONE
from routes.commands import grouping, trip_changes, trip_rules, trip_status
from routes.commands.grouping import Refusal
from routes.models.trip import Trip

CHANGED = "trip.driver_changed"


@dataclass(frozen=True, slots=True)
class DriverChange:
    """`rows` say what becomes of each order that has to change hands; `event` is None for a rehearsal."""

    trip: Trip
    event: Event | None
    rows: list[Row] = field(default_factory=list)
    is_replay: bool = False


def change_driver(
    label: str,
    *,
    driver_id: int | None,
    actor: Actor,
    reason: str = "",
    version: int | None = None,
    key: str = "",
    rehearse: bool = False,
) -> DriverChange:
    """Give all open orders of a trip to a driver, also while it is driven; nobody (None) only while it is planned.

    Orders that the driver has already stay as they are, so that naming the same driver again gives out what lost its
    driver. Refused names every order that cannot go in `details.blocked`, and then nothing has changed.
    """
    grouping.require(actor)
    require_assign(actor)
    content = {"label": label, "driver_id": driver_id, "reason": reason}
    for _ in range(trip_changes.ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                done = _change(label, driver_id, reason.strip(), version, actor, content, "" if rehearse else key)
                if rehearse:
                    transaction.set_rollback(True)
                    return DriverChange(done.trip, None, [_rehearsed(row) for row in done.rows])
                _refuse_blocked(done.rows)
                return done
        except trip_changes.Moved:
            continue
    raise trip_changes.is_changing()


def take_over(label: str, orders: Sequence[Order], taker: Driver, reason: str, actor: Actor) -> None:
    """A trip within a run that is handed over (`orders.groups.movers`): orders and drivers are locked by the caller."""
    trip = trip_status.locked([label], actor.tenant_id)[label]
    trip_rules.usable_driver(taker)
    _refuse_blocked(_moved(trip, orders, taker, reason, actor))
    before, names = trip.snapshot(["driver", "vehicle"]), _names(trip.driver, taker)
    _set_driver(trip, taker)
    codes = [order.code for order in orders]
    _recorded(trip, before, {"orders": codes, "names": names}, actor=actor, reason=reason)


def _change(
    label: str,
    driver_id: int | None,
    reason: str,
    version: int | None,
    actor: Actor,
    content: dict[str, Any],
    key: str,
) -> DriverChange:
    if again := trip_changes.repeated(CHANGED, content, actor, key):
        return DriverChange(again[0].trip, again[0].event, is_replay=True)
    trip, orders, drivers = trip_changes.lock_whole(
        label, actor, version=version, in_progress=driver_id is not None, driver_id=driver_id
    )
    if again := trip_changes.repeated(CHANGED, content, actor, key):  # the twin that waited for the locks
        return DriverChange(again[0].trip, again[0].event, is_replay=True)
    driver = trip_rules.usable_driver(drivers[driver_id]) if driver_id is not None else None
    waiting = [order for order in orders if order.status not in DONE and order.driver_id != driver_id]
    if trip.driver_id == driver_id and not waiting:
        who = f"already {trip.driver}'s. Choose a different driver." if driver else "already without a driver."
        raise Refused(f"Trip {trip.label} is {who}", code="same_driver")
    if trip.driver_id not in (None, driver_id) and not reason:
        sentence = "Say why the trip changes hands."
        raise Invalid(sentence, code="reason_required", details={"fields": {"reason": [sentence]}})
    rows = _moved(trip, waiting, driver, reason or "Trip without a driver", actor)
    before, names = trip.snapshot(["driver", "vehicle"]), _names(trip.driver, driver)
    if any(row.verdict == "blocked" for row in rows):
        return DriverChange(trip, None, rows)
    _set_driver(trip, driver)
    after = {"orders": [row.code for row in rows], "names": names}
    event = _recorded(trip, before, after, actor=actor, reason=reason, content=content, key=key)
    trip_status.follow(trip, actor=actor)
    return DriverChange(trip, event, rows)


def _moved(trip: Trip, orders: Sequence[Order], driver: Driver | None, reason: str, actor: Actor) -> list[Row]:
    """What became of each order; a blocked one changed nothing."""
    rows = []
    for order in orders:
        try:
            with transaction.atomic():
                grouping.run(_step(order, driver, reason), order, actor, trip)
            rows.append(Row(order.code, "done"))
        except DomainError as error:
            rows.append(Row(order.code, "blocked", error.code, error.message))
    return with_warnings(rows, driver) if driver is not None else rows


def _step(order: Order, driver: Driver | None, reason: str) -> Action:
    if driver is None:
        return Unassign(reason=reason)
    if order.driver_id is None:
        return Assign(driver_id=driver.pk)
    return Switch(driver_id=driver.pk, reason=reason)


def _names(*drivers: Driver | None) -> dict[str, str]:
    """So that history reads well after a driver is renamed or gone."""
    return {str(driver.pk): driver.name for driver in drivers if driver is not None}


def _set_driver(trip: Trip, driver: Driver | None) -> None:
    trip.driver = driver
    trip.vehicle = driver.primary_vehicle if driver is not None else None


def _recorded(
    trip: Trip,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    actor: Actor,
    reason: str,
    content: dict[str, Any] | None = None,
    key: str = "",
) -> Event:
    return grouping.record(
        trip,
        actor=actor,
        kind=CHANGED,
        changed=["driver", "vehicle"],
        before=before,
        after=after,
        content=content,
        reason=reason,
        key=key,
    )


def _refuse_blocked(rows: Sequence[Row]) -> None:
    blocked = [row for row in rows if row.verdict == "blocked"]
    grouping.refuse_blocked([Refusal(row.code, row.error_code, row.message) for row in blocked])


def _rehearsed(row: Row) -> Row:
    return row if row.verdict == "blocked" else Row(row.code, "possible", warnings=row.warnings)
