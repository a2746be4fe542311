"""The order engine: lock, then guard, then apply, one event row, one publish after commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, KeyReused, NotVisible, Refused, Stale
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.actions import Action, Edit
from orders.actions.form_rules import items_of
from orders.models import Order
from orders.models.order import OrderQuerySet

STREAM = "order"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: the order as it is now, its event, and whether an earlier answer was repeated."""

    order: Order
    event: Event
    is_replay: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def refusal(self) -> Refused | None:
        """Set where the act was judged and lost: it is written down, and refused to whoever asked."""
        kept = self.event.data.get("refusal")
        return Refused(kept["message"], code=kept["code"], details=kept["details"]) if kept else None


def run(
    action: Action,
    *,
    code: str,
    actor: Actor,
    key: str = "",
    version: int | None = None,
    undoes: Event | None = None,
    made_at: datetime | None = None,
) -> Outcome:
    """Do one action on one order, inside a transaction that the caller has opened.

    `undoes` is the event this action takes back: whoever did it may take it back with the action's ordinary right, a
    driver with that to the own work. `made_at` is when it happened, for what a phone could not tell at once.

    Raises NotVisible, Forbidden, Stale, Refused, Invalid or KeyReused; nothing is written then.
    """
    asked = action
    if seen := replay(action.name, {"code": code, **asked.content()}, actor, key):
        return seen
    order = lock(code, actor, rows=action.reachable(actor))
    if seen := replay(action.name, {"code": code, **asked.content()}, actor, key):  # the twin that waited for the lock
        return seen
    may_undo_own = undoes is not None and (undoes.actor_kind, undoes.actor_id) == (actor.kind, actor.id)
    if not (may_undo_own and is_own_work(order, actor)):
        authorise(asked, order, actor, permission=asked.permission)
    if version is not None and version != order.version:
        raise stale(order, version)
    action = asked.resolved(order)
    if not (may_undo_own and is_own_work(order, actor)):
        needed = action.permission if may_undo_own else action.needed_permission(order)
        authorise(action, order, actor, permission=needed)
    if why := action.guard.why_not(order):
        raise Refused(why.sentence, code=why.code, details={"status": order.status, "version": order.version})
    action.check(order, actor)

    old = {column: getattr(order, column) for column in _columns()}
    old_items = items_of(order) if isinstance(action, Edit) and "items" in action.changes else None
    happened_at = moment_of(order, made_at)
    with clock.at(happened_at):
        changed = set(action.apply(order, actor))
    names = sorted(name for name in changed if getattr(order, _column(name)) != old[_column(name)])
    data: dict[str, Any] = {
        "input": asked.content(),
        "before": {name: old[_column(name)] for name in names},
        "after": order.snapshot(names),
    }
    if old_items is not None:
        data["before"]["items"], data["after"]["items"] = old_items, items_of(order)
    if undoes is not None:
        data["undoes"] = undoes.pk
    if refusal := action.refusal(order):
        data["refusal"] = refusal
    if made_at is not None:
        data["made_at"] = clock.iso(made_at)
    data["names"] = _names_of_people(old, order, names)

    order.version += 1
    order.updated_at = clock.now()
    order.save(update_fields=[*names, "version", "updated_at"])
    event = events.record(
        actor=actor,
        stream=STREAM,
        object_id=order.pk,
        object_code=order.code,
        version=order.version,
        kind=action.event,
        team_id=order.team_id,
        reason=action.stated_reason,
        note=action.stated_note,
        data=data,
        occurred_at=happened_at,
        key=key,
        fingerprint=events.fingerprint(asked.name, {"code": code, **asked.content()}) if key else "",
    )
    return Outcome(order, event)


def moment_of(order: Order, made_at: datetime | None) -> datetime:
    """When to say that it happened: as the phone says, but never in the future and never before what it follows."""
    now = clock.now()
    if made_at is None:
        return now
    return min(max(made_at, order.created_at, order.picked_up_at or order.created_at), now)


def is_own_work(order: Order, actor: Actor) -> bool:
    mine = actor.driver_id is not None and actor.driver_id in (order.driver_id, order.holder_id)
    return mine and actor.may("work.own")


def lock(code: str, actor: Actor, *, rows: OrderQuerySet | None = None) -> Order:
    """The order, row locked; NotVisible when the actor must not know of it. `rows` is where to look for it."""
    # Nothing is joined: a query that had to wait would pair the new row with the relations of the old one. What a rule
    # needs of the service, the tenant or the driver it reads under the lock. Rows that merely point at the order can
    # still be inserted by others.
    try:
        found = Order.objects.visible_to(actor) if rows is None else rows
        return found.select_for_update(of=("self",), no_key=True).get(code=code)
    except Order.DoesNotExist:
        raise NotVisible(f"There is no order {code[:24]}.") from None


def authorise(action: Action, order: Order, actor: Actor, *, permission: str) -> None:
    if actor.may(permission):
        return
    if action.own_work and is_own_work(order, actor):
        return
    raise Forbidden(
        f"Your role does not allow “{action.label.lower()}” on order {order.code}. Ask a tenant admin for the right.",
        details={"permission": permission},
    )


def replay(name: str, content: dict[str, Any], actor: Actor, key: str) -> Outcome | None:
    """The earlier answer to the same idempotency key; KeyReused when the content differs."""
    event = events.find_by_key(actor, key)
    if event is None:
        return None
    if event.fingerprint != events.fingerprint(name, content):
        raise KeyReused("This idempotency key was used before for something else. Use a new key for a new request.")
    order = Order.objects.visible_to(actor).filter(pk=event.object_id).first()
    if order is None:
        raise NotVisible(f"There is no order {event.object_code}.")
    return Outcome(order, event, is_replay=True)


def stale(order: Order, version: int) -> Stale:
    """Who changed what since the version the caller had in hands."""
    since = Event.objects.filter(stream=STREAM, object_id=order.pk, version__gt=version).order_by("version")[:20]
    changes = [
        {
            "version": event.version,
            "kind": event.kind,
            "actor": event.actor_label,
            "occurred_at": event.occurred_at.isoformat(),
            "changes": event.changes,
        }
        for event in since
    ]
    who = ", ".join(dict.fromkeys(str(event["actor"]) for event in changes)) or "somebody"
    return Stale(
        f"Order {order.code} was changed by {who} since you opened it. Look at the change and apply yours again.",
        details={"version": order.version, "your_version": version, "changes": changes},
    )


def _columns() -> Iterable[str]:
    return [field.attname for field in Order._meta.concrete_fields if not isinstance(field, models.GeneratedField)]


def _column(name: str) -> str:
    return Order._meta.get_field(name).attname  # type: ignore[union-attr]


def _names_of_people(old: dict[str, Any], order: Order, names: list[str]) -> dict[str, str]:
    """Names of the drivers an event speaks of, so that history reads well after a driver is renamed or gone."""
    if "driver" not in names and "holder" not in names:
        return {}
    ids = {old["driver_id"], order.driver_id, old["holder_id"], order.holder_id} - {None}
    # The new driver was read and locked by the action.
    known = {order.driver.pk: order.driver.name} if order.driver is not None else {}
    if missing := ids - set(known):
        known |= dict(Driver.objects.filter(pk__in=missing).values_list("pk", "name"))
    return {str(pk): known[pk] for pk in ids}
