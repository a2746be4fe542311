"""How an order ends well: what being delivered changes, from whichever action it comes."""

from dispatch_console.core import clock
from orders.actions.assignments import close_assignment
from orders.models import Order
from orders.states import AssignmentStatus, PaymentMethod, PaymentStatus, Status


def needs_proof(order: Order) -> bool:
    return order.service.policy is not None and order.service.policy.needs_delivery_proof


def deliver(order: Order) -> list[str]:
    """Close the order as delivered; cash counts as paid from here on."""
    changed = close_assignment(order, AssignmentStatus.COMPLETED, keep_driver=True)
    order.status = Status.DELIVERED
    order.holder = None
    order.closed_at = clock.now()
    order.proof_missing = needs_proof(order)
    changed += ["status", "holder", "closed_at", "proof_missing"]
    if order.payment_method == PaymentMethod.COD:
        order.payment_status = PaymentStatus.PAID
        changed.append("payment_status")
    return changed
