"""Vehicles: what a driver carries with, and how much."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet


class VehicleKind(models.TextChoices):
    BIKE = "bike", "Bike"
    CARGO_BIKE = "cargo_bike", "Cargo bike"
    SCOOTER = "scooter", "Scooter"
    CAR = "car", "Car"
    VAN = "van", "Van"
    TRUCK = "truck", "Truck"


class LicenceClass(models.TextChoices):
    STANDARD = "standard", "Standard"
    COMMERCIAL = "commercial", "Commercial"
    SPECIAL = "special", "Special"


LICENCE_RANK = {LicenceClass.STANDARD: 0, LicenceClass.COMMERCIAL: 1, LicenceClass.SPECIAL: 2}


class Vehicle(models.Model):
    """A vehicle of the tenant. `capacity_units` is the sum of order unit sizes it holds at once."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="vehicles")
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=VehicleKind.choices)
    capacity_units = models.PositiveIntegerField(default=10)
    licence_class = models.CharField(max_length=12, choices=LicenceClass.choices, default=LicenceClass.STANDARD)
    fuel = models.CharField(max_length=40, blank=True)
    features = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="vehicle_code_once_per_tenant")]

    def __str__(self) -> str:
        return self.name
