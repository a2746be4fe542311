"""The orders of a draft: which may come along, adding them, taking them out."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, NotVisible, Refused
from dispatch_console.core.models import Event
from orders.actions.grouping import JoinGroup, LeaveGroup
from orders.actions.rules import Why
from orders.models import Order
from orders.states import CarrierType, Status
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change
from routes.commands.grouping import Refusal
from routes.commands.waybill_rules import ACTS, require
from routes.models import Waybill, WaybillItem

ADDED = "waybill.orders_added"
REMOVED = "waybill.orders_removed"
MOST_ORDERS = 500


def why_not_on(order: Order, waybill: Waybill) -> Why | None:
    """Why the order cannot go on the draft, or nothing. The picker asks the same as the command."""
    if order.held_by == waybill.held_by:
        return Why("already_there", f"Order {order.code} is on waybill {waybill.label} already.")
    if why := JoinGroup.guard.why_not(order):
        return why
    if order.carrier_type != waybill.carrier_type:
        its, mine = CarrierType(order.carrier_type).label.lower(), CarrierType(waybill.carrier_type).label.lower()
        return Why(
            "carrier_mismatch",
            f"Order {order.code} is for {its} carrier and waybill {waybill.label} for {mine}. Add it to another one.",
        )
    if order.status != Status.PENDING:
        status = Status(order.status).label.lower()
        return Why(
            "status_locked", f"Order {order.code} is {status}; a waybill takes pending orders without a driver only."
        )
    return None


def add(
    label: str, codes: Sequence[str], *, actor: Actor, version: int | None = None, key: str = ""
) -> Changed[Waybill]:
    """Add those that may come along; each of the others is a refusal in the answer. None at all is an error."""
    if not codes:
        raise Invalid.fields(codes="Name at least one order.")
    known, unknown = grouping.known_codes(codes, actor)
    content = {"codes": list(codes)}

    def work(locked: Locked[Waybill]) -> Event:
        waybill = locked.group
        held = len(locked.members())
        require(ACTS["add"], waybill, carried=held)
        refused, joining = list(unknown), []
        for order in (locked.orders[code] for code in known):
            if why := why_not_on(order, waybill):
                refused.append(Refusal(order.code, why.code, why.sentence))
            else:
                joining.append(order)
        if held + len(joining) > MOST_ORDERS:
            raise Refused(f"A waybill takes {MOST_ORDERS} orders at most.", code="too_many_orders")
        refused += grouping.try_each(JoinGroup(group=waybill.held_by), joining, actor, waybill)
        out = {refusal.code for refusal in refused}
        joined = [order for order in joining if order.code not in out]
        if not joined:
            _refuse_all(refused)
        now = clock.now()
        WaybillItem.objects.bulk_create(
            WaybillItem(waybill=waybill, order=order, added_by=actor.label, added_at=now) for order in joined
        )
        return grouping.record(
            waybill,
            actor=actor,
            kind=ADDED,
            changed=[],
            before={},
            after={"codes": [order.code for order in joined], "refused": [asdict(refusal) for refusal in refused]},
            content=asked(label, content),
            key=key,
        )

    done = change(
        Waybill, label, actor=actor, kind=ADDED, work=work, content=content, version=version, key=key, codes=known
    )
    return replace(done, refused=[Refusal(**refusal) for refusal in done.event.data["after"]["refused"]])


def remove(
    label: str, codes: Sequence[str], *, actor: Actor, version: int | None = None, key: str = ""
) -> Changed[Waybill]:
    """Take orders out of a draft; they are free again."""
    if not codes:
        raise Invalid.fields(codes="Name at least one order.")
    content = {"codes": list(codes)}

    def work(locked: Locked[Waybill]) -> Event:
        waybill = locked.group
        require(ACTS["remove"], waybill, carried=len(locked.orders))
        leaving = locked.members(codes)
        grouping.run_all(LeaveGroup(), leaving, actor, waybill)
        waybill.items.filter(order__in=leaving).delete()
        return grouping.record(
            waybill,
            actor=actor,
            kind=REMOVED,
            changed=[],
            before={"codes": [order.code for order in leaving]},
            content=asked(label, content),
            key=key,
        )

    return change(Waybill, label, actor=actor, kind=REMOVED, work=work, content=content, version=version, key=key)


def _refuse_all(refused: Sequence[Refusal]) -> None:
    first = refused[0]
    details = {"refused": [asdict(refusal) for refusal in refused]}
    if len(refused) == 1 and first.error_code == "unknown_code":
        raise NotVisible(first.message, details=details)
    more = f" None of the {len(refused)} orders was added." if len(refused) > 1 else ""
    raise Refused(
        f"{first.message}{more}", code=first.error_code if len(refused) == 1 else "nothing_added", details=details
    )
