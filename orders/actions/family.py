"""A staged order and its legs, kept true to each other in the transaction that changes one of them.

All three rows are locked: the engine takes them by id before it judges anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders import groups, legs
from orders.actions.base import Action, CannotUndo
from orders.actions.closing import Cancel
from orders.actions.rules import Guard
from orders.actions.staging import LockLeg, UnlockLeg
from orders.actions.writing import STREAM, Cause, Change, refused, write
from orders.models import Order
from orders.states import DONE, IN_CASH, Leg, PaymentStatus, Status

MIRRORED = ("status", "picked_up_at", "closed_at", "closing_reason", "received_by", "proof_missing", "payment_status")


@dataclass(frozen=True, kw_only=True)
class FollowLegs(Action):
    """The state of a staged order follows from its legs."""

    name: ClassVar[str] = "follow-legs"
    label: ClassVar[str] = "Followed its legs"
    event: ClassVar[str] = "order.followed_leg"
    permission: ClassVar[str] = "orders.status"
    guard: ClassVar[Guard] = Guard(of_parents=True)

    leg: str

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return mirror(order)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo(f"This followed from {event.data['input']['leg']}. Undo the change of that leg.")


def mirror(parent: Order) -> tuple[str, ...]:
    """Set on the parent what follows from its legs as they are stored, and name these columns."""
    inbound, outbound = legs.legs_of(parent)
    both = (outbound, inbound)
    parent.status = legs.status_of(inbound.status, outbound.status)
    is_over = parent.status in DONE and parent.status != Status.STAGED
    parent.picked_up_at = inbound.picked_up_at
    parent.closed_at = max((leg.closed_at for leg in both if leg.closed_at), default=None) if is_over else None
    parent.closing_reason = next((leg.closing_reason for leg in both if leg.closing_reason), "") if is_over else ""
    parent.received_by = outbound.received_by
    parent.proof_missing = any(leg.proof_missing for leg in both)
    if paid := [leg.payment_status == PaymentStatus.PAID for leg in both if leg.payment_method in IN_CASH]:
        parent.payment_status = PaymentStatus.PAID if all(paid) else PaymentStatus.PENDING
    return MIRRORED


def carry_out(change: Change, cause: Cause) -> tuple[str, ...]:
    """Do to the legs what is being done to the staged order, and name the columns of the parent that follow.

    One leg that refuses refuses the whole.
    """
    told: list[tuple[str, Event]] = []
    for leg in legs.legs_of(change.order):
        leg.parent = change.order
        action = change.action.for_leg(leg, is_undo=cause.undoes is not None)
        if action is None:
            continue
        if why := action.guard.why_not(leg, with_parent=True):
            raise refused(why, leg)
        action.check(leg, change.actor)
        held_by = leg.held_by
        told.append((held_by, write(action, leg, change.actor, _of_leg(leg, cause))))
    for held_by, event in told:
        groups.tell(held_by, event, change.actor)
    return mirror(change.order)


def _of_leg(leg: Order, cause: Cause) -> Cause:
    """An undo of what was done to the whole order takes back what that did to the leg."""
    if cause.undoes is None:
        return Cause(made_at=cause.made_at)
    last = Event.objects.filter(stream=STREAM, object_id=leg.pk, version=leg.version, kind=cause.undoes.kind)
    return Cause(made_at=cause.made_at, undoes=last.first())


def follow(leg: Order, actor: Actor, cause: Cause) -> None:
    """After a change of a leg: unlock or lock the other one, and let the parent follow."""
    parent = Order.objects.get(legs=leg)
    quiet = Cause(made_at=cause.made_at)
    if leg.leg == Leg.INBOUND:
        outbound = parent.legs.get(leg=Leg.OUTBOUND)
        if outbound.awaits_staging == (leg.status == Status.STAGED):
            write(UnlockLeg() if outbound.awaits_staging else LockLeg(), outbound, actor, quiet)
        # A package that went back to its sender never leaves the warehouse.
        if leg.status == Status.RETURNED and outbound.status not in DONE:
            write(Cancel(reason=leg.closing_reason), outbound, actor, quiet)
    change = Change(FollowLegs(leg=leg.code), parent, actor, quiet)
    change.apply()
    if change.names:
        change.finish()
