"""What being picked up and being delivered change, from whichever action they come; and what taking them back does."""

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from drivers.models import Driver
from orders.actions import cash
from orders.actions.assignments import close_assignment
from orders.actions.proving import is_incomplete, supersede
from orders.actions.return_orders import close_returns, open_replacement
from orders.models import Order
from orders.states import AssignmentStatus, CashStage, Stage, Status


def pick_up(order: Order, actor: Actor, *, collected: cash.Money = None, collected_reason: str = "") -> list[str]:
    """The package is in the driver's hands; a sender who pays in cash has paid the fee."""
    order.status = Status.PICKED_UP
    if order.driver_id is not None:
        # Going off duty and changing vehicles look for packages under this lock: they take turns with a pickup.
        order.driver = Driver.objects.select_for_update(of=("self",), no_key=True).get(pk=order.driver_id)
    order.holder = order.driver
    order.picked_up_at = clock.now()
    order.attempt_failed = False
    order.proof_missing = is_incomplete(order, Stage.PICKUP)
    changed = ["status", "holder", "picked_up_at", "attempt_failed", "proof_missing"]
    is_paid = cash.collect(order, CashStage.PICKUP, actor, collected=collected, reason=collected_reason)
    if cash.is_paid_at_pickup(order):
        changed += cash.settle_payment(order, is_paid=is_paid)
    return changed


def deliver(order: Order, actor: Actor, *, collected: cash.Money = None, collected_reason: str = "") -> list[str]:
    """Close the order as delivered; cash counts as paid from here on, unless less than what is due was taken."""
    is_paid = cash.collect(order, CashStage.PICKUP, actor)  # skipped over by a correction, where it does not exist yet
    is_paid &= cash.collect(order, CashStage.DROPOFF, actor, collected=collected, reason=collected_reason)
    changed = close_assignment(order, AssignmentStatus.COMPLETED, keep_driver=True)
    order.status = Status.DELIVERED
    order.holder = None
    order.closed_at = clock.now()
    order.attempt_failed = False
    order.pin_tries = 0
    order.proof_missing = is_incomplete(order, Stage.PICKUP, Stage.DELIVERY)
    changed += ["status", "holder", "closed_at", "attempt_failed", "pin_tries", "proof_missing"]
    if order.wants_replacement:
        open_replacement(order, actor)
    return [*changed, *cash.settle_payment(order, is_paid=is_paid)]


def take_back(order: Order, actor: Actor, *, delivery: bool, pickup: bool) -> list[str]:
    """A delivery or pickup that did not happen: its proof proves nothing, its cash was never collected."""
    stages = [stage for stage, is_it in ((Stage.PICKUP, pickup), (Stage.DELIVERY, delivery)) if is_it]
    if delivery:
        close_returns(order, actor)
    ends = [end for end, is_it in ((CashStage.PICKUP, pickup), (CashStage.DROPOFF, delivery)) if is_it]
    cash.void(order, actor, *ends)
    supersede(order, *stages)
    order.proof_missing = not pickup and is_incomplete(order, Stage.PICKUP)
    changed = ["proof_missing"]
    if pickup:  # whoever has not picked it up cannot have been at the receiver's door
        order.arrived_dropoff_at = None
        changed.append("arrived_dropoff_at")
    if delivery:
        order.closed_at, order.received_by = None, ""
        changed += ["closed_at", "received_by"]
    if not pickup and cash.is_paid_at_pickup(order):
        return changed
    return [*changed, *cash.settle_payment(order, is_paid=False)]
