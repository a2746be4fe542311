"""Warehouses, set on a map, and zones, drawn on it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from dispatch_console.core.admin.base import TenantScopedAdmin
from dispatch_console.core.admin.fields import OutlineField
from dispatch_console.core.admin.forms import TenantForm
from dispatch_console.core.admin.widgets import PointMap, ZoneMap
from dispatch_console.core.models import Tenant, Warehouse, Zone

SHOWN_NEIGHBOURS = 300


class WarehouseForm(TenantForm):
    class Meta:
        model = Warehouse
        fields = "__all__"
        widgets = {"latitude": PointMap(latitude="latitude", longitude="longitude")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(widget := self.fields["latitude"].widget, PointMap) and self.tenant_id:
            widget.start_at(Tenant.objects.get(pk=self.tenant_id))


@admin.register(Warehouse)
class WarehouseAdmin(TenantScopedAdmin):
    form = WarehouseForm
    list_display = ["name", "code", "address", "is_default_staging", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "code", "address"]
    fieldsets = [
        (None, {"fields": ["name", "code", "phone", "is_default_staging", "is_active"]}),
        ("Place", {"fields": ["address", "latitude", "longitude"]}),
    ]
    constraint_sentences = {
        "one_default_staging_warehouse": (
            "is_default_staging",
            "Another warehouse is the default staging point already. Switch it off there first.",
        )
    }


class ZoneForm(TenantForm):
    geometry = OutlineField(label="Outline", required=False, widget=ZoneMap())

    class Meta:
        model = Zone
        fields = "__all__"
        widgets = {
            "centre_latitude": forms.HiddenInput(),
            "centre_longitude": forms.HiddenInput(),
            "radius_metres": forms.HiddenInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["geometry"].widget
        if isinstance(widget, ZoneMap) and self.tenant_id:
            tenant = Tenant.objects.get(pk=self.tenant_id)
            neighbours = Zone.objects.filter(tenant=tenant, is_active=True).exclude(pk=self.instance.pk)
            rows = neighbours.values("code", "name", "colour", "geometry")[:SHOWN_NEIGHBOURS]
            widget.start_at(tenant, neighbours=list(rows))  # type: ignore[arg-type]

    def _get_validation_exclusions(self) -> set[str]:
        # Only the zone itself knows whether it needs a drawn outline: a circle makes its own.
        return super()._get_validation_exclusions() | {"geometry"}

    def _update_errors(self, errors: ValidationError) -> None:
        if "geometry" in self.errors and hasattr(errors, "error_dict"):
            errors.error_dict.pop("geometry", None)  # it could not even be read: one reason is enough
        super()._update_errors(errors)


@admin.register(Zone)
class ZoneAdmin(TenantScopedAdmin):
    form = ZoneForm
    list_display = ["name", "code", "shape", "is_active", "allows_inbound", "allows_outbound", "hub_warehouse"]
    list_filter = ["is_active", "shape", "density"]
    list_select_related = ["hub_warehouse"]
    search_fields = ["name", "code"]
    fieldsets = [
        (None, {"fields": ["name", "code", "colour"]}),
        ("Area", {"fields": ["shape", "geometry", "centre_latitude", "centre_longitude", "radius_metres"]}),
        ("Use", {"fields": ["is_active", "allows_inbound", "allows_outbound", "hub_warehouse", "density"]}),
    ]
