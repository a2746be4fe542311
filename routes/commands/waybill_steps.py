"""A waybill on its way: sealed, given to a driver or a carrier, picked up, in transit."""

from collections.abc import Collection, Sequence
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders.actions import Action, Assign, Switch, Unassign
from orders.actions.custody import DepartTogether, HandToCarrier, PickUpTogether
from orders.models import Order
from orders.states import MOVING
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change
from routes.commands.waybill_proofs import STAGES, prove
from routes.commands.waybill_rules import ACTS, Act, is_its_driver, require, require_right
from routes.models import Waybill, WaybillStatus
from routes.models.waybill import ENDS, MOMENTS, ON_THE_WAY


def step(
    name: str,
    label: str,
    *,
    actor: Actor,
    action: Action | None = None,
    target: WaybillStatus,
    version: int | None,
    key: str,
    note: str = "",
    handed_over_by: str = "",
    proof_ids: Collection[str] = (),
) -> Changed[Waybill]:
    """Do the action on every order and set the status and its moment; `proof_ids` only of a hand-over."""
    act, kind = ACTS[name], f"waybill.{target}"
    content: dict[str, Any] = {"note": note}
    if name in STAGES:
        content |= {"handed_over_by": handed_over_by, "proof_ids": list(proof_ids)}

    def work(locked: Locked[Waybill]) -> Event:
        waybill, members = locked.group, locked.members()
        require(act, waybill, carried=len(members))
        if action is not None:
            grouping.run_all(action, members, actor, waybill)
        if proof_ids:
            prove(waybill, actor, proof_ids, act=name)
        before = waybill.snapshot(["status"])
        waybill.status = target
        waybill.handed_over_by = handed_over_by.strip() or waybill.handed_over_by
        setattr(waybill, MOMENTS[target], clock.now())
        return grouping.record(
            waybill,
            actor=actor,
            kind=kind,
            changed=["status", MOMENTS[target], *(["handed_over_by"] if handed_over_by.strip() else [])],
            before=before,
            content=asked(label, content),
            key=key,
        )

    return change(
        Waybill,
        label,
        actor=actor,
        kind=kind,
        work=work,
        content=content,
        version=version,
        key=key,
        driver_ids=lambda waybill: [waybill.driver_id],
        allowed=lambda waybill: is_its_driver(act, waybill, actor),
    )


def pick_up(
    label: str,
    *,
    actor: Actor,
    note: str = "",
    handed_over_by: str = "",
    proof_ids: Collection[str] = (),
    version: int | None = None,
    key: str = "",
) -> Changed[Waybill]:
    """The driver has all packages. Pictures that were uploaded before show it."""
    action = PickUpTogether(note=note or f"With waybill {label}")
    return step(
        "pick-up",
        label,
        actor=actor,
        action=action,
        target=WaybillStatus.PICKED_UP,
        version=version,
        key=key,
        note=note,
        handed_over_by=handed_over_by,
        proof_ids=proof_ids,
    )


def depart(label: str, *, actor: Actor, note: str = "", version: int | None = None, key: str = "") -> Changed[Waybill]:
    """The driver is on the way with them."""
    return step(
        "depart",
        label,
        actor=actor,
        action=DepartTogether(note=note),
        target=WaybillStatus.IN_TRANSIT,
        version=version,
        key=key,
        note=note,
    )


def dispatch(
    label: str,
    *,
    actor: Actor,
    note: str = "",
    handed_over_by: str = "",
    proof_ids: Collection[str] = (),
    version: int | None = None,
    key: str = "",
) -> Changed[Waybill]:
    """Another carrier has all packages, and is on the way with them. Pictures that were uploaded before show it."""
    return step(
        "dispatch",
        label,
        actor=actor,
        action=HandToCarrier(note=note or f"With waybill {label}"),
        target=WaybillStatus.IN_TRANSIT,
        version=version,
        key=key,
        note=note,
        handed_over_by=handed_over_by,
        proof_ids=proof_ids,
    )


def seal(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Changed[Waybill]:
    """Lock the list. Where a driver was intended, the orders are given to that driver at once."""
    kind = "waybill.sealed"

    def work(locked: Locked[Waybill]) -> Event:
        waybill, members = locked.group, locked.members()
        require(ACTS["seal"], waybill, carried=len(members))
        _require_complete(waybill)
        before = waybill.snapshot(["status", "assigned_at"])
        now = clock.now()
        waybill.status, waybill.sealed_at = WaybillStatus.SEALED, now
        changed = ["status", "sealed_at"]
        if waybill.driver_id is not None:
            changed += _give(waybill, members, waybill.driver_id, locked, actor)
        return grouping.record(
            waybill,
            actor=actor,
            kind=kind,
            changed=changed,
            before=before,
            after={"codes": [order.code for order in members]},
            content=asked(label),
            key=key,
        )

    return change(
        Waybill,
        label,
        actor=actor,
        kind=kind,
        work=work,
        version=version,
        key=key,
        driver_ids=lambda waybill: [waybill.driver_id],
    )


def assign(label: str, *, driver_id: int, actor: Actor, version: int | None = None, key: str = "") -> Changed[Waybill]:
    """Give a sealed waybill, and thereby all its orders, to a driver."""
    return _drive("assign", "waybill.assigned", label, driver_id, actor=actor, reason="", version=version, key=key)


def switch(
    label: str, *, driver_id: int, actor: Actor, reason: str = "", version: int | None = None, key: str = ""
) -> Changed[Waybill]:
    """Give it to another driver; once it is picked up, with a reason."""
    return _drive("switch", "waybill.switched", label, driver_id, actor=actor, reason=reason, version=version, key=key)


def unassign(label: str, *, reason: str, actor: Actor, version: int | None = None, key: str = "") -> Changed[Waybill]:
    """Take the driver off again before pickup."""
    return _drive("unassign", "waybill.unassigned", label, None, actor=actor, reason=reason, version=version, key=key)


def _drive(
    name: str,
    kind: str,
    label: str,
    driver_id: int | None,
    *,
    actor: Actor,
    reason: str,
    version: int | None,
    key: str,
) -> Changed[Waybill]:
    act: Act = ACTS[name]
    require_right(act, actor)
    reason = reason.strip()
    content = {"driver_id": driver_id, "reason": reason}
    columns = ["driver", "vehicle", "assigned_at"]

    def work(locked: Locked[Waybill]) -> Event:
        waybill, members = locked.group, locked.members()
        require(act, waybill, carried=len(members))
        before = waybill.snapshot(columns)
        names = {str(waybill.driver_id): waybill.driver.name} if waybill.driver is not None else {}
        if driver_id is None:
            require_reason(reason)
            grouping.run_all(Unassign(reason=reason), members, actor, waybill)
            waybill.driver = waybill.vehicle = waybill.assigned_at = None
        else:
            if driver_id == waybill.driver_id:
                raise Refused(f"Waybill {label} is already with {waybill.driver}. Choose another.", code="same_driver")
            if waybill.status in ON_THE_WAY:
                require_reason(reason)
            _give(waybill, members, driver_id, locked, actor, reason=reason)
            names[str(driver_id)] = locked.drivers[driver_id].name
        return grouping.record(
            waybill,
            actor=actor,
            kind=kind,
            changed=columns,
            before=before,
            after={"names": names},
            content=asked(label, content),
            reason=reason,
            key=key,
        )

    return change(
        Waybill,
        label,
        actor=actor,
        kind=kind,
        work=work,
        content=content,
        version=version,
        key=key,
        driver_ids=lambda waybill: [driver_id],
    )


def require_reason(reason: str) -> None:
    if not reason.strip():
        sentence = "Say why."
        raise Invalid(
            f"A reason is needed. {sentence}", code="reason_required", details={"fields": {"reason": [sentence]}}
        )


def _give(
    waybill: Waybill,
    members: Sequence[Order],
    driver_id: int,
    locked: Locked[Waybill],
    actor: Actor,
    *,
    reason: str = "",
) -> list[str]:
    """All orders to the driver, or none; names the changed columns."""
    # Who carries a batch is not asked order by order.
    new = [order for order in members if order.driver_id is None and order.status not in MOVING]
    grouping.run_all(Assign(driver_id=driver_id, force=True), new, actor, waybill)
    others = [order for order in members if order not in new]
    grouping.run_all(Switch(driver_id=driver_id, force=True, reason=reason), others, actor, waybill)
    driver = locked.drivers[driver_id]
    waybill.driver, waybill.vehicle, waybill.assigned_at = driver, driver.primary_vehicle, clock.now()
    return ["driver", "vehicle", "assigned_at"]


def _require_complete(waybill: Waybill) -> None:
    """The ends as they are now: a warehouse may have gone out of use since the draft was made."""
    for end in ENDS:
        warehouse = getattr(waybill, f"{end}_warehouse")
        if warehouse is not None and not warehouse.is_active:
            raise Refused(
                f"The {end}, {warehouse.name}, is no longer in use. Edit waybill {waybill.label} first.",
                code="warehouse_inactive",
            )
