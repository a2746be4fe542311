"""An order as the API answers it, in lists and in detail, described for its document; the answers are dictionaries."""

from typing import get_args

from rest_framework import serializers

from orders.api.exceptions import ExceptionSerializer
from orders.api.shown import AttemptSerializer, NeededSerializer, OrderCollectionSerializer, ProofSerializer
from orders.attention import Attention
from orders.models import ServiceLevel
from orders.states import (
    AssignmentStatus,
    CarrierType,
    Direction,
    Flow,
    Leg,
    OrderType,
    Payer,
    PaymentMethod,
    PaymentStatus,
    Priority,
    ReturnStatus,
    Status,
)


class NamedSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class CustomerPartSerializer(NamedSerializer):
    phone = serializers.CharField(allow_blank=True)


class ServicePartSerializer(NamedSerializer):
    level = serializers.ChoiceField(choices=ServiceLevel.choices)


class ZonePartSerializer(NamedSerializer):
    code = serializers.CharField()


class EndSerializer(serializers.Serializer):
    """One end of the way: an address or a warehouse."""

    kind = serializers.ChoiceField(choices=["address", "warehouse"])
    label = serializers.CharField(help_text="The address, or the warehouse's name.")  # type: ignore[assignment]
    warehouse_id = serializers.IntegerField(allow_null=True)
    lat = serializers.FloatField(allow_null=True, help_text="Empty: not on the map.")
    lng = serializers.FloatField(allow_null=True)
    zone = ZonePartSerializer(allow_null=True)
    contact = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)


class EtaSerializer(serializers.Serializer):
    pickup_at = serializers.DateTimeField(allow_null=True, help_text="Empty once the package is picked up.")
    dropoff_at = serializers.DateTimeField(allow_null=True, help_text="Empty where the end is not on the map.")
    is_estimate = serializers.BooleanField(
        help_text="Some way up to there is a straight line, or the driver was not seen lately."
    )


class KinshipSerializer(serializers.Serializer):
    """What an order has to do with others: the legs of a staged one, replacements and returns."""

    leg = serializers.ChoiceField(choices=Leg.choices, allow_blank=True, help_text="Which leg of a staged order.")
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The code of the staged order this is a leg of."
    )
    is_parent = serializers.BooleanField(help_text="A staged order: act on its legs `<code>-1` and `<code>-2`.")
    is_locked = serializers.BooleanField(help_text="An outbound leg whose package is not at the warehouse yet.")
    staging = NamedSerializer(allow_null=True, help_text="The warehouse that a staged order passes through.")
    wants_replacement = serializers.BooleanField(help_text="Something goes back from the receiver.")
    flow = serializers.ChoiceField(choices=Flow.choices, allow_blank=True)
    source = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The code of the order that a return goes back from."
    )
    return_status = serializers.ChoiceField(
        choices=ReturnStatus.choices, allow_blank=True, help_text="How the request for a return stands."
    )


class OrderRowSerializer(KinshipSerializer):
    """One order in a list. Money is a string with two decimals, times are UTC."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text="The order's public id, unique in the tenant.")
    barcode = serializers.CharField()
    version = serializers.IntegerField(help_text="Rises by one with every change.")
    type = serializers.ChoiceField(choices=OrderType.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    assignment_status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    carrier_type = serializers.ChoiceField(choices=CarrierType.choices)
    direction = serializers.ChoiceField(choices=Direction.choices, allow_blank=True)
    customer = CustomerPartSerializer()
    service = ServicePartSerializer()
    team_id = serializers.IntegerField(allow_null=True)
    driver = NamedSerializer(allow_null=True)
    vehicle = serializers.CharField(allow_null=True, help_text="The vehicle's name.")
    holder = NamedSerializer(allow_null=True, help_text="Who has the package in hands.")
    package_with_driver = serializers.BooleanField(help_text="Cancelled after pickup: the driver still has it.")
    holder_dropped = serializers.BooleanField(help_text="Picked up, but its driver was taken off.")
    on_hold = serializers.BooleanField()
    hold_reason = serializers.CharField(allow_blank=True)
    closing_reason = serializers.CharField(allow_blank=True)
    held_by = serializers.CharField(allow_blank=True, help_text="The group that locks single actions.")
    pickup = EndSerializer()
    dropoff = EndSerializer()
    payer = serializers.ChoiceField(choices=Payer.choices)
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices)
    payment_status = serializers.ChoiceField(choices=PaymentStatus.choices)
    cod_amount = serializers.CharField(help_text="Cash to collect, such as “48.20”.")
    delivery_fee = serializers.CharField()
    unit_size = serializers.IntegerField()
    priority = serializers.ChoiceField(choices=Priority.choices)
    due_at = serializers.DateTimeField(allow_null=True, help_text="What was promised.")
    eta = EtaSerializer(
        allow_null=True,
        help_text="When the driver is expected. It follows the driver without a new version of the order.",
    )
    scheduled_pickup_at = serializers.DateTimeField(allow_null=True)
    scheduled_delivery_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    picked_up_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    external_reference = serializers.CharField(allow_blank=True)
    bulk_group = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True, help_text="In lists: the beginning.")
    proof_missing = serializers.BooleanField()
    attempt_failed = serializers.BooleanField(help_text="The last try at a door failed; nobody has decided yet.")
    failed_attempts = serializers.IntegerField(help_text="How many tries failed in all.")
    open_exceptions = serializers.IntegerField(help_text="Exceptions that nobody has settled.")
    attention = serializers.ChoiceField(
        choices=get_args(Attention),
        allow_null=True,
        help_text="The most urgent reason to look at it; late and at_risk follow from `due_at` and `eta`.",
    )


class ItemSerializer(serializers.Serializer):
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    quantity = serializers.IntegerField()
    weight = serializers.CharField(allow_null=True, help_text="Kilograms per piece.")
    length = serializers.CharField(allow_null=True, help_text="Centimetres.")
    width = serializers.CharField(allow_null=True)
    height = serializers.CharField(allow_null=True)


class AssignmentSerializer(serializers.Serializer):
    driver = NamedSerializer()
    vehicle = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    assigned_by = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    warnings = serializers.ListField(child=serializers.JSONField(), help_text="What spoke against it, but not hard.")
    explanation = serializers.JSONField(
        allow_null=True, help_text="Why this driver: the best five of the ranking then and the chosen one."
    )
    is_automatic = serializers.BooleanField(help_text="Given by the automatic dispatch.")
    created_at = serializers.DateTimeField()
    responded_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Empty: the live assignment.")


class TargetSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=Status.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    action = serializers.CharField(help_text="The action this turns out to be.")
    needs = serializers.ListField(child=serializers.CharField())


class OfferSerializer(serializers.Serializer):
    """One action on the order, as its address names it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    key = serializers.CharField(allow_blank=True, help_text="The console's shortcut.")
    is_dangerous = serializers.BooleanField()
    is_allowed = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True, help_text="Why not, for programs.")
    why_not = serializers.CharField(allow_blank=True, help_text="Why not, for people.")
    reason_kind = serializers.CharField(allow_blank=True, help_text="Which list of reasons fits.")
    needs = serializers.ListField(child=serializers.CharField(), help_text="Inputs without which it is refused.")
    targets = TargetSerializer(many=True, help_text="For `status`: what can be set.")


class UndoOfferSerializer(serializers.Serializer):
    is_possible = serializers.BooleanField()
    why_not = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(help_text="The version the change made.")
    kind = serializers.CharField()


class PolicySerializer(serializers.Serializer):
    name = serializers.CharField()
    pickup_photo = serializers.BooleanField()
    pickup_signature = serializers.BooleanField()
    pickup_barcode = serializers.BooleanField()
    delivery_photo = serializers.BooleanField()
    delivery_signature = serializers.BooleanField()
    delivery_barcode = serializers.BooleanField()
    delivery_pin = serializers.BooleanField()


class RelativeSerializer(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    driver = NamedSerializer(allow_null=True)


class LegSerializer(RelativeSerializer):
    leg = serializers.ChoiceField(choices=Leg.choices)
    is_locked = serializers.BooleanField()


class ReturnRequestSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=ReturnStatus.choices)
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_blank=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision = serializers.CharField(allow_blank=True, help_text="What was said about it.")
    return_order = serializers.CharField(allow_null=True, help_text="The code of the delivery that an approval made.")


class OrderDetailSerializer(OrderRowSerializer):
    """Everything about one order."""

    legs = LegSerializer(many=True, help_text="Both legs of a staged order, also for one of them; inbound first.")
    returns = RelativeSerializer(many=True, help_text="The orders that go back from it.")
    return_requests = ReturnRequestSerializer(many=True, help_text="Newest first.")

    instructions = serializers.CharField(allow_blank=True)
    pickup_notes = serializers.CharField(allow_blank=True)
    dropoff_notes = serializers.CharField(allow_blank=True)
    policy = PolicySerializer(allow_null=True)
    items = ItemSerializer(many=True)
    assignments = AssignmentSerializer(many=True, help_text="Newest last.")
    actions = OfferSerializer(many=True)
    undo = UndoOfferSerializer(allow_null=True)
    arrived_pickup_at = serializers.DateTimeField(allow_null=True)
    arrived_dropoff_at = serializers.DateTimeField(allow_null=True)
    received_by = serializers.CharField(allow_blank=True, help_text="Who took the package.")
    proofs = ProofSerializer(many=True, help_text="Oldest first; a driver gets the own ones.")
    exceptions = ExceptionSerializer(many=True, help_text="What went wrong, oldest first.")
    attempts = AttemptSerializer(many=True, help_text="Failed tries, oldest first.")
    collections = OrderCollectionSerializer(many=True, help_text="Cash taken, oldest first.")
    needed = NeededSerializer(help_text="What the next handing over asks for.")
