"""Proof of orders over REST: uploading a picture before the act that names it, fetching it again, and the PIN."""

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView, read_no_parameters
from dispatch_console.core.errors import Forbidden, NotVisible
from orders.access import get_order, get_own_order
from orders.actions.pin import MOST_TRIES, is_locked, pin_of, wants_pin
from orders.actions.proving import subject_of
from orders.api.pictures import PICTURE, TAGS, Upload, picture, uploading
from orders.api.shown import ProofSerializer
from orders.proofs import proof_item


class PinSerializer(serializers.Serializer):
    pin = serializers.CharField(help_text="Four digits, to be told to the receiver.")
    tries_left = serializers.IntegerField()
    is_locked = serializers.BooleanField()


class OrderProofs(Upload):
    required_permission = "orders.status"

    @extend_schema(operation_id="orders_upload_proof", **uploading(ProofSerializer))
    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        return self.take(request, subject_of(get_order(self.actor, code)), proof_item)


class OwnOrderProofs(Upload):
    required_permission = "work.own"

    @extend_schema(operation_id="driver_upload_proof", **uploading(ProofSerializer))
    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        return self.take(request, subject_of(get_own_order(self.actor, code)), proof_item)


class OrderProof(ApiView):
    required_permission = "orders.view"

    @extend_schema(operation_id="orders_proof_picture", **PICTURE)
    def get(self, request: Request, code: str, proof_id: UUID, size: str) -> FileResponse:
        read_no_parameters(request)
        return picture(subject_of(get_order(self.actor, code)), proof_id, size, self)


class OwnOrderProof(ApiView):
    required_permission = "work.own"

    @extend_schema(operation_id="driver_proof_picture", **PICTURE)
    def get(self, request: Request, code: str, proof_id: UUID, size: str) -> FileResponse:
        read_no_parameters(request)
        return picture(subject_of(get_own_order(self.actor, code)), proof_id, size, self)


class OrderPin(ApiView):
    required_permission = "orders.pin"

    @extend_schema(
        operation_id="orders_pin",
        summary="Read the delivery PIN",
        description="To tell it to the receiver. Drivers never get it; after five wrong tries it is locked until it "
        "is unlocked.",
        tags=TAGS,
        responses=PinSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        order = get_order(self.actor, code)
        if self.actor.driver_id is not None:
            raise Forbidden("A driver is told the PIN by the receiver.")
        if not wants_pin(order):
            raise NotVisible(f"Order {order.code} is delivered without a PIN.")
        return Response(
            {
                "pin": pin_of(order),
                "tries_left": max(MOST_TRIES - order.pin_tries, 0),
                "is_locked": is_locked(order),
            },
            headers={"Cache-Control": "no-store"},
        )
