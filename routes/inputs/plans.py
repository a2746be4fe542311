"""Inputs of plan runs: what to plan, with whom and how; used by the console and the API alike."""

from typing import Any

from rest_framework import serializers

from dispatch_console.core import clock
from dispatch_console.core.api.fields import IdField, MomentField, TextField
from routes.models import PlanKind
from routes.plans.wishes import MOST_DRIVERS, MOST_ORDERS, MOST_SECONDS

GOALS = (
    ("time", "Shortest driving time"),
    ("distance", "Fewest kilometres"),
    ("drivers", "As few drivers as possible"),
)


class PlanInput(serializers.Serializer):
    kind = serializers.ChoiceField(
        choices=PlanKind.choices,
        default=PlanKind.BUILD,
        help_text="build: trips for orders; insert: single orders into what drivers do already; resequence: one "
        "driver's remaining stops.",
    )
    codes = serializers.ListField(
        child=TextField(max_length=40),
        required=False,
        max_length=MOST_ORDERS,
        help_text=f"Orders that wait for a driver, {MOST_ORDERS} at most.",
    )
    filters = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True),
        required=False,
        help_text="Instead of codes: every waiting order that these filters of the list leave; {} for all.",
    )
    driver_ids = serializers.ListField(
        child=IdField(), required=False, default=list, max_length=MOST_DRIVERS, help_text="Empty: who is on duty."
    )
    goal = serializers.ChoiceField(choices=GOALS, default="time", help_text="What is short when all else is equal.")
    may_be_late = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=24 * 60,
        help_text="Minutes after its promise at which an order may be planned. What others were promised always holds.",
    )
    reshuffle = serializers.BooleanField(
        default=False, help_text="Orders that were given to a driver and not begun may change the driver."
    )
    begins_at = MomentField(required=False, allow_null=True, default=None, help_text="Empty: now.")
    ends_at = MomentField(
        required=False, allow_null=True, default=None, help_text="Empty: the planned end of each driver's shift."
    )
    warehouse_id = IdField(
        required=False, allow_null=True, default=None, help_text="Where drivers begin; empty: where they are."
    )
    returns = serializers.BooleanField(default=False, help_text="Drivers come back to where they begin.")
    rest_minutes = serializers.IntegerField(default=0, min_value=0, max_value=240, help_text="Each driver's break.")
    rest_from = MomentField(required=False, allow_null=True, default=None)
    rest_until = MomentField(required=False, allow_null=True, default=None, help_text="When it begins at the latest.")
    seconds = serializers.IntegerField(
        default=5, min_value=1, max_value=MOST_SECONDS, help_text="How long to search at most."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, list[str]] = {}
        if "codes" in values and "filters" in values:
            found["codes"] = ["Give either codes or filters."]
        if values["kind"] == PlanKind.RESEQUENCE:
            if len(values["driver_ids"]) != 1:
                found["driver_ids"] = ["Choose one driver whose stops are put in sequence."]
            if values.get("codes") or "filters" in values:
                found["codes"] = ["Re-sequencing takes no orders beside the driver's own."]
        elif not values.get("codes") and "filters" not in values:
            found["codes"] = ["Choose at least one order."]
        begins, ends = values["begins_at"] or clock.now(), values["ends_at"]
        if ends is not None and ends <= begins:
            found["ends_at"] = ["The work ends after it begins."]
        if values["rest_minutes"] and not (values["rest_from"] and values["rest_until"]):
            found["rest_from"] = ["Say between which hours the break begins."]
        elif values["rest_minutes"] and values["rest_until"] < values["rest_from"]:
            found["rest_until"] = ["The latest beginning is not before the earliest."]
        if found:
            raise serializers.ValidationError(found)
        return values

    def options(self) -> dict[str, Any]:
        """As `routes.plans.wishes.Options` are stored."""
        beside = ("kind", "codes", "filters", "driver_ids")
        moments = ("begins_at", "ends_at", "rest_from", "rest_until")
        values = {name: value for name, value in self.validated_data.items() if name not in beside}
        return values | {name: clock.iso(values[name]) or "" for name in moments}


class ApplyInput(serializers.Serializer):
    driver_ids = serializers.ListField(
        child=IdField(),
        required=False,
        allow_null=True,
        default=None,
        allow_empty=False,
        max_length=MOST_DRIVERS,
        help_text="Only these drivers' parts of the plan; empty: all of it.",
    )
