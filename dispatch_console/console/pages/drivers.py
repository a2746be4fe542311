"""The drivers page: who is on duty, where, with how much work, and each driver's run."""

from typing import Any

from django.urls import path

from dispatch_console.console.page import ConsolePage
from dispatch_console.core.maps import map_settings
from drivers.selectors import get_driver


class DriversPage(ConsolePage):
    """The page brings no drivers: the browser asks the API. An address with an id opens with that driver chosen."""

    template_name = "console/drivers/page.html"
    permission = "drivers.view"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"map_settings": map_settings()}
        if (driver_id := kwargs.get("driver_id")) is not None:
            # Somebody else's driver, or none, is no page.
            context["driver_id"] = get_driver(self.actor, driver_id).pk
        return context


class DriverPage(DriversPage):
    """The same page; the frame marks the same destination."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        request.shown_page = "drivers"


urlpatterns = [
    path("drivers/", DriversPage.as_view(), name="drivers"),
    path("drivers/<int:driver_id>/", DriverPage.as_view(), name="driver"),
]
