"""The orders of a session, and its driver: taking orders out, handing the session to somebody else."""

from collections.abc import Sequence
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.actions import Switch, Unassign
from orders.models import Order
from orders.states import Status
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change, find
from routes.commands.grouping import Refusal
from routes.commands.session_rules import require, start_of_sentence
from routes.commands.session_status import is_live, let_go
from routes.models import RouteSession

Session = Changed[RouteSession]
Work = Locked[RouteSession]

ORDERS_REMOVED, SWITCHED = "session.orders_removed", "session.driver_switched"


def remove_orders(
    label: str, codes: Sequence[str], *, actor: Actor, reason: str = "", version: int | None = None, key: str = ""
) -> Session:
    """Take orders out of an open or started session: back to the queue, without a driver."""
    content = {"codes": list(dict.fromkeys(codes)), "reason": reason}

    def work(locked: Work) -> Event:
        session = locked.group
        require("remove-orders", session, live=len(locked.members()))
        chosen = locked.members(codes)
        if not chosen:
            raise Invalid.fields(codes="Name at least one order.")
        return take_out(session, chosen, actor=actor, content=asked(label, content), reason=reason, key=key)

    ended = ended_codes(label, actor)
    return change(
        RouteSession,
        label,
        actor=actor,
        kind=ORDERS_REMOVED,
        work=work,
        content=content,
        version=version,
        key=key,
        codes=[code for code in content["codes"] if code in ended],
        driver_ids=own_driver,
    )


def take_out(
    session: RouteSession,
    chosen: Sequence[Order],
    *,
    actor: Actor,
    content: dict[str, Any],
    reason: str = "",
    key: str = "",
) -> Event:
    """Let go of some orders of a locked session, which are locked as well, unless one has left its pickup."""
    moving = [order for order in chosen if order.status in (Status.PICKED_UP, Status.IN_TRANSIT)]
    grouping.refuse_blocked([Refusal(order.code, "after_pickup", _gone_ahead(order)) for order in moving])
    release(session, chosen, actor, reason or f"Taken out of {session.words}")
    return grouping.record(
        session,
        actor=actor,
        kind=ORDERS_REMOVED,
        changed=[],
        before={},
        after={"codes": [order.code for order in chosen]},
        content=content,
        reason=reason,
        key=key,
    )


def switch_driver(
    label: str, driver_id: int, *, actor: Actor, reason: str = "", version: int | None = None, key: str = ""
) -> Session:
    """Another driver carries on with the session and all of its live orders, as far as they are."""
    content = {"driver_id": driver_id, "reason": reason}

    def work(locked: Work) -> Event:
        session = locked.group
        require("switch-driver", session, live=len(locked.members()))
        return hand_to(
            session, locked.drivers[driver_id], actor=actor, content=asked(label, content), reason=reason, key=key
        )

    return change(
        RouteSession,
        label,
        actor=actor,
        kind=SWITCHED,
        work=work,
        content=content,
        version=version,
        key=key,
        driver_ids=lambda session: [session.driver_id, driver_id],
    )


def hand_to(
    session: RouteSession,
    driver: Driver,
    *,
    actor: Actor,
    content: dict[str, Any],
    reason: str = "",
    key: str = "",
) -> Event:
    """Give a locked session and its live orders, locked as well, to another driver, who is locked."""
    if driver.pk == session.driver_id:
        sentence = f"{start_of_sentence(session)} is already with {driver.name}. Choose a different driver."
        raise Refused(sentence, code="same_driver", details=at("driver_id", sentence))
    live = [item.order for item in session.held_items() if is_live(item.order)]
    if not reason.strip() and any(order.picked_up_at for order in live):
        sentence = f"{session.driver.name} already has packages of {session.words}. Say why the driver changes."
        raise Invalid(sentence, code="reason_required", details=at("reason", sentence))
    grouping.run_all(Switch(driver_id=driver.pk, reason=reason, force=True), live, actor, session)
    former = session.driver
    session.driver = driver
    return grouping.record(
        session,
        actor=actor,
        kind=SWITCHED,
        changed=["driver"],
        before={"driver": former.pk, "driver_name": former.name},
        after={"driver_name": driver.name},
        content=content,
        reason=reason,
        key=key,
    )


def take_over(label: str, orders: Sequence[Order], driver: Driver, reason: str, actor: Actor) -> None:
    """The mover of sessions (`orders.groups.movers`): a driver's run is handed over with all of the session's orders.

    The route keeps its driver for the next session.
    """
    locked = RouteSession.objects.select_for_update(of=("self",), no_key=True)
    session = locked.get(tenant_id=actor.tenant_id, label=label)
    hand_to(session, driver, actor=actor, content=asked(label, {"driver_id": driver.pk}), reason=reason)


def release(
    session: RouteSession, orders: Sequence[Order], actor: Actor, reason: str, *, keep_items: bool = False
) -> None:
    """Let go of locked orders: what waits at the pickup goes back to the queue, all else keeps its state."""
    waiting = [order for order in orders if order.status == Status.ASSIGNED]
    grouping.run_all(Unassign(reason=reason[:200]), waiting, actor, session)
    items = {item.order_id: item for item in session.held_items()}
    for order in orders:
        let_go(items[order.pk], session, actor, keep_item=keep_items)


def ended_codes(label: str, actor: Actor) -> list[str]:
    """Orders that are over and still held; those nobody has to lock for the ordinary acts."""
    items = find(RouteSession, label, actor).held_items()
    return [item.order.code for item in items if not is_live(item.order)]


def own_driver(session: RouteSession) -> list[int]:
    return [session.driver_id]


def _gone_ahead(order: Order) -> str:
    return f"Order {order.code} is already {Status(order.status).label.lower()}: its package is with the driver."


def at(name: str, sentence: str) -> dict[str, Any]:
    return {"fields": {name: [sentence]}}
