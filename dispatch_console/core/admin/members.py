"""Members of a company and the users behind them; passwords are chosen by the people themselves, by a link."""

from typing import Any

from axes.utils import reset as lift_lock_out
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.tokens import default_token_generator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from dispatch_console.core.admin import rights
from dispatch_console.core.admin.base import OwnChoices, RoleRights, TenantScopedAdmin
from dispatch_console.core.admin.forms import TenantForm
from dispatch_console.core.admin_entry import actor_of
from dispatch_console.core.errors import Forbidden, NotVisible
from dispatch_console.core.models import Membership, User
from dispatch_console.core.permissions import RoleKind

SHARED_USER = "This person works for other companies too, so only they themselves may change their name or password."


def is_shared(request: HttpRequest, user: User) -> bool:
    """Whether the account is more than this company's: then its administrators may not take it over."""
    if request.user.is_superuser:
        return False
    actor = actor_of(request)
    own = actor.tenant_id if actor is not None else None
    return user.is_superuser or user.memberships.exclude(tenant_id=own).exists()  # type: ignore[misc]


def outranks(request: HttpRequest, user: User) -> bool:
    """Whether the account has rights that the person who asks has not."""
    return any(not rights.may_grant(request, membership.permissions) for membership in user.memberships.all())


def sign_in_link_page(request: HttpRequest, user: User, *, back: str) -> HttpResponse:
    """The link by which a person chooses their password: shown to the administrator, who hands it over."""
    if is_shared(request, user):
        raise Forbidden(SHARED_USER)
    if outranks(request, user):
        raise Forbidden(rights.TOO_MUCH)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    address = reverse("password-set", args=[uid, default_token_generator.make_token(user)])
    lift_lock_out(username=user.email)
    context = {
        **admin.site.each_context(request),
        "title": f"Sign-in link for {user}",
        "label": "Link",
        "value": request.build_absolute_uri(address),
        "sentence": f"Hand this link to {user} ({user.email}). There they choose a password that nobody else knows.",
        "hint": "It works once, and for three days. Opening this page again makes a new one; a pause after too many "
        "failed sign-ins is lifted.",
        "back": back,
    }
    return TemplateResponse(request, "admin/hand_over.html", context)


class MemberForm(TenantForm):
    """A new member is named by email address: an account that exists is used, otherwise one is made."""

    role_choices: list[tuple[str, str]] = []
    grantable: frozenset[str] = frozenset()

    email = forms.EmailField(label="Email address", max_length=254, widget=UnfoldAdminEmailInputWidget())
    first_name = forms.CharField(max_length=150, required=False, widget=UnfoldAdminTextInputWidget())
    last_name = forms.CharField(max_length=150, required=False, widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = Membership
        fields = ["tenant", "role", "custom_role", "all_teams", "teams", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            for name in ("email", "first_name", "last_name"):
                self.fields.pop(name, None)
        if "role" in self.fields:
            self.fields["role"].choices = self.role_choices  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        role, custom = values.get("role"), values.get("custom_role")
        if role == RoleKind.CUSTOM and custom is not None and not set(custom.permissions) <= self.grantable:
            self.add_error("custom_role", rights.TOO_MUCH)
        if values.get("all_teams") is False and not values.get("teams"):
            self.add_error("teams", "Choose at least one team, or switch on “All teams”.")
        known = Membership.objects.filter(tenant_id=self.own_tenant_id(), user__email__iexact=values.get("email", ""))  # type: ignore[misc]
        if "email" in values and known.exists():
            self.add_error("email", "This person is a member already.")
        return cleaned

    def user(self) -> User:
        """The account with the given address, made if there is none."""
        email = self.cleaned_data["email"]
        found = User.objects.filter(email__iexact=email).first()
        if found is not None:
            return found
        names = {name: self.cleaned_data[name] for name in ("first_name", "last_name")}
        return User.objects.create_user(email, password=None, **names)


@admin.register(Membership)
class MembershipAdmin(TenantScopedAdmin):
    permission = "members.manage"
    form = MemberForm
    list_display = ["person", "address", "role_name", "scope", "is_active"]
    list_filter = ["is_active", "role", "teams"]
    list_select_related = ["user", "custom_role"]
    search_fields = ["user__email", "user__first_name", "user__last_name"]
    autocomplete_fields = ["teams"]
    readonly_fields = ["person", "address"]
    actions_detail = ["sign_in_link"]
    add_fieldsets = [
        ("Who", {"fields": ["email", "first_name", "last_name"]}),
        ("What they may do", {"fields": ["role", "custom_role", "all_teams", "teams"]}),
    ]
    fieldsets = [
        ("Who", {"fields": ["person", "address", "is_active"]}),
        ("What they may do", {"fields": ["role", "custom_role", "all_teams", "teams"]}),
    ]

    @admin.display(description="Name", ordering="user__last_name")
    def person(self, membership: Membership) -> str:
        return str(membership.user)

    @admin.display(description="Email address", ordering="user__email")
    def address(self, membership: Membership) -> str:
        return membership.user.email

    @admin.display(description="Role", ordering="role")
    def role_name(self, membership: Membership) -> str:
        return membership.role_name

    @admin.display(description="Teams")
    def scope(self, membership: Membership) -> str:
        if membership.all_teams:
            return "All teams"
        return ", ".join(team.name for team in membership.teams.all()) or "None"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("teams")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.role_choices, form.grantable = rights.grantable_roles(request), rights.grantable(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"role": RoleKind.DISPATCHER, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes their own role, or that of somebody with more rights."""
        allowed = super().has_change_permission(request, obj)
        if not allowed or request.user.is_superuser or not isinstance(obj, Membership):
            return allowed
        return obj.user_id != request.user.pk and rights.may_grant(request, obj.permissions)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.has_change_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it asks once for all rows, not for the rank of each
        return actions

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: Any) -> None:
        if not change:
            obj.user = form.user()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        if not obj.user.has_usable_password() and "_popup" not in request.POST:
            return redirect("admin:core_membership_sign_in_link", object_id=obj.pk)
        return super().response_add(request, obj, post_url_continue)

    @action(description="Sign-in link", url_path="sign-in-link", icon="link")
    def sign_in_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        membership = self.get_object(request, object_id)
        if membership is None or not self.has_view_permission(request, membership):
            raise NotVisible("There is no such member.")
        back = reverse("admin:core_membership_change", args=[membership.pk])
        return sign_in_link_page(request, membership.user, back=back)


class MembershipsOfUser(OwnChoices, TabularInline):
    """For superusers, who see all companies of a person."""

    model = Membership
    extra = 0
    fields = ["tenant", "role", "custom_role", "all_teams", "is_active"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(User)
class UserAdmin(RoleRights, ModelAdmin):
    """Accounts. A company's administrator sees those of its members, and changes those that are nobody else's too."""

    permission = "members.manage"
    list_display = ["email", "first_name", "last_name", "last_login", "is_active"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [MembershipsOfUser]
    actions_detail = ["sign_in_link"]
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        actor = actor_of(request)
        own = Membership.objects.filter(tenant_id=actor.tenant_id if actor is not None else None)  # type: ignore[misc]
        return rows.filter(pk__in=own.values("user_id"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [
            (None, {"fields": ["email", "first_name", "last_name"]}),
            ("Use", {"fields": ["last_login", "date_joined"]}),
        ]
        if request.user.is_superuser:
            fieldsets.append(("Installation", {"fields": ["is_active", "is_superuser"]}))
        return fieldsets

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser  # others add members

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # events name them; an account is switched off

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        visible = not isinstance(obj, User) or self.get_queryset(request).filter(pk=obj.pk).exists()
        return self.may(request) and visible

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.has_view_permission(request, obj):
            return False
        return not isinstance(obj, User) or not (is_shared(request, obj) or outranks(request, obj))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        obj.email = obj.email.lower()
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            messages.info(request, f"{obj} has no password yet. Make a sign-in link and hand it over.")

    @action(description="Sign-in link", url_path="sign-in-link", icon="link")
    def sign_in_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.get_object(request, object_id)
        if user is None or not self.has_view_permission(request, user):
            raise NotVisible("There is no such user.")
        return sign_in_link_page(request, user, back=reverse("admin:core_user_change", args=[user.pk]))
