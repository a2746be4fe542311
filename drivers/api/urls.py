"""Addresses that need nothing but the driver: of the driver app, and of those who look after drivers."""

from django.urls import URLPattern, path, re_path

from drivers.api.osmand import OsmandReport
from drivers.api.positions import PositionReport
from drivers.api.track import DriverTrack

urlpatterns: list[URLPattern] = [
    # A redirect would lose the body, so both spellings are answered.
    re_path(r"^driver/positions/?$", PositionReport.as_view(), name="driver-positions"),
    re_path(r"^driver/osmand/?$", OsmandReport.as_view(), name="driver-osmand"),
    path("drivers/<int:driver_id>/track/", DriverTrack.as_view(), name="driver-track"),
]
