"""Pictures over REST, whatever they prove: taken in as a form with one file, and given back inert."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.errors import TooLarge, UnsupportedMediaType
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body
from dispatch_console.core.errors import Invalid, NotVisible
from orders.api.outcomes import ERROR_REFERENCE, REPLAY_HEADER
from orders.evidence import Subject, stored, upload
from orders.models.evidence import PICTURES
from orders.pictures import MEGABYTE, MOST_BYTES
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


def uploading(shape: type[serializers.Serializer]) -> dict[str, Any]:
    """How the document tells an upload that answers with this shape."""
    return {
        "summary": "Upload a photo or signature",
        "description": "Before the act that names it. What is stored is written anew: upright, at most 2048 pixels "
        "long, without location or other metadata. A picture that no act names within three days is removed. "
        "Repeating an upload with the same id or Idempotency-Key answers with the first one.",
        "tags": TAGS,
        "parameters": [IDEMPOTENCY_KEY_PARAMETER],
        "request": {"multipart/form-data": PictureInput},
        "responses": {
            200: OpenApiResponse(shape, "Uploaded before."),
            201: shape,
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
    """Base of the uploads: `take` stores the picture of this form for a subject and answers with `item` of it."""

    parser_classes = [PictureParser]

    def take(self, request: Request, subject: Subject, item: Callable[[Any], dict[str, Any]]) -> Response:
        if not (request.content_type or "").startswith("multipart/"):
            raise UnsupportedMediaType("Send a form with the picture in the part “file” (multipart/form-data).")
        body = read_body(PictureInput, request).validated_data
        proof, is_repeat = upload(
            subject,
            self.actor,
            kind=body["kind"],
            stage=body["stage"],
            data=body["file"].read(),
            proof_id=body.get("id"),
            key=idempotency_key(request),
        )
        return Response(
            item(proof),
            status=status.HTTP_200_OK if is_repeat else status.HTTP_201_CREATED,
            headers={REPLAY_HEADER: "true"} if is_repeat else None,
        )


def picture(subject: Subject, proof_id: UUID, size: str, view: ApiView) -> FileResponse:
    """The stored file, which a browser shows and nothing else."""
    if size not in SIZES:
        raise Invalid(f"Ask for one of: {', '.join(SIZES)}.")
    proof = stored(subject, proof_id, actor=view.actor)
    try:
        content = getattr(proof, size).open("rb")
    except FileNotFoundError:
        raise NotVisible(f"The file of this picture of {subject.words} is missing.") from None
    is_png = proof.kind == ProofKind.SIGNATURE
    response = FileResponse(content, content_type="image/png" if is_png else "image/jpeg")
    name = f"{subject.code}-{proof.stage}-{proof.kind}.{'png' if is_png else 'jpg'}"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    for header, value in INERT.items():
        response[header] = value
    return response
