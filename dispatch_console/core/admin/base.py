"""The base of every admin page: rights by role, rows of the own company only, in lists and in every choice."""

from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Field, ForeignKey, ManyToManyField, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminColorInputWidget

from dispatch_console.core.admin.forms import TenantForm
from dispatch_console.core.admin_entry import actor_of
from dispatch_console.core.models import User


def has_tenant(model: type[Model]) -> bool:
    try:
        model._meta.get_field("tenant")
    except FieldDoesNotExist:
        return False
    return True


class RoleRights:
    """Whoever has `permission` in the current company may do everything here; superusers may in every company."""

    permission = "setup.manage"

    def may(self, request: HttpRequest) -> bool:
        actor = actor_of(request)
        return request.user.is_superuser or (actor is not None and actor.may(self.permission))

    def owns(self, request: HttpRequest, obj: Any) -> bool:
        actor = actor_of(request)
        if request.user.is_superuser or not isinstance(obj, Model) or not has_tenant(type(obj)):
            return True
        return actor is not None and obj.tenant_id == actor.tenant_id  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request) and self.owns(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request) and self.owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request) and self.owns(request, obj)


class OwnChoices:
    """Fields that offer rows of one company: the one of the row at hand, else the current one."""

    def tenant_in_question(self, request: HttpRequest) -> int | None:
        """Set by `get_form` of the page, which knows the row."""
        if hasattr(request, "admin_tenant_id"):
            return request.admin_tenant_id
        actor = actor_of(request)
        return None if request.user.is_superuser or actor is None else actor.tenant_id

    def own_rows(self, model: type[Model], request: HttpRequest) -> QuerySet:
        rows = model._default_manager.all()
        tenant_id = self.tenant_in_question(request)
        if tenant_id is None:
            return rows
        if model is User:
            return rows.filter(memberships__tenant_id=tenant_id).distinct()
        return rows.filter(tenant_id=tenant_id) if has_tenant(model) else rows

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.own_rows(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.own_rows(db_field.related_model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, ArrayField) and db_field.base_field.choices:
            return forms.MultipleChoiceField(
                choices=db_field.base_field.choices,
                required=not db_field.blank,
                label=str(db_field.verbose_name).capitalize(),
                help_text=db_field.help_text,
                widget=UnfoldAdminCheckboxSelectMultipleWidget(),
            )
        if db_field.name == "colour":
            kwargs["widget"] = UnfoldAdminColorInputWidget()
        if db_field.name.startswith("is_"):
            kwargs.setdefault("label", str(db_field.verbose_name).removeprefix("is ").capitalize())
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class TenantScopedAdmin(RoleRights, OwnChoices, ModelAdmin):
    """A page of rows that have a `tenant`. Nobody but a superuser ever sees or chooses that field."""

    form = TenantForm
    constraint_sentences: dict[str, tuple[str, str]] = {}
    # What holds while the list is empty; shown in its place.
    without_any = ""
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows.select_related("tenant")
        actor = actor_of(request)
        return rows.filter(tenant_id=actor.tenant_id) if actor is not None else rows.none()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        actor = actor_of(request)
        if obj is not None:
            tenant_id = obj.tenant_id
        else:
            tenant_id = None if request.user.is_superuser or actor is None else actor.tenant_id
        request.admin_tenant_id = tenant_id  # type: ignore[attr-defined]
        form = super().get_form(request, obj, change, **kwargs)
        form.tenant_id, form.constraint_sentences = tenant_id, self.constraint_sentences
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return [(None, {"fields": ["tenant"]}), *fieldsets]
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        return [*readonly, "tenant"] if obj is not None else readonly

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return [*columns, "tenant"] if request.user.is_superuser else columns

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        return ["tenant", *filters] if request.user.is_superuser else filters

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not self.owns(request, obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        for row in formset.save(commit=False):
            if has_tenant(type(row)):
                row.tenant_id = form.instance.tenant_id
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()


class TenantScopedInline(RoleRights, OwnChoices, StackedInline):
    """Rows that belong to a row of a company, and so to that company."""

    extra = 0
    exclude = ["tenant"]
    show_change_link = False


class ReadOnly:
    """Seen here, changed elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
