"""Drivers and vehicles. Whether a driver is online is no setting: it changes through the driver app and the console."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from dispatch_console.core.access import system_actor
from dispatch_console.core.actor import Actor
from dispatch_console.core.admin.base import TenantScopedAdmin
from dispatch_console.core.admin.forms import TenantForm
from dispatch_console.core.admin_entry import actor_of
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import Membership
from drivers import commands, trackers
from drivers.device_admin import DeviceAdmin  # noqa: F401 (registers its page)
from drivers.models import Driver, DriverStatus, Tracker, Vehicle

# The identifier travels from the form to the page that shows it through the session, and is gone once shown.
NEW_TRACKER_IN_SESSION = "new_tracker"


@admin.register(Vehicle)
class VehicleAdmin(TenantScopedAdmin):
    list_display = ["name", "code", "kind", "capacity_units", "licence_class", "is_active"]
    list_filter = ["is_active", "kind", "licence_class"]
    search_fields = ["name", "code"]
    fieldsets = [
        (None, {"fields": ["name", "code", "kind", "is_active"]}),
        ("What it carries", {"fields": ["capacity_units", "licence_class", "fuel", "features"]}),
    ]


class DriverForm(TenantForm):
    class Meta:
        model = Driver
        fields = "__all__"

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        primary, vehicles = values.get("primary_vehicle"), values.get("vehicles") or []
        if primary is not None and primary not in vehicles:
            self.add_error("primary_vehicle", f"Choose {primary} among the driver's vehicles too, or another one here.")
        self.check_zones(values)
        if values.get("all_teams") is False and not values.get("teams"):
            self.add_error("teams", "Choose at least one team, or switch on “All teams”.")
        if (user := values.get("user")) is not None and not self.is_driver(user.pk):
            self.add_error("user", "This person is no driver here. Make them a member with the role “Driver” first.")
        return cleaned

    def check_zones(self, values: dict[str, Any]) -> None:
        allowed, preferred = values.get("allowed_zones") or [], values.get("preferred_zones") or []
        if values.get("all_zones"):
            return
        if not allowed:
            self.add_error("allowed_zones", "Choose at least one zone, or switch on “All zones”.")
        elif outside := [zone.name for zone in preferred if zone not in allowed]:
            verb = "is" if len(outside) == 1 else "are"
            self.add_error("preferred_zones", f"{', '.join(outside)} {verb} not among the allowed zones.")

    def is_driver(self, user_id: int) -> bool:
        members = Membership.objects.filter(tenant_id=self.own_tenant_id(), user_id=user_id)  # type: ignore[misc]
        return any("work.own" in member.permissions for member in members.select_related("custom_role"))


@admin.register(Driver)
class DriverAdmin(TenantScopedAdmin):
    form = DriverForm
    list_display = ["name", "phone", "status", "is_online", "primary_vehicle", "licence_class"]
    list_filter = ["status", "is_online", "teams", "licence_class"]
    list_select_related = ["primary_vehicle"]
    search_fields = ["name", "phone"]
    readonly_fields = ["is_online"]
    autocomplete_fields = ["vehicles", "primary_vehicle", "allowed_zones", "preferred_zones", "teams"]
    fieldsets = [
        (None, {"fields": ["name", "phone", "user", "status", "is_online"]}),
        ("Vehicles", {"fields": ["vehicles", "primary_vehicle", "licence_number", "licence_class"]}),
        ("Where they work", {"fields": ["all_zones", "allowed_zones", "preferred_zones"]}),
        ("Teams", {"fields": ["all_teams", "teams"]}),
    ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "user" and field is not None:
            field.label_from_instance = lambda user: f"{user} ({user.email})"
            field.help_text = "The account with which the driver signs in to the driver app."
        return field

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changed = [name for name in form.changed_data if name != "tenant"]
        if changed or not change:
            tell_the_consoles(form.instance, by=who(request, form.instance), changed=changed)

    def delete_model(self, request: HttpRequest, obj: Driver) -> None:
        commands.record_edit(obj.pk, actor=who(request, obj), changed=["deleted"])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for driver in queryset:
            self.delete_model(request, driver)


def who(request: HttpRequest, driver: Driver) -> Actor:
    """The person as an actor; a superuser may work in a company where they are no member."""
    actor = actor_of(request)
    if actor is not None and actor.tenant_id == driver.tenant_id:
        return actor
    return system_actor(driver.tenant_id, label=str(request.user))


def tell_the_consoles(driver: Driver, *, by: Actor, changed: list[str]) -> None:
    commands.record_edit(driver.pk, actor=by, changed=changed)
    if driver.is_online and driver.status != DriverStatus.ACTIVE:
        # A suspended driver must not stay on offer; what they carry stays theirs until a dispatcher moves it.
        commands.set_online(driver.pk, online=False, actor=by, objection=lambda _: "")


class TrackerForm(TenantForm):
    class Meta:
        model = Tracker
        fields = ["tenant", "driver"]

    def _get_validation_exclusions(self) -> set[str]:
        # That the driver has an identifier already is no mistake here: the new one replaces it.
        return super()._get_validation_exclusions() | {"driver"}


@admin.register(Tracker)
class TrackerAdmin(TenantScopedAdmin):
    """Phone trackers: issue an identifier, replace it by issuing another, end it by deleting it."""

    form = TrackerForm
    list_display = ["driver", "begins_with", "issued_at", "last_used_at"]
    list_select_related = ["driver"]
    search_fields = ["driver__name", "prefix"]
    autocomplete_fields = ["driver"]
    add_fieldsets = [
        (
            None,
            {
                "fields": ["driver"],
                "description": "For a phone that reports positions by an app such as Traccar Client. A driver who has "
                "an identifier already gets a new one, and the old one ends.",
            },
        )
    ]
    fieldsets = [(None, {"fields": ["driver", "begins_with", "issued_at", "last_used_at"]})]

    @admin.display(description="Identifier")
    def begins_with(self, tracker: Tracker) -> str:
        return f"{tracker.prefix}…"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        return readonly if obj is None else [*readonly, "driver", "begins_with", "issued_at", "last_used_at"]

    def save_model(self, request: HttpRequest, obj: Tracker, form: Any, change: Any) -> None:
        obj.pk = obj.driver_id
        identifier = trackers.issue(obj.driver_id, actor=who(request, obj.driver))
        request.session[NEW_TRACKER_IN_SESSION] = [obj.driver_id, identifier]

    def delete_model(self, request: HttpRequest, obj: Tracker) -> None:
        trackers.revoke(obj.driver_id, actor=who(request, obj.driver))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for tracker in queryset.select_related("driver"):
            self.delete_model(request, tracker)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:drivers_tracker_identifier", object_id=obj.driver_id)

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.identifier_page)
        return [path("<int:object_id>/identifier/", page, name="drivers_tracker_identifier"), *super().get_urls()]

    def identifier_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The only time that the identifier is seen, with what to type into the phone."""
        tracker = self.get_object(request, str(object_id))
        if tracker is None or not self.has_view_permission(request, tracker):
            raise NotVisible("There is no such tracker.")
        made_for, identifier = request.session.pop(NEW_TRACKER_IN_SESSION, (None, ""))
        back = reverse("admin:drivers_tracker_changelist")
        if made_for != tracker.pk:
            return redirect(back)
        server = request.build_absolute_uri(reverse("driver-osmand")).rstrip("/") + "/"
        context = {
            **self.admin_site.each_context(request),
            "title": f"Tracker of {tracker.driver}",
            "label": "Device identifier",
            "value": identifier,
            "sentence": "Type this as the device identifier into the tracker app on the driver's phone now. "
            "It cannot be shown again.",
            "hint": f"The server address (URL) in the app is {server}",
            "back": back,
        }
        return TemplateResponse(request, "admin/hand_over.html", context)
