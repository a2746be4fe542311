"""Maps inside forms: plain inputs that hold the values, and a map beside them that static/js/admin/maps.js brings."""

import json
from typing import Any

from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminExpandableTextareaWidget

from dispatch_console.core.models import Tenant

MAP_STYLES = ["leaflet/leaflet.css", "leaflet/draw/leaflet.draw.css"]
START = {"latitude": 47.1, "longitude": 9.53, "zoom": 8}


def start_of(tenant: Tenant) -> dict[str, float]:
    return {"latitude": tenant.map_latitude, "longitude": tenant.map_longitude, "zoom": tenant.map_zoom}


class ZoneMap(UnfoldAdminExpandableTextareaWidget):
    """An outline, drawn or typed as GeoJSON. The map also writes the form's fields `shape`, centre and radius."""

    template_name = "admin/widgets/zone_map.html"

    class Media:
        css = {"all": MAP_STYLES}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 6, "spellcheck": "false", **(attrs or {})})
        self.start: dict[str, float] = dict(START)
        self.neighbours: list[dict[str, Any]] = []

    def start_at(self, tenant: Tenant, *, neighbours: list[dict[str, Any]]) -> None:
        self.start, self.neighbours = start_of(tenant), neighbours

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["start"] = json.dumps(self.start)
        context["widget"]["neighbours"] = json.dumps(self.neighbours)
        return context


class PointMap(UnfoldAdminDecimalFieldWidget):
    """A latitude whose map also writes the longitude, a plain input of the same form."""

    template_name = "admin/widgets/point_map.html"

    class Media:
        css = {"all": MAP_STYLES[:1]}

    def __init__(self, *, latitude: str, longitude: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.latitude, self.longitude = latitude, longitude
        self.start: dict[str, float] = dict(START)

    def start_at(self, tenant: Tenant) -> None:
        self.start = start_of(tenant)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["start"] = json.dumps(self.start)
        context["widget"]["inputs"] = {"latitude": self.latitude, "longitude": self.longitude}
        return context
