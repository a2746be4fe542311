"""The shapes of trips in the API's answers."""

from rest_framework import serializers

from orders.api.serializers import OrderRowSerializer
from routes.models import StopKind, TripStatus, TripType
from routes.reading.trip_stops import STATES


class TripNamedSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class TripRowSerializer(serializers.Serializer):
    """One trip in a list."""

    label = serializers.CharField(help_text="Such as TRIP-00001.")  # type: ignore[assignment]
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=TripStatus.choices, help_text="Follows from the orders.")
    type = serializers.ChoiceField(choices=TripType.choices)
    orders = serializers.IntegerField(help_text="All on it, whatever became of them.")
    driver = TripNamedSerializer(allow_null=True)
    vehicle = TripNamedSerializer(allow_null=True)
    notes = serializers.CharField(allow_blank=True)
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class TripSummarySerializer(serializers.Serializer):
    planned = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    delivered = serializers.IntegerField(help_text="Staged at a warehouse counts as well.")
    returned = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    to_bring_back = serializers.IntegerField(help_text="Of the cancelled: the driver still has the package.")
    return_requests = serializers.IntegerField(help_text="Orders that somebody wants to send back.")


class TripStopSerializer(serializers.Serializer):
    """One end of one order."""

    place = serializers.IntegerField(help_text="In the sequence, from 1.")
    kind = serializers.ChoiceField(choices=StopKind.choices)
    order = serializers.CharField(help_text="The order's code.")
    state = serializers.ChoiceField(choices=list(STATES.items()))
    is_current = serializers.BooleanField(help_text="Where the driver is, or goes to.")
    is_next = serializers.BooleanField()
    is_at_door = serializers.BooleanField()
    label = serializers.CharField()  # type: ignore[assignment]
    lat = serializers.FloatField(allow_null=True)
    lng = serializers.FloatField(allow_null=True)
    contact = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="Of a dropoff: what was promised.")
    opens_at = serializers.DateTimeField(allow_null=True, help_text="Of a pickup: when it is ready.")


class TripActSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    key = serializers.CharField(allow_blank=True)
    is_dangerous = serializers.BooleanField()
    is_allowed = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    why_not = serializers.CharField(allow_blank=True)
    asks = serializers.ListField(child=serializers.CharField())
    reason_kind = serializers.CharField(allow_blank=True)


class TripDetailSerializer(TripRowSerializer):
    summary = TripSummarySerializer()
    stops = TripStopSerializer(many=True)
    order_rows = OrderRowSerializer(many=True)
    hidden_orders = serializers.IntegerField(help_text="Orders of teams that are not yours to see.")
    actions = TripActSerializer(many=True)


class TripUndoSerializer(serializers.Serializer):
    method = serializers.ChoiceField(choices=["POST", "PUT", "PATCH"])
    url = serializers.CharField()
    body = serializers.DictField(help_text="Send it with an idempotency key of its own.")


class TripOutcomeSerializer(serializers.Serializer):
    message = serializers.CharField()
    trip = TripDetailSerializer()
    undo = TripUndoSerializer(allow_null=True, help_text="The request that takes it back, while nothing else happens.")
