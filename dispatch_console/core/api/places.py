"""Zones and warehouses, and the geocoder."""

import math
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import geocoding, places
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_of,
    page_parameters,
    read_no_parameters,
)
from dispatch_console.core.errors import Invalid, NotVisible
from dispatch_console.core.filtering import (
    IdsFilter,
    StrictFilterSet,
    TextFilter,
    YesNoFilter,
    once_each,
    refuse_unknown,
)
from dispatch_console.core.geocoding.base import LONGEST_TEXT, MOST_RESULTS
from dispatch_console.core.keyset import Sort, read_limit
from dispatch_console.core.models import Warehouse, Zone

SORTS = {"name": Sort("name"), "code": Sort("code")}


class ZoneFilter(StrictFilterSet):
    search = TextFilter("name", "code", help_text="Text in name or code.")
    active = YesNoFilter("is_active", help_text="Zones in use only, or those that are not.")
    id = IdsFilter("pk", help_text="Zone ids.")


class WarehouseFilter(StrictFilterSet):
    search = TextFilter("name", "code", "address", help_text="Text in name, code or address.")
    active = YesNoFilter("is_active", help_text="Warehouses in use only, or those that are not.")
    id = IdsFilter("pk", help_text="Warehouse ids.")


class ZoneSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    colour = serializers.CharField(help_text="Such as #2456e6.")
    is_active = serializers.BooleanField()
    allows_inbound = serializers.BooleanField(help_text="Deliveries may end here.")
    allows_outbound = serializers.BooleanField(help_text="Deliveries may start here.")
    hub_warehouse_id = serializers.IntegerField(allow_null=True)
    density = serializers.CharField(allow_blank=True)


class ZoneDetailSerializer(ZoneSerializer):
    geometry = serializers.JSONField(help_text="GeoJSON Polygon or MultiPolygon, longitude first.")


class WarehouseSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    address = serializers.CharField()
    lat = serializers.FloatField()
    lng = serializers.FloatField()
    phone = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField()
    is_default_staging = serializers.BooleanField()


class PlaceSerializer(serializers.Serializer):
    label = serializers.CharField(help_text="One line for a person.")  # type: ignore[assignment]
    lat = serializers.FloatField()
    lng = serializers.FloatField()
    kind = serializers.CharField(help_text="house, street, place, or what is there, such as restaurant.")
    name = serializers.CharField(allow_blank=True)
    street = serializers.CharField(allow_blank=True)
    house_number = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    postcode = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    approximate = serializers.BooleanField(help_text="The point is not the door itself: say so.")


def zone_item(zone: Zone) -> dict[str, Any]:
    return {
        "id": zone.pk,
        "name": zone.name,
        "code": zone.code,
        "colour": zone.colour,
        "is_active": zone.is_active,
        "allows_inbound": zone.allows_inbound,
        "allows_outbound": zone.allows_outbound,
        "hub_warehouse_id": zone.hub_warehouse_id,
        "density": zone.density,
    }


def zone_feature(zone: Zone) -> dict[str, Any]:
    properties = zone_item(zone)
    return {"type": "Feature", "id": properties.pop("id"), "properties": properties, "geometry": zone.geometry}


def warehouse_item(warehouse: Warehouse) -> dict[str, Any]:
    return {
        "id": warehouse.pk,
        "name": warehouse.name,
        "code": warehouse.code,
        "address": warehouse.address,
        "lat": warehouse.latitude,
        "lng": warehouse.longitude,
        "phone": warehouse.phone,
        "is_active": warehouse.is_active,
        "is_default_staging": warehouse.is_default_staging,
    }


class ZoneList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="zones_list",
        summary="List zones",
        description="Without their outlines: ask for one zone, or for all of them as GeoJSON.",
        tags=["places"],
        parameters=[*filter_parameters(ZoneFilter), *page_parameters(SORTS, default="name")],
        responses=page_of(ZoneSerializer, "ZonePage"),
    )
    def get(self, request: Request) -> Response:
        return self.page(
            Zone.objects.visible_to(self.actor).defer("geometry"), ZoneFilter, SORTS, zone_item, default="name"
        )


class ZoneCollection(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="zones_geojson",
        summary="Read all zones as one GeoJSON FeatureCollection",
        tags=["places"],
        parameters=filter_parameters(ZoneFilter),
        responses=inline_serializer(
            "ZoneCollection",
            {"type": serializers.CharField(), "features": serializers.ListField(child=serializers.JSONField())},
        ),
    )
    def get(self, request: Request) -> Response:
        zones = ZoneFilter(request.query_params, Zone.objects.visible_to(self.actor), actor=self.actor).filtered()
        return Response({"type": "FeatureCollection", "features": [zone_feature(zone) for zone in zones]})


class ZoneDetail(ApiView):
    required_permission = "orders.view"

    @extend_schema(operation_id="zones_read", summary="Read one zone", tags=["places"], responses=ZoneDetailSerializer)
    def get(self, request: Request, zone_id: int) -> Response:
        read_no_parameters(request)
        zone = Zone.objects.visible_to(self.actor).filter(pk=zone_id).first()
        if zone is None:
            raise NotVisible("There is no such zone.")
        return Response({**zone_item(zone), "geometry": zone.geometry})


class ZonesAtPoint(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="zones_at_point",
        summary="Find the zones at a point",
        description="Every active zone that holds the point, the smallest first: the first one that allows the "
        "direction is the one an order gets.",
        tags=["places"],
        parameters=[
            OpenApiParameter("lat", {"type": "number", "minimum": -90, "maximum": 90}, required=True),
            OpenApiParameter("lng", {"type": "number", "minimum": -180, "maximum": 180}, required=True),
        ],
        responses=inline_serializer(
            "ZoneHit",
            {
                "id": serializers.IntegerField(),
                "name": serializers.CharField(),
                "code": serializers.CharField(),
                "allows_inbound": serializers.BooleanField(),
                "allows_outbound": serializers.BooleanField(),
            },
            many=True,
        ),
    )
    def get(self, request: Request) -> Response:
        asked = once_each(request.query_params)
        refuse_unknown(asked, known=["lat", "lng"])
        latitude, longitude = read_point(asked)
        hits = places.zones_at(self.actor.tenant_id, latitude, longitude)
        names = ("id", "name", "code", "allows_inbound", "allows_outbound")
        return Response([{name: getattr(hit, name) for name in names} for hit in hits])


class WarehouseList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="warehouses_list",
        summary="List warehouses",
        tags=["places"],
        parameters=[*filter_parameters(WarehouseFilter), *page_parameters(SORTS, default="name")],
        responses=page_of(WarehouseSerializer, "WarehousePage"),
    )
    def get(self, request: Request) -> Response:
        return self.page(
            Warehouse.objects.visible_to(self.actor), WarehouseFilter, SORTS, warehouse_item, default="name"
        )


class WarehouseDetail(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="warehouses_read", summary="Read one warehouse", tags=["places"], responses=WarehouseSerializer
    )
    def get(self, request: Request, warehouse_id: int) -> Response:
        read_no_parameters(request)
        warehouse = Warehouse.objects.visible_to(self.actor).filter(pk=warehouse_id).first()
        if warehouse is None:
            raise NotVisible("There is no such warehouse.")
        return Response(warehouse_item(warehouse))


class Geocode(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="geocode",
        summary="Find places by text",
        description="For type-ahead: streets, house numbers and named places, best first.",
        tags=["places"],
        parameters=[
            OpenApiParameter("q", str, required=True, description=f"At most {LONGEST_TEXT} characters."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST_RESULTS, "default": 8}),
            OpenApiParameter("near", str, description="Prefer places near this point: `47.14,9.52`."),
        ],
        responses=inline_serializer("Places", {"results": PlaceSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        asked = once_each(request.query_params)
        refuse_unknown(asked, known=["q", "limit", "near"])
        text = asked.get("q", "").strip()
        if not text or len(text) > LONGEST_TEXT:
            raise Invalid.fields(q=f"Give 1 to {LONGEST_TEXT} characters of an address or a name.")
        limit = read_limit(asked.get("limit", ""), default=8, most=MOST_RESULTS)
        near = None
        if asked.get("near"):
            latitude, _, longitude = asked["near"].partition(",")
            near = read_point({"lat": latitude, "lng": longitude}, shown_as="near")
        found = geocoding.provider().search(text, limit=limit, near=near)
        return Response({"results": [place.as_dict() for place in found]})


class ReverseGeocode(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="geocode_reverse",
        summary="Find the address at a point",
        tags=["places"],
        parameters=[
            OpenApiParameter("lat", {"type": "number", "minimum": -90, "maximum": 90}, required=True),
            OpenApiParameter("lng", {"type": "number", "minimum": -180, "maximum": 180}, required=True),
        ],
        responses=inline_serializer("MaybePlace", {"result": PlaceSerializer(allow_null=True)}),
    )
    def get(self, request: Request) -> Response:
        asked = once_each(request.query_params)
        refuse_unknown(asked, known=["lat", "lng"])
        found = geocoding.provider().reverse(*read_point(asked))
        return Response({"result": found.as_dict() if found else None})


def read_point(asked: dict[str, str], *, shown_as: str = "") -> tuple[float, float]:
    """Latitude and longitude, finite and in range."""
    point = []
    for name, most in (("lat", 90), ("lng", 180)):
        try:
            value = float(asked.get(name, ""))
        except ValueError:
            value = math.nan
        if not abs(value) <= most:  # also true for NaN
            raise Invalid.fields(**{shown_as or name: f"Give degrees from -{most} to {most}."})
        point.append(value)
    return point[0], point[1]
