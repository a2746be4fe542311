"""What can be done with a waybill, when, and why not: buttons, addresses and commands read the same declarations."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Refused
from orders.actions.rules import Why
from orders.states import CarrierType, ReasonKind
from routes.commands.grouping import PERMISSION as MANAGE
from routes.models import Waybill, WaybillStatus
from routes.models.waybill import ON_THE_WAY

DRAFTED, SEALED, PICKED_UP, IN_TRANSIT, RECEIVED = (
    WaybillStatus.DRAFTED,
    WaybillStatus.SEALED,
    WaybillStatus.PICKED_UP,
    WaybillStatus.IN_TRANSIT,
    WaybillStatus.RECEIVED,
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `own_fleet` None: for any carrier; `has_driver` None: with or without one. `asks` are its inputs.

    `needs_open`: only while the waybill still carries orders. `of_driver`: its own driver may do it, too. `permission`:
    what it takes beyond the right to run groups.
    """

    name: str
    label: str
    statuses: tuple[WaybillStatus, ...]
    own_fleet: bool | None = None
    has_driver: bool | None = None
    needs_open: bool = False
    of_driver: bool = False
    asks: tuple[str, ...] = ()
    reason_kind: str = ""
    is_dangerous: bool = False
    key: str = ""
    explains: str = ""
    permission: str = ""


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("edit", "Edit", (DRAFTED,), key="e"),
        Act("add", "Add orders", (DRAFTED,), asks=("codes",)),
        Act("remove", "Take orders out", (DRAFTED,), asks=("codes",)),
        Act(
            "seal",
            "Seal",
            (DRAFTED,),
            needs_open=True,
            key="l",
            explains="After this no order can be added or taken out. Only cancelling the whole waybill opens it again.",
        ),
        Act(
            "assign",
            "Assign driver",
            (SEALED,),
            own_fleet=True,
            has_driver=False,
            asks=("driver_id",),
            key="a",
            permission="orders.assign",
        ),
        Act(
            "dispatch",
            "Dispatch",
            (SEALED,),
            own_fleet=False,
            asks=("handed_over_by", "note", "proof_ids"),
            explains="The carrier has the packages: all orders are in transit.",
        ),
        Act(
            "pick-up",
            "Picked up",
            (SEALED,),
            own_fleet=True,
            has_driver=True,
            of_driver=True,
            asks=("handed_over_by", "note", "proof_ids"),
            explains="The driver has all packages of the waybill.",
        ),
        Act("depart", "In transit", (PICKED_UP,), own_fleet=True, has_driver=True, of_driver=True, asks=("note",)),
        Act(
            "receive",
            "Receive",
            (IN_TRANSIT, RECEIVED),
            needs_open=True,
            of_driver=True,
            asks=("codes", "received_by", "note", "proof_ids"),
            explains="Untick what did not arrive: it stays on the waybill until it is found, returned or let go.",
        ),
        Act(
            "close",
            "Close",
            (RECEIVED,),
            asks=("note",),
            explains="The hand-over is checked, and nothing is open. A closed waybill can only be read.",
        ),
        Act(
            "return",
            "Record return",
            (*ON_THE_WAY, RECEIVED),
            own_fleet=True,
            needs_open=True,
            asks=("codes", "reason", "note"),
            reason_kind=ReasonKind.RETURN,
            permission="orders.return",
            explains="The ticked packages went back to their senders, which ends their orders.",
        ),
        Act(
            "let-go",
            "Let go of orders",
            (RECEIVED,),
            needs_open=True,
            asks=("codes", "reason"),
            reason_kind=ReasonKind.RETURN,
            explains="The ticked orders did not arrive. They leave the waybill as they are, to be handled singly.",
        ),
        Act(
            "switch",
            "Switch driver",
            (SEALED, *ON_THE_WAY),
            own_fleet=True,
            has_driver=True,
            asks=("driver_id", "reason"),
            reason_kind=ReasonKind.SWITCH,
            key="a",
            permission="orders.assign",
        ),
        Act(
            "unassign",
            "Unassign driver",
            (SEALED,),
            own_fleet=True,
            has_driver=True,
            asks=("reason",),
            reason_kind=ReasonKind.UNASSIGN,
            key="u",
            permission="orders.assign",
            explains="The orders are pending again, and stay sealed on the waybill.",
        ),
        Act(
            "cancel",
            "Cancel waybill",
            (DRAFTED, SEALED, *ON_THE_WAY),
            asks=("reason",),
            reason_kind=ReasonKind.CANCEL,
            is_dangerous=True,
        ),
    )
}


def open_orders(waybills: Iterable[Waybill]) -> dict[int, int]:
    """How many orders each waybill still carries, by its id. One query."""
    carried = Count("items", filter=Q(items__outcome=""))
    rows = Waybill.objects.filter(pk__in=[waybill.pk for waybill in waybills]).order_by()
    return dict(rows.annotate(carried=carried).values_list("pk", "carried"))


def why_not(act: Act, waybill: Waybill, *, carried: int) -> Why | None:
    """Why the act is not possible now, or nothing. `carried` is how many orders the waybill still carries."""
    start = f"Waybill {waybill.label}"
    if waybill.status not in act.statuses:
        status = WaybillStatus(waybill.status).label.lower()
        allowed = " or ".join(status.label.lower() for status in act.statuses)
        return Why("status_locked", f"{start} is {status}; “{act.label.lower()}” needs one that is {allowed}.")
    if act.own_fleet is True and not waybill.is_internal:
        carrier = CarrierType(waybill.carrier_type).label.lower()
        return Why(
            "carrier_not_internal",
            f"{start} is carried by {carrier} carrier, not by your own fleet: it takes no driver. Dispatch it instead.",
        )
    if act.own_fleet is False and waybill.is_internal:
        return Why(
            "carrier_internal",
            f"{start} is carried by your own fleet: assign a driver, who picks it up. Only the waybills of other "
            "carriers are dispatched by hand.",
        )
    if act.has_driver is True and waybill.driver_id is None:
        return Why("no_active_assignment", f"{start} has no driver. Assign a driver first.")
    if act.has_driver is False and waybill.driver_id is not None:
        return Why("already_assigned", f"{start} is already assigned to {waybill.driver}. Switch the driver instead.")
    if act.needs_open and not carried:
        if act.name == "seal":
            return Why("no_orders", f"{start} has no orders. Add at least one before sealing it.")
        return Why("nothing_open", f"{start} carries no order any more: each has its outcome.")
    if act.name == "close" and carried:
        orders = "1 order" if carried == 1 else f"{carried} orders"
        return Why(
            "orders_open",
            f"{orders} of waybill {waybill.label} did not arrive. {ways_out(waybill)} each before closing it.",
        )
    return None


def ways_out(waybill: Waybill) -> str:
    """What can be done about orders that did not arrive."""
    return "Receive, return or let go of" if waybill.is_internal else "Receive or let go of"


def may(act: Act, actor: Actor) -> bool:
    """Whether the role covers the act; a waybill's own driver needs none of it, see `is_its_driver`."""
    return actor.may(MANAGE) and (not act.permission or actor.may(act.permission))


def require_right(act: Act, actor: Actor) -> None:
    if act.permission and not actor.may(act.permission):
        raise Forbidden(
            f"Your role does not allow “{act.label.lower()}”. Ask a tenant admin for the right.",
            details={"permission": act.permission},
        )


def require(act: Act, waybill: Waybill, *, carried: int) -> None:
    if why := why_not(act, waybill, carried=carried):
        raise Refused(why.sentence, code=why.code, details={"status": waybill.status, "version": waybill.version})


def is_its_driver(act: Act, waybill: Waybill, actor: Actor) -> bool:
    """Whether the actor drives the waybill, and its driver may do this."""
    is_mine = actor.driver_id is not None and actor.driver_id == waybill.driver_id
    return act.of_driver and is_mine and actor.may("work.own")
