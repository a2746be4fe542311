"""A driver's working day over the API: shift and vehicle. Going on and off duty within it is in `orders.api.fleet`."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.fields import IdField, MomentField
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body, read_no_body, read_no_parameters
from drivers.api.app import OwnVehicleSerializer, ShiftSerializer, vehicles_of
from drivers.duty import shift_as_dict
from orders import duty
from orders.api.driver import TAGS
from orders.driver_work import own_driver_id

KEYS = [IDEMPOTENCY_KEY_PARAMETER]


class ShiftInput(serializers.Serializer):
    planned_end = MomentField(
        required=False, allow_null=True, default=None, help_text="When you mean to go home, within the next 24 hours."
    )


class VehicleInput(serializers.Serializer):
    vehicle_id = IdField(help_text="One of your own vehicles.")


class ShiftStart(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_shift_start",
        summary="Start my shift",
        description="Also goes on duty. In a running shift it only sets `planned_end`; twice is as good as once.",
        tags=TAGS,
        parameters=KEYS,
        request=ShiftInput,
        responses=ShiftSerializer,
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        asked = read_body(ShiftInput, request).validated_data
        driver_id = own_driver_id(self.actor)
        shift = duty.start_shift(driver_id, planned_end=asked["planned_end"], actor=self.actor)
        return Response(shift_as_dict(shift))


class ShiftEnd(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_shift_end",
        summary="End my shift",
        description="Also goes off duty. Refused with 409 and the orders' codes while packages are on the way.",
        tags=TAGS,
        parameters=KEYS,
        request=None,
        responses=ShiftSerializer,
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        return Response(shift_as_dict(duty.end_shift(own_driver_id(self.actor), actor=self.actor)))


class VehicleChoice(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_vehicle_choose",
        summary="Choose the vehicle I work with",
        description="Refused with 409 while packages are on board, or where my orders do not fit into it.",
        tags=TAGS,
        parameters=KEYS,
        request=VehicleInput,
        responses=OwnVehicleSerializer,
    )
    def put(self, request: Request) -> Response:
        read_no_parameters(request)
        asked = read_body(VehicleInput, request).validated_data
        driver = duty.choose_vehicle(own_driver_id(self.actor), asked["vehicle_id"], actor=self.actor)
        return Response(next(vehicle for vehicle in vehicles_of(driver) if vehicle["is_current"]))
