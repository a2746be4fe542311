"""Delivery services and fulfilment policies: what is promised and how it must be done."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models

from dispatch_console.core.models import Team, Tenant
from dispatch_console.core.scoping import TeamScopedQuerySet, VisibleQuerySet
from drivers.models import LicenceClass, VehicleKind
from orders.states import OrderType, ProofKind, Stage

PICTURE_KINDS = (ProofKind.PHOTO, ProofKind.SIGNATURE)


class AssignmentMode(models.TextChoices):
    MANUAL = "manual", "Manual"
    AUTOMATIC = "automatic", "Automatic"
    HYBRID = "hybrid", "Both"
    OFFERS = "offers", "Offers to drivers nearby"


class FulfilmentPolicy(models.Model):
    """How work is assigned, and which proof each stage needs."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="fulfilment_policies")
    name = models.CharField(max_length=80)
    assignment_mode = models.CharField(
        max_length=10,
        choices=AssignmentMode.choices,
        blank=True,
        default="",
        help_text="Empty: as the company's dispatch settings say.",
    )
    pickup_photo = models.BooleanField(default=False)
    pickup_signature = models.BooleanField(default=False)
    delivery_photo = models.BooleanField(default=False)
    delivery_signature = models.BooleanField(default=False)
    pickup_barcode = models.BooleanField("pickup barcode scan", default=False)
    delivery_barcode = models.BooleanField("delivery barcode scan", default=False)
    delivery_pin = models.BooleanField("delivery PIN", default=False)
    client_pickup_photo = models.BooleanField(default=False)
    client_pickup_signature = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "fulfilment policies"
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="policy_name_once_per_tenant")]

    def __str__(self) -> str:
        return self.name

    def needed(self, stage: str) -> tuple[ProofKind, ...]:
        """The kinds of proof the stage asks for."""
        names = [*PICTURE_KINDS, ProofKind.BARCODE, *([ProofKind.PIN] if stage == Stage.DELIVERY else [])]
        return tuple(kind for kind in names if getattr(self, f"{stage}_{kind}"))


class ServiceLevel(models.TextChoices):
    ECONOMY = "economy", "Economy"
    STANDARD = "standard", "Standard"
    EXPRESS = "express", "Express"
    SAME_DAY = "same_day", "Same day"
    NEXT_DAY = "next_day", "Next day"
    SCHEDULED = "scheduled", "Scheduled"


class StagingRule(models.TextChoices):
    """Which warehouse an order passes through when nobody chose one."""

    CHOSEN = "chosen", "Whoever creates the order chooses"
    DEFAULT = "default", "The default staging warehouse"
    NEAREST = "nearest", "The one nearest to the pickup"


class DeliveryService(models.Model):
    """What a customer buys. `promise_minutes` sets the due time of orders that are not scheduled.

    Empty `order_types` or `vehicle_kinds` mean any.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="services")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, help_text="Empty: all teams.")
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20)
    level = models.CharField(max_length=10, choices=ServiceLevel.choices, default=ServiceLevel.STANDARD)
    order_types = ArrayField(models.CharField(max_length=16, choices=OrderType.choices), default=list, blank=True)
    min_units = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    max_units = models.PositiveIntegerField(default=100, validators=[MinValueValidator(1)])
    default_price = models.DecimalField(max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)])
    promise_minutes = models.PositiveIntegerField(null=True, blank=True)
    requires_vehicle = models.BooleanField(default=False)
    vehicle_kinds = ArrayField(models.CharField(max_length=12, choices=VehicleKind.choices), default=list, blank=True)
    licence_class = models.CharField(max_length=12, choices=LicenceClass.choices, default=LicenceClass.STANDARD)
    requires_staging = models.BooleanField(default=False)
    staging_rule = models.CharField(
        "staging warehouse", max_length=8, choices=StagingRule.choices, default=StagingRule.CHOSEN
    )
    policy = models.ForeignKey(FulfilmentPolicy, on_delete=models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(default=True)

    objects = TeamScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="service_code_once_per_tenant"),
            models.CheckConstraint(
                name="service_units_range", condition=models.Q(max_units__gte=models.F("min_units"))
            ),
        ]

    def __str__(self) -> str:
        return self.name
