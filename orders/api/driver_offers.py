"""Orders offered to several drivers at once, for the driver app: what is on offer, taking it, refusing it."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.fields import TextField
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body, read_no_body, read_no_parameters
from dispatch_console.core.errors import NotVisible
from orders import commands
from orders.access import own_orders
from orders.actions.waves import RefuseOffer, TakeOffer
from orders.api.outcomes import WRITE_RESPONSES, answer
from orders.api.serializers import OrderRowSerializer
from orders.models import Offer, OfferAnswer
from orders.rows import rows_for

TAGS = ["driver"]


class DriverOfferSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    offered_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    seconds_left = serializers.IntegerField()
    order = OrderRowSerializer()


class DriverOffersSerializer(serializers.Serializer):
    offers = DriverOfferSerializer(many=True)


class RefusalInput(serializers.Serializer):
    reason = TextField(max_length=200, required=False, allow_blank=True, default="")


class RefusedSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    answer = serializers.CharField()


class OwnOffers(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_offers",
        summary="List what is offered to me and to others",
        description="The first to accept gets the order. Orders that are offered to one driver alone are in the work "
        "list.",
        tags=TAGS,
        responses=DriverOffersSerializer,
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        own_orders(self.actor)  # refuses whoever is no driver
        now = clock.now()
        open_offers = Offer.objects.visible_to(self.actor).filter(
            driver=self.actor.driver_id or 0,
            answer=OfferAnswer.OPEN,
            expires_at__gt=now,
            search__ended_at__isnull=True,
            search__order_version=F("order__version"),
        )
        offers = list(open_offers.order_by("expires_at", "pk"))
        rows = rows_for([offer.order_id for offer in offers])
        found: list[dict[str, Any]] = [
            {
                "id": offer.pk,
                "offered_at": clock.iso(offer.offered_at),
                "expires_at": clock.iso(offer.expires_at),
                "seconds_left": max(0, int((offer.expires_at - now).total_seconds())),
                "order": rows[offer.order_id],
            }
            for offer in offers
            if offer.order_id in rows
        ]
        return Response({"offers": found})


class AnswerView(ApiView):
    required_permission = "work.own"

    def offer(self, offer_id: int) -> Offer:
        own_orders(self.actor)
        mine = Offer.objects.visible_to(self.actor).filter(driver=self.actor.driver_id or 0)
        offer = mine.select_related("order").filter(pk=offer_id).first()
        if offer is None:
            raise NotVisible("There is no such offer.")
        return offer


class AcceptOffer(AnswerView):
    @extend_schema(
        operation_id="driver_offer_accept",
        summary="Take an order that is offered to several drivers",
        description="Refused with 409: `offer_taken` when somebody else was faster, `offer_expired` when it is over.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=None,
        responses=WRITE_RESPONSES,
    )
    def post(self, request: Request, offer_id: int) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        code = self.offer(offer_id).order.code
        key = idempotency_key(request)
        return answer(commands.perform(TakeOffer(offer_id=offer_id), code=code, actor=self.actor, key=key))


class RejectOffer(AnswerView):
    @extend_schema(
        operation_id="driver_offer_reject",
        summary="Refuse an order that is offered to several drivers",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=RefusalInput,
        responses={200: RefusedSerializer} | {code: WRITE_RESPONSES[code] for code in (400, 403, 404, 409)},
    )
    def post(self, request: Request, offer_id: int) -> Response:
        read_no_parameters(request)
        reason = read_body(RefusalInput, request).validated_data["reason"]
        offer = self.offer(offer_id)
        # Said before: the same answer. The order is not the driver's to see, so the key could not find it again.
        if offer.answer != OfferAnswer.REFUSED:
            action = RefuseOffer(offer_id=offer_id, reason=reason)
            commands.perform(action, code=offer.order.code, actor=self.actor, key=idempotency_key(request))
        return Response({"id": offer_id, "answer": OfferAnswer.REFUSED})
