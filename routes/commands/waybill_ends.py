"""How a waybill ends: received, returned, let go, closed, cancelled; and what that makes of each order on it."""

from collections.abc import Collection, Sequence
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.geo import haversine_metres
from dispatch_console.core.models import Event
from orders.actions import Action
from orders.actions.custody import DeliverTogether, Land, ReturnTogether, StageTogether
from orders.actions.grouping import LeaveGroup
from orders.models import Order
from orders.states import Leg
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change
from routes.commands.waybill_proofs import prove
from routes.commands.waybill_rules import ACTS, is_its_driver, require, require_right
from routes.commands.waybill_steps import require_reason
from routes.models import Waybill, WaybillOutcome, WaybillStatus
from routes.models.waybill import ON_THE_WAY

# A door is where it is marked, give or take.
SAME_PLACE_METRES = 25


def receive(
    label: str,
    *,
    actor: Actor,
    codes: Sequence[str] | None = None,
    received_by: str = "",
    note: str = "",
    proof_ids: Collection[str] = (),
    version: int | None = None,
    key: str = "",
) -> Changed[Waybill]:
    """The batch is handed over at its destination: all orders it still carries, or those named.

    An order that is to be staged there is staged, one whose dropoff is there is delivered, any other waits there for
    its next driver. What did not arrive stays on the waybill, which cannot be closed before that is settled. Pictures
    that were uploaded before show the hand-over.
    """

    def work(locked: Locked[Waybill]) -> Event:
        waybill = locked.group
        carried = locked.members()
        require(ACTS["receive"], waybill, carried=len(carried))
        arrived = carried if codes is None else locked.members(codes)
        if not arrived:
            raise Refused("Name the orders that arrived. Where none did, record a return.", code="nothing_received")
        for order in arrived:
            action, outcome = _arrival(order, waybill, recipient=received_by, note=note)
            grouping.run_all(action, [order], actor, waybill)
            _settle(waybill, [order], outcome)
        prove(waybill, actor, proof_ids, act="receive")
        before = waybill.snapshot(["status", "received_by", "proof_note"])
        waybill.status = WaybillStatus.RECEIVED
        waybill.received_at = waybill.received_at or clock.now()
        waybill.received_by = received_by.strip() or waybill.received_by
        waybill.proof_note = note.strip() or waybill.proof_note
        missing = [order.code for order in carried if order not in arrived]
        return grouping.record(
            waybill,
            actor=actor,
            kind="waybill.received",
            changed=["status", "received_at", "received_by", "proof_note"],
            before=before,
            after={"codes": [order.code for order in arrived], "missing": missing},
            content=asked(label, content),
            key=key,
        )

    content = {
        "codes": None if codes is None else list(codes),
        "received_by": received_by,
        "note": note,
        "proof_ids": list(proof_ids),
    }
    return _end("receive", "received", label, work, content, actor=actor, version=version, key=key)


def give_back(
    label: str,
    *,
    reason: str,
    actor: Actor,
    codes: Sequence[str] | None = None,
    note: str = "",
    version: int | None = None,
    key: str = "",
) -> Changed[Waybill]:
    """The packages, all or those named, went back to their senders. When nothing is left on the way, it is closed."""
    require_right(ACTS["return"], actor)
    content = {"codes": None if codes is None else list(codes), "reason": reason, "note": note}

    def work(locked: Locked[Waybill]) -> Event:
        waybill, carried = locked.group, locked.members()
        require(ACTS["return"], waybill, carried=len(carried))
        require_reason(reason)
        going = carried if codes is None else locked.members(codes)
        grouping.run_all(ReturnTogether(reason=reason.strip(), note=note), going, actor, waybill)
        _settle(waybill, going, WaybillOutcome.RETURNED, reason=reason)
        before = waybill.snapshot(["status"])
        changed = []
        if len(going) == len(carried) and waybill.status in ON_THE_WAY:
            waybill.status, waybill.closed_at = WaybillStatus.CLOSED, clock.now()
            waybill.closing_reason = reason.strip()
            changed = ["status", "closed_at", "closing_reason"]
        return grouping.record(
            waybill,
            actor=actor,
            kind="waybill.returned",
            changed=changed,
            before=before if changed else {},
            after={"codes": [order.code for order in going]},
            content=asked(label, content),
            reason=reason.strip(),
            key=key,
        )

    return _end("return", "returned", label, work, content, actor=actor, version=version, key=key)


def let_go(
    label: str,
    *,
    reason: str,
    actor: Actor,
    codes: Sequence[str] | None = None,
    version: int | None = None,
    key: str = "",
) -> Changed[Waybill]:
    """Orders that did not arrive leave the received waybill as they are, to be dealt with one by one."""
    content = {"codes": None if codes is None else list(codes), "reason": reason}

    def work(locked: Locked[Waybill]) -> Event:
        waybill, carried = locked.group, locked.members()
        require(ACTS["let-go"], waybill, carried=len(carried))
        require_reason(reason)
        going = carried if codes is None else locked.members(codes)
        grouping.run_all(LeaveGroup(reason=reason.strip()), going, actor, waybill)
        _settle(waybill, going, WaybillOutcome.RELEASED, reason=reason)
        return grouping.record(
            waybill,
            actor=actor,
            kind="waybill.let_go",
            changed=[],
            before={"codes": [order.code for order in going]},
            content=asked(label, content),
            reason=reason.strip(),
            key=key,
        )

    return _end("let-go", "let_go", label, work, content, actor=actor, version=version, key=key)


def close(label: str, *, actor: Actor, note: str = "", version: int | None = None, key: str = "") -> Changed[Waybill]:
    """Everything is checked: nothing is open, and it becomes history."""
    content = {"note": note}

    def work(locked: Locked[Waybill]) -> Event:
        waybill = locked.group
        require(ACTS["close"], waybill, carried=len(locked.members()))
        _refuse_open_exceptions(waybill)
        before = waybill.snapshot(["status"])
        waybill.status, waybill.closed_at = WaybillStatus.CLOSED, clock.now()
        return grouping.record(
            waybill,
            actor=actor,
            kind="waybill.closed",
            changed=["status", "closed_at"],
            before=before,
            content=asked(label, content),
            key=key,
        )

    return _end("close", "closed", label, work, content, actor=actor, version=version, key=key)


def cancel(label: str, *, reason: str, actor: Actor, version: int | None = None, key: str = "") -> Changed[Waybill]:
    """It does not move any more. Its orders are free: pending where nobody has picked them up, else as they are."""
    content = {"reason": reason}

    def work(locked: Locked[Waybill]) -> Event:
        waybill, carried = locked.group, locked.members()
        require(ACTS["cancel"], waybill, carried=len(carried))
        require_reason(reason)
        grouping.run_all(LeaveGroup(gives_back=True, reason=reason.strip()), carried, actor, waybill)
        _settle(waybill, carried, WaybillOutcome.RELEASED, reason=reason)
        before = waybill.snapshot(["status"])
        waybill.status, waybill.cancelled_at = WaybillStatus.CANCELLED, clock.now()
        waybill.closing_reason = reason.strip()
        return grouping.record(
            waybill,
            actor=actor,
            kind="waybill.cancelled",
            changed=["status", "cancelled_at", "closing_reason"],
            before={**before, "codes": [order.code for order in carried]},
            content=asked(label, content),
            reason=reason.strip(),
            key=key,
        )

    return _end("cancel", "cancelled", label, work, content, actor=actor, version=version, key=key)


def _end(
    name: str,
    word: str,
    label: str,
    work: Any,
    content: dict[str, Any],
    *,
    actor: Actor,
    version: int | None,
    key: str,
) -> Changed[Waybill]:
    return change(
        Waybill,
        label,
        actor=actor,
        kind=f"waybill.{word}",
        work=work,
        content=content,
        version=version,
        key=key,
        allowed=lambda waybill: is_its_driver(ACTS[name], waybill, actor),
    )


def _settle(waybill: Waybill, orders: Sequence[Order], outcome: WaybillOutcome, *, reason: str = "") -> None:
    rows = waybill.items.filter(order__in=orders, outcome="")
    rows.update(outcome=outcome, reason=reason.strip(), settled_at=clock.now())


def _arrival(order: Order, waybill: Waybill, *, recipient: str, note: str) -> tuple[Action, WaybillOutcome]:
    """What the destination means for this order."""
    if ends_there(order, waybill):
        if order.leg == Leg.INBOUND:  # it ends at the staging warehouse
            return StageTogether(note=note), WaybillOutcome.STAGED
        note = note or f"With waybill {waybill.label}"
        return DeliverTogether(recipient=recipient, note=note), WaybillOutcome.DELIVERED
    latitude, longitude = waybill.point("destination")
    land = Land(
        warehouse_id=waybill.destination_warehouse_id,
        address=waybill.destination_address,
        latitude=latitude,
        longitude=longitude,
        note=note,
    )
    return land, WaybillOutcome.RECEIVED


def ends_there(order: Order, waybill: Waybill) -> bool:
    """Whether the waybill's destination is the order's dropoff."""
    if waybill.destination_warehouse_id is not None:
        return order.dropoff_warehouse_id == waybill.destination_warehouse_id
    if order.dropoff_warehouse_id is not None:
        return False
    if order.dropoff_address.strip().lower() == waybill.destination_address.strip().lower():
        return True
    latitude, longitude = waybill.point("destination")
    if latitude is None or order.dropoff_latitude is None or order.dropoff_longitude is None:
        return False
    there = haversine_metres(latitude, longitude, order.dropoff_latitude, order.dropoff_longitude)
    return there <= SAME_PLACE_METRES


def _refuse_open_exceptions(waybill: Waybill) -> None:
    codes = list(waybill.items.filter(order__open_exceptions__gt=0).values_list("order__code", flat=True)[:5])
    if codes:
        raise Refused(
            f"An exception of order {codes[0]} is still open. Settle it before waybill {waybill.label} is closed.",
            code="exceptions_open",
            details={"codes": codes},
        )
