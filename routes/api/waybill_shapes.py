"""The shapes of waybills in the API's answers, and the examples of its document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from orders.api.outcomes import ERROR_REFERENCE
from orders.api.serializers import OrderRowSerializer
from routes.models import WaybillOutcome, WaybillStatus
from routes.models.waybill import CARRIERS

REFUSALS: dict[int, Any] = {
    400: OpenApiResponse(ERROR_REFERENCE, "The input is wrong; `details.fields` says where."),
    403: OpenApiResponse(ERROR_REFERENCE, "The role does not allow it."),
    404: OpenApiResponse(ERROR_REFERENCE, "No such waybill, or not yours to see."),
    409: OpenApiResponse(
        ERROR_REFERENCE, "The state does not allow it now; `details.blocked` names each order in the way and why."
    ),
    412: OpenApiResponse(ERROR_REFERENCE, "Made on an older version; `details.changes` says what happened since."),
    422: OpenApiResponse(ERROR_REFERENCE, "The idempotency key was used for something else."),
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "create": {
        "origin_warehouse_id": 1,
        "destination_warehouse_id": 2,
        "carrier_type": "internal",
        "driver_id": 7,
        "notes": "Evening transfer",
    },
    "edit": {"destination_address": "Landstrasse 3, 9495 Triesen", "version": 2},
    "add": {"codes": ["D-10001", "D-10002"], "version": 1},
    "remove": {"codes": ["D-10002"], "version": 2},
    "seal": {"version": 3},
    "assign": {"driver_id": 7, "version": 4},
    "switch": {"driver_id": 9, "reason": "Vehicle fault"},
    "unassign": {"reason": "Goes tomorrow"},
    "pick-up": {"note": "Two cages"},
    "depart": {},
    "dispatch": {"note": "Handed to their van at ramp 2"},
    "receive": {"codes": ["D-10001"], "received_by": "B. Marxer", "note": "One box dented"},
    "return": {"codes": ["D-10001"], "reason": "Hub closed"},
    "let-go": {"codes": ["D-10002"], "reason": "Lost on the way"},
    "close": {},
    "cancel": {"reason": "No longer needed"},
}


def example(name: str) -> list[OpenApiExample]:
    return [OpenApiExample(name.replace("-", " ").capitalize(), EXAMPLES[name], request_only=True)]


class WaybillPlaceSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["address", "warehouse"])
    label = serializers.CharField()  # type: ignore[assignment]
    warehouse_id = serializers.IntegerField(allow_null=True)
    lat = serializers.FloatField(allow_null=True)
    lng = serializers.FloatField(allow_null=True)


class WaybillDriverSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class WaybillRowSerializer(serializers.Serializer):
    """One waybill in a list."""

    label = serializers.CharField(help_text="Such as WB00001.")  # type: ignore[assignment]
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=WaybillStatus.choices)
    assignment_status = serializers.ChoiceField(
        choices=["unassigned", "intended", "assigned", "carrier"],
        help_text="`intended`: the driver of a draft gets the orders when it is sealed. `carrier`: another fleet's.",
    )
    carrier_type = serializers.ChoiceField(choices=[(each.value, each.label) for each in CARRIERS])
    carrier_reference = serializers.CharField(allow_blank=True)
    origin = WaybillPlaceSerializer()
    destination = WaybillPlaceSerializer()
    driver = WaybillDriverSerializer(allow_null=True)
    vehicle = serializers.CharField(allow_null=True)
    notes = serializers.CharField(allow_blank=True)
    orders = serializers.IntegerField(help_text="All on it.")
    carried = serializers.IntegerField(help_text="Those without an outcome yet.")
    returned = serializers.IntegerField()
    units = serializers.IntegerField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    assigned_at = serializers.DateTimeField(allow_null=True)
    sealed_at = serializers.DateTimeField(allow_null=True)
    picked_up_at = serializers.DateTimeField(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True, help_text="In transit since.")
    received_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    received_by = serializers.CharField(allow_blank=True)
    proof_note = serializers.CharField(allow_blank=True)
    closing_reason = serializers.CharField(allow_blank=True)


class WaybillItemSerializer(serializers.Serializer):
    order = OrderRowSerializer()
    outcome = serializers.ChoiceField(
        choices=WaybillOutcome.choices, allow_blank=True, help_text="Empty while the waybill carries it."
    )
    reason = serializers.CharField(allow_blank=True)
    added_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class WaybillActSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    key = serializers.CharField(allow_blank=True)
    is_dangerous = serializers.BooleanField()
    is_allowed = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    why_not = serializers.CharField(allow_blank=True)
    asks = serializers.ListField(child=serializers.CharField())
    reason_kind = serializers.CharField(allow_blank=True)


class WaybillEventSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    kind = serializers.CharField()
    actor = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    reason = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    codes = serializers.ListField(child=serializers.CharField())
    occurred_at = serializers.DateTimeField()


class WaybillDetailSerializer(WaybillRowSerializer):
    items = WaybillItemSerializer(many=True)
    actions = WaybillActSerializer(many=True)
    timeline = WaybillEventSerializer(many=True)


class WaybillRefusalSerializer(serializers.Serializer):
    code = serializers.CharField()
    error_code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField()


class WaybillOutcomeSerializer(serializers.Serializer):
    waybill = WaybillDetailSerializer()
    refused = WaybillRefusalSerializer(many=True, help_text="Of `add`: the orders that could not come along, and why.")


class EligibleOrderSerializer(serializers.Serializer):
    asked = serializers.CharField(required=False, help_text="With `code`: what named it.")
    order = OrderRowSerializer()
    why_not = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True, help_text="Of `why_not`: stable, for programs.")
    warning = serializers.CharField(allow_blank=True)


class EligiblePageSerializer(serializers.Serializer):
    results = EligibleOrderSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    total = serializers.IntegerField()
    total_is_capped = serializers.BooleanField()


class OwnWaybillSerializer(WaybillRowSerializer):
    next = serializers.CharField(allow_blank=True, help_text="The act that comes next: pick-up, depart, receive.")
    items = WaybillItemSerializer(many=True)
