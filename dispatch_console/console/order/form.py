"""What the order form starts from: empty, one order's values, or a copy of them; and what it may choose from."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Customer, Tenant, Warehouse
from orders.actions.form_rules import LOCKED_ONCE_ASSIGNED, PLAIN_FIELDS, REFERENCES, items_of
from orders.models import DeliveryService, Order
from orders.states import CarrierType, OrderType, Payer, PaymentMethod, Priority, Status

MOMENTS = ("scheduled_pickup_at", "scheduled_delivery_at")
# A copy is a new job: what named or timed the old one stays behind.
NOT_COPIED = ("external_reference", *MOMENTS)
LOCKED = "Locked once a driver is assigned. Unassign the driver first."


@dataclass(frozen=True)
class OrderForm:
    """The form for a new order (perhaps a copy of `copied`), or for `order`."""

    tenant: Tenant
    actor: Actor
    order: Order | None = None
    copied: Order | None = None
    type_hint: str = ""
    locked: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_new(self) -> bool:
        return self.order is None

    @property
    def source(self) -> Order | None:
        return self.order or self.copied

    @property
    def title(self) -> str:
        if self.order is not None:
            return f"Edit {self.order.code}"
        return f"Copy of {self.copied.code}" if self.copied is not None else "New order"

    @property
    def type(self) -> str:
        if self.source is not None:
            return self.source.type
        return self.type_hint if self.type_hint in OrderType.values else OrderType.ON_DEMAND

    @cached_property
    def values(self) -> dict[str, Any]:
        """By the names the API uses; times as the tenant's clock shows them."""
        if self.source is None:
            return _empty_values(self.type)
        values = form_values(self.source, self.tenant)
        if self.copied is not None:
            values |= dict.fromkeys(NOT_COPIED, "")
        return values

    @property
    def customer(self) -> Customer | None:
        return self.source.customer if self.source is not None else None

    @cached_property
    def services(self) -> list[dict[str, Any]]:
        rows = DeliveryService.objects.visible_to(self.actor)
        kept = self.source.service_id if self.source is not None else None
        return [_service(row) for row in rows if row.is_active or row.pk == kept]

    @cached_property
    def warehouses(self) -> list[dict[str, Any]]:
        rows = Warehouse.objects.visible_to(self.actor).filter(is_active=True)
        return [
            {
                "id": row.pk,
                "name": row.name,
                "address": row.address,
                "lat": row.latitude,
                "lng": row.longitude,
                "is_default_staging": row.is_default_staging,
            }
            for row in rows
        ]

    @property
    def types(self) -> list[tuple[str, str]]:
        return OrderType.choices

    @property
    def payers(self) -> list[tuple[str, str]]:
        return Payer.choices

    @property
    def methods(self) -> list[tuple[str, str]]:
        return PaymentMethod.choices

    @property
    def priorities(self) -> list[tuple[int, str]]:
        return Priority.choices

    @property
    def carriers(self) -> list[tuple[str, str]]:
        return CarrierType.choices

    @property
    def may_assign(self) -> bool:
        return self.is_new and self.actor.may("orders.assign")

    @property
    def locked_why(self) -> str:
        return LOCKED if self.locked else ""

    @property
    def data(self) -> dict[str, Any]:
        """For the form's modules."""
        return {
            "mode": "create" if self.is_new else "edit",
            "code": self.order.code if self.order is not None else "",
            "version": self.order.version if self.order is not None else None,
            "created_at": self.order.created_at.isoformat() if self.order is not None else None,
            "type": self.type,
            "values": self.values,
            "customer": None
            if self.customer is None
            else {"id": self.customer.pk, "name": self.customer.name, "phone": self.customer.phone},
            "services": self.services,
            "warehouses": self.warehouses,
            "locked": sorted(self.locked),
            "currency": self.tenant.currency,
        }


def new_form(actor: Actor, tenant: Tenant, *, copied: Order | None = None, type_hint: str = "") -> OrderForm:
    return OrderForm(tenant=tenant, actor=actor, copied=copied, type_hint=type_hint)


def edit_form(actor: Actor, tenant: Tenant, order: Order) -> OrderForm:
    is_begun = order.status in (Status.ASSIGNED, Status.STAGED)
    locked = frozenset(LOCKED_ONCE_ASSIGNED) if is_begun else frozenset()
    return OrderForm(tenant=tenant, actor=actor, order=order, locked=locked)


def form_values(order: Order, tenant: Tenant) -> dict[str, Any]:
    """The order's form fields as the form's controls hold them: texts, numbers, local times."""
    values: dict[str, Any] = {name: getattr(order, name) for name in (*PLAIN_FIELDS, *REFERENCES)}
    for name in MOMENTS:
        values[name] = _local(values[name], tenant)
    for name in ("cod_amount", "delivery_fee"):
        values[name] = str(values[name])
    for end in ("pickup", "dropoff"):
        # A warehouse end keeps a copy of the warehouse's point: nothing that the form sends back.
        if values[f"{end}_warehouse_id"] is not None:
            values[f"{end}_latitude"] = values[f"{end}_longitude"] = None
    values["staging_warehouse_id"], values["wants_replacement"] = order.staging_warehouse_id, order.wants_replacement
    values["items"] = [_plain_item(item) for item in items_of(order)]
    return values


def _empty_values(order_type: str) -> dict[str, Any]:
    return {
        **dict.fromkeys((*PLAIN_FIELDS, *MOMENTS), ""),
        **dict.fromkeys(REFERENCES),
        **{f"{end}_{part}": None for end in ("pickup", "dropoff") for part in ("latitude", "longitude")},
        "payer": Payer.SENDER.value,
        "payment_method": PaymentMethod.ACCOUNT.value,
        "unit_size": 1,
        "priority": Priority.NORMAL.value,
        "staging_warehouse_id": None,
        "wants_replacement": False,
        "items": [],
    }


def _local(moment: datetime | None, tenant: Tenant) -> str:
    return "" if moment is None else f"{moment.astimezone(tenant.zone_info):%Y-%m-%dT%H:%M}"


def _plain_item(item: dict[str, Any]) -> dict[str, Any]:
    """The item as text fields hold it: `3.400` kilograms as `3.4`, nothing as an empty text."""
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else value or "" for name, value in item.items()
    }


def _service(service: DeliveryService) -> dict[str, Any]:
    return {
        "id": service.pk,
        "name": service.name,
        "level": service.get_level_display(),
        "types": service.order_types,
        "min_units": service.min_units,
        "max_units": service.max_units,
        "price": str(service.default_price),
        "promise_minutes": service.promise_minutes,
        "staging": service.staging_rule if service.requires_staging else "",
    }
