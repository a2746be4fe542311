"""How the API answers an order command: the order now, the event, and how to take it back."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import status
from rest_framework.response import Response

from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import VERSION_HEADER
from orders.api.event_shapes import OutcomeSerializer
from orders.api.examples import REFUSED, STALE
from orders.commands import Outcome
from orders.detail import event_item
from orders.offers import undo_offer
from orders.rows import rows_for

REPLAY_HEADER = "Idempotent-Replay"
WRITE_HEADERS = [VERSION_HEADER, IDEMPOTENCY_KEY_PARAMETER]
ANSWER_HEADERS = [
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=True, description="The order's version, quoted."),
    OpenApiParameter(
        REPLAY_HEADER,
        str,
        OpenApiParameter.HEADER,
        response=True,
        description="`true` when this repeats the answer to an earlier request with the same Idempotency-Key.",
    ),
]
ERROR_REFERENCE: dict[str, Any] = {"$ref": "#/components/schemas/Error"}
WRITE_RESPONSES: dict[int, Any] = {
    200: OutcomeSerializer,
    400: OpenApiResponse(ERROR_REFERENCE, "The input is wrong; `details.fields` says where."),
    403: OpenApiResponse(ERROR_REFERENCE, "The role does not allow it."),
    404: OpenApiResponse(ERROR_REFERENCE, "No such order, or not yours to see."),
    409: OpenApiResponse(ERROR_REFERENCE, "The order's state does not allow it now.", examples=[REFUSED]),
    412: OpenApiResponse(
        ERROR_REFERENCE, "Made on an older version; `details.changes` says what happened since.", examples=[STALE]
    ),
    422: OpenApiResponse(ERROR_REFERENCE, "The idempotency key was used for something else."),
}


def etag(version: int) -> str:
    return f'"{version}"'


def answer(outcome: Outcome, *, code: int = status.HTTP_200_OK, location: str = "") -> Response:
    row = rows_for([outcome.order.pk])[outcome.order.pk]
    headers = {"ETag": etag(row["version"])}
    if outcome.is_replay:
        headers[REPLAY_HEADER] = "true"
    if location:
        headers["Location"] = location
    body = {
        "order": row,
        "event": event_item(outcome.event),
        "warnings": outcome.warnings,
        "undo": undo_offer(outcome.order),
    }
    return Response(body, status=code, headers=headers)
