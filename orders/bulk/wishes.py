"""Actions that only many orders have: each finds the concrete action for the order's present state, under its lock."""

from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core.errors import Refused
from orders.actions import Action, Assign, ChangeStatus, Return, StageAtWarehouse, Switch
from orders.actions.dispatch import Giving
from orders.actions.rules import HAS_DRIVER
from orders.models import Order
from orders.states import MOVING, OWN_FLEET, ReasonKind, Status

NEEDS_DRIVER = (*MOVING, Status.DELIVERED)


@dataclass(frozen=True, kw_only=True)
class SetStatus(ChangeStatus):
    """As “change status”, but nobody chooses a driver for many orders at once: each must already have its own."""

    name: ClassVar[str] = "set-status"

    def resolved(self, order: Order) -> Action:
        is_own = order.carrier_type in OWN_FLEET
        if is_own and self.target in NEEDS_DRIVER and order.status not in (self.target, Status.DRAFT):
            why = HAS_DRIVER.why_not(order)
            if why is not None:
                raise Refused(why.sentence, code=why.code)
        return super().resolved(order)


@dataclass(frozen=True, kw_only=True)
class SetPending(SetStatus):
    """Back to the queue: drafts are confirmed, drivers taken off before pickup, cancellations taken back."""

    name: ClassVar[str] = "pending"
    label: ClassVar[str] = "Set to pending"
    reason_kind: ClassVar[str] = ReasonKind.UNASSIGN

    target: Status = Status.PENDING
    reason: str = "Set to pending in bulk"


@dataclass(frozen=True, kw_only=True)
class Reassign(Giving):
    """Another driver, whether one has the order or dropped its package on the way."""

    name: ClassVar[str] = "reassign"
    label: ClassVar[str] = "Reassign driver"
    event: ClassVar[str] = "order.switched"
    permission: ClassVar[str] = "orders.assign"
    reason_kind: ClassVar[str] = ReasonKind.SWITCH

    reason: str = "Reassigned in bulk"
    note: str = ""

    def resolved(self, order: Order) -> Action:
        if order.holder_dropped_it:
            return Assign(driver_id=self.driver_id, force=self.force, note=self.note)
        return Switch(driver_id=self.driver_id, force=self.force, reason=self.reason, note=self.note)


@dataclass(frozen=True, kw_only=True)
class StageMany(StageAtWarehouse):
    """One driver for those that have none; the others keep who brings them."""

    name: ClassVar[str] = "stage"

    def resolved(self, order: Order) -> Action:
        has_own = order.driver_id is not None or order.carrier_type not in OWN_FLEET
        return StageAtWarehouse(driver_id=None if has_own else self.driver_id, note=self.note)


@dataclass(frozen=True, kw_only=True)
class ReturnMany(Return):
    """A return needs its reason in the history; many at once are told apart by their run."""

    name: ClassVar[str] = "return"

    reason: str = "Returned in bulk"
