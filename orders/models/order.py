"""The order: one delivery job with two ends, a status, an assignment and a version."""

from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce, Concat, Lower

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Customer, Team, Tenant, Warehouse, Zone
from dispatch_console.core.scoping import TeamScopedQuerySet
from drivers.models import Driver, Vehicle
from orders.models.service import DeliveryService
from orders.states import (
    OPEN,
    AssignmentStatus,
    CarrierType,
    Direction,
    Flow,
    Leg,
    OrderType,
    Payer,
    PaymentMethod,
    PaymentStatus,
    Priority,
    ReturnStatus,
    Status,
)


class OrderQuerySet(TeamScopedQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        rows = super().visible_to(actor)
        if actor.driver_id is not None:
            rows = rows.filter(models.Q(driver_id=actor.driver_id) | models.Q(holder_id=actor.driver_id))
        if actor.customer_id is not None:
            rows = rows.filter(customer_id=actor.customer_id)
        return rows


def _end_is_one_place(end: str) -> models.Q:
    at_address = models.Q(**{f"{end}_warehouse__isnull": True}) & ~models.Q(**{f"{end}_address": ""})
    at_warehouse = models.Q(**{f"{end}_warehouse__isnull": False, f"{end}_address": ""})
    return at_address | at_warehouse


class WithoutSeparators(models.Func):
    """Codes and phone numbers, joined by bars, without the blanks and dashes that everybody writes differently."""

    function = "REGEXP_REPLACE"
    template = "%(function)s(%(expressions)s, '[^a-zA-Z0-9|]+', '', 'g')"
    output_field = models.CharField()


def _latitude() -> models.FloatField:
    return models.FloatField(null=True, validators=[MinValueValidator(-90), MaxValueValidator(90)])


def _longitude() -> models.FloatField:
    return models.FloatField(null=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])


class Order(models.Model):
    """One order. It changes only through `orders.commands`; every change raises `version` by one.

    Each end is an address or a warehouse, never both; a warehouse end keeps a copy of the warehouse's coordinates.
    `driver` mirrors the live assignment. `holder` is the driver who has the package in hands, which outlives an
    unassignment or a cancellation. `held_by` names the group that locks single actions (for example `waybill:WB00012`).
    A staged order (`staging_warehouse` is set) is the parent of two legs and is never carried itself: what is stored of
    its progress follows from its legs. `awaits_staging`: an outbound leg whose inbound leg has not arrived.
    `flow` marks an order that brings a replacement, or one that goes back; that one names its `source_order`.
    `attempt_failed`: the last try at a door failed and nobody has decided yet what comes next.
    `pin_tries` counts wrong delivery PINs since the last one that was right or forgiven.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="orders")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    code = models.CharField(max_length=24)
    barcode = models.CharField(max_length=40)
    type = models.CharField(max_length=16, choices=OrderType.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    assignment_status = models.CharField(max_length=12, choices=AssignmentStatus.choices, default=AssignmentStatus.NONE)
    carrier_type = models.CharField(max_length=10, choices=CarrierType.choices, default=CarrierType.INTERNAL)
    direction = models.CharField(max_length=10, choices=Direction.choices, blank=True)

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="legs")
    leg = models.CharField(max_length=10, choices=Leg.choices, blank=True)
    awaits_staging = models.BooleanField(default=False)
    staging_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    wants_replacement = models.BooleanField(default=False)
    flow = models.CharField(max_length=10, choices=Flow.choices, blank=True)
    source_order = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="return_orders")
    return_status = models.CharField(max_length=10, choices=ReturnStatus.choices, blank=True)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    customer_name = models.CharField(max_length=120)
    customer_phone = models.CharField(max_length=40, blank=True)
    service = models.ForeignKey(DeliveryService, on_delete=models.PROTECT, related_name="orders")

    pickup_address = models.CharField(max_length=300, blank=True)
    pickup_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    pickup_latitude = _latitude()
    pickup_longitude = _longitude()
    pickup_zone = models.ForeignKey(Zone, on_delete=models.SET_NULL, null=True, related_name="+")
    pickup_contact = models.CharField(max_length=120, blank=True)
    pickup_phone = models.CharField(max_length=40, blank=True)
    pickup_notes = models.CharField(max_length=500, blank=True)

    dropoff_address = models.CharField(max_length=300, blank=True)
    dropoff_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    dropoff_latitude = _latitude()
    dropoff_longitude = _longitude()
    dropoff_zone = models.ForeignKey(Zone, on_delete=models.SET_NULL, null=True, related_name="+")
    dropoff_contact = models.CharField(max_length=120, blank=True)
    dropoff_phone = models.CharField(max_length=40, blank=True)
    dropoff_notes = models.CharField(max_length=500, blank=True)

    payer = models.CharField(max_length=10, choices=Payer.choices)
    payment_method = models.CharField(max_length=10, choices=PaymentMethod.choices)
    payment_status = models.CharField(max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.PENDING)
    cod_amount = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    delivery_fee = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    unit_size = models.PositiveIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    instructions = models.CharField(max_length=1000, blank=True)
    notes = models.CharField(max_length=2000, blank=True)
    external_reference = models.CharField(max_length=80, blank=True)
    bulk_group = models.CharField(max_length=60, blank=True)
    scheduled_pickup_at = models.DateTimeField(null=True)
    scheduled_delivery_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="orders")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, related_name="+")
    holder = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="+")
    on_hold = models.BooleanField(default=False)
    hold_reason = models.CharField(max_length=200, blank=True)
    closing_reason = models.CharField(max_length=200, blank=True)
    proof_missing = models.BooleanField(default=False)
    held_by = models.CharField(max_length=40, blank=True)
    attempt_failed = models.BooleanField(default=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    open_exceptions = models.PositiveSmallIntegerField(default=0)
    pin_tries = models.PositiveSmallIntegerField(default=0)
    received_by = models.CharField(max_length=120, blank=True)
    arrived_pickup_at = models.DateTimeField(null=True)
    arrived_dropoff_at = models.DateTimeField(null=True)

    picked_up_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    search_text = models.GeneratedField(
        expression=Lower(
            Concat(
                models.Value(" "),
                "code",
                models.Value(" "),
                "barcode",
                models.Value(" "),
                "external_reference",
                models.Value(" "),
                "customer_name",
                models.Value(" "),
                "customer_phone",
                models.Value(" "),
                "dropoff_contact",
                models.Value(" "),
                "dropoff_phone",
                models.Value(" "),
                "pickup_address",
                models.Value(" "),
                "dropoff_address",
                models.Value(" "),
                WithoutSeparators(
                    Concat(
                        "code",
                        models.Value("|"),
                        "barcode",
                        models.Value("|"),
                        "customer_phone",
                        models.Value("|"),
                        "dropoff_phone",
                    )
                ),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="order_code_once_per_tenant"),
            models.UniqueConstraint(fields=["tenant", "barcode"], name="order_barcode_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "external_reference"],
                condition=~models.Q(external_reference=""),
                name="order_reference_once_per_tenant",
            ),
            models.CheckConstraint(name="order_pickup_is_one_place", condition=_end_is_one_place("pickup")),
            models.CheckConstraint(name="order_dropoff_is_one_place", condition=_end_is_one_place("dropoff")),
            models.CheckConstraint(
                name="order_cod_amount",
                condition=models.Q(payment_method=PaymentMethod.COD, cod_amount__gt=0)
                | (~models.Q(payment_method=PaymentMethod.COD) & models.Q(cod_amount=0)),
            ),
            models.UniqueConstraint(
                fields=["parent", "leg"], condition=models.Q(parent__isnull=False), name="order_leg_once_per_parent"
            ),
            models.CheckConstraint(
                name="order_parent_is_not_carried",
                condition=models.Q(staging_warehouse__isnull=True)
                | models.Q(leg="", parent__isnull=True, driver__isnull=True, holder__isnull=True, held_by=""),
            ),
            models.CheckConstraint(
                name="order_only_outbound_legs_wait",
                condition=models.Q(awaits_staging=False)
                | models.Q(leg=Leg.OUTBOUND, driver__isnull=True, holder__isnull=True, held_by=""),
            ),
            models.CheckConstraint(
                name="order_driver_has_live_assignment",
                condition=models.Q(driver__isnull=True) | ~models.Q(assignment_status=AssignmentStatus.NONE),
            ),
        ]
        indexes = [
            models.Index("tenant", models.F("created_at").desc(), models.F("id").desc(), name="order_newest"),
            models.Index(
                "tenant", "status", models.F("created_at").desc(), models.F("id").desc(), name="order_by_status"
            ),
            models.Index("tenant", models.F("due_at"), models.F("id"), name="order_by_due_time"),
            models.Index("tenant", models.F("updated_at"), models.F("id"), name="order_by_change"),
            models.Index(models.F("tenant"), Coalesce("due_at", "created_at"), name="order_by_day"),
            models.Index(
                "tenant",
                models.F("created_at").desc(),
                models.F("id").desc(),
                condition=models.Q(status__in=OPEN),
                name="order_open_newest",
            ),
            # Counts come from this one alone; open work is a small part of it. Lists leave parents out.
            models.Index(
                fields=["tenant", "status", "type"],
                condition=models.Q(staging_warehouse__isnull=True),
                name="order_by_kind",
            ),
            models.Index(
                fields=["tenant"],
                condition=models.Q(status=Status.CANCELLED, holder__isnull=False),
                name="order_package_with_driver",
            ),
            models.Index(
                fields=["tenant"], condition=models.Q(open_exceptions__gt=0), name="order_with_open_exception"
            ),
            models.Index(fields=["driver", "status"], condition=models.Q(driver__isnull=False), name="order_of_driver"),
            GinIndex(OpClass(models.F("search_text"), name="gin_trgm_ops"), name="order_search"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_parent(self) -> bool:
        """A staged order: its two legs are the work."""
        return self.staging_warehouse_id is not None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN or (self.is_parent and self.status == Status.STAGED)

    @property
    def package_with_driver(self) -> bool:
        """Cancelled after pickup: the package still waits for an outcome."""
        return self.status == Status.CANCELLED and self.holder_id is not None

    @property
    def holder_dropped_it(self) -> bool:
        """Picked up, but its driver was taken off: somebody must carry on."""
        return self.is_open and self.holder_id is not None and self.driver_id is None

    def snapshot(self, names: list[str]) -> dict[str, Any]:
        """The named columns as plain values, for the event row."""
        return {name: getattr(self, self._meta.get_field(name).attname) for name in names}  # type: ignore[union-attr]
