"""What can be done with an order now, by whom, with which inputs, and why not: read from the action declarations."""

from typing import TypedDict

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Event
from orders.actions import (
    ACTIONS,
    Action,
    AddNote,
    Assign,
    ChangeStatus,
    Correct,
    Deliver,
    PickUp,
    Reopen,
    SettleException,
    StageAtWarehouse,
    Switch,
    Unassign,
    Unstage,
)
from orders.actions.proving import needed
from orders.actions.staging import BACK_TO
from orders.actions.trouble import CORRECTIONS
from orders.commands import why_not_undo
from orders.models import Order
from orders.states import MOVING, CarrierType, Stage, Status

# Stands for “some driver” while asking what a target would turn into; no driver is looked up for that.
ANY_DRIVER = 0
OF_DRIVERS = frozenset({"accept", "reject", "self-assign", "self-unassign"})


class Target(TypedDict):
    """A status the order can be set to, the action that this is, and the inputs it needs."""

    status: str
    label: str
    action: str
    needs: list[str]


class Offer(TypedDict):
    """One action; `why_not` is a sentence where it is not allowed, `code` its stable name.

    `needs` lists the inputs without which it is refused. `targets` is filled for the action `status` only.
    """

    name: str
    label: str
    key: str
    is_dangerous: bool
    is_allowed: bool
    code: str
    why_not: str
    reason_kind: str
    needs: list[str]
    targets: list[Target]


class UndoOffer(TypedDict):
    is_possible: bool
    why_not: str
    version: int
    kind: str


def offers(order: Order, actor: Actor) -> list[Offer]:
    """Every action on the order; those of drivers only for drivers."""
    names = [name for name in ACTIONS if actor.driver_id is not None or name not in OF_DRIVERS]
    return [_offer(ACTIONS[name], order, actor) for name in names]


def undo_offer(order: Order) -> UndoOffer | None:
    """Whether the order's last change can be taken back."""
    event = Event.objects.filter(stream="order", object_id=order.pk, version=order.version).first()
    if event is None:
        return None
    why_not = why_not_undo(event, order)
    return {"is_possible": not why_not, "why_not": why_not, "version": event.version, "kind": event.kind}


def is_permitted(action: Action | type[Action], order: Order, actor: Actor) -> bool:
    """Whether the actor's role covers the action on this order, as the engine will decide it."""
    # Asked of the declaration, before there is any input: the permission depends on the order alone.
    kind: type[Action] = action if isinstance(action, type) else type(action)
    if actor.may(kind.needed_permission(kind, order)):  # type: ignore[arg-type]
        return True
    mine = actor.driver_id is not None and actor.driver_id in (order.driver_id, order.holder_id)
    return action.own_work and mine and actor.may("work.own")


def needed_inputs(action: Action | type[Action], order: Order) -> list[str]:
    kind = action if isinstance(action, type) else type(action)
    without_driver = order.driver_id is None and order.carrier_type == CarrierType.INTERNAL
    needs = {
        "driver_id": kind in (Assign, Switch)
        or (kind in (Correct, StageAtWarehouse) and without_driver)
        or (isinstance(action, Reopen) and action.target == Status.ASSIGNED),
        "target": kind in (ChangeStatus, Correct),
        "status": kind is SettleException,
        "reason": bool(kind.reason_kind) and (kind is not Switch or order.status in MOVING),
        "note": kind in (Correct, AddNote, Unstage)
        or (kind is Unassign and order.status in MOVING)
        or (kind is PickUp and bool(needed(order, Stage.PICKUP)))
        or (kind is Deliver and bool(needed(order, Stage.DELIVERY))),
    }
    return [name for name, is_needed in needs.items() if is_needed]


def status_targets(order: Order, actor: Actor) -> list[Target]:
    """The statuses a dispatcher may set now, each with the action it resolves to."""
    found: list[Target] = []
    for target in Status:
        try:
            action = ChangeStatus(target=target, driver_id=ANY_DRIVER).resolved(order)
        except DomainError:
            continue
        if isinstance(action, Correct) and target not in CORRECTIONS.get(order.status, ()):
            continue
        if isinstance(action, Unstage) and target not in BACK_TO:
            continue
        if action.guard.why_not(order) is None and is_permitted(action, order, actor):
            needs = [name for name in needed_inputs(action, order) if name != "target"]
            found.append({"status": target.value, "label": target.label, "action": action.name, "needs": needs})
    return found


def _offer(kind: type[Action], order: Order, actor: Actor) -> Offer:
    code, why_not, targets = "", "", []
    if why := kind.guard.why_not(order):
        code, why_not = why.code, why.sentence
    elif kind is ChangeStatus:
        targets = status_targets(order, actor)
        if not targets:
            code = "transition_not_allowed"
            why_not = f"Order {order.code} is {Status(order.status).label.lower()}; you cannot set another status."
    elif not is_permitted(kind, order, actor):
        code, why_not = "forbidden", f"Your role does not allow “{kind.label.lower()}”."
    elif kind is Correct and not CORRECTIONS.get(order.status):
        code, why_not = "transition_not_allowed", "There is nothing to correct."
    return {
        "name": kind.name,
        "label": kind.label,
        "key": kind.key,
        "is_dangerous": kind.is_dangerous,
        "is_allowed": not why_not,
        "code": code,
        "why_not": why_not,
        "reason_kind": kind.reason_kind_for(order),
        "needs": needed_inputs(kind, order),
        "targets": targets,
    }
