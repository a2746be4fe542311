"""The shape of every order input: one serializer per action, used by console forms and the API alike."""

from functools import cache
from typing import Any

from rest_framework import serializers

from dispatch_console.core.api.fields import IdField, LatitudeField, LongitudeField, MomentField, TextField
from orders import actions
from orders.evidence import MOST_PROOFS
from orders.states import (
    CarrierType,
    ExceptionStatus,
    OrderType,
    Payer,
    PaymentMethod,
    Priority,
    Resolution,
    Stage,
    Status,
)


def _reason(help_text: str) -> TextField:
    return TextField(max_length=200, required=False, allow_blank=True, default="", help_text=help_text)


def _note() -> TextField:
    return TextField(max_length=2000, required=False, allow_blank=True, default="", help_text="Kept in the history.")


class ActionInput(serializers.Serializer):
    """Base of action inputs. `version` refuses the act when the order has changed since."""

    action: type[actions.Action]

    version = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The order version you are looking at; refused with 412 when it is no longer the newest.",
    )

    def to_action(self) -> actions.Action:
        """The validated input as the action's frozen value."""
        declared = self.action.__dataclass_fields__
        return self.action(**{name: value for name, value in self.validated_data.items() if name in declared})


def _force() -> serializers.BooleanField:
    return serializers.BooleanField(
        required=False, default=False, help_text="Do not ask the driver, who then cannot refuse."
    )


class AssignInput(ActionInput):
    action = actions.Assign
    driver_id = IdField(help_text="The driver who gets the order.")
    force = _force()
    note = _note()


class SwitchInput(ActionInput):
    action = actions.Switch
    driver_id = IdField(help_text="The driver who takes over.")
    force = _force()
    reason = _reason("Required once the package is picked up.")
    note = _note()


class UnassignInput(ActionInput):
    action = actions.Unassign
    reason = _reason("Required.")
    note = _note()


class AcceptInput(ActionInput):
    action = actions.Accept


class RejectInput(ActionInput):
    action = actions.Reject
    reason = _reason("Required.")


class SelfAssignInput(ActionInput):
    action = actions.SelfAssign


class SelfUnassignInput(ActionInput):
    action = actions.SelfUnassign
    reason = _reason("Required.")
    note = _note()


class ConfirmInput(ActionInput):
    action = actions.Confirm


class ProofIdsField(serializers.ListField):
    """Ids of uploaded pictures, as the frozen action keeps them."""

    child = serializers.UUIDField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            default=list,
            max_length=MOST_PROOFS,
            help_text="Ids of photos and signatures uploaded before.",
            **kwargs,
        )

    def to_internal_value(self, data: Any) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(dict.fromkeys(str(value) for value in super().to_internal_value(data)))

    def get_default(self) -> tuple[str, ...]:  # type: ignore[override]
        return ()


class ArriveInput(ActionInput):
    action = actions.Arrive
    stage = serializers.ChoiceField(
        choices=Stage.choices, required=False, allow_blank=True, default="", help_text="Refused where it does not fit."
    )
    note = _note()


class StageInput(ActionInput):
    action = actions.StageAtWarehouse
    driver_id = IdField(
        required=False, allow_null=True, default=None, help_text="Who brought it. Needed when the leg has no driver."
    )
    note = _note()


class HandedOverInput(ActionInput):
    """What picking up and delivering have in common: proof, and cash."""

    note = _note()
    proof_ids = ProofIdsField()
    barcode = TextField(
        max_length=80, required=False, allow_blank=True, default="", help_text="The code scanned on the package."
    )
    collected = serializers.DecimalField(
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="Cash taken here, such as 12.50. Empty: exactly what is due.",
    )
    collected_reason = _reason("Required where another amount than what is due was taken.")


class PickUpInput(HandedOverInput):
    action = actions.PickUp


class DepartInput(ActionInput):
    action = actions.Depart
    note = _note()


class DeliverInput(HandedOverInput):
    action = actions.Deliver
    pin = serializers.RegexField(
        r"^[0-9]{4}$",
        required=False,
        allow_blank=True,
        default="",
        error_messages={"invalid": "A PIN has four digits."},
        help_text="What the receiver says. A wrong one is counted, and five lock the PIN.",
    )
    recipient = TextField(
        max_length=120, required=False, allow_blank=True, default="", help_text="Who took the package."
    )


class FailAttemptInput(ActionInput):
    action = actions.FailAttempt
    reason = _reason("Required.")
    note = _note()
    proof_ids = ProofIdsField()
    stage = serializers.ChoiceField(
        choices=Stage.choices, required=False, allow_blank=True, default="", help_text="Refused where it does not fit."
    )


class TryAgainInput(ActionInput):
    action = actions.TryAgain
    note = _note()


class WithdrawAttemptInput(ActionInput):
    action = actions.WithdrawAttempt
    note = _note()


class AddProofInput(ActionInput):
    action = actions.AddProof
    stage = serializers.ChoiceField(choices=Stage.choices, default=Stage.DELIVERY)
    proof_ids = ProofIdsField()
    note = _note()


class UnlockPinInput(ActionInput):
    action = actions.UnlockPin
    note = _note()


class ChangeStatusInput(ActionInput):
    action = actions.ChangeStatus
    target = serializers.ChoiceField(choices=Status.choices)
    driver_id = IdField(required=False, allow_null=True, default=None, help_text="Needed when the order has no driver.")
    reason = _reason("Needed for cancelled, returned, and pending from assigned.")
    note = _note()


class CorrectInput(ActionInput):
    action = actions.Correct
    target = serializers.ChoiceField(choices=[Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED])
    driver_id = IdField(required=False, allow_null=True, default=None)
    note = _note()


class ReturnInput(ActionInput):
    action = actions.Return
    reason = _reason("Required.")
    note = _note()


class RequestReturnInput(ActionInput):
    action = actions.RequestReturn
    reason = _reason("Required.")
    note = _note()


class ApproveReturnInput(ActionInput):
    action = actions.ApproveReturn
    note = _note()


class RejectReturnInput(ActionInput):
    action = actions.RejectReturn
    reason = _reason("Required. Whoever asked reads it.")
    note = _note()


class WithdrawReturnInput(ActionInput):
    action = actions.WithdrawReturn
    note = _note()


class HoldInput(ActionInput):
    action = actions.Hold
    reason = _reason("Required.")
    note = _note()


class ReleaseInput(ActionInput):
    action = actions.Release
    note = _note()


class RescheduleInput(ActionInput):
    action = actions.Reschedule
    day = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A working day of the company, today or later. Empty: the next working day.",
    )
    reason = _reason("Kept in the history.")
    note = _note()


class CancelInput(ActionInput):
    action = actions.Cancel
    reason = _reason("Required.")
    note = _note()


class ReopenInput(ActionInput):
    action = actions.Reopen
    driver_id = IdField(
        required=False, allow_null=True, default=None, help_text="Give it to this driver again at once."
    )
    note = _note()


class RaiseExceptionInput(ActionInput):
    action = actions.RaiseException
    reason = _reason("The type, one of the company's own words. Required.")
    note = _note()


class SettleExceptionInput(ActionInput):
    action = actions.SettleException
    exception_id = IdField(required=False, allow_null=True, default=None, help_text="Empty: the order's only open one.")
    status = serializers.ChoiceField(choices=ExceptionStatus.choices)
    resolution = serializers.ChoiceField(
        choices=Resolution.choices, required=False, allow_blank=True, default="", help_text="Needed for resolved."
    )
    note = _note()


class NoteInput(ActionInput):
    action = actions.AddNote
    note = _note()


class UndoInput(serializers.Serializer):
    version = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The version made by the change you want to undo; refused when the order has moved on.",
    )


# A person reads these in the form and in the findings of an import.
WITHIN: dict[str, Any] = {"min_value": "Enter {min_value} or more.", "max_value": "Enter {max_value} or less."}


def _measure(help_text: str, *, max_digits: int, decimal_places: int) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=max_digits,
        decimal_places=decimal_places,
        min_value=0,
        error_messages=WITHIN,
        required=False,
        allow_null=True,
        default=None,
        help_text=help_text,
    )


class ItemInput(serializers.Serializer):
    name = TextField(max_length=120)
    description = TextField(max_length=500, required=False, allow_blank=True, default="")
    quantity = serializers.IntegerField(min_value=1, max_value=100_000, default=1, error_messages=WITHIN)
    weight = _measure("Kilograms per piece.", max_digits=8, decimal_places=3)
    length = _measure("Centimetres.", max_digits=7, decimal_places=1)
    width = _measure("Centimetres.", max_digits=7, decimal_places=1)
    height = _measure("Centimetres.", max_digits=7, decimal_places=1)


class OrderFields(serializers.Serializer):
    """The form fields of an order: all of them when creating, any of them when editing."""

    customer_id = IdField()
    service_id = IdField()
    pickup_address = TextField(max_length=300, required=False, allow_blank=True)
    pickup_warehouse_id = IdField(required=False, allow_null=True)
    pickup_latitude = LatitudeField(required=False, allow_null=True)
    pickup_longitude = LongitudeField(required=False, allow_null=True)
    pickup_contact = TextField(max_length=120, required=False, allow_blank=True)
    pickup_phone = TextField(max_length=40, required=False, allow_blank=True)
    pickup_notes = TextField(max_length=500, required=False, allow_blank=True)
    dropoff_address = TextField(max_length=300, required=False, allow_blank=True)
    dropoff_warehouse_id = IdField(required=False, allow_null=True)
    dropoff_latitude = LatitudeField(required=False, allow_null=True)
    dropoff_longitude = LongitudeField(required=False, allow_null=True)
    dropoff_contact = TextField(max_length=120, required=False, allow_blank=True)
    dropoff_phone = TextField(max_length=40, required=False, allow_blank=True)
    dropoff_notes = TextField(max_length=500, required=False, allow_blank=True)
    payer = serializers.ChoiceField(choices=Payer.choices)
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices)
    cod_amount = serializers.DecimalField(
        max_digits=10, decimal_places=2, min_value=0, required=False, error_messages=WITHIN
    )
    delivery_fee = serializers.DecimalField(
        max_digits=10, decimal_places=2, min_value=0, required=False, error_messages=WITHIN
    )
    unit_size = serializers.IntegerField(min_value=1, max_value=100_000, error_messages=WITHIN)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    instructions = TextField(max_length=1000, required=False, allow_blank=True)
    notes = TextField(max_length=2000, required=False, allow_blank=True)
    external_reference = TextField(max_length=80, required=False, allow_blank=True)
    scheduled_pickup_at = MomentField(required=False, allow_null=True)
    scheduled_delivery_at = MomentField(required=False, allow_null=True)
    items = ItemInput(many=True, required=False, max_length=200)  # type: ignore[call-arg]

    def form_values(self) -> dict[str, Any]:
        """Only what was sent, as plain values."""
        names = _form_fields()
        values = {name: value for name, value in self.validated_data.items() if name in names}
        if "items" in values:
            values["items"] = [dict(item) for item in values["items"]]
        return values


@cache
def _form_fields() -> frozenset[str]:
    return frozenset(OrderFields().fields)


class CreateInput(OrderFields):
    type = serializers.ChoiceField(choices=OrderType.choices)
    is_draft = serializers.BooleanField(default=False)
    carrier_type = serializers.ChoiceField(choices=CarrierType.choices, default=CarrierType.INTERNAL)
    barcode = TextField(max_length=40, required=False, allow_blank=True, default="")
    bulk_group = TextField(max_length=60, required=False, allow_blank=True, default="")
    driver_id = IdField(required=False, allow_null=True, default=None, help_text="Assign at once.")
    staging_warehouse_id = IdField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Pickup & delivery only: the order is carried in two legs over this warehouse, and needs at least "
        "one item. Empty: as the service says.",
    )
    wants_replacement = serializers.BooleanField(
        default=False, help_text="Pickup & delivery only: something goes back from the receiver after the delivery."
    )

    def read(self, data: dict[str, Any]) -> actions.NewOrder:
        """The next of many inputs through this one serializer: making one costs more than using it.

        Raises the serializer's ValidationError.
        """
        self._validated_data: dict[str, Any] = self.run_validation(data)
        self._errors: dict[str, Any] = {}
        return self.to_new_order()

    def to_new_order(self) -> actions.NewOrder:
        data = self.validated_data
        return actions.NewOrder(
            type=data["type"],
            values=self.form_values(),
            is_draft=data["is_draft"],
            carrier_type=data["carrier_type"],
            barcode=data["barcode"],
            bulk_group=data["bulk_group"],
            driver_id=data["driver_id"],
            staging_warehouse_id=data["staging_warehouse_id"],
            wants_replacement=data["wants_replacement"],
        )


class EditInput(ActionInput, OrderFields):
    """Only the fields that are sent change. Use with partial=True."""

    action = actions.Edit

    def to_action(self) -> actions.Edit:
        return actions.Edit(changes=self.form_values())


INPUTS: dict[str, type[ActionInput]] = {
    serializer.action.name: serializer
    for serializer in (
        AssignInput,
        SwitchInput,
        UnassignInput,
        AcceptInput,
        RejectInput,
        SelfAssignInput,
        SelfUnassignInput,
        ConfirmInput,
        ArriveInput,
        PickUpInput,
        DepartInput,
        StageInput,
        DeliverInput,
        FailAttemptInput,
        TryAgainInput,
        WithdrawAttemptInput,
        AddProofInput,
        UnlockPinInput,
        ChangeStatusInput,
        CorrectInput,
        ReturnInput,
        HoldInput,
        ReleaseInput,
        EditInput,
        RescheduleInput,
        CancelInput,
        ReopenInput,
        RequestReturnInput,
        ApproveReturnInput,
        RejectReturnInput,
        WithdrawReturnInput,
        RaiseExceptionInput,
        SettleExceptionInput,
        NoteInput,
    )
}
