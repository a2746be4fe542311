"""Delivery services, fulfilment policies and reasons; and orders to look at, since only the engine changes them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from dispatch_console.core.admin.base import ReadOnly, TenantScopedAdmin
from dispatch_console.core.errors import NotVisible
from orders.models import (
    Collection,
    DeliveryService,
    FulfilmentPolicy,
    LedgerEntry,
    Order,
    Reason,
    ReturnSettings,
)


@admin.register(DeliveryService)
class DeliveryServiceAdmin(TenantScopedAdmin):
    list_display = ["name", "code", "level", "team", "default_price", "promise_minutes", "is_active"]
    list_filter = ["is_active", "level", "team"]
    list_select_related = ["team"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["team", "policy"]
    fieldsets = [
        (None, {"fields": ["name", "code", "level", "team", "is_active"]}),
        ("Promise and price", {"fields": ["promise_minutes", "default_price"]}),
        ("What it takes", {"fields": ["order_types", "min_units", "max_units"]}),
        ("Who may carry it", {"fields": ["requires_vehicle", "vehicle_kinds", "licence_class"]}),
        ("How it is done", {"fields": ["policy", "requires_staging", "staging_rule"]}),
    ]
    constraint_sentences = {"service_units_range": ("max_units", "The most units must not be fewer than the least.")}


@admin.register(ReturnSettings)
class ReturnSettingsAdmin(TenantScopedAdmin):
    list_display = ["__str__", "is_auto_approved", "service", "destination", "warehouse"]
    without_any = "Until you set it here, requests are approved by hand and packages go back where they came from."
    fields = ["is_auto_approved", "service", "destination", "warehouse"]


@admin.register(FulfilmentPolicy)
class FulfilmentPolicyAdmin(TenantScopedAdmin):
    list_display = ["name", "assignment_mode", "is_active"]
    list_filter = ["is_active", "assignment_mode"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "assignment_mode", "is_active"]}),
        ("Proof at the pickup", {"fields": ["pickup_photo", "pickup_signature", "pickup_barcode"]}),
        (
            "Proof at the delivery",
            {"fields": ["delivery_photo", "delivery_signature", "delivery_barcode", "delivery_pin"]},
        ),
        ("Proof when the receiver collects", {"fields": ["client_pickup_photo", "client_pickup_signature"]}),
    ]


@admin.register(Reason)
class ReasonAdmin(TenantScopedAdmin):
    list_display = ["label", "kind", "position", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["label"]
    fieldsets = [(None, {"fields": ["kind", "label", "position", "is_active"]})]


@admin.register(Collection)
class CollectionAdmin(ReadOnly, TenantScopedAdmin):
    list_display = ["order", "driver", "stage", "amount", "due", "status", "collected_at"]
    list_filter = ["status", "stage", ("collected_at", admin.DateFieldListFilter)]
    list_select_related = ["order", "driver"]
    search_fields = ["order__code", "driver__name", "customer__name"]
    fieldsets = [
        (None, {"fields": ["order", "driver", "customer", "stage", "status"]}),
        ("Money", {"fields": ["amount", "goods", "fee", "due", "difference_reason"]}),
        ("When", {"fields": ["collected_by", "collected_at", "remitted_at", "settled_at", "voided_at"]}),
        ("Papers", {"fields": ["reference", "notes"]}),
    ]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, TenantScopedAdmin):
    list_display = ["driver", "account", "kind", "amount", "actor_label", "created_at"]
    list_filter = ["account", "kind", ("created_at", admin.DateFieldListFilter)]
    list_select_related = ["driver"]
    search_fields = ["driver__name", "cause"]
    fieldsets = [
        (
            None,
            {
                "fields": ["driver", "account", "kind", "amount", "collection", "cause", "actor_label", "note"],
                "description": "The ledger only grows: the database refuses to change or delete an entry.",
            },
        ),
        ("When", {"fields": ["created_at"]}),
    ]


@admin.register(Order)
class OrderAdmin(ReadOnly, TenantScopedAdmin):
    list_display = ["code", "type", "status", "customer_name", "driver", "created_at", "due_at"]
    list_filter = ["status", "type", ("created_at", admin.DateFieldListFilter)]
    list_select_related = ["driver"]
    search_fields = ["search_text"]
    search_help_text = "Code, barcode, customer, phone or address"
    paginator = InfinitePaginator
    actions_detail = ["open_in_console"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first = ["code", "barcode", "type", "status", "team"]
        left_out = {"id", "tenant", "search_text", *first}
        names = first + [field.name for field in Order._meta.fields if field.name not in left_out]
        ends = {end: [name for name in names if name.startswith(f"{end}_")] for end in ("pickup", "dropoff")}
        rest = [name for name in names if name not in ends["pickup"] and name not in ends["dropoff"]]
        return [
            (None, {"fields": rest, "description": "Orders change in the console and over the API, never here."}),
            ("Pickup", {"fields": ends["pickup"]}),
            ("Dropoff", {"fields": ends["dropoff"]}),
        ]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Every word, through the search index; Django's own way would compare capitals and pass it by."""
        for word in search_term.lower().split():
            queryset = queryset.filter(search_text__contains=word)
        return queryset, False

    @action(description="Open in the console", url_path="open", icon="open_in_new")
    def open_in_console(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            raise NotVisible("There is no such order.")
        return redirect("console:order", code=order.code)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}
