"""What the doors read: filtered lists, pages of rows, and the counts beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Coalesce, NullIf

from dispatch_console.core.actor import Actor
from dispatch_console.core.filtering import once_each
from dispatch_console.core.keyset import Sort, count_up_to, moment, money, read_gathered_page, read_limit, read_page
from orders.access import visible_orders
from orders.filters import NARROWING, OrderFilter
from orders.models.order import OrderQuerySet
from orders.rows import OrderRow, rows_for
from orders.states import Status

DEFAULT_ORDERING = "-created_at"
# The statuses in the order of an order's life, which is how people read a sorted column.
LIFECYCLE = Case(
    *(When(status=status, then=Value(place)) for place, status in enumerate(Status.values)),
    output_field=IntegerField(),
)


def _place(end: str) -> Coalesce:
    return Coalesce(NullIf(f"{end}_address", Value("")), f"{end}_warehouse__name")


SORTS: dict[str, Sort] = {
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
    "due_at": moment("due_at", nullable=True),
    "eta": moment("eta__dropoff_at", nullable=True),
    "scheduled_pickup_at": moment("scheduled_pickup_at", nullable=True),
    "scheduled_delivery_at": moment("scheduled_delivery_at", nullable=True),
    "picked_up_at": moment("picked_up_at", nullable=True),
    "closed_at": moment("closed_at", nullable=True),
    "code": Sort("code"),
    "barcode": Sort("barcode"),
    "external_reference": Sort("external_reference"),
    "bulk_group": Sort("bulk_group"),
    "type": Sort("type"),
    "status": Sort(LIFECYCLE),
    "assignment": Sort("assignment_status"),
    "carrier": Sort("carrier_type"),
    "customer_name": Sort("customer_name"),
    "service_name": Sort("service__name"),
    "driver_name": Sort("driver__name", nullable=True),
    "vehicle_name": Sort("vehicle__name", nullable=True),
    "pickup": Sort(_place("pickup")),
    "dropoff": Sort(_place("dropoff")),
    "pickup_zone": Sort("pickup_zone__name", nullable=True),
    "dropoff_zone": Sort("dropoff_zone__name", nullable=True),
    "payer": Sort("payer"),
    "payment_method": Sort("payment_method"),
    "payment_status": Sort("payment_status"),
    "cod_amount": money("cod_amount"),
    "delivery_fee": money("delivery_fee"),
    "unit_size": Sort("unit_size"),
    "priority": Sort("priority"),
}


@dataclass(frozen=True, slots=True)
class OrderPage:
    rows: list[OrderRow]
    next_cursor: str | None
    total: int
    total_is_capped: bool


def filtered_orders(actor: Actor, params: Mapping[str, str]) -> OrderQuerySet:
    """The orders the actor may see under these parameters; raises Invalid naming every wrong one."""
    return OrderFilter(params, visible_orders(actor), actor=actor).filtered()  # type: ignore[return-value]


def order_page(actor: Actor, params: Mapping[str, str]) -> OrderPage:
    """One page of rows, and how many orders the filters leave in all."""
    asked = once_each(params)
    found = filtered_orders(actor, asked)
    ordering, cursor = asked.get("ordering") or DEFAULT_ORDERING, asked.get("cursor", "")
    limit = read_limit(asked.get("limit", ""))
    page = None
    if any(asked.get(name) for name in NARROWING):
        page = read_gathered_page(found, SORTS, ordering=ordering, cursor=cursor, limit=limit)
    if page is None:
        page = read_page(found, SORTS, ordering=ordering, cursor=cursor, limit=limit)
    if page.total is not None:
        total, is_capped = page.total, False
    elif page.next_cursor is None and not cursor:
        total, is_capped = len(page.ids), False
    else:
        total, is_capped = count_up_to(found)
    return OrderPage(in_order(page.ids), page.next_cursor, total, is_capped)


def in_order(ids: Iterable[int], *, whole_notes: bool = False) -> list[OrderRow]:
    """Rows in the order of the ids; one that vanished in between is left out."""
    ids = list(ids)
    rows = rows_for(ids, whole_notes=whole_notes) if ids else {}
    return [rows[pk] for pk in ids if pk in rows]
