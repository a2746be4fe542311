"""The doors' only way to change orders: perform, create, undo."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Counter, Event, Tenant
from orders import engine, groups
from orders.actions import ACTIONS, Action, Cancel, CannotUndo, NewOrder, RefusePin, creating
from orders.actions.claims import ExpireOffer
from orders.actions.custody import (
    DeliverTogether,
    DepartTogether,
    HandToCarrier,
    Land,
    PickUpTogether,
    ReturnTogether,
    StageTogether,
)
from orders.actions.family import FollowLegs
from orders.actions.grouping import JoinGroup, LeaveGroup, RejoinGroup
from orders.actions.staging import LockLeg, UnlockLeg, Unstage
from orders.actions.waves import EndOffers, OfferFurther, OfferNearby, RefuseOffer, StopOffers, TakeOffer
from orders.engine import STREAM, Outcome
from orders.legs import whole_code
from orders.models import Order
from orders.states import GroupKind

FIRST_CODE = 10_001
# What the installation itself does stands in no list of buttons and addresses, but in the history like the rest.
OF_WAVES: tuple[type[Action], ...] = (OfferNearby, OfferFurther, EndOffers, StopOffers, TakeOffer, RefuseOffer)
OF_GROUPS: tuple[type[Action], ...] = (
    RejoinGroup,
    JoinGroup,
    LeaveGroup,
    PickUpTogether,
    HandToCarrier,
    DepartTogether,
    DeliverTogether,
    StageTogether,
    Land,
    ReturnTogether,
)
# Where two tell of the same kind of event, the single action is the one that knows how to take it back.
OF_LEGS: tuple[type[Action], ...] = (Unstage, UnlockLeg, LockLeg, FollowLegs)
IN_HISTORY: tuple[type[Action], ...] = (*OF_GROUPS, *OF_WAVES, *OF_LEGS, ExpireOffer, RefusePin, *ACTIONS.values())
BY_EVENT = {action.event: action for action in IN_HISTORY if action.name != "status"}


def perform(action: Action, *, code: str, actor: Actor, key: str = "", version: int | None = None) -> Outcome:
    """Do one action on one order in its own transaction.

    `key` makes a repeat harmless; `version` refuses a change made on an older picture. Raises the errors of
    `core.errors`; nothing is written then, but for what an action declares as its `refusal`.
    """
    try:
        with transaction.atomic(durable=True):
            outcome = engine.run(action, code=code, actor=actor, key=key, version=version)
    except IntegrityError as error:
        seen = engine.replay(action.name, {"code": code, **action.content()}, actor, key) if key else None
        if seen is None:
            raise creating.understood(error, action.content().get("changes", {})) from error
        outcome = seen
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


def perform_here(action: Action, *, code: str, actor: Actor) -> Outcome:
    """`perform` inside a transaction that the caller has opened, for one row of many; see `Outcome.refusal`."""
    return engine.run(action, code=code, actor=actor)


def settle(
    action: Action,
    *,
    code: str,
    actor: Actor,
    key: str,
    made_at: datetime,
    is_open: Callable[[], bool],
    keep: Callable[[Outcome | DomainError], None],
) -> None:
    """Do one action that was made earlier, and keep what came of it, in one transaction: both are stored or neither.

    `is_open` locks the caller's own row and says whether there is still something to do; `keep` writes the answer into
    it, also when the action is refused.
    """
    with transaction.atomic(durable=True):
        if not is_open():
            return
        result: Outcome | DomainError
        try:
            with transaction.atomic():
                outcome = engine.run(action, code=code, actor=actor, key=key, made_at=made_at)
            result = outcome.refusal or outcome
        except DomainError as refusal:
            result = refusal
        except IntegrityError as error:
            meaning = creating.understood(error, action.content().get("changes", {}))
            if not isinstance(meaning, DomainError):
                raise
            result = meaning
        keep(result)


def settle_without_action(*, is_open: Callable[[], bool], keep: Callable[[], None]) -> None:
    """The same for what is answered without touching an order."""
    with transaction.atomic(durable=True):
        if is_open():
            keep()


def rehearse(action: Action, *, code: str, actor: Actor, version: int | None = None) -> Outcome:
    """What `perform` would answer now, or refuse with, by the same checks; nothing is written."""
    with transaction.atomic(durable=True):
        outcome = engine.run(action, code=code, actor=actor, version=version)
        transaction.set_rollback(True)
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


def create(new: NewOrder, *, actor: Actor, key: str = "") -> Outcome:
    """Create an order, with its driver when one is named, in its own transaction."""
    creating.may_create(actor)
    content = creating.content_of(new)
    if seen := engine.replay("create", content, actor, key):
        return seen
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    # Taken before the transaction: creates of one tenant need not wait for each other; a refusal skips a number.
    number = Counter.objects.next_value(tenant.pk, "order", first=FIRST_CODE)
    try:
        with transaction.atomic(durable=True):
            return create_here(new, number=number, tenant=tenant, actor=actor, key=key)
    except IntegrityError as error:
        if seen := engine.replay("create", content, actor, key):
            return seen
        raise creating.understood(error, {**new.values, "barcode": new.barcode}) from error


def undo(*, code: str, actor: Actor, version: int | None = None, key: str = "") -> Outcome:
    """Take back the order's last event through the engine, by the inverse its action declares.

    Refuses when the last event has no inverse, is older than the tenant's undo window, or when the world has moved on
    (`version` is the version the undone event made).
    """
    with transaction.atomic(durable=True):
        if key and (event := events.find_by_key(actor, key)) is not None:
            # An undo's fingerprint is its inverse's, which is only known under the lock: the key itself is enough.
            order = Order.objects.visible_to(actor).filter(pk=event.object_id, code=code).first()
            if order is not None and "undoes" in event.data:
                return Outcome(order, event, is_replay=True)
        return undo_here(code=code, actor=actor, version=version, key=key)


def undo_here(*, code: str, actor: Actor, version: int | None = None, key: str = "") -> Outcome:
    """`undo` inside a transaction that the caller has opened."""
    order = engine.lock(code, actor)
    if version is not None and version != order.version:
        raise engine.stale(order, version)
    event = Event.objects.filter(stream=STREAM, object_id=order.pk, version=order.version).get()
    return engine.run(_inverse_of(event, order), code=code, actor=actor, key=key, undoes=event)


def last_act(actor: Actor) -> Event | None:
    """The actor's own latest change of an order: what “undo” without a place means."""
    return (
        Event.objects.visible_to(actor)
        .filter(actor_kind=actor.kind, actor_id=actor.id, stream=STREAM)
        .order_by("-id")
        .first()
    )


def why_not_undo(event: Event, order: Order, actor: Actor | None = None) -> str:
    """Why this event cannot be undone (by this actor, where one is named), or an empty string.

    For buttons and toasts; it is decided again on the act.
    """
    if event.version != order.version:
        return "The order has changed since."
    try:
        inverse = _inverse_of(event, order)
    except CannotUndo as refusal:
        return refusal.message
    if actor is not None:
        is_own = (event.actor_kind, event.actor_id) == (actor.kind, actor.id)
        if is_own and engine.is_own_work(order, actor):
            return ""
        if not actor.may(inverse.permission if is_own else inverse.needed_permission(order)):
            return f"Your role does not allow “{inverse.label.lower()}”, which taking this back would be."
    return ""


def require_window(event: Event, tenant: Tenant, *, thing: str = "order") -> None:
    """Refuse to take back what was done longer ago than the tenant's time for undoing; `thing` is for the sentence."""
    minutes = tenant.undo_window_minutes
    if clock.now() - event.recorded_at > timedelta(minutes=minutes):
        raise CannotUndo(
            f"Undo is open for {minutes} {'minute' if minutes == 1 else 'minutes'} after a change. "
            f"Change the {thing} again instead."
        )


def inverse_of(event: Event) -> Action:
    """The action that takes an event of an order back, whoever asks for it; raises CannotUndo."""
    return BY_EVENT[event.kind].inverse(event)


def _inverse_of(event: Event, order: Order) -> Action:
    require_window(event, order.tenant)
    if event.source in GroupKind.values:
        group = groups.words(f"{event.source}:{event.source_id}")
        raise CannotUndo(f"{group[:1].upper()}{group[1:]} did this to its orders together. Act on the group.")
    if event.kind == "order.created" and order.leg:
        raise CannotUndo(f"This leg was created with {whole_code(order.code)}. Undo that order.")
    if event.kind == "order.created":
        return Cancel(reason="Created by mistake")
    return inverse_of(event)


def create_here(new: NewOrder, *, number: int, tenant: Tenant, actor: Actor, key: str) -> Outcome:
    """Create one order in the transaction that the caller has opened; a staged one with both its legs."""
    order, event, warnings = creating.create(new, number=number, tenant=tenant, actor=actor, key=key)
    return Outcome(order, event, warnings=warnings)


__all__ = [
    "Outcome",
    "create",
    "inverse_of",
    "last_act",
    "perform",
    "perform_here",
    "rehearse",
    "require_window",
    "settle",
    "settle_without_action",
    "undo",
    "undo_here",
    "why_not_undo",
]
