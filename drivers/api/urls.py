"""Addresses of the driver app that need nothing but the driver."""

from django.urls import URLPattern, re_path

from drivers.api.positions import PositionReport

urlpatterns: list[URLPattern] = [
    # A redirect would lose the body, so both spellings are answered.
    re_path(r"^driver/positions/?$", PositionReport.as_view(), name="driver-positions"),
]
