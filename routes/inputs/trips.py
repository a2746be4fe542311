"""Inputs of trips: what a new one needs, and one shape per act."""

from typing import Any

from rest_framework import serializers

from dispatch_console.core.api.fields import IdField, TextField
from dispatch_console.core.errors import Invalid
from routes.commands.trip_layout import MOST_ORDERS
from routes.inputs.acts import CodesInput, DriverInput, GroupActInput, codes_field, reason_field
from routes.models import StopKind, TripType

NOTES: dict[str, Any] = {"max_length": 2000, "required": False, "allow_blank": True}


class StopInput(serializers.Serializer):
    order = TextField(max_length=24, help_text="The order's code.")
    kind = serializers.ChoiceField(choices=StopKind.choices)


def stops_field(**more: Any) -> serializers.ListSerializer:
    return serializers.ListSerializer(child=StopInput(), allow_empty=False, max_length=2 * MOST_ORDERS, **more)


class TripInput(GroupActInput):
    """A new trip: its orders in sequence, or its stops where the sequence alternates."""

    type = serializers.ChoiceField(choices=TripType.choices, default=TripType.MULTI_DROPOFF, required=False)
    driver_id = IdField(required=False, allow_null=True, default=None, help_text="Needs a vehicle in use.")
    notes = TextField(default="", **NOTES)
    codes = codes_field("Order codes in sequence.", required=False)
    stops = stops_field(
        required=False, allow_null=True, default=None, help_text="Instead of `codes`: both ends of every order."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["codes"] and attrs["stops"]:
            raise Invalid.fields(stops="Send the orders as `codes` or as `stops`, not both.")
        return attrs

    def arguments(self) -> dict[str, Any]:
        sent = super().arguments()
        return {
            "trip_type": sent["type"],
            "driver_id": sent["driver_id"],
            "notes": sent["notes"],
            "orders": sent["codes"] or [],
            "stops": sent["stops"],
        }


class TripEditInput(GroupActInput):
    type = serializers.ChoiceField(choices=TripType.choices, required=False)
    notes = TextField(**NOTES)

    def arguments(self) -> dict[str, Any]:
        sent = super().arguments()
        return {"trip_type": sent.get("type"), "notes": sent.get("notes")}


class TripRemoveInput(CodesInput):
    reason = reason_field("Kept in the history.")


class TripStopsInput(GroupActInput):
    stops = stops_field(help_text="Every stop of the trip in driving sequence.")


class TripDriverInput(DriverInput):
    reason = reason_field("Required where another driver has the trip.")


class TripClearDriverInput(GroupActInput):
    reason = reason_field("Required where the trip has a driver.")


class TripCancelInput(GroupActInput):
    reason = reason_field("Kept in the history.")


INPUTS: dict[str, type[GroupActInput]] = {
    "edit": TripEditInput,
    "add": CodesInput,
    "remove": TripRemoveInput,
    "reorder": TripStopsInput,
    "replan": TripStopsInput,
    "change-driver": TripDriverInput,
    "clear-driver": TripClearDriverInput,
    "cancel": TripCancelInput,
}
