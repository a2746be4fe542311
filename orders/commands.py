"""The doors' only way to change orders: perform, create, undo."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Forbidden, Invalid
from dispatch_console.core.models import Counter, Event, Tenant
from orders import engine
from orders.actions import ACTIONS, Action, Cancel, CannotUndo, NewOrder, RefusePin
from orders.actions.assignments import locked_driver, open_assignment
from orders.actions.claims import ExpireOffer
from orders.actions.form_rules import duplicate_reference, place, replace_items
from orders.actions.waves import EndOffers, OfferFurther, OfferNearby, RefuseOffer, StopOffers, TakeOffer
from orders.engine import STREAM, Outcome
from orders.models import Order
from orders.states import Status

FIRST_CODE = 10_001
# What the installation itself does stands in no list of buttons and addresses, but in the history like the rest.
OF_WAVES: tuple[type[Action], ...] = (OfferNearby, OfferFurther, EndOffers, StopOffers, TakeOffer, RefuseOffer)
IN_HISTORY: tuple[type[Action], ...] = (*ACTIONS.values(), ExpireOffer, RefusePin, *OF_WAVES)
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
            raise _understood(error, action.content().get("changes", {})) from error
        outcome = seen
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


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
            meaning = _understood(error, action.content().get("changes", {}))
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
    if not actor.may("orders.create"):
        raise Forbidden("Your role does not allow creating orders.", details={"permission": "orders.create"})
    content = {"type": new.type, "values": new.values, "is_draft": new.is_draft, "driver_id": new.driver_id}
    if seen := engine.replay("create", content, actor, key):
        return seen
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    # Taken before the transaction: creates of one tenant need not wait for each other; a refusal skips a number.
    number = Counter.objects.next_value(tenant.pk, "order", first=FIRST_CODE)
    code = f"{tenant.order_prefix}{number}"
    try:
        with transaction.atomic(durable=True):
            return _create(new, code=code, number=number, tenant=tenant, actor=actor, key=key, content=content)
    except IntegrityError as error:
        if seen := engine.replay("create", content, actor, key):
            return seen
        raise _understood(error, {**new.values, "barcode": new.barcode}) from error


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


def _inverse_of(event: Event, order: Order) -> Action:
    window = timedelta(minutes=order.tenant.undo_window_minutes)
    if clock.now() - event.recorded_at > window:
        minutes = order.tenant.undo_window_minutes
        raise CannotUndo(
            f"Undo is open for {minutes} {'minute' if minutes == 1 else 'minutes'} after a change. "
            "Change the order again instead."
        )
    if event.kind == "order.created":
        return Cancel(reason="Created by mistake")
    return BY_EVENT[event.kind].inverse(event)


def _create(
    new: NewOrder, *, code: str, number: int, tenant: Tenant, actor: Actor, key: str, content: dict[str, object]
) -> Outcome:
    for name in ("customer_id", "service_id"):
        if new.values.get(name) is None:
            what = {"customer_id": "customer", "service_id": "delivery service"}[name]
            raise Invalid.fields(**{name: f"Choose the {what}."})
    order = new.build(tenant_id=tenant.pk, code=code, barcode=new.barcode or f"{number:012d}", actor=actor)
    order.tenant = tenant
    order.save(force_insert=True)
    if items := new.values.get("items"):
        replace_items(order, items)
    warnings = place(order)
    if new.driver_id is not None:
        if not actor.may("orders.assign"):
            raise Forbidden("Your role does not allow assigning drivers.", details={"permission": "orders.assign"})
        if new.is_draft:
            raise Invalid.fields(driver_id="A draft takes no driver. Confirm it first, or leave the driver empty.")
        driver = locked_driver(order, new.driver_id, actor)
        open_assignment(order, driver, actor, needs_acceptance=tenant.drivers_accept)
        order.status = Status.ASSIGNED
        order.save(update_fields=["driver", "vehicle", "assignment_status", "status"])
    event = events.record(
        actor=actor,
        stream=STREAM,
        object_id=order.pk,
        object_code=order.code,
        version=order.version,
        kind="order.created",
        team_id=order.team_id,
        data={"input": content, "before": {}, "after": {"status": order.status, "driver": order.driver_id}},
        key=key,
        fingerprint=events.fingerprint("create", content) if key else "",
    )
    return Outcome(order, event, warnings=warnings)


def _understood(error: IntegrityError, values: dict[str, object]) -> Exception:
    """A unique index that two writers met at, as the refusal a person understands."""
    text = str(error)
    if "order_reference_once_per_tenant" in text:
        return duplicate_reference(str(values.get("external_reference", "")))
    if "order_barcode_once_per_tenant" in text:
        return Invalid.fields(barcode=f"The barcode “{values.get('barcode')}” is already used by another order.")
    return error


__all__ = [
    "Outcome",
    "create",
    "last_act",
    "perform",
    "rehearse",
    "settle",
    "settle_without_action",
    "undo",
    "why_not_undo",
]
