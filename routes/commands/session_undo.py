"""Taking back what was done to a session: its last step as a whole, or one order that a bulk run put into it."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Forbidden, NotVisible, Refused
from dispatch_console.core.models import Event, Tenant
from orders import commands, engine
from orders.actions import Action, CannotUndo, LeaveGroup, RejoinGroup
from orders.models import Order
from orders.states import MOVING, Status
from routes.commands import grouping, session_steps
from routes.commands.change import asked, change, change_here, find
from routes.commands.grouping import Refusal
from routes.commands.session_members import ORDERS_REMOVED, Session, Work, own_driver, take_out
from routes.commands.session_rules import require, start_of_sentence
from routes.commands.session_status import derived, move
from routes.models import RouteSession, SessionStatus

UNDONE = "session.step_undone"
STEPS = (
    *(session_steps.STARTED, session_steps.PICKED_UP, session_steps.DEPARTED),
    *(session_steps.COMPLETED, session_steps.CANCELLED),
)


def undo(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Session:
    """Take the session's last step back, with all that it did to the orders: every one of them, or nothing.

    Refused when the session's last change was no step, is longer ago than the company's time for undoing, or when an
    order has moved on since: `details.blocked` names each. A driver takes back own steps only.
    """

    def work(locked: Work) -> Event:
        session, step = locked.group, last_event(locked.group)
        require_step(session, step)
        _require_own(step, actor)
        acts = _acts_of(step, session)
        if set(acts) - set(locked.orders):
            sentence = f"{start_of_sentence(session)} is changing at this moment. Try again."
            raise Refused(sentence, code="group_is_changing")
        orders = [order for code, order in locked.orders.items() if code in acts]
        _require_unmoved(orders, acts)
        _take_back(orders, acts, session, actor)
        return _back(session, step, actor, label=label, key=key)

    return change(
        RouteSession,
        label,
        actor=actor,
        kind=UNDONE,
        work=work,
        version=version,
        key=key,
        codes=_codes(last_event(find(RouteSession, label, actor))),
        driver_ids=own_driver,
        allowed=lambda session: session_steps.is_own(session, actor),
    )


def take_out_again(joined: Event, *, actor: Actor) -> Session:
    """Take an order out of the session that it joined by `joined`, inside a transaction that the caller has opened.

    Refused after the pickup, and Stale where the order has moved on since.
    """
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    commands.require_window(joined, tenant)
    code, label = joined.object_code, joined.data["after"]["held_by"].partition(":")[2]

    def work(locked: Work) -> Event:
        session, order = locked.group, locked.orders[code]
        if order.held_by != session.held_by:
            raise engine.stale(order, joined.version)
        require("remove-orders", session, live=len(locked.members()))
        if order.version != joined.version and order.status not in MOVING:
            raise engine.stale(order, joined.version)
        return take_out(session, [order], actor=actor, content=asked(label, {"codes": [code]}), reason="Undone")

    return change_here(
        RouteSession, label, actor=actor, kind=ORDERS_REMOVED, work=work, codes=[code], driver_ids=own_driver
    )


def last_event(session: RouteSession) -> Event:
    return Event.objects.get(stream=session.KIND, object_id=session.pk, version=session.version)


def require_step(session: RouteSession, event: Event) -> None:
    """Refuse to take this back: it was no step of the session's own, or it was done too long ago."""
    words = start_of_sentence(session)
    if event.kind == UNDONE:
        raise CannotUndo(f"The last step of {session.words} is taken back already.")
    if event.kind not in STEPS:
        raise CannotUndo(f"The last change of {session.words} was no step of it. Take that back by itself.")
    if cause := event.data["input"].get("order"):
        status = SessionStatus(session.status).label.lower()
        raise CannotUndo(f"{words} is {status} because order {cause} was changed. Undo that order.")
    commands.require_window(event, session.tenant, thing="session")


def _require_own(step: Event, actor: Actor) -> None:
    if actor.driver_id is not None and (step.actor_kind, step.actor_id) != (actor.kind, actor.id):
        raise Forbidden(f"{step.actor_label} did this step. Call dispatch to have it taken back.")


def _codes(step: Event) -> list[str]:
    return step.data["after"].get("codes", []) if step.kind in STEPS else []


def _acts_of(step: Event, session: RouteSession) -> dict[str, list[Event]]:
    """What the step did to its orders, the last first, by code.

    The session does things to its orders under its own lock only: they lie between its events.
    """
    former = Event.objects.get(stream=session.KIND, object_id=session.pk, version=step.version - 1)
    found = Event.objects.filter(
        tenant_id=session.tenant_id,
        stream=engine.STREAM,
        source=session.KIND,
        source_id=session.label,
        object_code__in=_codes(step),
        pk__gt=former.pk,
        pk__lt=step.pk,
    )
    acts: dict[str, list[Event]] = defaultdict(list)
    for event in found.order_by("-pk"):
        acts[event.object_code].append(event)
    return acts


def _require_unmoved(orders: Sequence[Order], acts: dict[str, list[Event]]) -> None:
    """Name every order that was changed after the step."""
    moved = []
    for order in orders:
        if order.version != acts[order.code][0].version:
            stale = engine.stale(order, acts[order.code][0].version)
            who = ", ".join(dict.fromkeys(change["actor"] for change in stale.details["changes"]))
            words = "on hold" if order.on_hold else Status(order.status).label.lower()
            sentence = f"Order {order.code} was changed by {who} since and is {words}."
            moved.append(Refusal(order.code, stale.code, sentence))
    grouping.refuse_blocked(moved)


def _take_back(orders: Sequence[Order], acts: dict[str, list[Event]], session: RouteSession, actor: Actor) -> None:
    refused = []
    for order in orders:
        try:
            with transaction.atomic():
                for event in acts[order.code]:
                    grouping.run(_inverse(event, session), order, actor, session, undoes=event)
        except (Forbidden, NotVisible):
            raise
        except DomainError as error:
            refused.append(Refusal(order.code, error.code, error.message))
    grouping.refuse_blocked(refused)


def _inverse(event: Event, session: RouteSession) -> Action:
    if event.kind == LeaveGroup.event:
        return RejoinGroup(group=session.held_by)
    return commands.inverse_of(event)


def _back(session: RouteSession, step: Event, actor: Actor, *, label: str, key: str) -> Event:
    """The session is where it was before the step, as its orders are."""
    was, before = SessionStatus(step.data["before"]["status"]), session.status
    orders = [item.order for item in session.held_items()]
    if derived(was, orders) != was:
        ahead = [order for order in orders if order.picked_up_at]
        grouping.refuse_blocked([Refusal(order.code, "after_pickup", _ahead(order)) for order in ahead])
    try:
        with transaction.atomic():
            return grouping.record(
                session,
                actor=actor,
                kind=UNDONE,
                changed=move(session, was),
                before={"status": before},
                after={"step": step.kind, "codes": _codes(step)},
                content=asked(label),
                key=key,
            )
    except IntegrityError:
        opened = RouteSession.objects.filter(route=session.route_id, status=SessionStatus.OPEN).first()
        if was != SessionStatus.OPEN or opened is None:
            raise
        raise Refused(
            f"{start_of_sentence(opened)} was opened since, and a route has one open session. "
            f"Start or cancel it first.",
            code="session_open",
            details={"session": opened.label},
        ) from None


def _ahead(order: Order) -> str:
    return f"Order {order.code} is {Status(order.status).label.lower()} since: its package has left the pickup."
