"""Table View: the same orders as the map, in rows."""

from typing import Any

from django.urls import path

from dispatch_console.console.page import ConsolePage
from orders.actions import ACTIONS

FIRST = ("assign", "status", "cancel")
FURTHER = ("unassign", "hold", "release")


class TablePage(ConsolePage):
    """The page brings no orders: the browser asks the API for the set that the address names."""

    template_name = "console/table.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "may_export": self.actor.may("orders.export"),
            "bulk_actions": self.bulk_actions(FIRST),
            "more_bulk_actions": self.bulk_actions(FURTHER),
        }

    def bulk_actions(self, names: tuple[str, ...]) -> list[dict[str, str]]:
        """What may be done to the ticked orders; the browser asks for the input."""
        actions = [ACTIONS[name] for name in names]
        return [{"name": action.name, "label": action.label} for action in actions if self.actor.may(action.permission)]


urlpatterns = [path("table/", TablePage.as_view(), name="table")]
