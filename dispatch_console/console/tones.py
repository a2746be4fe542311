"""Which tone (colour and mark) stands for which state, and the words that go with it."""

from typing import Any

from orders.states import (
    DONE,
    OPEN,
    AssignmentStatus,
    CarrierType,
    Flow,
    Leg,
    OrderType,
    PaymentMethod,
    PaymentStatus,
    Priority,
    ReturnStatus,
    Status,
)

STATUS_TONES: dict[str, str] = {
    Status.DRAFT: "quiet",
    Status.PENDING: "warn",
    Status.ASSIGNED: "accent",
    Status.PICKED_UP: "move",
    Status.IN_TRANSIT: "move",
    Status.STAGED: "accent",
    Status.DELIVERED: "good",
    Status.CANCELLED: "bad",
    Status.RETURNED: "quiet",
}

ASSIGNMENT_TONES: dict[str, str] = {
    AssignmentStatus.NONE: "quiet",
    AssignmentStatus.PENDING: "warn",
    AssignmentStatus.ASSIGNED: "accent",
    AssignmentStatus.ACCEPTED: "accent",
    AssignmentStatus.REJECTED: "bad",
    AssignmentStatus.COMPLETED: "good",
    AssignmentStatus.RETURNED: "quiet",
    AssignmentStatus.UNASSIGNED: "quiet",
}


def vocabulary() -> dict[str, Any]:
    """The same words and tones for the browser, so that no list of states lives in two languages."""
    return {
        "types": dict(OrderType.choices),
        "statuses": {value: {"label": label, "tone": STATUS_TONES[value]} for value, label in Status.choices},
        "assignments": {
            value: {"label": label, "tone": ASSIGNMENT_TONES[value]} for value, label in AssignmentStatus.choices
        },
        "carriers": dict(CarrierType.choices),
        "payment_methods": dict(PaymentMethod.choices),
        "payment_statuses": dict(PaymentStatus.choices),
        "priorities": {str(value): label for value, label in Priority.choices},
        "legs": dict(Leg.choices),
        "flows": dict(Flow.choices),
        "return_statuses": dict(ReturnStatus.choices),
        "groups": {"open": list(OPEN), "done": list(DONE)},
    }
