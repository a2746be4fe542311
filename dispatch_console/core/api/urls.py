"""Addresses of customers, places and the caller."""

from django.urls import URLPattern, path

from dispatch_console.core.api.customers import CustomerAddresses, CustomerDetail, CustomerList
from dispatch_console.core.api.me import Me
from dispatch_console.core.api.places import (
    Geocode,
    ReverseGeocode,
    WarehouseDetail,
    WarehouseList,
    ZoneCollection,
    ZoneDetail,
    ZoneList,
    ZonesAtPoint,
)

urlpatterns: list[URLPattern] = [
    path("me/", Me.as_view(), name="me"),
    path("customers/", CustomerList.as_view(), name="customers"),
    path("customers/<int:customer_id>/", CustomerDetail.as_view(), name="customer"),
    path("customers/<int:customer_id>/addresses/", CustomerAddresses.as_view(), name="customer-addresses"),
    path("zones/", ZoneList.as_view(), name="zones"),
    path("zones/geojson/", ZoneCollection.as_view(), name="zones-geojson"),
    path("zones/at/", ZonesAtPoint.as_view(), name="zones-at"),
    path("zones/<int:zone_id>/", ZoneDetail.as_view(), name="zone"),
    path("warehouses/", WarehouseList.as_view(), name="warehouses"),
    path("warehouses/<int:warehouse_id>/", WarehouseDetail.as_view(), name="warehouse"),
    path("geocode/", Geocode.as_view(), name="geocode"),
    path("geocode/reverse/", ReverseGeocode.as_view(), name="geocode-reverse"),
]
