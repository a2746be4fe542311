"""Drivers over the API: lists with their load for dispatchers, and availability for both sides."""

from typing import Any

from django.urls import URLPattern, path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import stream
from dispatch_console.core.actor import Actor
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_body,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
)
from dispatch_console.core.errors import Forbidden
from drivers.models import DriverStatus, VehicleKind
from drivers.selectors import DEFAULT_ORDERING, SORTS, DriverFilter, get_driver
from orders import fleet


class VehicleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=VehicleKind.choices)
    capacity_units = serializers.IntegerField()


class PositionSerializer(serializers.Serializer):
    lat = serializers.FloatField()
    lng = serializers.FloatField()
    heading = serializers.FloatField(allow_null=True, help_text="Degrees from north.")
    speed = serializers.FloatField(allow_null=True, help_text="Metres per second.")
    accuracy = serializers.FloatField(allow_null=True, help_text="Metres.")
    battery = serializers.FloatField(allow_null=True, help_text="0 to 1.")
    recorded_at = serializers.DateTimeField(help_text="Device time.")
    flags = serializers.IntegerField(
        help_text="Bits: 1 coarse (worse than 100 m), 2 and 16 the device's clock runs ahead or behind, "
        "4 a jump waits to be confirmed, 8 made up by an app."
    )


class DriverRowSerializer(serializers.Serializer):
    """For the API document: `orders.fleet.FleetRow` as it is sent."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField()
    licence_number = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=DriverStatus.choices)
    is_online = serializers.BooleanField()
    online_changed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    vehicle = VehicleSerializer(allow_null=True)
    open_orders = serializers.IntegerField(help_text="Assigned, picked up or in transit.")
    moving_orders = serializers.IntegerField(help_text="Picked up or in transit.")
    load_units = serializers.IntegerField(help_text="Units of capacity in use.")
    position = PositionSerializer(allow_null=True)


class AvailabilitySerializer(serializers.Serializer):
    online = serializers.BooleanField()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # The field itself would take "yes", 1 and "on" for true: who is on duty should not hang on a guess.
        if isinstance(data, dict) and not isinstance(data.get("online"), bool):
            raise serializers.ValidationError({"online": ["Say true or false."]})
        return super().to_internal_value(data)


SEEN = {"stream_number": serializers.IntegerField(help_text="The live stream's number before the list was read.")}


class DriverList(ApiView):
    required_permission = "drivers.view"

    @extend_schema(
        operation_id="drivers_list",
        summary="List drivers with their load and last position",
        parameters=[*filter_parameters(DriverFilter), *page_parameters(SORTS, default=DEFAULT_ORDERING)],
        responses=page_of(DriverRowSerializer, "DriverPage", SEEN),
        tags=["drivers"],
    )
    def get(self, request: Request) -> Response:
        number = stream.head(self.actor.tenant_id)
        page = fleet.fleet_page(self.actor, request.query_params)
        body = page_body(
            request,
            page.rows,
            next_cursor=page.next_cursor,
            total=page.total,
            total_is_capped=page.total_is_capped,
        )
        return Response({**body, "stream_number": number})


class DriverDetail(ApiView):
    required_permission = "drivers.view"

    @extend_schema(
        operation_id="drivers_get", summary="Read one driver", responses=DriverRowSerializer, tags=["drivers"]
    )
    def get(self, request: Request, driver_id: int) -> Response:
        read_no_parameters(request)
        driver = get_driver(self.actor, driver_id)
        return Response(fleet.rows_for([driver.pk])[driver.pk])


class DriverAvailability(ApiView):
    required_permission = "drivers.manage"

    @extend_schema(
        operation_id="drivers_availability_set",
        summary="Set a driver on or off duty",
        request=AvailabilitySerializer,
        responses=DriverRowSerializer,
        tags=["drivers"],
    )
    def put(self, request: Request, driver_id: int) -> Response:
        return _set(self.actor, request, driver_id)


class OwnAvailability(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_availability_get",
        summary="Am I on duty?",
        responses=DriverRowSerializer,
        tags=["driver"],
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        driver_id = _own_id(self.actor)
        return Response(fleet.rows_for([driver_id])[driver_id])

    @extend_schema(
        operation_id="driver_availability_set",
        summary="Go on or off duty",
        description="Refused with 409 while packages are on the way.",
        request=AvailabilitySerializer,
        responses=DriverRowSerializer,
        tags=["driver"],
    )
    def put(self, request: Request) -> Response:
        return _set(self.actor, request, _own_id(self.actor))


def _own_id(actor: Actor) -> int:
    if actor.driver_id is None:
        raise Forbidden("Only a driver has an availability: use the key of a driver's account.")
    return actor.driver_id


def _set(actor: Actor, request: Request, driver_id: int) -> Response:
    read_no_parameters(request)
    asked = read_body(AvailabilitySerializer, request)
    driver = fleet.set_online(driver_id, online=asked.validated_data["online"], actor=actor)
    return Response(fleet.rows_for([driver.pk])[driver.pk])


urlpatterns: list[URLPattern] = [
    path("drivers/", DriverList.as_view(), name="drivers"),
    path("drivers/<int:driver_id>/", DriverDetail.as_view(), name="driver"),
    path("drivers/<int:driver_id>/availability/", DriverAvailability.as_view(), name="driver-availability"),
    re_path(r"^driver/availability/?$", OwnAvailability.as_view(), name="own-availability"),
]
