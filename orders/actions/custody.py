"""What a group does to the packages it carries together, which are not proven door by door.

The acts tell the same kinds of events as those on single orders, because the same happened; their source names the
group. Money is booked as always, and what the service wants proven and was not is flagged as always.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Warehouse
from orders.actions import proving
from orders.actions.assignments import close_assignment
from orders.actions.base import Action, require_reason
from orders.actions.form_rules import place
from orders.actions.outcome import deliver, pick_up
from orders.actions.rules import (
    HAS_DRIVER,
    INTERNAL_CARRIER,
    NOT_IN_GROUP,
    NOT_ON_HOLD,
    PACKAGE_IN_HANDS,
    Guard,
    Rule,
    status_in,
)
from orders.actions.staging import IS_INBOUND, StageAtWarehouse
from orders.models import Order
from orders.states import AssignmentStatus, CarrierType, ReasonKind, Stage, Status

OTHERS = (CarrierType.PRIME, CarrierType.EXTERNAL)
OTHER_CARRIER = Rule(
    code="carrier_internal",
    test=lambda order: order.carrier_type in OTHERS,
    condition=Q(carrier_type__in=OTHERS),
    sentence=lambda order: f"Order {order.code} is carried by your own fleet: its driver picks it up.",
)


@dataclass(frozen=True, kw_only=True)
class GroupAct(Action):
    """Base: whoever runs groups may do it, and the driver who carries the order. `note` is kept in the history."""

    permission: ClassVar[str] = "groups.manage"
    own_work: ClassVar[bool] = True

    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PickUpTogether(GroupAct):
    """The group's driver has the package."""

    name: ClassVar[str] = "pick-up-together"
    label: ClassVar[str] = "Picked up"
    event: ClassVar[str] = "order.picked_up"
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.ASSIGNED), HAS_DRIVER, NOT_ON_HOLD, *NOT_IN_GROUP)
    )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        _note_instead_of_proof(self, order, actor, Stage.PICKUP)
        return pick_up(order, actor)


@dataclass(frozen=True, kw_only=True)
class HandToCarrier(GroupAct):
    """Another carrier has the package and is on the way with it."""

    name: ClassVar[str] = "hand-to-carrier"
    label: ClassVar[str] = "Handed to the carrier"
    event: ClassVar[str] = "order.handed_to_carrier"
    guard: ClassVar[Guard] = Guard((OTHER_CARRIER, status_in(Status.PENDING), NOT_ON_HOLD, *NOT_IN_GROUP))

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed = pick_up(order, actor)
        order.status = Status.IN_TRANSIT
        return changed


@dataclass(frozen=True, kw_only=True)
class DepartTogether(GroupAct):
    """The package is on its way with the group."""

    name: ClassVar[str] = "depart-together"
    label: ClassVar[str] = "In transit"
    event: ClassVar[str] = "order.departed"
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.PICKED_UP), HAS_DRIVER, NOT_ON_HOLD, *NOT_IN_GROUP)
    )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.status = Status.IN_TRANSIT
        return ["status"]


@dataclass(frozen=True, kw_only=True)
class DeliverTogether(GroupAct):
    """The group has brought the package to its receiver. `leaves`: and lets the order go."""

    name: ClassVar[str] = "deliver-together"
    label: ClassVar[str] = "Delivered"
    event: ClassVar[str] = "order.delivered"
    guard: ClassVar[Guard] = Guard((status_in(Status.PICKED_UP, Status.IN_TRANSIT), NOT_ON_HOLD, *NOT_IN_GROUP))

    recipient: str = ""
    leaves: bool = True

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        _note_instead_of_proof(self, order, actor, Stage.DELIVERY)
        order.received_by = self.recipient.strip()
        changed = deliver(order, actor)
        return [*changed, "received_by", *(_let_go(order) if self.leaves else [])]


@dataclass(frozen=True, kw_only=True)
class StageTogether(StageAtWarehouse):
    """The group has brought an inbound leg to its staging warehouse. `leaves`: and lets it go."""

    name: ClassVar[str] = "stage-together"
    permission: ClassVar[str] = "groups.manage"
    guard: ClassVar[Guard] = Guard(
        (IS_INBOUND, status_in(Status.PICKED_UP, Status.IN_TRANSIT), NOT_ON_HOLD, *NOT_IN_GROUP)
    )

    leaves: bool = True

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed = super().apply(order, actor)
        return [*changed, *(_let_go(order) if self.leaves else [])]


@dataclass(frozen=True, kw_only=True)
class Land(GroupAct):
    """The package has come to a place between, and waits there for whoever carries it on: pending, without a driver.

    The place is a warehouse, or an address with its point in degrees where that is known.
    """

    name: ClassVar[str] = "land"
    label: ClassVar[str] = "Received"
    event: ClassVar[str] = "order.landed"
    guard: ClassVar[Guard] = Guard((status_in(Status.PICKED_UP, Status.IN_TRANSIT), NOT_ON_HOLD, *NOT_IN_GROUP))

    warehouse_id: int | None = None
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed = close_assignment(order, AssignmentStatus.COMPLETED, reason=self.label)
        order.status = Status.PENDING
        order.holder = None
        # The package begins a new way: nobody has fetched it here yet, and the sender's door is behind it.
        order.picked_up_at = order.arrived_pickup_at = order.arrived_dropoff_at = None
        order.attempt_failed = False
        if self.warehouse_id is None:
            order.pickup_warehouse, order.pickup_address = None, self.address
            order.pickup_latitude, order.pickup_longitude = self.latitude, self.longitude
        else:
            warehouses = Warehouse.objects.filter(tenant_id=order.tenant_id)
            order.pickup_warehouse, order.pickup_address = warehouses.get(pk=self.warehouse_id), ""
        order.pickup_contact = order.pickup_phone = order.pickup_notes = ""
        place(order)
        return [
            *changed,
            *("status", "holder", "picked_up_at", "arrived_pickup_at", "arrived_dropoff_at", "attempt_failed"),
            *(f"pickup_{part}" for part in ("warehouse", "address", "latitude", "longitude", "zone")),
            *("pickup_contact", "pickup_phone", "pickup_notes"),
            *_let_go(order),
        ]


@dataclass(frozen=True, kw_only=True)
class ReturnTogether(GroupAct):
    """The group brings the package back to its sender, which ends the order. `leaves`: and lets it go."""

    name: ClassVar[str] = "return-together"
    label: ClassVar[str] = "Record return"
    event: ClassVar[str] = "order.returned"
    permission: ClassVar[str] = "orders.return"
    reason_kind: ClassVar[str] = ReasonKind.RETURN
    guard: ClassVar[Guard] = Guard((PACKAGE_IN_HANDS, *NOT_IN_GROUP))

    reason: str = ""
    leaves: bool = True

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed = close_assignment(order, AssignmentStatus.RETURNED, reason=self.reason, keep_driver=True)
        order.status = Status.RETURNED
        order.holder = None
        order.closed_at = clock.now()
        order.closing_reason = self.reason
        order.attempt_failed = False
        return [
            *changed,
            *("status", "holder", "closed_at", "closing_reason", "attempt_failed"),
            *(_let_go(order) if self.leaves else []),
        ]


def _let_go(order: Order) -> list[str]:
    order.held_by = ""
    return ["held_by"]


def _note_instead_of_proof(act: GroupAct, order: Order, actor: Actor, stage: Stage) -> None:
    """Where the service asks for proof, the order says how else it is known."""
    if proving.needed(order, stage):
        proving.attach(order, actor, act=act.name, stage=stage, proof_ids=(), note=act.note)
