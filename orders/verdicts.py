"""What became of an act that a phone made earlier, in a word, a code and a plain sentence."""

from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, NotVisible, Refused
from dispatch_console.core.models import Event
from orders.actions.claims import NO_ANSWER
from orders.commands import Outcome
from orders.detail import STREAM
from orders.models import Assignment, DeviceAct, Order, Verdict
from orders.states import AssignmentStatus, Status

MOST_CHANGES = 10
# The statuses that an order has once the act is done.
REACHED: dict[str, tuple[Status, ...]] = {
    "pick-up": (Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED),
    "depart": (Status.IN_TRANSIT, Status.DELIVERED),
    "deliver": (Status.DELIVERED,),
    "return": (Status.RETURNED,),
}

# Refusals by the order's state, which somebody else may have changed; all others are about the act itself.
OF_STATE = frozenset(
    {
        "status_locked",
        "no_active_assignment",
        "no_open_offer",
        "no_failed_attempt",
        "nothing_to_return",
        "wrong_stage",
        "transition_not_allowed",
    }
)

Answer = dict[str, Any]


def of(act: DeviceAct, result: Outcome | DomainError | None, actor: Actor) -> tuple[Verdict, Answer]:
    """The verdict on an act that was done (an Outcome), refused (an error), or that there was nothing to do for."""
    if result is None:
        return Verdict.DONE, {}
    if isinstance(result, Outcome):
        event = result.event
        return Verdict.DONE, {
            "version": event.version,
            "status": event.data.get("after", {}).get("status", result.order.status),
            "changes": _changes(act, result.order, actor, before=event.version),
        }
    order = Order.objects.visible_to(actor).filter(code=act.order_code).first()
    if order is None:
        return _of_lost_order(act, result, actor)
    verdict, told = _of_own_order(act, order, result, actor)
    changes = _changes(act, order, actor, before=order.version + 1)
    return verdict, {**told, "version": order.version, "status": order.status, "changes": changes}


def _of_own_order(act: DeviceAct, order: Order, error: DomainError, actor: Actor) -> tuple[Verdict, Answer]:
    if not isinstance(error, Refused):
        return Verdict.REFUSED, _told(error)
    status = Status(order.status).label.lower()
    if _is_reached(act.name, order, error):
        return Verdict.ALREADY_DONE, {"code": "already_done", "message": f"Order {order.code} is already {status}."}
    if order.status == Status.CANCELLED:
        return Verdict.CHANGED, {"code": "cancelled", "message": _cancelled(order)}
    if order.driver_id != actor.driver_id:
        sentence = f"Order {order.code} was taken off you. You still have the package: hand it over as dispatch says."
        return Verdict.CHANGED, {"code": "reassigned", "message": sentence}
    is_of_state = error.code in OF_STATE and _changes(act, order, actor, before=order.version + 1)
    if order.on_hold or order.held_by or is_of_state:
        return Verdict.CHANGED, _told(error)
    return Verdict.REFUSED, _told(error)


def _of_lost_order(act: DeviceAct, error: DomainError, actor: Actor) -> tuple[Verdict, Answer]:
    """The order is not the driver's: taken away, or never theirs. Whose it is now is not told."""
    if not isinstance(error, NotVisible):
        return Verdict.REFUSED, _told(error)
    last = (
        Assignment.objects.filter(
            tenant_id=actor.tenant_id,
            driver_id=actor.driver_id,
            order__code=act.order_code,  # type: ignore[misc]
        )
        .select_related("order")
        .order_by("-id")
        .first()
    )
    if last is None:
        return (Verdict.CHANGED if act.name == "self-assign" else Verdict.REFUSED), _told(error)
    lost: Order = last.order
    if lost.status == Status.CANCELLED:
        return Verdict.CHANGED, {"code": "cancelled", "message": _cancelled(lost)}
    if last.status == AssignmentStatus.REJECTED:
        if act.name == "reject" and last.reason != NO_ANSWER:
            return Verdict.ALREADY_DONE, {"code": "already_done", "message": f"You rejected order {lost.code} before."}
        sentence = f"The offer of order {lost.code} is over: it was rejected, or not answered in time."
        return Verdict.CHANGED, {"code": "offer_over", "message": sentence}
    if act.name == "self-unassign":
        return Verdict.ALREADY_DONE, {"code": "already_done", "message": f"Order {lost.code} is no longer yours."}
    sentence = f"Order {lost.code} is no longer yours: dispatch took it off you or gave it to somebody else."
    return Verdict.CHANGED, {"code": "reassigned", "message": sentence}


def _is_reached(name: str, order: Order, error: DomainError) -> bool:
    if name == "accept":
        return order.assignment_status == AssignmentStatus.ACCEPTED
    if name == "self-assign":
        return order.status != Status.PENDING
    return error.code == "already_arrived" or order.status in REACHED.get(name, ())


def _cancelled(order: Order) -> str:
    why = f" ({order.closing_reason})" if order.closing_reason else ""
    rest = "Bring the package back." if order.package_with_driver else "Nothing is left to do."
    return f"Order {order.code} was cancelled{why}. {rest}"


def _changes(act: DeviceAct, order: Order, actor: Actor, *, before: int) -> list[dict[str, Any]]:
    """What others did to the order after the version the driver was looking at, oldest first."""
    if act.seen_version is None:
        return []
    rows = Event.objects.filter(stream=STREAM, object_id=order.pk, version__gt=act.seen_version, version__lt=before)
    others = rows.exclude(actor_kind=actor.kind, actor_id=actor.id).order_by("version")[:MOST_CHANGES]
    return [
        {
            "version": event.version,
            "kind": event.kind,
            "actor": event.actor_label,
            "occurred_at": clock.iso(event.occurred_at),
            "reason": event.reason,
        }
        for event in others
    ]


def _told(error: DomainError) -> Answer:
    return {"code": error.code, "message": error.message, "details": error.details}
