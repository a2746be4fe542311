"""The phones that drivers are signed in on, for the administrator: seen here, and signed out from here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dispatch_console.core.access import system_actor
from dispatch_console.core.admin.base import ReadOnly, TenantScopedAdmin
from dispatch_console.core.admin_entry import actor_of
from drivers import devices
from drivers.models import Device


@admin.register(Device)
class DeviceAdmin(ReadOnly, TenantScopedAdmin):
    """Devices come by signing in, never from here."""

    list_display = ["name", "driver", "app_version", "signed_in_at", "last_used", "synced_at", "is_signed_in"]
    list_filter = [("signed_out_at", admin.EmptyFieldListFilter)]
    list_select_related = ["driver", "key"]
    search_fields = ["name", "driver__name"]
    actions = ["sign_out"]
    fieldsets = [
        (None, {"fields": ["name", "driver", "app_version"]}),
        ("Signed in", {"fields": ["signed_in_at", "last_used", "signed_out_at", "signed_out_by"]}),
        ("Sync", {"fields": ["synced_at", "skew_seconds", "last_sequence"]}),
    ]

    @admin.display(description="Last used")
    def last_used(self, device: Device) -> Any:
        return device.key.last_used_at if device.key is not None else None

    @admin.display(description="Signed in", boolean=True)
    def is_signed_in(self, device: Device) -> bool:
        return device.signed_out_at is None and device.key is not None and device.key.is_active

    @admin.action(description="Sign out", permissions=["view"])
    def sign_out(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        count = 0
        for device in chosen.filter(signed_out_at__isnull=True).select_related("driver"):
            actor = actor_of(request)
            if actor is None or actor.tenant_id != device.tenant_id:  # a superuser in another company
                actor = system_actor(device.tenant_id, label=str(request.user))
            devices.sign_out(device.pk, driver_id=device.driver_id, actor=actor)
            count += 1
        self.message_user(request, f"{count} {'device is' if count == 1 else 'devices are'} signed out.")
