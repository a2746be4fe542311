"""Warehouses and zones: where work starts, ends and is scoped."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from dispatch_console.core import geo
from dispatch_console.core.models.tenancy import Tenant
from dispatch_console.core.scoping import VisibleQuerySet


class Warehouse(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="warehouses")
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=20)
    address = models.CharField(max_length=300)
    latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    phone = models.CharField(max_length=40, blank=True)
    is_default_staging = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="warehouse_code_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(is_default_staging=True), name="one_default_staging_warehouse"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ZoneShape(models.TextChoices):
    POLYGON = "polygon", "Polygon"
    CIRCLE = "circle", "Circle"
    RECTANGLE = "rectangle", "Rectangle"


class PopulationDensity(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class Zone(models.Model):
    """An area on the map. `geometry` is GeoJSON (Polygon or MultiPolygon, WGS 84, longitude first).

    A circle keeps its centre and radius beside the polygon that stands for it; `core.places` builds and checks both.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="zones")
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20)
    colour = models.CharField(
        max_length=7, default="#2456e6", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Use a colour like #2456e6.")]
    )
    shape = models.CharField(max_length=10, choices=ZoneShape.choices, default=ZoneShape.POLYGON)
    geometry = models.JSONField()
    centre_latitude = models.FloatField(null=True, blank=True)
    centre_longitude = models.FloatField(null=True, blank=True)
    radius_metres = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    allows_inbound = models.BooleanField(default=True, help_text="Deliveries may end here.")
    allows_outbound = models.BooleanField(default=True, help_text="Deliveries may start here.")
    hub_warehouse = models.ForeignKey(
        Warehouse, on_delete=models.SET_NULL, null=True, blank=True, related_name="hub_of_zones"
    )
    density = models.CharField(max_length=6, choices=PopulationDensity.choices, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="zone_code_once_per_tenant")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Check the outline, and draw the one of a circle; the error names the place of the fault."""
        try:
            self.geometry = self.checked_outline()
        except geo.ShapeFault as fault:
            raise ValidationError({"geometry": fault.message}) from None
        if self.shape != ZoneShape.CIRCLE:
            self.centre_latitude = self.centre_longitude = self.radius_metres = None

    def checked_outline(self) -> dict[str, Any]:
        if self.shape == ZoneShape.CIRCLE:
            if self.centre_latitude is None or self.centre_longitude is None or self.radius_metres is None:
                raise geo.ShapeFault("A circle needs its centre and its radius.")
            return geo.circle(self.centre_latitude, self.centre_longitude, self.radius_metres)
        outline = geo.check_outline(self.geometry)
        if self.shape == ZoneShape.RECTANGLE and not geo.is_rectangle(outline):
            raise geo.ShapeFault("This is not a rectangle. Draw one, or choose the shape “Polygon”.")
        if geo.looks_swapped(outline, near=(self.tenant.map_longitude, self.tenant.map_latitude)):
            raise geo.ShapeFault(
                f"The outline lies far from {self.tenant}. It seems that latitude and longitude are swapped: "
                "GeoJSON wants longitude first."
            )
        return outline
