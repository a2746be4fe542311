"""How a company dispatches: its mode, its weights and its automatic plans."""

from django.contrib import admin

from dispatch_console.core.admin.base import TenantScopedAdmin
from routes.models import DispatchSettings

WEIGHTS = [field.name for field in DispatchSettings._meta.fields if field.name.startswith("weight_")]


@admin.register(DispatchSettings)
class DispatchSettingsAdmin(TenantScopedAdmin):
    list_display = ["__str__", "assignment_mode", "speed"]
    without_any = "Orders are assigned by hand, with the usual times and weights, until you set your own."
    fieldsets = [
        (None, {"fields": ["assignment_mode", "head_start"]}),
        ("Times", {"fields": ["speed", "detour", "pace", "pickup_minutes", "dropoff_minutes"]}),
        ("What counts how many minutes in the ranking of drivers", {"fields": WEIGHTS}),
        (
            "Offers to drivers nearby",
            {"fields": ["wave_radius", "wave_growth", "wave_size", "wave_seconds", "most_waves"]},
        ),
        ("Automatic dispatch", {"fields": ["replan_gain", "send_ahead", "most_in_bundle"]}),
    ]
