"""What happened to an order, as the API answers it: an entry of the history, the feed, and what an action did."""

from rest_framework import serializers

from dispatch_console.core.actor import ActorKind, Source
from orders.api.serializers import OrderRowSerializer, UndoOfferSerializer


class ChangeSerializer(serializers.Serializer):
    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class EventSerializer(serializers.Serializer):
    """One entry of the history. It is never changed or deleted."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(
        allow_null=True, help_text="Its place in the tenant's stream; empty for a moment after the commit."
    )
    stream = serializers.CharField(help_text="What it happened to: order, waybill, trip, route, session or driver.")
    kind = serializers.CharField(help_text="Such as order.assigned.")
    code = serializers.CharField(help_text="Of the order or group it happened to; of a driver the id.")
    version = serializers.IntegerField(help_text="The version that this had after it.")
    actor = serializers.CharField()
    actor_kind = serializers.ChoiceField(choices=ActorKind.choices)
    source = serializers.ChoiceField(choices=Source.choices)  # type: ignore[assignment]
    source_id = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField()
    changes = ChangeSerializer(many=True)
    names = serializers.DictField(child=serializers.CharField(), help_text="Names of the drivers the changes mention.")
    undoes = serializers.IntegerField(allow_null=True, help_text="The event this one took back.")


class FeedSerializer(serializers.Serializer):
    results = EventSerializer(many=True)
    last = serializers.IntegerField(help_text="Ask again with `after` set to this number.")
    head = serializers.IntegerField(help_text="The newest number; equal to `last` when you have caught up.")


class OutcomeSerializer(serializers.Serializer):
    """What an action did."""

    order = OrderRowSerializer()
    event = EventSerializer()
    warnings = serializers.ListField(child=serializers.CharField())
    undo = UndoOfferSerializer(allow_null=True)
