"""The shapes of waybills in the API's answers, and the examples of its document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from orders.api.outcomes import ERROR_REFERENCE
from orders.api.serializers import OrderRowSerializer
from orders.models.evidence import PICTURES
from orders.states import Stage
from routes.commands.waybill_proofs import STAGES
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
    "pick-up": {
        "handed_over_by": "R. Frick",
        "note": "Two cages",
        "proof_ids": ["5f0c9a2e-3c53-4c7e-9d8f-0f2f6a1c7b10"],
    },
    "depart": {},
    "dispatch": {"handed_over_by": "R. Frick", "note": "Handed to their van at ramp 2"},
    "receive": {
        "codes": ["D-10001"],
        "received_by": "B. Marxer",
        "note": "One box dented",
        "proof_ids": ["8a1d5c7e-2b64-4f0b-8d0e-6a3e0f9b4c21"],
    },
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
    handed_over_by = serializers.CharField(allow_blank=True, help_text="At the origin.")
    received_by = serializers.CharField(allow_blank=True, help_text="At the destination, the latest.")
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


class WaybillProofSerializer(serializers.Serializer):
    """A picture of a hand-over, fetched below the waybill's address with `id`."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[str(kind) for kind in PICTURES])
    stage = serializers.ChoiceField(choices=Stage.choices)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    by = serializers.CharField(help_text="Who sent it.")
    created_at = serializers.DateTimeField()
    attached_at = serializers.DateTimeField(allow_null=True, help_text="Empty until an act names it.")
    act = serializers.CharField(allow_blank=True)


class WaybillHandOverSerializer(serializers.Serializer):
    act = serializers.ChoiceField(choices=list(STAGES))
    stage = serializers.ChoiceField(choices=Stage.choices)
    name = serializers.CharField(allow_blank=True, help_text="Who gave the packages away, or took them over.")
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(help_text="Who recorded it.")
    at = serializers.DateTimeField()
    codes = serializers.ListField(child=serializers.CharField(), help_text="Of `receive`: the orders that arrived.")
    proofs = WaybillProofSerializer(many=True)


class WaybillReturnSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(
        choices=["returned", "released"], help_text="Back with the sender, or let go because it never arrived."
    )
    codes = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField()
    at = serializers.DateTimeField()


class WaybillDetailSerializer(WaybillRowSerializer):
    items = WaybillItemSerializer(many=True)
    actions = WaybillActSerializer(many=True)
    hand_overs = WaybillHandOverSerializer(many=True, help_text="Oldest first, each with the pictures that prove it.")
    returns = WaybillReturnSerializer(many=True, help_text="Oldest first.")
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
