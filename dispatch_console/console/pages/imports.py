"""The import page: one address for every step, so that a refresh or a link comes back to it."""

from typing import Any

from django.urls import path

from dispatch_console.console.page import ConsolePage
from dispatch_console.core.errors import NotVisible
from orders.importing.cells import MOST_ROWS
from orders.importing.fields import FIELDS
from orders.importing.jobs import MAY_IMPORT, get_job
from orders.importing.sniffing import EXTENSIONS, LARGEST_FILE
from orders.importing.text_files import DELIMITERS, ENCODINGS
from orders.models import DateOrder

STEPS = ("columns", "check", "confirm", "result")


def words() -> dict[str, Any]:
    """What the browser needs to know about files and fields."""
    return {
        "extensions": EXTENSIONS,
        "largest": LARGEST_FILE,
        "most_rows": MOST_ROWS,
        "encodings": ENCODINGS,
        "delimiters": DELIMITERS,
        "date_orders": dict(DateOrder.choices),
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "kind": field.kind,
                "is_needed": field.is_needed,
                "help": field.help,
                "choices": field.choices,
            }
            for field in FIELDS
        ],
    }


class ImportsPage(ConsolePage):
    """The first step, and the imports there have been."""

    template_name = "console/import/page.html"
    permission = MAY_IMPORT

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"words": words()}


class ImportJobPage(ImportsPage):
    """One import at one of its steps; without a step, at the one its state asks for."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        request.shown_page = "import"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        step = kwargs.get("step", "")
        if step and step not in STEPS:
            raise NotVisible("An import has no such step.")
        job = get_job(self.actor, kwargs["import_label"])
        return super().get_context_data(**kwargs) | {"job": job, "step": step}


urlpatterns = [
    path("import/", ImportsPage.as_view(), name="import"),
    path("import/<slug:import_label>/", ImportJobPage.as_view(), name="import-job"),
    path("import/<slug:import_label>/<slug:step>/", ImportJobPage.as_view(), name="import-step"),
]
