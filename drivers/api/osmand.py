"""Where phone trackers report that speak the OsmAnd protocol, such as Traccar Client: before Django, and through it.

The identifier in the message says whose phone it is. It stands in the address, and addresses are written to logs: that
is why it can do nothing but report.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from dispatch_console.core import clock
from dispatch_console.core.api.errors import TooLarge
from dispatch_console.core.api.raw import RawDoor, RawRequest
from dispatch_console.core.api.throttles import Turnstile
from drivers import positions
from drivers.osmand import read, unknown_identifier
from drivers.tokens import Bearer, desk_here
from drivers.trackers import bearers_of_identifiers
from drivers.writer import writer_here

MAX_BODY_BYTES = 256 * 1024
TOO_LARGE = f"The body is larger than {MAX_BODY_BYTES // 1024} KB. Send fewer positions at once."

turnstile = Turnstile("write")


class OsmandDoor(RawDoor):
    def takes(self, request: RawRequest) -> bool:
        return request.scope["method"] in ("GET", "POST")

    async def serve(self, request: RawRequest) -> bytes:
        body = await request.body(limit=MAX_BODY_BYTES, too_large=TOO_LARGE)
        query = request.scope["query_string"].decode("ascii", "replace")
        identifier, samples = read(query, request.header(b"content-type"), body, clock.now())
        bearer = known(await desk_here(bearers_of_identifiers).bearer(identifier))
        if samples:
            await writer_here().report(bearer.id, bearer.tenant_id, samples)
        return b""


def known(bearer: Bearer | None) -> Any:
    if bearer is None:
        raise unknown_identifier()
    turnstile.pass_one((bearer.tenant_id, bearer.kind, bearer.id))
    return bearer


class AnyBody(BaseParser):
    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> bytes:
        body: bytes = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(TOO_LARGE)
        return body


class OsmandReport(APIView):
    authentication_classes = []
    permission_classes = []
    throttle_classes = []  # counted by driver, once it is known whose phone it is
    parser_classes = [AnyBody]

    @extend_schema(
        operation_id="driver_osmand_report_by_address",
        summary="Report a position as OsmAnd and older Traccar Clients do",
        description="The OsmAnd protocol with parameters. Unknown parameters are ignored. The answer is empty.",
        parameters=[
            OpenApiParameter("id", str, required=True, description="The driver's tracker identifier."),
            OpenApiParameter("lat", float, required=True, description="Degrees north."),
            OpenApiParameter("lon", float, required=True, description="Degrees east."),
            OpenApiParameter("timestamp", str, description="Seconds, milliseconds, or ISO 8601. Without it, now."),
            OpenApiParameter("speed", float, description="Knots."),
            OpenApiParameter("bearing", float, description="Degrees from north."),
            OpenApiParameter("accuracy", float, description="Metres."),
            OpenApiParameter("hdop", float, description="Taken for the accuracy where there is none."),
            OpenApiParameter("batt", float, description="Percent."),
        ],
        responses={200: None},
        auth=[],
        tags=["driver"],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.take(request, b"")

    @extend_schema(
        operation_id="driver_osmand_report",
        summary="Report positions as Traccar Client does",
        description="The OsmAnd protocol with JSON (Traccar Client 9 and newer), or with the parameters of GET in the "
        "address or in a form body. The answer is empty.",
        request={"application/json": OpenApiTypes.OBJECT},
        responses={200: None},
        auth=[],
        tags=["driver"],
    )
    def post(self, request: Request) -> HttpResponse:
        return self.take(request, request.data if isinstance(request.data, bytes) else b"")

    def take(self, request: Request, body: bytes) -> HttpResponse:
        identifier, samples = read(request.META["QUERY_STRING"], request.content_type or "", body, clock.now())
        bearer = known(bearers_of_identifiers([identifier]).get(identifier))
        if samples:
            positions.report(bearer.id, bearer.tenant_id, samples)
        return HttpResponse(b"", content_type="application/json")
