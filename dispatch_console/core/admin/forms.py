"""The form behind every page of a company's rows: it fills in the company and keeps other companies out."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model


class TenantForm(forms.ModelForm):
    """`tenant_id` and `constraint_sentences` are set on the class by the page that makes it."""

    tenant_id: int | None = None
    constraint_sentences: dict[str, tuple[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.tenant_id is None:
            self.instance.tenant_id = self.tenant_id

    def own_tenant_id(self) -> int | None:
        chosen = self.cleaned_data.get("tenant")
        return chosen.pk if chosen is not None else self.instance.tenant_id

    def clean(self) -> dict[str, Any] | None:
        """The lists offer own rows only; this also holds when several companies are on offer, or an id is made up."""
        cleaned = super().clean()
        tenant_id = self.own_tenant_id()
        for name, value in list(self.cleaned_data.items()):
            rows: Iterable[Any] = [value] if isinstance(value, Model) else value if is_rows(value) else []
            strangers = [row for row in rows if getattr(row, "tenant_id", tenant_id) != tenant_id]
            if strangers:
                self.add_error(name, f"{strangers[0]} belongs to another company.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # Constraints that name the company must be checked although the company is no field of the form.
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - {"tenant"}

    def _update_errors(self, errors: ValidationError) -> None:
        """Say what a broken constraint means, at the field where it can be mended."""
        if hasattr(errors, "error_dict"):
            for error in errors.error_dict.pop(NON_FIELD_ERRORS, []):
                field, sentence = self.explain(error)
                if field in self.fields:
                    errors.error_dict.setdefault(field, []).append(ValidationError(sentence, code=error.code))
                else:
                    errors.error_dict.setdefault(NON_FIELD_ERRORS, []).append(ValidationError(sentence, error.code))
        super()._update_errors(errors)  # type: ignore[misc]

    def explain(self, error: ValidationError) -> tuple[str, str]:
        sentence = str(error.messages[0])
        for name, explanation in self.constraint_sentences.items():
            if f"“{name}”" in sentence:
                return explanation
        checked = (error.params or {}).get("unique_check", ()) if error.code == "unique_together" else ()
        own = [name for name in checked if name != "tenant" and name in self.fields]
        if own:
            label = str(self.fields[own[-1]].label or own[-1]).lower()
            kind = self._meta.model._meta.verbose_name
            return own[-1], f"Another {kind} has this {label} already."
        return NON_FIELD_ERRORS, sentence


def is_rows(value: Any) -> bool:
    return hasattr(value, "model") and hasattr(value, "__iter__")
