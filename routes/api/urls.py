"""Addresses of dispatch planning."""

from django.urls import URLPattern, path

from orders import codes  # noqa: F401 (registers the converter of order codes)
from routes.api.candidates import OrderCandidates
from routes.api.offers import OrderOffers

urlpatterns: list[URLPattern] = [
    path("orders/<order_code:code>/candidates/", OrderCandidates.as_view(), name="order-candidates"),
    path("orders/<order_code:code>/offers/", OrderOffers.as_view(), name="order-offers"),
]
