"""What went wrong, over all orders."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView, filter_parameters, page_of, page_parameters
from orders.exceptions import SORTS, ExceptionFilter, exception_item, figures, visible_exceptions
from orders.states import ExceptionStage, ExceptionStatus, Resolution

TAGS = ["exceptions"]


class ExceptionDriverSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class ExceptionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    order = serializers.CharField(help_text="The order's code.")
    type = serializers.CharField(help_text="One of the company's own words.")
    stage = serializers.ChoiceField(choices=ExceptionStage.choices)
    status = serializers.ChoiceField(choices=ExceptionStatus.choices)
    note = serializers.CharField(allow_blank=True)
    driver = ExceptionDriverSerializer(allow_null=True, help_text="Who had the order when it was raised.")
    raised_by = serializers.CharField()
    raised_at = serializers.DateTimeField()
    resolution = serializers.ChoiceField(choices=Resolution.choices, allow_blank=True)
    resolution_note = serializers.CharField(allow_blank=True)
    settled_by = serializers.CharField(allow_blank=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class FiguresSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    pending = serializers.IntegerField()
    escalated = serializers.IntegerField()
    resolved = serializers.IntegerField()
    closed = serializers.IntegerField()
    resolved_share = serializers.IntegerField(allow_null=True, help_text="Percent of all; null without any.")


class ExceptionList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="exceptions_list",
        summary="List exceptions",
        description="Of the orders you see. They are raised and settled on their order: `raise-exception` and "
        "`settle-exception`.",
        tags=TAGS,
        parameters=[*filter_parameters(ExceptionFilter), *page_parameters(SORTS, default="-raised_at")],
        responses=page_of(ExceptionSerializer, "ExceptionPage"),
    )
    def get(self, request: Request) -> Response:
        rows = visible_exceptions(self.actor).select_related("order", "driver")
        return self.page(
            rows, ExceptionFilter, SORTS, lambda row: exception_item(row, code=row.order.code), default="-raised_at"
        )


class ExceptionFigures(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="exceptions_figures",
        summary="Count exceptions",
        description="With the same filters as the list.",
        tags=TAGS,
        parameters=filter_parameters(ExceptionFilter),
        responses=FiguresSerializer,
    )
    def get(self, request: Request) -> Response:
        found = ExceptionFilter(request.query_params, visible_exceptions(self.actor), actor=self.actor)
        return Response(figures(found.filtered()))
