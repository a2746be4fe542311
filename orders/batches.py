"""Creating many orders in few statements: by the rules, with the events and in the order of `commands.create`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from dispatch_console.core import events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, KeyReused, NotVisible
from dispatch_console.core.models import Counter, Event, Tenant
from orders import commands
from orders.actions import NewOrder, creating
from orders.actions.form_rules import place
from orders.actions.lookups import Gathered, Lookups
from orders.commands import Outcome
from orders.models import DeliveryService, Order, PackageItem

MOST_AT_ONCE = 1_000
Result = Outcome | DomainError


@dataclass(frozen=True, slots=True)
class Wanted:
    """One order to be created; `key` makes a repeat harmless, as in `commands.create`."""

    new: NewOrder
    key: str = ""


def create_many(
    wanted: Sequence[Wanted], *, actor: Actor, keep: Callable[[list[Result]], None] | None = None
) -> list[Result]:
    """Create up to a thousand orders in one transaction: each is created or refused alone, in this sequence.

    Each result is what `commands.create` would have answered or raised for that order; `keep` writes the results in
    the same transaction, so that both are stored or neither.
    """
    if len(wanted) > MOST_AT_ONCE:
        raise ValueError(f"At most {MOST_AT_ONCE} at once.")
    creating.may_create(actor)
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    numbers = _numbers(tenant, len(wanted))
    with transaction.atomic(durable=True):
        try:
            with transaction.atomic():
                results = _together(wanted, numbers, tenant, actor)
        except IntegrityError:
            # Somebody took a reference, a barcode or a key of this batch meanwhile: each for itself, to find out whose.
            replays = _replays(wanted, actor)
            results = [
                replays.get(one.key) or _alone(one, number, tenant, actor)
                for one, number in zip(wanted, numbers, strict=True)
            ]
        if keep is not None:
            keep(results)
    return results


def check_many(news: Sequence[NewOrder], *, actor: Actor) -> list[list[str] | DomainError]:
    """What `create_many` would answer now, without writing: the warnings of each order, or why it is refused."""
    creating.may_create(actor)
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    lookups = _gathered(news, actor)
    # No number is taken: each needs only one that nobody has.
    return [_checked(new, -1 - place_in_batch, lookups, tenant, actor) for place_in_batch, new in enumerate(news)]


def _checked(new: NewOrder, number: int, lookups: Gathered, tenant: Tenant, actor: Actor) -> list[str] | DomainError:
    try:
        if is_plain(new, lookups, actor):
            return _built(new, number, lookups, tenant, actor)[1]
        with transaction.atomic():
            try:
                return commands.create_here(new, number=number, tenant=tenant, actor=actor, key="").warnings
            finally:
                transaction.set_rollback(True)
    except DomainError as refusal:
        return refusal


def is_plain(new: NewOrder, lookups: Lookups, actor: Actor) -> bool:
    """One row without a driver and without legs; the others are created one by one."""
    service = lookups.record(DeliveryService, new.values.get("service_id") or 0, actor)
    is_staged = isinstance(service, DeliveryService) and service.requires_staging
    return new.driver_id is None and new.staging_warehouse_id is None and not is_staged


def _together(wanted: Sequence[Wanted], numbers: Sequence[int], tenant: Tenant, actor: Actor) -> list[Result]:
    replays = _replays(wanted, actor)
    lookups = _gathered([one.new for one in wanted], actor)
    results: dict[int, Result] = {}
    waiting: dict[int, tuple[Wanted, Order, list[str]]] = {}
    for place_in_batch, (one, number) in enumerate(zip(wanted, numbers, strict=True)):
        if (replay := replays.get(one.key)) is not None:
            results[place_in_batch] = replay
        elif is_plain(one.new, lookups, actor):
            try:
                waiting[place_in_batch] = (one, *_built(one.new, number, lookups, tenant, actor))
            except DomainError as refusal:
                results[place_in_batch] = refusal
        else:
            results |= _written(waiting, actor)
            waiting = {}
            result = results[place_in_batch] = _alone(one, number, tenant, actor)
            if isinstance(result, Outcome):
                lookups.take(result.order)
    results |= _written(waiting, actor)
    return [results[place_in_batch] for place_in_batch in range(len(wanted))]


def _built(new: NewOrder, number: int, lookups: Gathered, tenant: Tenant, actor: Actor) -> tuple[Order, list[str]]:
    order = creating.built(new, number=number, tenant=tenant, actor=actor, lookups=lookups)
    if lookups.has_barcode(order.barcode):
        raise creating.barcode_taken(order.barcode)
    lookups.take(order)
    return order, place(order, lookups=lookups)


def _written(waiting: Mapping[int, tuple[Wanted, Order, list[str]]], actor: Actor) -> dict[int, Result]:
    Order.objects.bulk_create([order for _, order, _ in waiting.values()])
    items = [
        PackageItem(order=order, **item)
        for one, order, _ in waiting.values()
        for item in one.new.values.get("items") or ()
    ]
    if items:
        PackageItem.objects.bulk_create(items)
    told = events.record_many([creating.telling(order, one.new, actor, one.key) for one, order, _ in waiting.values()])
    return {
        place_in_batch: Outcome(order, event, warnings=warnings)
        for (place_in_batch, (_, order, warnings)), event in zip(waiting.items(), told, strict=True)
    }


def _alone(one: Wanted, number: int, tenant: Tenant, actor: Actor) -> Result:
    try:
        with transaction.atomic():
            return commands.create_here(one.new, number=number, tenant=tenant, actor=actor, key=one.key)
    except DomainError as refusal:
        return refusal
    except IntegrityError as error:
        meaning = creating.understood(error, {**one.new.values, "barcode": one.new.barcode})
        if not isinstance(meaning, DomainError):
            raise
        return meaning


def _replays(wanted: Sequence[Wanted], actor: Actor) -> dict[str, Result]:
    """What was answered before, by key; a key with other content is refused."""
    by_key = {one.key: one.new for one in wanted if one.key}
    if not by_key:
        return {}
    earlier = Event.objects.filter(
        tenant_id=actor.tenant_id, actor_kind=actor.kind, actor_id=actor.id, key__in=list(by_key)
    )
    told = {event.key: event for event in earlier}
    orders = Order.objects.visible_to(actor).in_bulk([event.object_id for event in told.values()])
    replays: dict[str, Result] = {}
    for key, event in told.items():
        if event.object_id not in orders:
            replays[key] = NotVisible(f"There is no order {event.object_code}.")
        elif event.fingerprint != events.fingerprint("create", creating.content_of(by_key[key])):
            replays[key] = KeyReused(
                "This idempotency key was used before for something else. Use a new key for a new request."
            )
        else:
            replays[key] = Outcome(orders[event.object_id], event, is_replay=True)
    return replays


def _gathered(news: Sequence[NewOrder], actor: Actor) -> Gathered:
    return Gathered([new.values for new in news], {new.barcode for new in news} - {""}, actor)


def _numbers(tenant: Tenant, count: int) -> range:
    # Before the transaction, as for a single order: nobody waits for a batch, and a refusal skips a number.
    return Counter.objects.next_values(tenant.pk, "order", count, first=commands.FIRST_CODE) if count else range(0)
