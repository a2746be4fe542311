"""The driver app's way to report where it is, over plain HTTP."""

from collections.abc import Mapping
from typing import IO, Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch_console.core.api.errors import TooLarge
from dispatch_console.core.errors import Forbidden, Invalid
from drivers import positions, samples

MAX_BODY_BYTES = 512 * 1024
TOO_LARGE = f"The body is larger than {MAX_BODY_BYTES // 1024} KB. Send fewer positions at once."


class SamplesParser(BaseParser):
    """Straight from the body to checked samples: this address is called far more often than any other."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(TOO_LARGE)
        return samples.decode(body)


class SampleSerializer(serializers.Serializer):
    """For the API document only: `drivers.samples.Sample` does the reading."""

    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)
    recorded_at = serializers.DateTimeField(help_text="Device time with its offset; at most 7 days ago.")
    heading = serializers.FloatField(required=False, allow_null=True, help_text="Degrees from north, 0 to 360.")
    speed = serializers.FloatField(required=False, allow_null=True, help_text="Metres per second.")
    accuracy = serializers.FloatField(required=False, allow_null=True, help_text="Metres.")
    battery = serializers.FloatField(required=False, allow_null=True, help_text="0 to 1.")
    mocked = serializers.BooleanField(
        required=False, help_text="The device says that an app made the position up (mock location)."
    )
    sent_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="What the device's clock showed when this was sent."
    )


class RejectionSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="Place in the list that was sent, from 0.")
    field = serializers.CharField()
    message = serializers.CharField()


class ReceiptSerializer(serializers.Serializer):
    accepted = serializers.IntegerField(help_text="Stored now, or stored already.")
    rejected = RejectionSerializer(many=True)


class PositionReport(APIView):
    """Report one position or up to 1,000, in any order; the answer comes after they are stored.

    Sending a batch again is harmless. Samples that cannot be true are named in `rejected` and the others are taken;
    when not one can be taken the answer is 400.
    """

    required_permission = "work.own"
    parser_classes = [SamplesParser]

    @extend_schema(
        operation_id="driver_positions_report",
        summary="Report positions",
        request=SampleSerializer(many=True),
        responses=ReceiptSerializer,
        tags=["driver"],
    )
    def post(self, request: Request) -> Response:
        actor: Any = request.actor  # type: ignore[attr-defined]
        if actor.driver_id is None:
            raise Forbidden("Only a driver can report positions: use the key of a driver's account.")
        reported: Any = request.data
        if not reported:  # REST framework asks no parser where there is no body
            raise Invalid("Send at least one position.")
        receipt = positions.report(actor.driver_id, actor.tenant_id, reported)
        return Response(receipt.as_dict())
