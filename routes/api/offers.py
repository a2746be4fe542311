"""Offering an order to several drivers, over the API: begin, look, stop."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters, read_version
from orders.access import get_order
from orders.api.outcomes import WRITE_HEADERS, WRITE_RESPONSES
from orders.models import OfferAnswer, SearchOutcome
from routes import waves

TAGS = ["actions"]


class AskedSerializer(serializers.Serializer):
    driver_id = serializers.IntegerField()
    name = serializers.CharField()
    wave = serializers.IntegerField()
    answer = serializers.ChoiceField(choices=OfferAnswer.choices)
    answer_words = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    offered_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class SearchSerializer(serializers.Serializer):
    """The last search for a driver, with everybody who was asked."""

    is_live = serializers.BooleanField()
    wave = serializers.IntegerField()
    radius = serializers.IntegerField(help_text="Metres from the pickup.")
    started_by = serializers.CharField()
    started_at = serializers.DateTimeField()
    wave_ends_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=SearchOutcome.choices, allow_blank=True)
    offers = AskedSerializer(many=True)


class OffersSerializer(serializers.Serializer):
    version = serializers.IntegerField(help_text="Of the order.")
    search = SearchSerializer(allow_null=True)


class OfferNearbyInput(serializers.Serializer):
    version = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)


RESPONSES = {200: OffersSerializer} | {code: answer for code, answer in WRITE_RESPONSES.items() if code != 200}


class OrderOffers(ApiView):
    required_permission = "orders.assign"

    @extend_schema(
        operation_id="orders_offers",
        summary="Read whom an order is offered to",
        tags=TAGS,
        responses=OffersSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        return self._answer(code)

    @extend_schema(
        operation_id="orders_offer_nearby",
        summary="Offer an order to drivers nearby",
        description="To the best few of the ranking within the company's radius, for so many seconds; then to the next "
        "ones in a wider circle. The first to accept gets it. Any change of the order ends it.",
        tags=TAGS,
        parameters=WRITE_HEADERS,
        request=OfferNearbyInput,
        responses=RESPONSES,
        examples=[OpenApiExample("Offer it as it is now", {"version": 3}, request_only=True)],
    )
    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        version = read_version(request, read_body(OfferNearbyInput, request).validated_data["version"])
        waves.start(code, actor=self.actor, key=idempotency_key(request), version=version)
        return self._answer(code)

    @extend_schema(
        operation_id="orders_stop_offers",
        summary="Stop offering an order",
        tags=TAGS,
        parameters=WRITE_HEADERS,
        responses=RESPONSES,
    )
    def delete(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        waves.stop(code, actor=self.actor, key=idempotency_key(request), version=read_version(request))
        return self._answer(code)

    def _answer(self, code: str) -> Response:
        order = get_order(self.actor, code)
        return Response({"version": order.version, "search": waves.state(order)})
