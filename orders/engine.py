"""The order engine: lock, then guard, then apply, one event row, one publish after commit."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dispatch_console.core import events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible, Refused, Stale
from dispatch_console.core.models import Event
from orders import groups, legs
from orders.actions import Action, family
from orders.actions.writing import STREAM, Cause, Change, refused
from orders.models import Order
from orders.models.order import OrderQuerySet


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
    group: str = "",
) -> Outcome:
    """Do one action on one order, inside a transaction that the caller has opened.

    `undoes` is the event this action takes back: whoever did it may take it back with the action's ordinary right, a
    driver with that to the own work. `made_at` is when it happened, for what a phone could not tell at once. `group` is
    the waybill, trip or session (as in `held_by`) that does it to its own order: its lock does not bind itself, and it
    follows the order by itself; any other change of an order in a group is told to the group's keeper.

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
    if why := action.guard.why_not(order, group=group):
        raise refused(why, order)
    action.check(order, actor)

    cause = Cause(asked=asked, undoes=undoes, made_at=made_at, key=key)
    change = Change(action, order, actor, cause)
    change.apply()
    if order.is_parent:
        change.changed.update(family.carry_out(change, cause))
    event = change.finish()
    if order.leg:
        family.follow(order, actor, cause)
    if not group and order.held_by:
        groups.tell(order.held_by, event, actor)
        # The keeper may have let the order go, which is a change of its own.
        order.refresh_from_db(fields=["held_by", "version", "updated_at"])
    return Outcome(order, event)


def is_own_work(order: Order, actor: Actor) -> bool:
    mine = actor.driver_id is not None and actor.driver_id in (order.driver_id, order.holder_id)
    return mine and actor.may("work.own")


def lock(code: str, actor: Actor, *, rows: OrderQuerySet | None = None) -> Order:
    """The order, row locked; NotVisible when the actor must not know of it. `rows` is where to look for it.

    A staged order and its legs are locked together, by id.
    """
    # Nothing is joined: a query that had to wait would pair the new row with the relations of the old one. What a rule
    # needs of the service, the tenant or the driver it reads under the lock. Rows that merely point at the order can
    # still be inserted by others.
    relatives = legs.family_codes(code)
    if legs.is_leg_code(code):  # a driver sees the own leg only, but its parent follows
        every = Order.objects.filter(tenant_id=actor.tenant_id, code__in=relatives).order_by("pk")
        list(every.select_for_update(no_key=True).values_list("pk"))
    found = Order.objects.visible_to(actor) if rows is None else rows
    locked = found.filter(code__in=relatives).order_by("pk").select_for_update(of=("self",), no_key=True)
    for order in locked:
        if order.code == code:
            return order
    raise NotVisible(f"There is no order {code[:24]}.")


def lock_all(codes: list[str], actor: Actor) -> list[Order]:
    """The orders, locked by id together with what belongs to them; NotVisible names the first unknown one."""
    relatives = {each for code in codes for each in legs.family_codes(code)}
    every = Order.objects.filter(tenant_id=actor.tenant_id, code__in=relatives).order_by("pk")
    list(every.select_for_update(no_key=True).values_list("pk"))
    found = {order.code: order for order in Order.objects.visible_to(actor).filter(code__in=codes)}
    for code in codes:
        if code not in found:
            raise NotVisible(f"There is no order {code[:24]}.")
    return sorted(found.values(), key=lambda order: order.pk)


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
    event = events.replayed(name, content, actor, key)
    if event is None:
        return None
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
