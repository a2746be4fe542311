"""Map View: the same orders as the table, in space."""

from typing import Any

from django.urls import path

from dispatch_console.console.page import ConsolePage
from dispatch_console.core.maps import map_settings


class MapPage(ConsolePage):
    """The page brings no orders: the browser asks the API for the set that the address names."""

    template_name = "console/map.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"map_settings": map_settings()}


urlpatterns = [path("map/", MapPage.as_view(), name="map")]
