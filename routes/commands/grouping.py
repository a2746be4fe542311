"""What the commands of every kind of group share: locks in one sequence, the engine per order, one event per change.

Locks are taken in one sequence everywhere: orders by id, then drivers by id, then the group. A keeper, which runs with
an order locked, may therefore lock its group.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Forbidden, Refused, Stale
from dispatch_console.core.models import Counter, Event
from orders import engine
from orders.actions import Action
from orders.engine import Outcome
from orders.models import Order
from routes.models.group import Group

PERMISSION = "groups.manage"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one order cannot come along; `error_code` is stable, `message` is for a person."""

    code: str
    error_code: str
    message: str


def require(actor: Actor, permission: str = PERMISSION) -> None:
    if not actor.may(permission):
        raise Forbidden(
            "Your role does not allow running waybills, trips and routes. Ask a tenant admin for the right.",
            details={"permission": permission},
        )


def next_label(tenant_id: int, counter: str, form: str) -> str:
    """The tenant's next label, such as `WB{:05d}`. Taken before the transaction: a refusal skips a number."""
    return form.format(Counter.objects.next_value(tenant_id, counter))


def known_codes(codes: Iterable[str], actor: Actor) -> tuple[list[str], list[Refusal]]:
    """The codes the actor may know of, each once, and a refusal for each of the others."""
    wanted = list(dict.fromkeys(codes))
    known = set(Order.objects.visible_to(actor).filter(code__in=wanted).values_list("code", flat=True))
    unknown = [Refusal(code, "unknown_code", f"There is no order {code[:24]}.") for code in wanted if code not in known]
    return [code for code in wanted if code in known], unknown


def lock_orders(codes: Iterable[str], actor: Actor) -> list[Order]:
    """The orders, locked by id with what belongs to them; NotVisible names the first that the actor may not know of."""
    return engine.lock_all(list(dict.fromkeys(codes)), actor)


def run(action: Action, order: Order, actor: Actor, group: Group, *, undoes: Event | None = None) -> Outcome:
    """Do the action on one of the group's orders, past the group's own lock; raises what the engine raises.

    The order's history names the group as the source. `undoes` is what the group did, where this takes it back.
    """
    through = actor.through(group.KIND, source_id=group.label)
    return engine.run(action, code=order.code, actor=through, group=group.held_by, undoes=undoes)


def run_all(action: Action, orders: Sequence[Order], actor: Actor, group: Group) -> None:
    """Do the action on every order, or refuse it as a whole, naming each order that stands against it."""
    refuse_blocked(try_each(action, orders, actor, group))


def refuse_blocked(refused: Sequence[Refusal], *, code: str = "orders_blocked") -> None:
    """Raise when there is any refusal, so that the whole change is taken back."""
    if not refused:
        return
    more = f" {len(refused) - 1} more {'order is' if len(refused) == 2 else 'orders are'} in the way, too." * (
        len(refused) > 1
    )
    raise Refused(
        f"{refused[0].message}{more} Nothing was changed.",
        code=refused[0].error_code if len(refused) == 1 else code,
        details={"blocked": [asdict(refusal) for refusal in refused]},
    )


def try_each(action: Action, orders: Sequence[Order], actor: Actor, group: Group) -> list[Refusal]:
    """Do the action on each, and collect the refusals; an order that is refused changes nothing."""
    refused = []
    for order in orders:
        try:
            with transaction.atomic():
                run(action, order, actor, group)
        except DomainError as error:
            refused.append(Refusal(order.code, error.code, error.message))
    return refused


def record(
    group: Group,
    *,
    actor: Actor,
    kind: str,
    changed: Iterable[str],
    before: dict[str, Any],
    after: dict[str, Any] | None = None,
    content: dict[str, Any] | None = None,
    reason: str = "",
    key: str = "",
) -> Event:
    """Save the changed columns of the locked group, raise its version and append its one event.

    `before` holds the old values by column name; `after` adds what is no column, for example the codes that joined.
    """
    names = sorted(set(changed))
    group.version += 1
    group.updated_at = clock.now()
    group.save(update_fields=[*names, "version", "updated_at"])
    return told(
        group,
        actor=actor,
        kind=kind,
        data={"input": content or {}, "before": before, "after": {**group.snapshot(names), **(after or {})}},
        reason=reason,
        key=key,
        content=content,
    )


def told(
    group: Group,
    *,
    actor: Actor,
    kind: str,
    data: dict[str, Any],
    reason: str = "",
    key: str = "",
    content: dict[str, Any] | None = None,
) -> Event:
    """Append the event of the group's present version; for a group that was just created, use this alone."""
    return events.record(
        actor=actor,
        stream=group.KIND,
        object_id=group.pk,
        object_code=group.label,
        version=group.version,
        kind=kind,
        team_id=group.team_id,
        reason=reason,
        data=data,
        key=key,
        fingerprint=events.fingerprint(kind, content or {}) if key else "",
    )


def require_version(group: Group, version: int | None) -> None:
    """Refuse a change made on an older picture, naming who changed it since."""
    if version is None or version == group.version:
        return
    since = Event.objects.filter(stream=group.KIND, object_id=group.pk, version__gt=version).order_by("version")[:20]
    who = ", ".join(dict.fromkeys(event.actor_label for event in since)) or "somebody"
    words = group.words
    raise Stale(
        f"{words[0].upper()}{words[1:]} was changed by {who} since you opened it. Look at it and try again.",
        details={
            "version": group.version,
            "your_version": version,
            "changes": [{"version": event.version, "kind": event.kind, "actor": event.actor_label} for event in since],
        },
    )
