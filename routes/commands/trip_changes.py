"""Every change of what is on a trip, and in which sequence: one transaction over all its orders, drivers and trips."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Refused
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.actions import Assign, Switch
from orders.actions.grouping import JoinGroup, LeaveGroup
from orders.models import Order
from orders.rearrange import require_assign
from orders.states import DONE, Status
from routes.commands import grouping, trip_layout, trip_rows, trip_rules, trip_status
from routes.commands.grouping import Refusal
from routes.commands.trip_layout import PlannedStop
from routes.models.trip import Trip, TripStatus, TripType

ATTEMPTS = 3
CREATED = "trip.created"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one trip; `event` is that of the present version where nothing had to change."""

    trip: Trip
    event: Event
    is_replay: bool = False
    is_unchanged: bool = False

    @property
    def group(self) -> Trip:
        """As the other kinds of groups call it."""
        return self.trip


@dataclass(frozen=True, slots=True)
class NewTrip:
    """`label` is taken beforehand (`grouping.next_label`)."""

    label: str
    type: str
    driver_id: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One trip's part of an act. `steps` makes the wanted stops out of those there are, which a repeat reads anew.

    `in_progress`: the change is possible after the trip has started, too. `switches`: orders that are
    assigned to another driver come along and change hands. `mixes`: where the stops need it, the trip becomes mixed.
    """

    kind: str
    steps: Callable[[Sequence[PlannedStop], Trip | None], Sequence[PlannedStop]]
    label: str = ""
    version: int | None = None
    new: NewTrip | None = None
    in_progress: bool = False
    switches: bool = False
    mixes: bool = False
    reason: str = ""

    def type_of(self, trip: Trip, wanted: Sequence[PlannedStop]) -> str:
        """The trip's type once it has these stops."""
        return TripType.MIXED if self.mixes and trip_layout.first_late_pickup(wanted) else trip.type


class Moved(Exception):
    """Orders came or went between reading a trip and locking it."""


@dataclass(slots=True)
class _Work:
    """Everything that is locked for one act."""

    orders: dict[str, Order]
    drivers: dict[int, Driver]
    released: set[str] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)


def carry_out(
    changes: Sequence[Change], *, actor: Actor, content: dict[str, Any], key: str = "", rehearse: bool = False
) -> list[Done]:
    """Make all changes or none. `content` is what was asked for, against which a repeated `key` is compared.

    Raises NotVisible, Forbidden, Stale, Refused (`details.blocked` says which order and why) or Invalid.
    """
    grouping.require(actor)
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                done = _carry_out(changes, actor, content, "" if rehearse else key)
                if rehearse:
                    transaction.set_rollback(True)
                return done
        except Moved:
            continue
        except IntegrityError:
            # A twin with the same key, which shares no row with this one, was faster.
            if again := repeated(changes[0].kind, content, actor, key):
                return again
            raise
    raise is_changing()


def is_changing() -> Refused:
    return Refused("The trip is changing at this moment. Look at it and try again.", code="trip_is_changing")


def repeated(kind: str, content: dict[str, Any], actor: Actor, key: str) -> list[Done]:
    """The answer that the same idempotency key already had, or nothing."""
    event = events.replayed(kind, content, actor, key)
    if event is None:
        return []
    labels = event.data["after"].get("trips", [event.object_code])
    found = {trip.label: trip for trip in Trip.objects.visible_to(actor).filter(label__in=labels)}
    return [Done(found[label], event, is_replay=True) for label in labels if label in found]


def _carry_out(changes: Sequence[Change], actor: Actor, content: dict[str, Any], key: str) -> list[Done]:
    kind = changes[0].kind
    if again := repeated(kind, content, actor, key):
        return again
    read = {change.label: trip_rules.visible_trip(change.label, actor) for change in changes if change.label}
    _require_fresh(changes, read)
    before = {label: trip_rows.steps_of(trip) for label, trip in read.items()}
    work = _locked(changes, read, before, actor)
    trips = trip_status.locked(read, actor.tenant_id)
    if again := repeated(kind, content, actor, key):  # the twin that waited for the locks
        return again
    for label, trip in read.items():
        if trips[label].driver_id != trip.driver_id or trip_rows.steps_of(trips[label]) != before[label]:
            raise Moved
    _require_fresh(changes, trips)

    plans = []
    for change in changes:
        trip = trips[change.label] if change.label else _created(change.new, work, actor)
        old = before.get(change.label, [])
        wanted = change.steps(old, trip)
        # What the type promises is about the plan; on the way each package only has to be fetched before it is brought.
        is_started = trip.status == TripStatus.IN_PROGRESS
        trip_layout.check(TripType.MIXED if is_started else change.type_of(trip, wanted), wanted)
        plans.append((change, trip, old, list(wanted)))
    for _, trip, old, wanted in plans:
        for code in _missing(old, wanted):
            _release(trip, code, work, actor)
    for change, trip, old, wanted in plans:
        for code in _missing(wanted, old):
            _take(trip, code, work, actor, may_switch=change.switches or code in work.released)
    grouping.refuse_blocked(work.refused)
    labels = [trip.label for _, trip, _, _ in plans]
    return [
        _recorded(*plan, work, labels=labels, actor=actor, content=content, key=key if number == 0 else "")
        for number, plan in enumerate(plans)
    ]


def lock_whole(
    label: str, actor: Actor, *, version: int | None, in_progress: bool, driver_id: int | None = None
) -> tuple[Trip, list[Order], dict[int, Driver]]:
    """Lock all orders of a trip, the driver who shall get them (if any), and the trip; raises Moved to try again."""
    read = trip_rules.visible_trip(label, actor)
    grouping.require_version(read, version)
    trip_rules.require_open(read, in_progress=in_progress)
    codes = set(trip_layout.codes_of(trip_rows.steps_of(read)))
    trip_rules.require_seen(codes, actor, read)
    orders = grouping.lock_orders(codes, actor)
    drivers = trip_rules.locked_drivers([driver_id], actor, chosen=driver_id)
    trip = trip_status.locked([label], actor.tenant_id)[label]
    if set(trip_layout.codes_of(trip_rows.steps_of(trip))) != codes:
        raise Moved
    grouping.require_version(trip, version)
    trip_rules.require_open(trip, in_progress=in_progress)
    return trip, orders, drivers


def unchanged(trip: Trip) -> Done:
    event = Event.objects.get(stream=trip.KIND, object_id=trip.pk, version=trip.version)
    return Done(trip, event, is_unchanged=True)


def _require_fresh(changes: Sequence[Change], trips: dict[str, Trip]) -> None:
    for change in changes:
        if change.label:
            grouping.require_version(trips[change.label], change.version)
            trip_rules.require_open(trips[change.label], in_progress=change.in_progress)


def _locked(
    changes: Sequence[Change], read: dict[str, Trip], before: dict[str, list[PlannedStop]], actor: Actor
) -> _Work:
    """Lock what comes and goes, by id, then the drivers who get work, by id."""
    codes: list[str] = []
    driver_ids: list[int | None] = []
    for change in changes:
        trip = read.get(change.label)
        old = before.get(change.label, [])
        wanted = change.steps(old, trip)
        coming, going = _missing(wanted, old), _missing(old, wanted)
        if trip is not None:
            trip_rules.require_seen(going, actor, trip)
        if change.new is not None:
            driver_ids.append(change.new.driver_id)
        elif coming and trip is not None:
            driver_ids.append(trip.driver_id)
        codes += [*coming, *going]
    known, unknown = grouping.known_codes(codes, actor)
    orders = grouping.lock_orders(known, actor)
    if any(pk is not None for pk in driver_ids):
        require_assign(actor)
    chosen = next((change.new.driver_id for change in changes if change.new), None)
    drivers = trip_rules.locked_drivers(driver_ids, actor, chosen=chosen)
    return _Work({order.code: order for order in orders}, drivers, refused=list(unknown))


def _missing(steps: Sequence[PlannedStop], others: Sequence[PlannedStop]) -> list[str]:
    """The orders of the first sequence that are not in the second."""
    known = {step.code for step in others}
    return [code for code in trip_layout.codes_of(steps) if code not in known]


def _created(new: NewTrip | None, work: _Work, actor: Actor) -> Trip:
    assert new is not None
    driver = trip_rules.usable_driver(work.drivers[new.driver_id]) if new.driver_id is not None else None
    now = clock.now()
    return Trip.objects.create(
        tenant_id=actor.tenant_id,
        label=new.label,
        number=int(new.label.rpartition("-")[2]),
        type=new.type,
        notes=new.notes,
        driver=driver,
        vehicle=driver.primary_vehicle if driver else None,
        created_by=actor.label,
        created_at=now,
        updated_at=now,
    )


def _release(trip: Trip, code: str, work: _Work, actor: Actor) -> None:
    order = work.orders[code]
    if trip.status == TripStatus.IN_PROGRESS and order.status in DONE:
        status = Status(order.status).label.lower()
        sentence = f"Order {code} is {status}: it stays on trip {trip.label} as the record of what was driven."
        work.refused.append(Refusal(code, "order_is_over", sentence))
        return
    work.orders[code] = grouping.run(LeaveGroup(), order, actor, trip).order
    work.released.add(code)


def _take(trip: Trip, code: str, work: _Work, actor: Actor, *, may_switch: bool) -> None:
    if (order := work.orders.get(code)) is None:
        return  # unknown, and refused already
    try:
        with transaction.atomic():
            if why := trip_rules.why_not_on(order, trip, may_switch=may_switch):
                raise Refused(why.sentence, code=why.code)
            grouping.run(JoinGroup(group=trip.held_by), order, actor, trip)
            if trip.driver_id is not None and order.driver_id is None:
                grouping.run(Assign(driver_id=trip.driver_id), order, actor, trip)
            elif trip.driver_id != order.driver_id and trip.driver_id is not None:
                grouping.run(Switch(driver_id=trip.driver_id, reason="Replanned"), order, actor, trip)
    except DomainError as error:
        work.refused.append(Refusal(code, error.code, error.message))


def _recorded(
    change: Change,
    trip: Trip,
    old: list[PlannedStop],
    wanted: list[PlannedStop],
    work: _Work,
    *,
    labels: list[str],
    actor: Actor,
    content: dict[str, Any],
    key: str,
) -> Done:
    """Write the stops, raise the version and tell it; the status follows where orders left."""
    if old == wanted and change.label:
        return unchanged(trip)
    added, removed = _missing(wanted, old), _missing(old, wanted)
    trip_rows.put_in_sequence(trip, wanted, work.orders)
    columns = ["order_count", "team"]
    if (new_type := change.type_of(trip, wanted)) != trip.type:
        columns.append("type")
    before: dict[str, Any] = {"stops": old} | trip.snapshot(columns)
    trip.type = new_type
    trip.order_count = len(wanted) // 2
    trip.team_id = trip_rows.common_team(trip)
    after = {"stops": wanted, "orders_added": added, "orders_removed": removed, "trips": labels}
    if change.new is None:
        event = grouping.record(
            trip,
            actor=actor,
            kind=change.kind,
            changed=columns,
            before=before,
            after=after,
            content=content,
            reason=change.reason,
            key=key,
        )
    else:
        trip.save(update_fields=["order_count", "team"])
        after |= trip.snapshot(["type", "notes", "driver", "vehicle", "status", "order_count"])
        data = {"input": content, "before": {}, "after": after}
        event = grouping.told(trip, actor=actor, kind=CREATED, data=data, content=content, key=key)
    trip_status.follow(trip, actor=actor)
    return Done(trip, event)
