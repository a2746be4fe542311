"""The order's fields as people read them: a label for each column, and its stored value as words."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, Value

from dispatch_console.core.models import Customer, Team, Tenant, Warehouse, Zone
from drivers.models import Driver, Vehicle
from orders.models import DeliveryService, Order
from orders.states import (
    AssignmentStatus,
    CarrierType,
    Direction,
    Payer,
    PaymentMethod,
    PaymentStatus,
    Priority,
    Status,
)

NOTHING = "none"

LABELS: dict[str, str] = {
    "status": "Status",
    "assignment_status": "Assignment",
    "driver": "Driver",
    "vehicle": "Vehicle",
    "holder": "Package with",
    "customer": "Customer",
    "service": "Service",
    "team": "Team",
    "pickup_address": "Pickup address",
    "pickup_warehouse": "Pickup warehouse",
    "pickup_point": "Pickup point",
    "pickup_zone": "Pickup zone",
    "pickup_contact": "Pickup contact",
    "pickup_phone": "Pickup phone",
    "pickup_notes": "Pickup notes",
    "dropoff_address": "Dropoff address",
    "dropoff_warehouse": "Dropoff warehouse",
    "dropoff_point": "Dropoff point",
    "dropoff_zone": "Dropoff zone",
    "dropoff_contact": "Dropoff contact",
    "dropoff_phone": "Dropoff phone",
    "dropoff_notes": "Dropoff notes",
    "payer": "Payer",
    "payment_method": "Payment method",
    "payment_status": "Payment status",
    "cod_amount": "Amount to collect",
    "delivery_fee": "Delivery fee",
    "unit_size": "Unit size",
    "priority": "Priority",
    "instructions": "Instructions",
    "notes": "Notes",
    "external_reference": "External reference",
    "scheduled_pickup_at": "Scheduled pickup",
    "scheduled_delivery_at": "Scheduled delivery",
    "due_at": "Promised",
    "items": "Package items",
    "on_hold": "On hold",
    "hold_reason": "Hold reason",
    "closing_reason": "Closing reason",
    "proof_missing": "Proof missing",
    "held_by": "Group",
    "picked_up_at": "Picked up",
    "arrived_pickup_at": "Arrived at the pickup",
    "arrived_dropoff_at": "Arrived at the dropoff",
    "attempt_failed": "Attempt failed",
    "failed_attempts": "Failed attempts",
    "open_exceptions": "Open exceptions",
    "received_by": "Received by",
    "pin_tries": "Wrong PINs",
    "closed_at": "Closed",
    "direction": "Direction",
    "carrier_type": "Carrier",
}

CHOICES: dict[str, Any] = {
    "status": Status,
    "assignment_status": AssignmentStatus,
    "payer": Payer,
    "payment_method": PaymentMethod,
    "payment_status": PaymentStatus,
    "priority": Priority,
    "direction": Direction,
    "carrier_type": CarrierType,
}

RELATIONS: dict[str, type[Model]] = {
    "driver": Driver,
    "holder": Driver,
    "vehicle": Vehicle,
    "customer": Customer,
    "service": DeliveryService,
    "team": Team,
    "pickup_warehouse": Warehouse,
    "dropoff_warehouse": Warehouse,
    "pickup_zone": Zone,
    "dropoff_zone": Zone,
}

MONEY = frozenset({"cod_amount", "delivery_fee"})
MOMENTS = frozenset(
    {
        *("scheduled_pickup_at", "scheduled_delivery_at", "due_at", "picked_up_at", "closed_at"),
        *("arrived_pickup_at", "arrived_dropoff_at"),
    }
)
POINTS = {"pickup_latitude": "pickup_point", "dropoff_latitude": "dropoff_point"}
# Copies and halves: what they say is said by another field already.
UNSAID = frozenset({"customer_name", "customer_phone", "pickup_longitude", "dropoff_longitude"})

NameKey = tuple[type[Model], int]


def label(field: str) -> str:
    return LABELS.get(field) or field.replace("_", " ").capitalize()


def names_of(wanted: Iterable[NameKey]) -> dict[NameKey, str]:
    """The names behind ids of several models, by one query; none for what is no longer there."""
    ids: dict[type[Model], set[int]] = {}
    for model, pk in wanted:
        ids.setdefault(model, set()).add(pk)
    if not ids:
        return {}
    models = list(ids)
    parts = [
        model._default_manager.filter(pk__in=ids[model]).order_by().values_list(Value(position), "pk", "name")
        for position, model in enumerate(models)
    ]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(models[position], pk): name for position, pk, name in rows}


class Words:
    """Turns stored values into words for one tenant."""

    def __init__(self, tenant: Tenant, names: Mapping[NameKey, str] | None = None) -> None:
        self.zone: ZoneInfo = tenant.zone_info
        self.currency = tenant.currency
        self.names = dict(names or {})

    def of(self, field: str, value: Any) -> str:
        if value is None or value == "" or value == []:
            return NOTHING
        if field in CHOICES:
            return self._choice(field, value)
        if field in RELATIONS:
            return self.names.get((RELATIONS[field], value)) or f"no. {value}"
        if field in MONEY:
            return self.money(value)
        if field in MOMENTS:
            return self.moment(value)
        if field == "items":
            return self.items(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)

    def money(self, amount: Any) -> str:
        try:
            return f"{self.currency} {Decimal(str(amount)):,.2f}"
        except InvalidOperation:
            return str(amount)

    def moment(self, value: Any) -> str:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        local = moment.astimezone(self.zone)
        return f"{local.day} {local:%b %Y %H:%M}"

    def items(self, items: list[dict[str, Any]]) -> str:
        return ", ".join(f"{item.get('quantity', 1)} × {item.get('name', '')}" for item in items)

    def point(self, latitude: Any, longitude: Any) -> str:
        if latitude is None or longitude is None:
            return "not on the map"
        return f"{latitude:.5f}, {longitude:.5f}"

    @staticmethod
    def _choice(field: str, value: Any) -> str:
        try:
            return str(CHOICES[field](value).label)
        except ValueError:
            return str(value)


def column(field: str) -> str:
    """`customer` -> `customer_id`: the name the form and the API use for a relation."""
    return Order._meta.get_field(field).attname  # type: ignore[union-attr]
