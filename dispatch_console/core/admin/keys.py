"""API keys: made here, shown once, switched off again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from dispatch_console.core import clock
from dispatch_console.core.admin import rights
from dispatch_console.core.admin.base import TenantScopedAdmin
from dispatch_console.core.admin.forms import TenantForm
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import ApiKey, Membership
from dispatch_console.core.permissions import BUILT_IN_ROLES, PERMISSIONS, RoleKind

# The secret travels from the form to the page that shows it through the session, and is gone once shown.
NEW_KEY_IN_SESSION = "new_api_key"


class ApiKeyForm(TenantForm):
    role_choices: list[tuple[str, str]] = []
    grantable: frozenset[str] = frozenset()

    permissions = forms.MultipleChoiceField(
        choices=[(code, text) for code, text in PERMISSIONS.items() if code != "work.own"],
        required=False,
        help_text="For a custom role.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = ApiKey
        fields = ["tenant", "name", "role", "permissions", "membership", "customer", "is_active", "expires_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.fields["role"].choices = self.role_choices  # type: ignore[attr-defined]

    def clean_expires_at(self) -> Any:
        moment = self.cleaned_data["expires_at"]
        if moment is not None and moment <= clock.now() and "expires_at" in self.changed_data:
            raise forms.ValidationError("This moment has passed. Choose a later one, or leave it empty.")
        return moment

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is None and not self.errors:
            self.check_rights()
        return cleaned

    def check_rights(self) -> None:
        role, chosen = self.cleaned_data["role"], self.cleaned_data["permissions"]
        member: Membership | None = self.cleaned_data["membership"]
        if member is not None:
            self.cleaned_data["permissions"] = []
            if member.role == RoleKind.PARTNER:
                self.add_error("membership", "A partner's key needs no member: choose the role “Partner”.")
            elif not member.permissions <= self.grantable:
                self.add_error("membership", rights.TOO_MUCH)
        elif role == RoleKind.CUSTOM:
            if not chosen:
                self.add_error("permissions", "Choose what the key may do.")
            elif not set(chosen) <= self.grantable:
                self.add_error("permissions", rights.TOO_MUCH)
        elif role == RoleKind.DRIVER:
            self.add_error("membership", "Choose the member who is the driver: the key sees that driver's work only.")
        else:
            self.cleaned_data["permissions"] = []
            if not BUILT_IN_ROLES[role] <= self.grantable:
                self.add_error("role", rights.TOO_MUCH)


@admin.register(ApiKey)
class ApiKeyAdmin(TenantScopedAdmin):
    permission = "members.manage"
    form = ApiKeyForm
    list_display = ["name", "prefix", "acts_as", "is_active", "expires_at", "last_used_at"]
    list_filter = ["is_active", "role"]
    list_select_related = ["membership__user", "membership__tenant", "membership__custom_role", "customer"]
    search_fields = ["name", "prefix"]
    autocomplete_fields = ["membership", "customer"]
    actions = ["switch_off"]
    add_fieldsets = [
        (None, {"fields": ["name", "expires_at"]}),
        (
            "What it may do",
            {
                "fields": ["role", "permissions", "customer", "membership"],
                "description": "A key is an integration of its own with a role, or it stands for a member: "
                "then the member's role counts.",
            },
        ),
    ]
    fieldsets = [
        (None, {"fields": ["name", "prefix", "is_active", "expires_at"]}),
        ("What it may do", {"fields": ["acts_as", "rights", "customer"]}),
        ("Use", {"fields": ["created_at", "last_used_at"]}),
    ]

    @admin.display(description="Acts as")
    def acts_as(self, key: ApiKey) -> str:
        if key.membership is not None:
            return f"{key.membership.user}, {key.membership.role_name}"
        return key.get_role_display()

    @admin.display(description="May")
    def rights(self, key: ApiKey) -> str:
        return "; ".join(text for code, text in PERMISSIONS.items() if code in key.effective_permissions)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        keys = super().get_queryset(request).filter(is_device=False)  # those have a page of their own
        return keys.select_related(*self.list_select_related)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.role_choices, form.grantable = rights.grantable_roles(request), rights.grantable(request)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        if obj is None:
            return readonly
        return [*readonly, "prefix", "acts_as", "rights", "customer", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # events name it; a key is switched off

    @admin.action(description="Switch off")
    def switch_off(self, request: HttpRequest, keys: QuerySet) -> None:
        count = keys.filter(is_active=True).update(is_active=False)
        noun = "key is" if count == 1 else "keys are"
        self.message_user(request, f"{count} {noun} switched off.")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: Any) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        issued, secret = ApiKey.issue(
            tenant_id=obj.tenant_id,
            name=obj.name,
            role=obj.role,
            permissions=obj.permissions,
            membership=obj.membership,
            customer=obj.customer,
            expires_at=obj.expires_at,
        )
        obj.pk, obj.prefix, obj.digest = issued.pk, issued.prefix, issued.digest
        request.session[NEW_KEY_IN_SESSION] = [obj.pk, secret]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:core_apikey_secret", object_id=obj.pk)

    def get_urls(self) -> list[Any]:
        secret = path(
            "<int:object_id>/secret/", self.admin_site.admin_view(self.secret_page), name="core_apikey_secret"
        )
        return [secret, *super().get_urls()]

    def secret_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The only time that the secret is seen; a second look finds only the key."""
        key = self.get_object(request, str(object_id))
        if key is None or not self.has_view_permission(request, key):
            raise NotVisible("There is no such API key.")
        made_for, secret = request.session.pop(NEW_KEY_IN_SESSION, (None, ""))
        back = reverse("admin:core_apikey_change", args=[key.pk])
        if made_for != key.pk:
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"API key “{key.name}”",
            "label": "Secret",
            "value": secret,
            "sentence": "Copy the secret now and keep it where only its user can read it. It cannot be shown again.",
            "hint": "Send it with every request in the header “Authorization: Bearer …”.",
            "back": back,
        }
        return TemplateResponse(request, "admin/hand_over.html", context)
