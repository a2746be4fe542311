"""Who could take an order, over the API: the same ranking that the console shows."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import once_each, refuse_unknown
from dispatch_console.core.keyset import read_limit
from orders.access import get_order
from routes.candidates import SHOWN, candidates

LONGEST_SEARCH = 100


class CandidateVehicleSerializer(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.CharField()


class JudgementSerializer(serializers.Serializer):
    rule = serializers.CharField(help_text="arrival, promise, risk, load, capacity, shift, acceptance, seen, zone, …")
    level = serializers.ChoiceField(choices=["block", "warning", "info"])
    sentence = serializers.CharField()
    minutes = serializers.FloatField(help_text="What the rule adds to the score.")
    figures = serializers.DictField()


class CandidateSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    is_online = serializers.BooleanField()
    vehicle = CandidateVehicleSerializer(allow_null=True)
    used = serializers.IntegerField(help_text="Units on board and promised.")
    limit = serializers.IntegerField(allow_null=True, help_text="Units the vehicle holds.")
    open_orders = serializers.IntegerField()
    metres = serializers.IntegerField(allow_null=True, help_text="To the pickup, as the crow flies.")
    seen_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(help_text="The position is too old to be relied on.")
    is_blocked = serializers.BooleanField(help_text="May not take it.")
    score = serializers.FloatField(help_text="Minutes; the lowest comes first.")
    pickup_minutes = serializers.FloatField(allow_null=True, help_text="From now, after the stops before it.")
    door_minutes = serializers.FloatField(allow_null=True)
    deciding = serializers.CharField(help_text="What puts the driver at this place, as a sentence.")
    blocks = serializers.ListField(child=serializers.CharField())
    warnings = serializers.ListField(child=serializers.CharField())
    rules = JudgementSerializer(many=True)


class NearestChangeSerializer(serializers.Serializer):
    driver_id = serializers.IntegerField()
    name = serializers.CharField()
    sentence = serializers.CharField()
    figures = serializers.DictField()


class DecisionSerializer(serializers.Serializer):
    action = serializers.ChoiceField(choices=["wait", "refused"])
    code = serializers.CharField()
    sentence = serializers.CharField(help_text="Why it waits, or why giving it was refused.")
    driver_id = serializers.IntegerField(allow_null=True, help_text="Whom the plan has in mind.")
    decide_by = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField()


class CandidateListSerializer(serializers.Serializer):
    candidates = CandidateSerializer(many=True)
    total = serializers.IntegerField(help_text="Drivers in service.")
    judged = serializers.IntegerField(help_text="Of a large fleet, the nearest on duty.")
    possible = serializers.IntegerField(help_text="Of those judged, how many may take it.")
    measured_from = serializers.CharField()
    change = NearestChangeSerializer(allow_null=True, help_text="What would put another driver first.")
    decision = DecisionSerializer(allow_null=True, help_text="What the last automatic round said about the order.")


class OrderCandidates(ApiView):
    required_permission = "orders.assign"

    @extend_schema(
        operation_id="orders_candidates",
        summary="Rank the drivers for an order",
        description="By one score in minutes: arrival after the stops the driver already has, the promise, what other "
        "orders would suffer, load, capacity, zone, shift and answers to earlier offers. Whoever has the order already "
        "is left out. Choosing a driver keeps the best five and the chosen one with the assignment, as `explanation`.",
        tags=["actions"],
        parameters=[
            OpenApiParameter("search", str, description="Part of a driver's name."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": SHOWN, "default": SHOWN}),
        ],
        responses=CandidateListSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        refuse_unknown(request.query_params, known=["search", "limit"])
        asked = once_each(request.query_params)
        search = asked.get("search", "").strip()
        if len(search) > LONGEST_SEARCH:
            raise Invalid.fields(search=f"Search for {LONGEST_SEARCH} characters at most.")
        limit = read_limit(asked.get("limit", ""), default=SHOWN, most=SHOWN)
        return Response(candidates(get_order(self.actor, code), self.actor, search=search, limit=limit).as_dict())
