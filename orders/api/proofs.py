"""Proof over REST: uploading a picture before the act that names it, and fetching it again, for those who may."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.errors import TooLarge, UnsupportedMediaType
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters
from dispatch_console.core.errors import Forbidden, Invalid, NotVisible
from orders.access import get_order, get_own_order
from orders.actions.pin import MOST_TRIES, is_locked, pin_of, wants_pin
from orders.api.outcomes import ERROR_REFERENCE, REPLAY_HEADER
from orders.api.shown import ProofSerializer
from orders.models import Order
from orders.models.proof import PICTURES
from orders.pictures import MEGABYTE, MOST_BYTES
from orders.proofs import get_proof, proof_item, upload
from orders.states import ProofKind, Stage

TAGS = ["proof"]
# The parts of the form around the picture.
WRAPPING = 64 * 1024
LARGEST = max(MOST_BYTES.values())
# Whatever is in the file, a browser that opens it by itself runs nothing and loads nothing.
INERT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
}
SIZES = ("file", "thumbnail")


class PictureInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[kind for kind in ProofKind.choices if kind[0] in PICTURES])
    stage = serializers.ChoiceField(choices=Stage.choices)
    file = serializers.FileField(allow_empty_file=False, help_text="JPEG, PNG or WebP; photos 8 MB, signatures 512 KB.")
    id = serializers.UUIDField(
        required=False, help_text="Made by the phone, so that an act can name the picture before it is sent."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        most = MOST_BYTES[ProofKind(attrs["kind"])]
        if attrs["file"].size > most:
            raise too_large_picture(most)
        return attrs


class PinSerializer(serializers.Serializer):
    pin = serializers.CharField(help_text="Four digits, to be told to the receiver.")
    tries_left = serializers.IntegerField()
    is_locked = serializers.BooleanField()


class PictureParser(MultiPartParser):
    """A form with one picture; a body that cannot hold one is refused by its length, unread."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > LARGEST + WRAPPING:
            raise too_large_picture(LARGEST)
        return super().parse(stream, media_type, parser_context)


def too_large_picture(most: int) -> TooLarge:
    limit = f"{most // MEGABYTE} MB" if most >= MEGABYTE else f"{most // 1024} KB"
    return TooLarge(f"The picture is larger than {limit}. Take it at a lower resolution.")


UPLOAD: dict[str, Any] = {
    "summary": "Upload a photo or signature",
    "description": "Before the act that names it. What is stored is written anew: upright, at most 2048 pixels long, "
    "without location or other metadata. A picture that no act names within three days is removed. Repeating an upload "
    "with the same id or Idempotency-Key answers with the first one.",
    "tags": TAGS,
    "parameters": [IDEMPOTENCY_KEY_PARAMETER],
    "request": {"multipart/form-data": PictureInput},
    "responses": {
        200: OpenApiResponse(ProofSerializer, "Uploaded before."),
        201: ProofSerializer,
        400: OpenApiResponse(ERROR_REFERENCE, "`not_an_image`: the content is not a JPEG, PNG or WebP picture."),
        413: OpenApiResponse(ERROR_REFERENCE, "The picture is too large."),
        415: OpenApiResponse(ERROR_REFERENCE, "Not a form with a file."),
        422: OpenApiResponse(ERROR_REFERENCE, "The id or key was used for another picture."),
    },
}
PICTURE: dict[str, Any] = {
    "summary": "Fetch a picture",
    "description": "As it was stored, or as a thumbnail of at most 320 pixels.",
    "tags": TAGS,
    "parameters": [OpenApiParameter("size", str, OpenApiParameter.PATH, enum=SIZES)],
    "responses": {(200, "image/jpeg"): OpenApiTypes.BINARY, (200, "image/png"): OpenApiTypes.BINARY},
}


class Upload(ApiView):
    parser_classes = [PictureParser]

    def order(self, code: str) -> Order:
        raise NotImplementedError

    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        order = self.order(code)
        if not (request.content_type or "").startswith("multipart/"):
            raise UnsupportedMediaType("Send a form with the picture in the part “file” (multipart/form-data).")
        body = read_body(PictureInput, request).validated_data
        proof, is_repeat = upload(
            order,
            self.actor,
            kind=body["kind"],
            stage=body["stage"],
            data=body["file"].read(),
            proof_id=body.get("id"),
            key=idempotency_key(request),
        )
        return Response(
            proof_item(proof),
            status=status.HTTP_200_OK if is_repeat else status.HTTP_201_CREATED,
            headers={REPLAY_HEADER: "true"} if is_repeat else None,
        )


class OrderProofs(Upload):
    required_permission = "orders.status"

    def order(self, code: str) -> Order:
        return get_order(self.actor, code)

    @extend_schema(operation_id="orders_upload_proof", **UPLOAD)
    def post(self, request: Request, code: str) -> Response:
        return super().post(request, code)


class OwnOrderProofs(Upload):
    required_permission = "work.own"

    def order(self, code: str) -> Order:
        return get_own_order(self.actor, code)

    @extend_schema(operation_id="driver_upload_proof", **UPLOAD)
    def post(self, request: Request, code: str) -> Response:
        return super().post(request, code)


class OrderProof(ApiView):
    required_permission = "orders.view"

    @extend_schema(operation_id="orders_proof_picture", **PICTURE)
    def get(self, request: Request, code: str, proof_id: UUID, size: str) -> FileResponse:
        read_no_parameters(request)
        return picture(get_order(self.actor, code), proof_id, size, self)


class OwnOrderProof(ApiView):
    required_permission = "work.own"

    @extend_schema(operation_id="driver_proof_picture", **PICTURE)
    def get(self, request: Request, code: str, proof_id: UUID, size: str) -> FileResponse:
        read_no_parameters(request)
        return picture(get_own_order(self.actor, code), proof_id, size, self)


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


def picture(order: Order, proof_id: UUID, size: str, view: ApiView) -> FileResponse:
    """The stored file, which a browser shows and nothing else."""
    if size not in SIZES:
        raise Invalid(f"Ask for one of: {', '.join(SIZES)}.")
    proof = get_proof(order, proof_id, actor=view.actor)
    stored = getattr(proof, size)
    try:
        content = stored.open("rb")
    except FileNotFoundError:
        raise NotVisible(f"The file of this picture of order {order.code} is missing.") from None
    is_png = proof.kind == ProofKind.SIGNATURE
    response = FileResponse(content, content_type="image/png" if is_png else "image/jpeg")
    name = f"{order.code}-{proof.stage}-{proof.kind}.{'png' if is_png else 'jpg'}"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    for header, value in INERT.items():
        response[header] = value
    return response
