"""Customers with their address book."""

from django.contrib import admin

from dispatch_console.core.admin.base import TenantScopedAdmin, TenantScopedInline
from dispatch_console.core.models import Customer, CustomerAddress


class AddressBook(TenantScopedInline):
    model = CustomerAddress
    fields = [("label", "text"), ("latitude", "longitude"), ("contact_name", "contact_phone"), "notes"]
    verbose_name_plural = "Address book"


@admin.register(Customer)
class CustomerAdmin(TenantScopedAdmin):
    list_display = ["name", "phone", "email", "team", "external_reference", "is_active"]
    list_filter = ["is_active", "team"]
    list_select_related = ["team"]
    search_fields = ["name", "phone", "email", "external_reference"]
    inlines = [AddressBook]
    fieldsets = [
        (None, {"fields": ["name", "phone", "email", "is_active"]}),
        ("Belongs to", {"fields": ["team", "external_reference"]}),
    ]
    constraint_sentences = {
        "customer_reference_once_per_tenant": ("external_reference", "Another customer has this reference already.")
    }
