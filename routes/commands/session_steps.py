"""The steps of a session: start, pick up, depart, complete, or be called off.

Each is one transaction over the session and its orders, which are changed through the engine: an order that cannot come
along stops the whole act, and is named. Orders that are ahead of the session by their own acts stay as they are.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.db import transaction

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Invalid, Refused
from dispatch_console.core.models import Event, Tenant
from orders.actions import Action, Deliver, Depart, PickUp, StageAtWarehouse, cash
from orders.models import Order
from orders.states import CashStage, Leg, Status
from routes.commands import grouping
from routes.commands.change import asked, change
from routes.commands.grouping import Refusal
from routes.commands.session_members import Session, Work, at, ended_codes, own_driver, release
from routes.commands.session_rules import require, start_of_sentence
from routes.commands.session_status import derived, move
from routes.models import RouteSession, SessionStatus

STARTED, PICKED_UP = "session.started", "session.picked_up"
DEPARTED, COMPLETED, CANCELLED = "session.departed", "session.completed", "session.cancelled"


def start(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Session:
    """The driver begins the run: the route's next orders go into a new session."""

    def work(locked: Work) -> Event:
        live = len(locked.members())
        require("start", locked.group, live=live, for_driver=actor.driver_id is not None)
        return _moved(locked, STARTED, [], actor=actor, to=SessionStatus.STARTED, key=key)

    return _run(label, STARTED, work, actor=actor, version=version, key=key)


def pick_up(label: str, *, actor: Actor, note: str = "", version: int | None = None, key: str = "") -> Session:
    """Every order that still waits at the pickup is picked up. `note` stands for proof that the policy asks for."""

    def work(locked: Work) -> Event:
        require("pick-up", locked.group, live=len(locked.members()), for_driver=actor.driver_id is not None)
        waiting = [order for order in locked.members() if order.status == Status.ASSIGNED]
        _all_or_nothing(lambda order: PickUp(note=note), waiting, locked.group, actor)
        return _moved(locked, PICKED_UP, waiting, actor=actor, content={"note": note}, note=note, key=key)

    return _run(label, PICKED_UP, work, content={"note": note}, actor=actor, version=version, key=key)


def depart(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Session:
    """The session is on its way: every order that was picked up is in transit."""

    def work(locked: Work) -> Event:
        require("depart", locked.group, live=len(locked.members()))
        ready = [order for order in locked.members() if order.status == Status.PICKED_UP]
        _all_or_nothing(lambda order: Depart(), ready, locked.group, actor)
        return _moved(locked, DEPARTED, ready, actor=actor, key=key)

    return _run(label, DEPARTED, work, actor=actor, version=version, key=key)


def complete(
    label: str,
    *,
    actor: Actor,
    note: str = "",
    cash_confirmed: bool = False,
    version: int | None = None,
    key: str = "",
) -> Session:
    """Everything in transit is delivered, or staged where its leg ends; what ended before keeps its outcome.

    `note` stands for proof that the policy asks for; a driver needs the proof itself. `cash_confirmed` says that
    exactly what is due was collected at every door.
    """
    content = {"note": note, "cash_confirmed": cash_confirmed}

    def work(locked: Work) -> Event:
        session = locked.group
        require("complete", session, live=len(locked.members()))
        waiting = locked.members()
        _require_cash(session, waiting, confirmed=cash_confirmed)
        _all_or_nothing(lambda order: _ending(order, note), waiting, session, actor)
        return _moved(locked, COMPLETED, waiting, actor=actor, content=content, note=note, key=key)

    return _run(label, COMPLETED, work, content=content, actor=actor, version=version, key=key)


def cancel(label: str, *, reason: str, actor: Actor, version: int | None = None, key: str = "") -> Session:
    """Call the session off before its pickup: orders go back to the queue, but for those already picked up."""
    if not reason.strip():
        raise Invalid("Say why the session is cancelled.", code="reason_required", details=at("reason", "Say why."))
    content = {"reason": reason}

    def work(locked: Work) -> Event:
        session = locked.group
        require("cancel", session, live=len(locked.members()))
        held = session.held_items()
        if {item.order.code for item in held} - set(locked.orders):
            raise Refused(
                f"{start_of_sentence(session)} is changing at this moment. Try again.", code="group_is_changing"
            )
        orders = [item.order for item in held]
        release(session, orders, actor, reason, keep_items=True)
        return grouping.record(
            session,
            actor=actor,
            kind=CANCELLED,
            before={"status": session.status},
            changed=move(session, SessionStatus.CANCELLED),
            after={"codes": [order.code for order in orders]},
            content=asked(label, content),
            reason=reason,
            key=key,
        )

    return change(
        RouteSession,
        label,
        actor=actor,
        kind=CANCELLED,
        work=work,
        content=content,
        version=version,
        key=key,
        codes=ended_codes(label, actor),
        driver_ids=own_driver,
    )


# What the acts have in common


def _run(
    label: str, kind: str, work: object, *, actor: Actor, version: int | None, key: str, **more: object
) -> Session:
    """An act that the session's own driver may do, too."""
    return change(
        RouteSession,
        label,
        actor=actor,
        kind=kind,
        work=work,  # type: ignore[arg-type]
        version=version,
        key=key,
        driver_ids=own_driver,
        allowed=lambda session: is_own(session, actor),
        **more,  # type: ignore[arg-type]
    )


def is_own(session: RouteSession, actor: Actor) -> bool:
    return actor.driver_id is not None and actor.driver_id == session.driver_id and actor.may("work.own")


def _moved(
    locked: Work,
    kind: str,
    orders: Sequence[Order],
    *,
    actor: Actor,
    to: SessionStatus | None = None,
    content: dict[str, object] | None = None,
    note: str = "",
    key: str = "",
) -> Event:
    """Record that the session is as far as its orders are now, or where `to` says; `orders` are those it moved."""
    session, before = locked.group, locked.group.status
    status = to or derived(session.status, [item.order for item in session.held_items()])
    return grouping.record(
        session,
        actor=actor,
        kind=kind,
        changed=move(session, status),
        before={"status": before},
        after={"codes": [order.code for order in orders], **({"note": note} if note else {})},
        content=asked(session.label, content),
        key=key,
    )


def _all_or_nothing(
    action: Callable[[Order], Action], orders: Sequence[Order], session: RouteSession, actor: Actor
) -> None:
    """Do it on every order, unless one of them cannot: then none, and `details.blocked` says of each why."""
    failed = [Refusal(order.code, "attempt_failed", _failed(order)) for order in orders if order.attempt_failed]
    tried = [order for order in orders if not order.attempt_failed]
    first: list[DomainError] = []
    for order in tried:
        try:
            with transaction.atomic():
                grouping.run(action(order), order, actor, session)
        except DomainError as error:
            first.append(error)
            failed.append(Refusal(order.code, error.code, error.message))
    if failed and all(refusal.error_code == "note_required" for refusal in failed):
        raise Invalid(first[0].message, code="note_required", details=at("note", first[0].message) | _blocked(failed))
    grouping.refuse_blocked(failed)


def _ending(order: Order, note: str) -> Action:
    """A leg that ends at a warehouse is staged there; everything else is delivered."""
    return StageAtWarehouse(note=note) if order.leg == Leg.INBOUND else Deliver(note=note)


def _require_cash(session: RouteSession, orders: Sequence[Order], *, confirmed: bool) -> None:
    amounts = {order.code: cash.due(order, CashStage.DROPOFF).amount for order in orders}
    total = sum(amounts.values(), Decimal(0))
    if confirmed or not total:
        return
    currency = Tenant.objects.get(pk=session.tenant_id).currency
    due = [code for code, amount in amounts.items() if amount]
    what = "1 order" if len(due) == 1 else f"{len(due)} orders"
    raise Refused(
        f"{currency} {total:.2f} are to be collected for {what} of {session.words}. Confirm that exactly this was "
        "collected, or deliver those orders one by one.",
        code="cash_not_confirmed",
        details={"amount": f"{total:.2f}", "currency": currency, "codes": due},
    )


def _failed(order: Order) -> str:
    what = "delivery" if order.picked_up_at else "pickup"
    way = "return it" if order.picked_up_at else "take it out of the session"
    return f"The {what} of order {order.code} was reported as failed. Let the driver try again, or {way}."


def _blocked(refused: Sequence[Refusal]) -> dict[str, object]:
    rows = [{"code": row.code, "error_code": row.error_code, "message": row.message} for row in refused]
    return {"blocked": rows}
