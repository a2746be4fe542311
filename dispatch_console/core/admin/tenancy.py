"""Companies (for the installation's superusers), their teams and their own roles."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from dispatch_console.core.admin import rights
from dispatch_console.core.admin.base import TenantScopedAdmin
from dispatch_console.core.admin.forms import TenantForm
from dispatch_console.core.admin.widgets import PointMap
from dispatch_console.core.models import CustomRole, Holiday, Team, Tenant
from dispatch_console.core.models.calendar import WEEKDAYS
from dispatch_console.core.permissions import PERMISSIONS

# Rights come from memberships; Django's groups would be a second, ineffective place to look for them.
admin.site.unregister(Group)


class CompanyForm(forms.ModelForm):
    working_weekdays = forms.TypedMultipleChoiceField(
        choices=list(enumerate(WEEKDAYS, start=1)), coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    class Meta:
        model = Tenant
        fields = [
            *("name", "slug", "is_active", "timezone", "currency", "order_prefix", "drivers_accept"),
            *("offer_seconds", "drivers_self_assign", "drivers_self_unassign"),
            "working_weekdays",
            *("undo_window_minutes", "late_risk_minutes", "stale_position_minutes"),
            *("map_latitude", "map_longitude", "map_zoom"),
        ]
        widgets = {"map_latitude": PointMap(latitude="map_latitude", longitude="map_longitude")}


@admin.register(Tenant)
class CompanyAdmin(ModelAdmin):
    """Companies are never deleted: their events must stay. They are switched off."""

    form = CompanyForm
    list_display = ["name", "slug", "timezone", "currency", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    compressed_fields = True
    warn_unsaved_form = True
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_active"]}),
        ("Where and how it counts", {"fields": ["timezone", "currency", "order_prefix", "working_weekdays"]}),
        ("Rules", {"fields": ["undo_window_minutes", "late_risk_minutes", "stale_position_minutes"]}),
        (
            "What drivers may",
            {"fields": ["drivers_accept", "offer_seconds", "drivers_self_assign", "drivers_self_unassign"]},
        ),
        ("First view of the map", {"fields": ["map_latitude", "map_longitude", "map_zoom"]}),
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Team)
class TeamAdmin(TenantScopedAdmin):
    permission = "members.manage"
    list_display = ["name"]
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name"]})]


@admin.register(Holiday)
class HolidayAdmin(TenantScopedAdmin):
    """Days off: orders that are rescheduled skip them."""

    permission = "setup.manage"
    list_display = ["day", "name"]
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["day", "name"]})]


class CustomRoleForm(TenantForm):
    grantable: frozenset[str] = frozenset()

    permissions = forms.MultipleChoiceField(
        choices=list(PERMISSIONS.items()), widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    class Meta:
        model = CustomRole
        fields = ["tenant", "name", "permissions"]

    def clean_permissions(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["permissions"]
        if rights.mixes_own_work(chosen):
            raise forms.ValidationError(rights.OWN_WORK_ALONE)
        if not set(chosen) <= self.grantable:
            raise forms.ValidationError(rights.TOO_MUCH)
        return chosen


@admin.register(CustomRole)
class CustomRoleAdmin(TenantScopedAdmin):
    permission = "members.manage"
    form = CustomRoleForm
    list_display = ["name", "rights"]
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name", "permissions"]})]

    @admin.display(description="May")
    def rights(self, role: CustomRole) -> str:
        return "; ".join(PERMISSIONS[code] for code in role.permissions if code in PERMISSIONS) or "nothing"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.grantable = rights.grantable(request)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        held = isinstance(obj, CustomRole) and not rights.may_grant(request, set(obj.permissions) & set(PERMISSIONS))
        return super().has_change_permission(request, obj) and not held

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.has_change_permission(request, obj)
