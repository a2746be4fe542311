"""What a driver has to do, for the API document; the values come from `orders.driver_work` and `orders.next_step`."""

from rest_framework import serializers

from orders.api.serializers import OrderRowSerializer
from orders.next_step import LABELS

NEEDS = ["photo", "signature", "barcode", "pin", "cash", "reason", "note"]


class NeedSerializer(serializers.Serializer):
    """One input of an act."""

    kind = serializers.CharField(help_text=f"One of {', '.join(NEEDS)}.")
    field = serializers.CharField(
        help_text="The name of the input. Photo and signature are uploaded first; their ids go into `proof_ids`."
    )
    stage = serializers.CharField(required=False, help_text="Of proof: pickup or delivery.")
    amount = serializers.CharField(required=False, help_text="Of cash: what is due, such as “48.20”.")
    currency = serializers.CharField(required=False)
    choices = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The company's reasons; free text does as well."
    )
    only_choices = serializers.BooleanField(required=False, help_text="True: one of the choices, no free text.")


class StepSerializer(serializers.Serializer):
    act = serializers.CharField(help_text=f"One of {', '.join(LABELS)}: the last part of the address to post to.")
    label = serializers.CharField(help_text="The button.")  # type: ignore[assignment]
    needs = NeedSerializer(many=True)


class DriverPlaceSerializer(serializers.Serializer):
    end = serializers.ChoiceField(choices=["pickup", "dropoff"])
    label = serializers.CharField()  # type: ignore[assignment]
    lat = serializers.FloatField(allow_null=True)
    lng = serializers.FloatField(allow_null=True)
    notes = serializers.CharField(allow_blank=True)
    contact = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    navigation = serializers.CharField(allow_blank=True, help_text="A geo address, which opens the phone's navigation.")
    map = serializers.CharField(allow_blank=True, help_text="A page with the way, for a browser.")


class WindowSerializer(serializers.Serializer):
    opens_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)


class NextStepSerializer(StepSerializer):
    place = DriverPlaceSerializer(allow_null=True)
    window = WindowSerializer()


class OfferTimeSerializer(serializers.Serializer):
    offered_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Empty: it waits without end.")
    seconds_left = serializers.IntegerField(allow_null=True)


class JobItemSerializer(serializers.Serializer):
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    description = serializers.CharField(allow_blank=True)


class JobSerializer(serializers.Serializer):
    """One order as its driver sees it: `next` is the one button, `others` the small ones."""

    order = OrderRowSerializer()
    instructions = serializers.CharField(allow_blank=True)
    items = JobItemSerializer(many=True)
    offer = OfferTimeSerializer(allow_null=True, help_text="While it waits for the driver's answer.")
    next = NextStepSerializer(allow_null=True)
    waiting_for = serializers.CharField(allow_blank=True, help_text="Where there is no next step: why, in a sentence.")
    others = StepSerializer(many=True)


class WorkSerializer(serializers.Serializer):
    offers = JobSerializer(many=True)
    orders = JobSerializer(many=True, help_text="In the order in which they are to be worked off.")
