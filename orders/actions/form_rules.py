"""The rules of the order form, shared by creating and editing: ends, service, payment, times, zones."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dispatch_console.core import clock, places
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Invalid, Refused
from dispatch_console.core.models import Customer, Warehouse
from orders.actions.lookups import DIRECT, Lookups, Reference
from orders.models import DeliveryService, Order, PackageItem
from orders.states import Flow, OrderType, Payer, PaymentMethod

ENDS = ("pickup", "dropoff")
PLAIN_FIELDS = (
    "payer",
    "payment_method",
    "cod_amount",
    "delivery_fee",
    "unit_size",
    "priority",
    "instructions",
    "notes",
    "external_reference",
    "scheduled_pickup_at",
    "scheduled_delivery_at",
    *(f"{end}_{part}" for end in ENDS for part in ("address", "latitude", "longitude", "contact", "phone", "notes")),
)
REFERENCES = ("customer_id", "service_id", "pickup_warehouse_id", "dropoff_warehouse_id")
EDITABLE = (*PLAIN_FIELDS, *REFERENCES, "items")
LOCKED_ONCE_ASSIGNED = ("customer_id", "service_id", "payer", "payment_method", "cod_amount", "delivery_fee")
OLDEST_SCHEDULE = timedelta(days=1)
FURTHEST_SCHEDULE = timedelta(days=366)


def fill(order: Order, values: dict[str, Any], actor: Actor, *, lookups: Lookups = DIRECT) -> None:
    """Write the given form values onto the order in memory, resolving references the actor may see."""
    faults: dict[str, list[str]] = {}
    for name in REFERENCES:
        if name in values:
            _set_reference(order, name, values[name], actor, faults, lookups)
    for name in PLAIN_FIELDS:
        if name in values:
            setattr(order, name, values[name])
    _raise(faults)


def check(order: Order, *, changed: Iterable[str], lookups: Lookups = DIRECT) -> None:
    """Refuse an order whose fields do not fit together; `changed` limits time checks to what was just set."""
    faults: dict[str, list[str]] = {}
    _check_ends(order, faults)
    _check_service(order, faults)
    _check_payment(order, faults)
    _check_times(order, set(changed), faults)
    _raise(faults)
    _check_reference_is_free(order, lookups)


def place(order: Order, *, lookups: Lookups = DIRECT) -> list[str]:
    """Derive coordinates of warehouse ends and the zones of both ends; returns sentences worth a warning."""
    warnings = []
    for end in ENDS:
        direction: places.Direction = "outbound" if end == "pickup" else "inbound"
        warehouse: Warehouse | None = getattr(order, f"{end}_warehouse")
        if warehouse is not None:
            setattr(order, f"{end}_latitude", warehouse.latitude)
            setattr(order, f"{end}_longitude", warehouse.longitude)
        latitude, longitude = getattr(order, f"{end}_latitude"), getattr(order, f"{end}_longitude")
        zone_id = None
        if latitude is not None and longitude is not None:  # `check` refuses half a place, after this
            zone_id = lookups.zone_id(order, latitude, longitude, direction=direction)
        setattr(order, f"{end}_zone_id", zone_id)
        if latitude is None:
            warnings.append(f"The {end} has no coordinates: the order will not be on the map.")
        elif zone_id is None:
            warnings.append(f"The {end} is in no active zone: drivers limited to zones cannot take the order.")
    return warnings


PLACED_COLUMNS = [f"{end}_{part}" for end in ENDS for part in ("latitude", "longitude", "zone")]


def promise(order: Order, *, since: datetime) -> None:
    """Set the due time: the scheduled delivery or, without one, what the service promises."""
    order.due_at = order.scheduled_delivery_at
    if order.due_at is None and order.service.promise_minutes is not None:
        start = max(order.scheduled_pickup_at or since, since)
        order.due_at = start + timedelta(minutes=order.service.promise_minutes)


def replace_items(order: Order, items: list[dict[str, Any]]) -> None:
    order.items.all().delete()
    PackageItem.objects.bulk_create(PackageItem(order=order, **item) for item in items)


def items_of(order: Order) -> list[dict[str, Any]]:
    names = ("name", "description", "quantity", "weight", "length", "width", "height")
    return list(order.items.values(*names))


def _set_reference(
    order: Order, name: str, value: int | None, actor: Actor, faults: dict[str, list[str]], lookups: Lookups
) -> None:
    kinds: dict[str, type[Reference]] = {"customer_id": Customer, "service_id": DeliveryService}
    model = kinds.get(name, Warehouse)
    relation = name.removesuffix("_id")
    if value is None:
        setattr(order, relation, None)
        return
    found = lookups.record(model, value, actor)
    if found is None or not found.is_active:
        what = {"customer": "customer", "service": "delivery service"}.get(relation, "warehouse")
        faults[name] = [f"There is no such {what} in use. Choose one from the list."]
        return
    setattr(order, relation, found)
    if isinstance(found, Customer):
        order.customer_name, order.customer_phone = found.name, found.phone
        order.team_id = found.team_id or order.team_id


def _check_ends(order: Order, faults: dict[str, list[str]]) -> None:
    for end in ENDS:
        at_warehouse = getattr(order, f"{end}_warehouse_id") is not None
        address = getattr(order, f"{end}_address").strip()
        latitude, longitude = getattr(order, f"{end}_latitude"), getattr(order, f"{end}_longitude")
        if at_warehouse and address:
            faults[f"{end}_address"] = [f"The {end} is either an address or a warehouse. Clear one of the two."]
        elif not at_warehouse and not address:
            faults[f"{end}_address"] = [f"Give the {end} address, or choose a warehouse."]
        elif (latitude is None) != (longitude is None):
            faults[f"{end}_latitude"] = [f"Give both coordinates of the {end}, or neither."]
    if order.pickup_warehouse_id is not None and order.pickup_warehouse_id == order.dropoff_warehouse_id:
        faults["dropoff_warehouse_id"] = ["Pickup and dropoff are the same warehouse. Choose another for one of them."]


def _check_service(order: Order, faults: dict[str, list[str]]) -> None:
    if getattr(order, "service", None) is None:
        return
    service = order.service
    if service.order_types and order.type not in service.order_types:
        kind = OrderType(order.type).label.lower()
        faults["service_id"] = [f"{service.name} is not offered for {kind} orders. Choose another service."]
    if not service.min_units <= order.unit_size <= service.max_units:
        faults["unit_size"] = [
            f"{service.name} takes {service.min_units} to {service.max_units} units; this order has {order.unit_size}."
        ]
    passes_through = order.is_parent or order.leg or order.flow == Flow.RETURN
    if service.requires_staging and not passes_through:
        sentence = (
            f"{service.name} moves packages through a staging warehouse, which is chosen when an order is created. "
            "Choose another service, or create the order anew."
        )
        faults["service_id"] = [sentence]


def _check_payment(order: Order, faults: dict[str, list[str]]) -> None:
    # The receiver pays the goods of a cash-on-delivery order; the payer says who pays the fee, both in cash.
    cash = order.payment_method == PaymentMethod.COD
    if cash and order.cod_amount <= 0:
        faults["cod_amount"] = ["Cash on delivery needs the amount to collect, more than zero."]
    if not cash and order.cod_amount != Decimal(0):
        faults["cod_amount"] = ["An amount to collect goes only with cash on delivery. Set it to zero."]
    if order.payment_method == PaymentMethod.WALLET and order.payer != Payer.SENDER:
        faults["payer"] = ["A wallet payment is made by the sender. Set the payer to sender."]


def _check_times(order: Order, changed: set[str], faults: dict[str, list[str]]) -> None:
    now = clock.now()
    for name in ("scheduled_pickup_at", "scheduled_delivery_at"):
        moment = getattr(order, name)
        if moment is None or name not in changed:
            continue
        if moment < now - OLDEST_SCHEDULE:
            faults[name] = ["This time is more than a day ago. Give a time from now on."]
        elif moment > now + FURTHEST_SCHEDULE:
            faults[name] = ["This time is more than a year ahead. Give an earlier one."]
    pickup, delivery = order.scheduled_pickup_at, order.scheduled_delivery_at
    if pickup is not None and delivery is not None and delivery < pickup:
        faults.setdefault("scheduled_delivery_at", ["The delivery is scheduled before the pickup. Swap or move one."])


def _check_reference_is_free(order: Order, lookups: Lookups) -> None:
    if not order.external_reference:
        return
    twin = lookups.holder_of_reference(order)
    if twin is not None:
        raise duplicate_reference(order.external_reference, twin)


def duplicate_reference(reference: str, code: str = "") -> DomainError:
    holder = f"order {code}" if code else "another order"
    sentence = f"The external reference “{reference}” is already used by {holder}."
    return Refused(
        sentence, code="duplicate_reference", details={"fields": {"external_reference": [sentence]}, "order": code}
    )


def _raise(faults: dict[str, list[str]]) -> None:
    if faults:
        first = next(iter(faults.values()))[0]
        raise Invalid(first, details={"fields": faults})
