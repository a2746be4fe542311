"""Signing a phone in and out: by the driver, and from afar by a dispatcher."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.fields import TextField
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters
from dispatch_console.core.errors import Forbidden
from drivers import devices
from drivers.selectors import get_driver

TAGS = ["driver"]


class SignInInput(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    device = TextField(max_length=80, help_text="A name the driver knows the phone by, such as “Pixel 8”.")
    app_version = TextField(max_length=40, required=False, allow_blank=True, default="")


class DeviceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    app_version = serializers.CharField(allow_blank=True)
    signed_in_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Sign in again before then.")
    synced_at = serializers.DateTimeField(allow_null=True)
    skew_seconds = serializers.FloatField(
        allow_null=True, help_text="How far the phone's clock was behind at the last sync; negative: ahead."
    )
    is_current = serializers.BooleanField(help_text="The device that asks.")


def list_of_devices(name: str) -> serializers.Serializer:
    return inline_serializer(name, {"results": DeviceSerializer(many=True)})


class SignIn(ApiView):
    """The only address of drivers without a token."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_scope = "sign-in"

    @extend_schema(
        operation_id="driver_sign_in",
        summary="Sign a driver's phone in",
        description="Answers a token for `Authorization: Bearer …`, which is shown this once and lives for 180 days or "
        "until it is revoked. Failures count for the same lock-out as the console's sign-in page. An account that is "
        "no driver's is refused with 403 and the code `not_a_driver`.",
        tags=TAGS,
        auth=[],
        request=SignInInput,
        responses={
            201: inline_serializer(
                "SignedIn",
                {
                    "token": serializers.CharField(),
                    "device": DeviceSerializer(),
                    "driver": inline_serializer(
                        "SignedInDriver", {"id": serializers.IntegerField(), "name": serializers.CharField()}
                    ),
                },
            )
        },
        examples=[
            OpenApiExample(
                "Sign in",
                request_only=True,
                value={
                    "email": "dana@example.com",
                    "password": "correct horse battery",
                    "device": "Pixel 8",
                    "app_version": "1.4.0",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        asked = read_body(SignInInput, request).validated_data
        signed_in = devices.sign_in(
            request._request,
            email=asked["email"],
            password=asked["password"],
            name=asked["device"],
            app_version=asked["app_version"],
        )
        body = {
            "token": signed_in.token,
            "device": devices.as_dict(signed_in.device, current=signed_in.device.key),
            "driver": {"id": signed_in.actor.driver_id, "name": signed_in.actor.label},
        }
        return Response(body, status=201)


class SignOut(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_sign_out",
        summary="Sign this phone out",
        description="The token is dead at once; going off duty is a matter of its own.",
        tags=TAGS,
        request=None,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        device = devices.device_of(api_key_of(request))
        devices.sign_out(device.pk, driver_id=device.driver_id, actor=self.actor)
        return Response(status=204)


class OwnDevices(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_devices",
        summary="List the phones I am signed in on",
        tags=TAGS,
        responses=list_of_devices("OwnDevices"),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        return _listed(own_driver_id(self), request)


class OwnDevice(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_device_revoke",
        summary="Sign one of my phones out",
        tags=TAGS,
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, device_id: int) -> Response:
        devices.sign_out(device_id, driver_id=own_driver_id(self), actor=self.actor)
        return Response(status=204)


class DriverDevices(ApiView):
    required_permission = "drivers.manage"

    @extend_schema(
        operation_id="drivers_devices",
        summary="List the phones a driver is signed in on",
        tags=["drivers"],
        responses=list_of_devices("DriverDevices"),
    )
    def get(self, request: Request, driver_id: int) -> Response:
        read_no_parameters(request)
        return _listed(get_driver(self.actor, driver_id).pk, request)


class DriverDevice(ApiView):
    required_permission = "drivers.manage"

    @extend_schema(
        operation_id="drivers_device_revoke",
        summary="Sign a driver's phone out",
        description="For a phone that was lost or a driver who left. Dead at once; an open socket closes within 30 s.",
        tags=["drivers"],
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, driver_id: int, device_id: int) -> Response:
        devices.sign_out(device_id, driver_id=get_driver(self.actor, driver_id).pk, actor=self.actor)
        return Response(status=204)


def own_driver_id(view: ApiView) -> int:
    if view.actor.driver_id is None:
        raise Forbidden("This is for drivers: use the token of a driver's phone.")
    return view.actor.driver_id


def api_key_of(request: Request) -> Any:
    return getattr(request._request, "api_key", None)


def _listed(driver_id: int, request: Request) -> Response:
    key = api_key_of(request)
    return Response({"results": [devices.as_dict(device, current=key) for device in devices.signed_in(driver_id)]})
