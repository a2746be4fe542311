"""An order as a file would have to say it to be imported again: words and codes instead of ids, for many at once."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from orders.models import Order, PackageItem

# Column of an export -> where it stands.
PLAIN = (
    "pickup_address", "pickup_notes", "dropoff_address", "dropoff_notes", "instructions", "carrier_type", "type",
    "priority", "payer", "payment_method",
)  # fmt: skip
NAMED = {
    "service_code": "service__code",
    "customer_reference": "customer__external_reference",
    "pickup_warehouse": "pickup_warehouse__code",
    "dropoff_warehouse": "dropoff_warehouse__code",
    "staging_warehouse": "staging_warehouse__code",
}

FormRow = dict[str, Any]


def form_rows(order_ids: Iterable[int]) -> dict[int, FormRow]:
    """By order id; the caller has already decided who may see them. Two queries, however many there are."""
    ids = list(order_ids)
    columns = [*PLAIN, *NAMED.values()]
    rows = {
        pk: dict(zip([*PLAIN, *NAMED], values, strict=True))
        for pk, *values in Order.objects.filter(pk__in=ids).order_by().values_list("pk", *columns)
    }
    items: dict[int, list[tuple[str, int]]] = defaultdict(list)
    found = PackageItem.objects.filter(order_id__in=ids).order_by("order_id", "id")
    for pk, name, quantity in found.values_list("order_id", "name", "quantity"):
        items[pk].append((name, quantity))
    for pk, row in rows.items():
        row["items"] = "; ".join(f"{quantity} x {name}" for name, quantity in items[pk])
    return rows
