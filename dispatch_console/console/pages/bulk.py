"""The bulk workspace, and the pages of its runs."""

from typing import Any

from django.urls import path
from rest_framework import serializers

from dispatch_console.console.page import ConsolePage
from dispatch_console.core.actor import Actor
from orders import bulk
from orders.bulk import BulkAction, get_run

# Words for inputs that many actions share; others are named after their field.
LABELS = {
    "driver_id": "Driver",
    "reason": "Reason",
    "note": "Note",
    "day": "Day",
    "force": "Do not ask the driver, who then cannot refuse",
}
HINTS = {"day": "Empty: the next working day"}


class WorkspacePage(ConsolePage):
    """The page brings no orders: the browser looks them up, and keeps the selection until it is cleared."""

    template_name = "console/bulk/workspace.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "actions": [
                described(action, asks_drivers=self.membership.tenant.drivers_accept) for action in offered(self.actor)
            ],
            "most_codes": bulk.MOST_CODES,
        }


class RunPage(ConsolePage):
    """One run, whatever state it is in: a refresh shows what the message said."""

    template_name = "console/bulk/run.html"

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        request.shown_page = "bulk"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = get_run(self.actor, kwargs["run_number"])
        return super().get_context_data(**kwargs) | {
            "run": run,
            "actions": [described(a) for a in known_of(run.action)],
        }


def offered(actor: Actor) -> list[BulkAction]:
    return [action for action in bulk.REGISTRY.values() if action.is_listed and actor.may(action.permission)]


def known_of(name: str) -> list[BulkAction]:
    return [bulk.REGISTRY[name]] if name in bulk.REGISTRY else []


def described(action: BulkAction, *, asks_drivers: bool = False) -> dict[str, Any]:
    """The action as the browser builds its form; where no driver is asked, nobody need be told not to ask."""
    fields = action.input_class().fields.items()
    return {
        "name": action.name,
        "label": action.label,
        "section": action.section,
        "done": action.done,
        "danger": action.is_dangerous,
        "reason_kind": action.reason_kind,
        "fields": [_field(action, name, each) for name, each in fields if asks_drivers or name != "force"],
    }


def _field(action: BulkAction, name: str, each: serializers.Field) -> dict[str, Any]:
    return {
        "name": name,
        "label": LABELS.get(name) or str(each.label or name.removesuffix("_id").replace("_", " ").capitalize()),
        "kind": _kind(action, name, each),
        "choices": list(getattr(each, "choices", {}).items()),
        "list": action.choices.get(name, ""),
        "required": each.required or name in action.required,
        "hint": HINTS.get(name, ""),
        "most": getattr(each, "max_length", None),
    }


def _kind(action: BulkAction, name: str, each: serializers.Field) -> str:
    if name in action.choices:
        return "list"
    if name in ("driver_id", "reason", "note"):
        return name.removesuffix("_id")
    kinds: dict[type[serializers.Field], str] = {
        serializers.BooleanField: "check",
        serializers.ChoiceField: "choice",
        serializers.DateField: "date",
        serializers.IntegerField: "number",
    }
    return next((word for kind, word in kinds.items() if isinstance(each, kind)), "text")


urlpatterns = [
    path("bulk/", WorkspacePage.as_view(), name="bulk"),
    path("bulk/<int:run_number>/", RunPage.as_view(), name="bulk-run"),
]
