"""The shape of what comes in for routes and sessions, for console and API alike."""

from typing import Any

from rest_framework import serializers

from dispatch_console.core.api.fields import IdField, LatitudeField, LongitudeField, TextField
from routes.commands.session_opening import MOST_ORDERS


def version(what: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text=f"The version of the {what} you are looking at; refused with 412 when it is no longer the newest.",
    )


def _text(most: int, help_text: str = "") -> TextField:
    return TextField(max_length=most, required=False, allow_blank=True, help_text=help_text)


class RouteInput(serializers.Serializer):
    """A route. Each end is a warehouse, or an address with its coordinates."""

    name = TextField(max_length=120)
    pickup_warehouse_id = IdField(required=False, allow_null=True)
    pickup_address = _text(300)
    pickup_latitude = LatitudeField(required=False, allow_null=True)
    pickup_longitude = LongitudeField(required=False, allow_null=True)
    dropoff_warehouse_id = IdField(required=False, allow_null=True)
    dropoff_address = _text(300)
    dropoff_latitude = LatitudeField(required=False, allow_null=True)
    dropoff_longitude = LongitudeField(required=False, allow_null=True)
    starts_on = serializers.DateField(required=False, allow_null=True, help_text="No session opens by itself before.")
    schedule_time = serializers.TimeField(
        required=False, allow_null=True, help_text="When a session opens by itself, in the company's time zone: 08:00."
    )
    schedule_days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7),
        max_length=7,
        required=False,
        help_text="Days of the week, 1 is Monday.",
    )
    capacity = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=100_000, help_text="Units of order size in one session."
    )
    notes = _text(2000)
    team_id = IdField(required=False, allow_null=True, help_text="Only this team sees the route; empty: everybody.")


class NewRouteInput(RouteInput):
    driver_id = IdField(required=False, allow_null=True, help_text="Who drives it; may be chosen later.")


class RouteEditInput(RouteInput):
    version = version("route")


class RouteActInput(serializers.Serializer):
    version = version("route")


class RouteDriverInput(RouteActInput):
    driver_id = IdField(allow_null=True, help_text="Null leaves the route without a driver.")
    reason = _text(200, "Kept with every order that changes its driver.")


class OpenSessionInput(RouteActInput):
    notes = _text(2000)


class CodesField(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=TextField(max_length=24), min_length=1, max_length=MOST_ORDERS, **kwargs)


class AddOrdersInput(RouteActInput):
    codes = CodesField(help_text="All of them join the route's open session, or none.")


class SessionActInput(serializers.Serializer):
    version = version("session")


class SessionAddInput(SessionActInput):
    codes = CodesField(help_text="All of them join the session, or none.")


class SessionOrdersInput(SessionActInput):
    codes = CodesField(help_text="Orders of this session.")
    reason = _text(200, "Kept in the history of each.")


class SessionNoteInput(SessionActInput):
    note = _text(2000, "Stands for proof that the policy asks for; a driver needs the proof itself.")


class CompleteInput(SessionNoteInput):
    cash_confirmed = serializers.BooleanField(
        default=False, help_text="Exactly what is due was collected at every door. Needed where cash is due."
    )


class SessionReasonInput(SessionActInput):
    reason = TextField(max_length=200, allow_blank=True, default="", required=False, help_text="Required.")


class SessionDriverInput(SessionActInput):
    driver_id = IdField(help_text="The driver who carries on.")
    reason = _text(200, "Required once packages are picked up.")
