"""“Set this order to …”: finds the concrete action for the order's present state, under its lock."""

from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core.errors import Refused
from orders.actions.base import Action
from orders.actions.closing import Cancel, Reopen
from orders.actions.dispatch import Assign, Unassign, driver_required
from orders.actions.progress import Confirm, Deliver, Depart, PickUp
from orders.actions.rules import ENDS_AT_RECEIVER, Guard, words
from orders.actions.staging import StageAtWarehouse, Unstage
from orders.actions.trouble import Correct, Return
from orders.actions.writing import refused
from orders.models import Order
from orders.states import CarrierType, Leg, Status

_FORWARD: dict[tuple[str, str], type[PickUp] | type[Depart] | type[Deliver]] = {
    (Status.ASSIGNED, Status.PICKED_UP): PickUp,
    (Status.PICKED_UP, Status.IN_TRANSIT): Depart,
    (Status.PICKED_UP, Status.DELIVERED): Deliver,
    (Status.IN_TRANSIT, Status.DELIVERED): Deliver,
}


@dataclass(frozen=True, kw_only=True)
class ChangeStatus(Action):
    """The dispatcher's wish; the event row and the rights are those of the action it turns out to be."""

    name: ClassVar[str] = "status"
    label: ClassVar[str] = "Change status"
    event: ClassVar[str] = "order.status_corrected"
    permission: ClassVar[str] = "orders.status"
    key: ClassVar[str] = "s"
    guard: ClassVar[Guard] = Guard(of_parents=True)  # what it turns out to be has its own

    target: Status
    driver_id: int | None = None
    reason: str = ""
    note: str = ""

    def resolved(self, order: Order) -> Action:
        target = Status(self.target)
        if target == order.status:
            raise Refused(f"Order {order.code} is already {words(order)}.", code="status_unchanged")
        match target:
            case Status.CANCELLED:
                return Cancel(reason=self.reason, note=self.note)
            case Status.RETURNED:
                return Return(reason=self.reason, note=self.note)
            case Status.STAGED if order.leg == Leg.INBOUND or order.is_parent:
                return StageAtWarehouse(driver_id=self.driver_id, note=self.note)
            case Status.STAGED | Status.DRAFT:
                raise Refused(
                    f"Order {order.code} cannot be set to {target.label.lower()} by hand.",
                    code="transition_not_allowed",
                )
            case Status.PENDING:
                return self._back_to_queue(order)
            case Status.ASSIGNED if order.status in (Status.PENDING, Status.CANCELLED):
                if self.driver_id is None:
                    raise driver_required(order, target=target)
                if order.status == Status.CANCELLED:
                    return Reopen(target=Status.ASSIGNED, driver_id=self.driver_id, note=self.note)
                return Assign(driver_id=self.driver_id, note=self.note)
        if order.leg == Leg.INBOUND:
            if target == Status.DELIVERED and (why := ENDS_AT_RECEIVER.why_not(order)):
                raise refused(why, order)
            if order.status == Status.STAGED:
                return Unstage(target=target, note=self.note)
        step = _FORWARD.get((order.status, target))
        if step is not None and order.carrier_type == CarrierType.INTERNAL:
            return step(note=self.note)
        return Correct(target=target, note=self.note, driver_id=self.driver_id)

    def _back_to_queue(self, order: Order) -> Action:
        if order.status == Status.DRAFT:
            return Confirm()
        if order.status == Status.CANCELLED:
            return Reopen(note=self.note)
        if order.status == Status.ASSIGNED:
            return Unassign(reason=self.reason, note=self.note)
        raise Refused(
            f"Order {order.code} is {words(order)}: its package has left the pickup, so it cannot be pending again.",
            code="transition_not_allowed",
        )
