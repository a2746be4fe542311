"""Waybills: a sealed batch on its way from exactly one place to exactly one other, in one custody after another."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from dispatch_console.core.models import Warehouse
from drivers.models import Driver, Vehicle
from orders.models import Order
from orders.states import CarrierType, GroupKind
from routes.models.group import Group, GroupQuerySet

# A hybrid order has carriers by leg; a batch has one.
CARRIERS = (CarrierType.INTERNAL, CarrierType.PRIME, CarrierType.EXTERNAL)
ENDS = ("origin", "destination")


class WaybillStatus(models.TextChoices):
    DRAFTED = "drafted", "Drafted"
    SEALED = "sealed", "Sealed"
    PICKED_UP = "picked_up", "Picked up"
    IN_TRANSIT = "in_transit", "In transit"
    RECEIVED = "received", "Received"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class WaybillOutcome(models.TextChoices):
    """What became of an order on the waybill; empty while the waybill carries it."""

    RECEIVED = "received", "Received"
    STAGED = "staged", "Staged"
    DELIVERED = "delivered", "Delivered"
    RETURNED = "returned", "Returned"
    RELEASED = "released", "Released"


OVER = (WaybillStatus.CLOSED, WaybillStatus.CANCELLED)
ON_THE_WAY = (WaybillStatus.PICKED_UP, WaybillStatus.IN_TRANSIT)
# When each status was reached. `dispatched_at` is the way to say in transit, for any carrier.
MOMENTS: dict[str, str] = {
    WaybillStatus.SEALED: "sealed_at",
    WaybillStatus.PICKED_UP: "picked_up_at",
    WaybillStatus.IN_TRANSIT: "dispatched_at",
    WaybillStatus.RECEIVED: "received_at",
    WaybillStatus.CLOSED: "closed_at",
    WaybillStatus.CANCELLED: "cancelled_at",
}


def _end_is_one_place(end: str) -> Q:
    at_address = Q(**{f"{end}_warehouse__isnull": True}) & ~Q(**{f"{end}_address": ""})
    return at_address | Q(**{f"{end}_warehouse__isnull": False, f"{end}_address": ""})


class Waybill(Group):
    """One batch. Each end is a warehouse or an address, never both; a warehouse end copies its coordinates.

    `driver` of a draft is only intended: sealing gives the orders to that driver. `carrier_reference` is what a prime
    or external carrier calls the batch. `handed_over_by` is who gave it away at the origin; `received_by` and
    `proof_note` say who took it over, and how. `proofs` are the pictures of both.
    """

    KIND: ClassVar[GroupKind] = GroupKind.WAYBILL

    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=WaybillStatus.choices, default=WaybillStatus.DRAFTED)
    origin_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    origin_address = models.CharField(max_length=300, blank=True)
    origin_latitude = models.FloatField(null=True)
    origin_longitude = models.FloatField(null=True)
    destination_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    destination_address = models.CharField(max_length=300, blank=True)
    destination_latitude = models.FloatField(null=True)
    destination_longitude = models.FloatField(null=True)
    carrier_type = models.CharField(
        max_length=10, choices=[(carrier.value, carrier.label) for carrier in CARRIERS], default=CarrierType.INTERNAL
    )
    carrier_reference = models.CharField(max_length=80, blank=True)
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="waybills")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, related_name="+")
    handed_over_by = models.CharField(max_length=120, blank=True)
    received_by = models.CharField(max_length=120, blank=True)
    proof_note = models.CharField(max_length=500, blank=True)
    closing_reason = models.CharField(max_length=200, blank=True)
    assigned_at = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(null=True)
    picked_up_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "label"], name="waybill_label_once_per_tenant"),
            *(
                models.CheckConstraint(name=f"waybill_{end}_is_one_place", condition=_end_is_one_place(end))
                for end in ENDS
            ),
            models.CheckConstraint(
                name="waybill_driver_of_own_fleet",
                condition=Q(carrier_type=CarrierType.INTERNAL, carrier_reference="")
                | (~Q(carrier_type=CarrierType.INTERNAL) & Q(driver__isnull=True, vehicle__isnull=True)),
            ),
        ]
        indexes = [
            models.Index("tenant", F("created_at").desc(), F("id").desc(), name="waybill_newest"),
            models.Index("tenant", "status", F("created_at").desc(), F("id").desc(), name="waybill_by_status"),
            models.Index(fields=["driver", "status"], name="waybill_of_driver"),
        ]

    @property
    def is_internal(self) -> bool:
        return self.carrier_type == CarrierType.INTERNAL

    @property
    def assignment_status(self) -> str:
        """`intended` (the driver of a draft), `assigned`, `unassigned`, or `carrier` for another's fleet."""
        if not self.is_internal:
            return "carrier"
        if self.driver_id is None:
            return "unassigned"
        return "intended" if self.status == WaybillStatus.DRAFTED else "assigned"

    def place(self, end: str) -> str:
        """The end in one line: the warehouse's name or the address."""
        warehouse: Warehouse | None = getattr(self, f"{end}_warehouse")
        return warehouse.name if warehouse is not None else str(getattr(self, f"{end}_address"))

    def point(self, end: str) -> tuple[Any, Any]:
        return getattr(self, f"{end}_latitude"), getattr(self, f"{end}_longitude")

    def member_codes(self) -> list[str]:
        return list(self.items.filter(outcome="").order_by("order_id").values_list("order__code", flat=True))


class WaybillItem(models.Model):
    """An order on a waybill. The row stays as history once it was sealed; an order carried by two is impossible."""

    waybill = models.ForeignKey(Waybill, on_delete=models.CASCADE, related_name="items")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="waybill_items")
    added_by = models.CharField(max_length=160)
    added_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=WaybillOutcome.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["waybill", "id"]
        constraints = [
            models.UniqueConstraint(fields=["waybill", "order"], name="order_once_per_waybill"),
            models.UniqueConstraint(fields=["order"], condition=Q(outcome=""), name="order_on_one_waybill_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} on {self.waybill_id}"
