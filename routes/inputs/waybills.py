"""Inputs of waybills: the fields of a draft, and one shape per act."""

from typing import Any

from rest_framework import serializers

from dispatch_console.core.api.fields import IdField, LatitudeField, LongitudeField, TextField
from orders.evidence import MOST_PROOFS
from orders.states import CarrierType
from routes.inputs.acts import (
    CodesInput,
    DriverInput,
    GroupActInput,
    GroupNoteInput,
    NothingInput,
    ReasonInput,
    codes_field,
    note_field,
    reason_field,
)
from routes.models.waybill import CARRIERS, ENDS


class WaybillFields(GroupActInput):
    """All of a draft when creating, any of it when editing. Each end is a warehouse or an address, never both."""

    origin_warehouse_id = IdField(required=False, allow_null=True)
    origin_address = TextField(max_length=300, required=False, allow_blank=True)
    origin_latitude = LatitudeField(required=False, allow_null=True)
    origin_longitude = LongitudeField(required=False, allow_null=True)
    destination_warehouse_id = IdField(required=False, allow_null=True)
    destination_address = TextField(max_length=300, required=False, allow_blank=True)
    destination_latitude = LatitudeField(required=False, allow_null=True)
    destination_longitude = LongitudeField(required=False, allow_null=True)
    carrier_type = serializers.ChoiceField(
        choices=[(carrier.value, carrier.label) for carrier in CARRIERS], required=False, default=CarrierType.INTERNAL
    )
    carrier_reference = TextField(
        max_length=80, required=False, allow_blank=True, help_text="Only for prime and external carriers."
    )
    driver_id = IdField(
        required=False, allow_null=True, help_text="Only for the own fleet: gets the orders when it is sealed."
    )
    notes = TextField(max_length=2000, required=False, allow_blank=True)

    def values(self) -> dict[str, Any]:
        """What was sent; an end that changes its kind loses what belonged to the other kind."""
        sent = self.arguments()
        for end in ENDS:
            if sent.get(f"{end}_warehouse_id") is not None:
                sent.setdefault(f"{end}_address", "")
            elif sent.get(f"{end}_address"):
                sent.setdefault(f"{end}_warehouse_id", None)
        return sent


class HandOverInput(GroupActInput):
    """Base of the acts by which the packages change hands."""

    note = note_field()
    proof_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MOST_PROOFS,
        help_text="Ids of photos and signatures uploaded before.",
    )

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        return {**given, "proof_ids": tuple(dict.fromkeys(map(str, given["proof_ids"])))}


class WaybillPickUpInput(HandOverInput):
    handed_over_by = TextField(
        max_length=120, required=False, allow_blank=True, default="", help_text="Who handed it over at the origin."
    )


class WaybillSwitchInput(DriverInput):
    reason = reason_field("Required once the waybill is picked up.")


class WaybillReceiveInput(HandOverInput):
    codes = codes_field("The orders that arrived. Empty: all that the waybill still carries.", required=False)
    received_by = TextField(
        max_length=120, required=False, allow_blank=True, default="", help_text="Who took it over at the destination."
    )


class WaybillReturnInput(ReasonInput):
    codes = codes_field("The orders that go back. Empty: all that the waybill still carries.", required=False)
    note = note_field()


class WaybillLetGoInput(ReasonInput):
    codes = codes_field("The orders that leave the waybill. Empty: all it still carries.", required=False)


INPUTS: dict[str, type[GroupActInput]] = {
    "add": CodesInput,
    "remove": CodesInput,
    "seal": NothingInput,
    "assign": DriverInput,
    "switch": WaybillSwitchInput,
    "unassign": ReasonInput,
    "pick-up": WaybillPickUpInput,
    "depart": GroupNoteInput,
    "dispatch": WaybillPickUpInput,
    "receive": WaybillReceiveInput,
    "return": WaybillReturnInput,
    "let-go": WaybillLetGoInput,
    "close": GroupNoteInput,
    "cancel": ReasonInput,
}
