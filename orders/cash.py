"""What drivers hold in cash: totals, balances and the lists that dispatchers read."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden
from orders.models import Collection, LedgerEntry
from orders.states import CollectionStatus, LedgerAccount

NOTHING = Decimal("0.00")


def to_remit(driver_id: int) -> Decimal:
    """The cash a driver has collected and not yet handed over."""
    found = Collection.objects.filter(driver_id=driver_id, status=CollectionStatus.COLLECTED)
    return found.aggregate(total=Sum("amount"))["total"] or NOTHING


def balance(driver_id: int, account: str = LedgerAccount.CASH) -> Decimal:
    """The sum of the ledger. For the cash account it equals `to_remit`, which a test holds together."""
    found = LedgerEntry.objects.filter(driver_id=driver_id, account=account)
    return found.aggregate(total=Sum("amount"))["total"] or NOTHING


def visible_collections(actor: Actor) -> QuerySet[Collection]:
    """Dispatchers see those of the orders they see; drivers see their own."""
    if actor.driver_id is not None and actor.may("work.own"):
        return Collection.objects.visible_to(actor).filter(driver_id=actor.driver_id)
    if not actor.may("orders.cash"):
        raise Forbidden("Your role does not allow seeing the cash that drivers collected.")
    rows = Collection.objects.visible_to(actor)
    if actor.team_ids is not None:
        rows = rows.filter(order__team_id__in=actor.team_ids) | rows.filter(order__team_id__isnull=True)
    if actor.customer_id is not None:
        rows = rows.filter(customer_id=actor.customer_id)
    return rows


def collection_item(collection: Collection) -> dict[str, Any]:
    """One collection as every JSON answer tells it. `differs`: another amount than what was due was taken."""
    return {
        "id": collection.pk,
        "order": collection.order.code,
        "driver": {"id": collection.driver_id, "name": collection.driver.name},
        "customer": {"id": collection.customer_id, "name": collection.customer.name},
        "stage": collection.stage,
        "status": collection.status,
        "amount": str(collection.amount),
        "goods": str(collection.goods),
        "fee": str(collection.fee),
        "due": str(collection.due),
        "differs": collection.differs,
        "difference_reason": collection.difference_reason,
        "reference": collection.reference,
        "notes": collection.notes,
        "collected_by": collection.collected_by,
        "collected_at": clock.iso(collection.collected_at),
        "remitted_at": clock.iso(collection.remitted_at),
        "settled_at": clock.iso(collection.settled_at),
        "voided_at": clock.iso(collection.voided_at),
    }
