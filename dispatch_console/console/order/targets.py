"""The statuses an order can be set to, each with what that means and what it asks for."""

from typing import Any

from dispatch_console.core.actor import Actor
from orders.actions import ACTIONS
from orders.actions.proving import in_words, needed
from orders.models import Order
from orders.offers import Target, status_targets
from orders.states import Stage, Status

NEXT_STEPS = ("assign", "pick-up", "depart", "stage", "deliver", "confirm")

REASON_KINDS = {name: action.reason_kind for name, action in ACTIONS.items()}


def targets(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """The next step first, then the rest of the way, corrections, and the ways out."""
    found = [
        {**target, "reason_kind": REASON_KINDS.get(target["action"], ""), "words": _words(order, target)}
        for target in status_targets(order, actor)
    ]
    return sorted(found, key=_place)


def _place(target: dict[str, Any]) -> tuple[int, int]:
    action = target["action"]
    group = 0 if action in NEXT_STEPS else 2 if target["status"] in (Status.CANCELLED, Status.RETURNED) else 1
    return group, Status.values.index(target["status"])


def _words(order: Order, target: Target) -> str:
    action = target["action"]
    driver = order.driver.name if order.driver else "a driver"
    sentences = {
        "assign": "Choose the driver who gets it.",
        "confirm": "The draft joins the queue.",
        "pick-up": f"{driver} has the package now."
        if "note" not in target["needs"]
        else f"{driver} has it, but {in_words(needed(order, Stage.PICKUP))} is missing: note how you know.",
        "depart": "The package is on its way to the dropoff.",
        "deliver": "The receiver has the package."
        if "note" not in target["needs"]
        else f"The receiver has it, but {in_words(needed(order, Stage.DELIVERY))} is missing: note how you know.",
        "stage": "The package is at the warehouse; the second leg can begin.",
        "unstage": "It is not at the warehouse after all: a note is needed.",
        "unassign": f"{driver} is taken off; back to the queue.",
        "cancel": "The order is called off.",
        "return": "The package is back with its sender.",
        "reopen": "The cancellation is taken back.",
    }
    if action == "correct":
        with_driver = " Say which driver has it." if "driver_id" in target["needs"] else ""
        return f"A correction by hand: a note is needed.{with_driver}"
    return sentences.get(action, "")
