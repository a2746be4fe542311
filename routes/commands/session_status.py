"""A session's status follows from its orders, whoever changed them: by the session's own acts or one by one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.actions import LeaveGroup
from orders.models import Order
from orders.states import Status
from routes.commands.grouping import PERMISSION, record, run
from routes.models import RouteSession, SessionItem, SessionStatus
from routes.models.session import LIVE, MOMENTS

PROGRESS: dict[str, int] = {Status.ASSIGNED: 0, Status.PICKED_UP: 1, Status.IN_TRANSIT: 2}
REACHED = (SessionStatus.STARTED, SessionStatus.PICKED_UP, SessionStatus.IN_TRANSIT)
LADDER = (SessionStatus.OPEN, *REACHED, SessionStatus.COMPLETED)
KINDS: dict[str, str] = {
    SessionStatus.STARTED: "session.started",
    SessionStatus.PICKED_UP: "session.picked_up",
    SessionStatus.IN_TRANSIT: "session.departed",
    SessionStatus.COMPLETED: "session.completed",
}
WENT_BACK = "session.went_back"


def is_live(order: Order) -> bool:
    """Somebody still has to do something with it."""
    return order.status in LIVE


def derived(current: str, orders: Iterable[Order]) -> SessionStatus:
    """What the status of a session is that holds these orders.

    As far as the order that is least far, which at least one package that left its pickup makes a started one. Without
    live work it is completed, unless nothing ever left the pickup: then there is nothing that was completed.
    """
    orders = list(orders)
    if current == SessionStatus.CANCELLED:
        return SessionStatus.CANCELLED
    waits = current == SessionStatus.OPEN and not any(order.picked_up_at for order in orders)
    live = [PROGRESS[order.status] for order in orders if is_live(order)]
    if not live and any(order.picked_up_at for order in orders):
        return SessionStatus.COMPLETED
    if not live or min(live) == 0:
        return SessionStatus.OPEN if waits else SessionStatus.STARTED
    return REACHED[min(live)]


def move(session: RouteSession, status: SessionStatus) -> list[str]:
    """Set the status and the moments that belong to it, in memory; names the changed columns."""
    session.status = status
    if status == SessionStatus.CANCELLED:
        session.cancelled_at = clock.now()
        return ["status", "cancelled_at"]
    reached = LADDER.index(status)
    changed = ["status"]
    if session.cancelled_at is not None:
        session.cancelled_at = None
        changed.append("cancelled_at")
    for place, step in enumerate(LADDER[1:], start=1):
        column = MOMENTS[step]
        moment = (getattr(session, column) or clock.now()) if place <= reached else None
        if moment != getattr(session, column):
            setattr(session, column, moment)
            changed.append(column)
    return changed


def follow(label: str, event: Event, actor: Actor) -> None:
    """The keeper of sessions: one of the orders was changed by itself. Runs with that order locked."""
    locked = RouteSession.objects.select_for_update(of=("self",), no_key=True)
    session = locked.get(tenant_id=event.tenant_id, label=label)
    items = session.held_items()
    changed = next((item for item in items if item.order_id == event.object_id), None)
    if changed is not None and not _fits(changed.order, session):
        let_go(changed, session, actor)
        items.remove(changed)
    settle(session, [item.order for item in items], actor=actor, cause={"order": event.object_code, "by": event.kind})


def settle(session: RouteSession, orders: Iterable[Order], *, actor: Actor, cause: dict[str, Any]) -> Event | None:
    """Bring the locked session's status in line with its orders; None when it is."""
    before, status = session.status, derived(session.status, orders)
    if status == before:
        return None
    went_back = LADDER.index(status) < LADDER.index(SessionStatus(before))
    return record(
        session,
        actor=actor,
        kind=WENT_BACK if went_back else KINDS[status],
        changed=move(session, status),
        before={"status": before},
        content=cause,
    )


def let_go(item: SessionItem, session: RouteSession, actor: Actor, *, keep_item: bool = False) -> None:
    """The session stops holding the order, which is locked; the order's own state stays as it is.

    `keep_item`: it was part of this session to the end.
    """
    # A consequence of what the actor was allowed to do, whatever else the role says about groups.
    able = replace(actor, team_ids=None, driver_id=None, permissions=actor.permissions | {PERMISSION})
    run(LeaveGroup(), item.order, able, session)
    if keep_item:
        return
    item.removed_at, item.removed_by = clock.now(), actor.label
    item.save(update_fields=["removed_at", "removed_by"])


def _fits(order: Order, session: RouteSession) -> bool:
    """An order that is live again without a driver, or with another one, is no longer this session's work."""
    if order.status == Status.PENDING:
        return False
    return not is_live(order) or order.driver_id == session.driver_id
