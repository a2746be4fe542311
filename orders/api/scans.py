"""Telling what typed or scanned texts stand for, before anything is done with them."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.fields import TextField
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters
from orders.access import require
from orders.scanning import LONGEST_TEXT, MOST_TEXTS, recognise
from orders.states import Status

KINDS = ("order", "warehouse", "product", "unknown")


class ScanInput(serializers.Serializer):
    texts = serializers.ListField(
        child=TextField(max_length=LONGEST_TEXT, allow_blank=True),
        min_length=1,
        max_length=MOST_TEXTS,
        help_text=f"Codes, barcodes or references as they were typed or scanned; {MOST_TEXTS} at most.",
    )


class ScannedOrderSerializer(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    customer = serializers.CharField()
    driver = serializers.CharField(allow_null=True)
    dropoff = serializers.CharField(allow_blank=True)
    warehouse = serializers.CharField(allow_null=True)
    held_by = serializers.CharField(allow_blank=True)


class ScannedSerializer(serializers.Serializer):
    text = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS)
    order = ScannedOrderSerializer(allow_null=True)
    message = serializers.CharField(allow_blank=True, help_text="What it is, where it is no order.")


class ScansSerializer(serializers.Serializer):
    results = ScannedSerializer(many=True)


class Scans(ApiView):
    @extend_schema(
        operation_id="scans_create",
        summary="Tell what codes and barcodes stand for",
        description="Reads only. An order is found by its code, barcode or external reference; a warehouse by its "
        "code; a trade item's number is told apart by its check digit.",
        tags=["bulk"],
        request=ScanInput,
        responses=ScansSerializer,
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        require(self.actor, "orders.view")
        found = recognise(self.actor, read_body(ScanInput, request).validated_data["texts"])
        names = ("text", "kind", "order", "message")
        return Response({"results": [{name: getattr(each, name) for name in names} for each in found]})
