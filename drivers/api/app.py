"""What a driver's app asks first: who am I, with which vehicle, and what does my company let me do?"""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.views import ApiView, read_no_parameters
from dispatch_console.core.models import Tenant
from drivers import devices, duty
from drivers.api.devices import TAGS, DeviceSerializer, api_key_of, own_driver_id
from drivers.models import Driver, DriverStatus, Vehicle, VehicleKind


class OwnVehicleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=VehicleKind.choices)
    capacity_units = serializers.IntegerField()
    is_active = serializers.BooleanField()
    is_current = serializers.BooleanField()


class ShiftSerializer(serializers.Serializer):
    started_at = serializers.DateTimeField()
    planned_end = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class CompanySerializer(serializers.Serializer):
    """What the app shows and offers by it. Distances are metric."""

    name = serializers.CharField()
    timezone = serializers.CharField()
    currency = serializers.CharField()
    units = serializers.ChoiceField(choices=["metric"])
    offer_seconds = serializers.IntegerField(help_text="Time to answer an offer; 0: no limit.")
    undo_window_minutes = serializers.IntegerField()
    drivers_accept = serializers.BooleanField(help_text="Work is offered and wants an answer.")
    self_assign = serializers.BooleanField()
    self_unassign = serializers.BooleanField()


class ProfileSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=DriverStatus.choices)
    is_online = serializers.BooleanField()
    teams = serializers.ListField(child=serializers.CharField(), help_text="Empty: all teams.")
    vehicles = OwnVehicleSerializer(many=True)
    shift = ShiftSerializer(allow_null=True, help_text="The one that is running.")
    permissions = serializers.ListField(child=serializers.CharField())
    company = CompanySerializer()
    device = DeviceSerializer(allow_null=True)
    server_time = serializers.DateTimeField()


class Profile(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_profile",
        summary="Read my profile and my company's rules",
        tags=TAGS,
        responses=ProfileSerializer,
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        driver = Driver.objects.visible_to(self.actor).get(pk=own_driver_id(self))
        tenant = Tenant.objects.get(pk=self.actor.tenant_id)
        key = api_key_of(request)
        device = devices.signed_in(driver.pk).filter(key=key).first() if key is not None else None
        return Response(
            {
                "id": driver.pk,
                "name": driver.name,
                "phone": driver.phone,
                "status": driver.status,
                "is_online": driver.is_online,
                "teams": [] if driver.all_teams else sorted(driver.teams.values_list("name", flat=True)),
                "vehicles": vehicles_of(driver),
                "shift": duty.shift_as_dict(duty.open_shift(driver.pk)),
                "permissions": sorted(self.actor.permissions),
                "company": company(tenant),
                "device": devices.as_dict(device, current=key) if device is not None else None,
                "server_time": clock.iso(clock.now()),
            }
        )


def vehicles_of(driver: Driver) -> list[dict[str, Any]]:
    return [_vehicle(vehicle, driver) for vehicle in driver.vehicles.order_by("name", "pk")]


def company(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "timezone": tenant.timezone,
        "currency": tenant.currency,
        "units": "metric",
        "offer_seconds": tenant.offer_seconds,
        "undo_window_minutes": tenant.undo_window_minutes,
        "drivers_accept": tenant.drivers_accept,
        "self_assign": tenant.drivers_self_assign,
        "self_unassign": tenant.drivers_self_unassign,
    }


def _vehicle(vehicle: Vehicle, driver: Driver) -> dict[str, Any]:
    return {
        "id": vehicle.pk,
        "name": vehicle.name,
        "code": vehicle.code,
        "kind": vehicle.kind,
        "capacity_units": vehicle.capacity_units,
        "is_active": vehicle.is_active,
        "is_current": vehicle.pk == driver.primary_vehicle_id,
    }


class VehicleList(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_vehicles",
        summary="List my vehicles",
        tags=TAGS,
        responses=inline_serializer("OwnVehicles", {"results": OwnVehicleSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        driver = Driver.objects.visible_to(self.actor).get(pk=own_driver_id(self))
        return Response({"results": vehicles_of(driver)})
