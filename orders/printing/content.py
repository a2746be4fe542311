"""What papers say of an order: plain data, read in few queries however many orders there are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from dispatch_console.core.models import Tenant
from orders.actions.cash import due
from orders.models import Order
from orders.states import CashStage, Leg, Payer, PaymentMethod, Priority

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Company:
    """Whose paper it is: the name at its top, the money and the clock on it."""

    name: str
    currency: str
    zone: ZoneInfo

    @classmethod
    def of(cls, tenant: Tenant) -> "Company":
        return cls(tenant.name, tenant.currency, tenant.zone_info)

    def money(self, amount: Decimal) -> str:
        return f"{self.currency} {amount:,.2f}"

    def moment(self, value: datetime | None) -> str:
        """`Mon 23 Nov 2026, 14:05`; nothing where there is no time."""
        return f"{value.astimezone(self.zone):%a %d %b %Y, %H:%M}" if value is not None else ""

    def clock(self, value: datetime | None) -> str:
        return f"{value.astimezone(self.zone):%H:%M}" if value is not None else ""


@dataclass(frozen=True, slots=True)
class End:
    """One end of an order: who is there, where it is, and what to know there."""

    name: str
    place: str
    phone: str
    notes: str
    zone: str


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    quantity: int
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Printed:
    """An order as papers show it. `collect` is the cash to take at the door, `leg` the part of a staged order."""

    code: str
    barcode: str
    reference: str
    customer: str
    service: str
    pickup: End
    dropoff: End
    units: int
    weight: Decimal | None
    fee: Decimal
    fee_by: str
    payment: str
    goods: Decimal
    collect: Decimal
    priority: str
    instructions: str
    due_at: datetime | None
    created_at: datetime
    leg: str
    driver: str
    items: list[Item] = field(default_factory=list)


def read(orders: "QuerySet[Order]", ids: Sequence[int]) -> Iterator[Printed]:
    """The orders of these ids in this sequence, some hundred at a time; one that is gone is left out."""
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        found = {order.pk: order for order in _related(orders.filter(pk__in=chunk))}
        yield from (printed(found[pk]) for pk in chunk if pk in found)


def _related(orders: "QuerySet[Order]") -> Iterable[Order]:
    related = ("service", "driver", "pickup_warehouse", "dropoff_warehouse", "pickup_zone", "dropoff_zone")
    return orders.order_by().select_related(*related).prefetch_related("items")


def printed(order: Order) -> Printed:
    items = [Item(item.name, item.quantity, item.weight) for item in order.items.all()]
    weights = [item.weight * item.quantity for item in items if item.weight is not None]
    return Printed(
        code=order.code,
        barcode=order.barcode,
        reference=order.external_reference,
        customer=order.customer_name,
        service=order.service.name,
        pickup=_end(order, "pickup", otherwise=order.customer_name),
        dropoff=_end(order, "dropoff", otherwise=order.customer_name),
        units=order.unit_size,
        weight=sum(weights, Decimal(0)) if weights else None,
        fee=order.delivery_fee,
        fee_by=Payer(order.payer).label,
        payment=PaymentMethod(order.payment_method).label,
        goods=order.cod_amount,
        collect=due(order, CashStage.DROPOFF, is_assigned=True).amount,
        priority=Priority(order.priority).label if order.priority < Priority.NORMAL else "",
        instructions=order.instructions,
        due_at=order.due_at,
        created_at=order.created_at,
        leg=Leg(order.leg).label if order.leg else "",
        driver=order.driver.name if order.driver is not None else "",
        items=items,
    )


def _end(order: Order, end: str, *, otherwise: str) -> End:
    warehouse = getattr(order, f"{end}_warehouse")
    zone = getattr(order, f"{end}_zone")
    if warehouse is not None:
        name, place = warehouse.name, warehouse.address
    else:
        name, place = getattr(order, f"{end}_contact") or otherwise, getattr(order, f"{end}_address")
    return End(
        name=name,
        place=place,
        phone=getattr(order, f"{end}_phone"),
        notes=getattr(order, f"{end}_notes"),
        zone=zone.code if zone is not None else "",
    )


def weight_words(weight: Decimal | None) -> str:
    return f"{weight.normalize():f} kg" if weight else ""


def units_words(units: int) -> str:
    return f"{units:,} unit{'' if units == 1 else 's'}"
