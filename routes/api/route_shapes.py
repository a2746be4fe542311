"""Routes and sessions in the API document."""

from rest_framework import serializers

from orders.api.serializers import OrderRowSerializer
from routes.models import SessionStatus
from routes.reading.routes import STATUSES


class RouteEndSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["address", "warehouse"])
    label = serializers.CharField()  # type: ignore[assignment]
    warehouse_id = serializers.IntegerField(allow_null=True)
    lat = serializers.FloatField()
    lng = serializers.FloatField()


class NamedDriverSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class RouteVehicleSerializer(serializers.Serializer):
    name = serializers.CharField()
    capacity_units = serializers.IntegerField()


class ScheduleSerializer(serializers.Serializer):
    time = serializers.CharField(allow_null=True)
    days = serializers.ListField(child=serializers.IntegerField())
    words = serializers.CharField(allow_blank=True, help_text="Such as “Mon\N{EN DASH}Fri 08:00”.")
    next_at = serializers.DateTimeField(allow_null=True, help_text="When the next session opens by itself.")


class RouteRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    label = serializers.CharField(help_text="Such as R0007.")  # type: ignore[assignment]
    version = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    is_active = serializers.BooleanField()
    pickup = RouteEndSerializer()
    dropoff = RouteEndSerializer()
    driver = NamedDriverSerializer(allow_null=True)
    vehicle = RouteVehicleSerializer(allow_null=True)
    problem = serializers.CharField(allow_blank=True, help_text="Why no session can be opened now, as a sentence.")
    starts_on = serializers.DateField(allow_null=True)
    schedule = ScheduleSerializer()
    capacity = serializers.IntegerField(allow_null=True)
    active_orders = serializers.IntegerField(help_text="Orders that are not over, in all of its sessions.")
    open_session = serializers.CharField(allow_null=True, help_text="The session that takes orders now.")
    notes = serializers.CharField(allow_blank=True)
    team_id = serializers.IntegerField(allow_null=True)
    created_by = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RouteDetailSerializer(RouteRowSerializer):
    session_counts = serializers.DictField(child=serializers.IntegerField(), help_text="Sessions of each status.")


class SessionRouteSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    name = serializers.CharField()
    pickup = RouteEndSerializer()
    dropoff = RouteEndSerializer()


class SessionRowSerializer(serializers.Serializer):
    label = serializers.CharField(help_text="Such as R0007-3.")  # type: ignore[assignment]
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=SessionStatus.choices)
    route = SessionRouteSerializer()
    driver = NamedDriverSerializer()
    vehicle = serializers.CharField(allow_null=True)
    capacity = serializers.IntegerField(allow_null=True)
    orders = serializers.IntegerField()
    live = serializers.IntegerField(help_text="Orders that are not over.")
    delivered = serializers.IntegerField()
    returned = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    units = serializers.IntegerField(help_text="Of the orders that are not over.")
    notes = serializers.CharField(allow_blank=True)
    scheduled_for = serializers.DateTimeField(allow_null=True, help_text="The moment of the schedule that opened it.")
    created_by = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    picked_up_at = serializers.DateTimeField(allow_null=True)
    in_transit_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class SessionItemSerializer(serializers.Serializer):
    order = OrderRowSerializer()
    added_by = serializers.CharField()
    added_at = serializers.DateTimeField()


class SessionOfferSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="The last part of the address to post to.")
    label = serializers.CharField()  # type: ignore[assignment]
    key = serializers.CharField(allow_blank=True)
    is_step = serializers.BooleanField()
    is_dangerous = serializers.BooleanField()
    is_allowed = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    why_not = serializers.CharField(allow_blank=True)
    asks = serializers.ListField(child=serializers.CharField())
    reason_kind = serializers.CharField(allow_blank=True)
    explains = serializers.CharField(allow_blank=True)


class SessionCashSerializer(serializers.Serializer):
    amount = serializers.CharField(help_text="Such as “84.50”.")
    currency = serializers.CharField()
    orders = serializers.IntegerField()


class SessionDetailSerializer(SessionRowSerializer):
    items = SessionItemSerializer(many=True)
    cash_due = SessionCashSerializer(allow_null=True, help_text="Still to be collected at the doors.")
    actions = SessionOfferSerializer(many=True)


class RouteOutcomeSerializer(serializers.Serializer):
    message = serializers.CharField()
    route = RouteDetailSerializer()


class SessionUndoSerializer(serializers.Serializer):
    method = serializers.CharField(help_text="POST.")
    url = serializers.CharField()
    body = serializers.DictField(help_text="Send it with an idempotency key of its own.")


class SessionOutcomeSerializer(serializers.Serializer):
    message = serializers.CharField()
    session = SessionDetailSerializer()
    undo = SessionUndoSerializer(
        allow_null=True,
        help_text="The request that takes a step back with all of its orders, while nothing moves on.",
    )
