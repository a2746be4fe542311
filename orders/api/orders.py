"""Orders over REST: the list, the counts beside it, one order, creating and editing."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_body,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
    read_version,
)
from orders import commands
from orders.access import get_order
from orders.api.event_shapes import OutcomeSerializer
from orders.api.examples import CREATE, EDIT
from orders.api.outcomes import ANSWER_HEADERS, WRITE_HEADERS, WRITE_RESPONSES, answer, etag
from orders.api.serializers import OrderDetailSerializer, OrderRowSerializer
from orders.counts import counts
from orders.detail import order_detail
from orders.filters import OrderFilter
from orders.inputs import CreateInput, EditInput
from orders.selectors import DEFAULT_ORDERING, SORTS, order_page

TAGS = ["orders"]


class CountsSerializer(serializers.Serializer):
    queues = serializers.DictField(child=serializers.IntegerField(), help_text="By type, and `all`.")
    statuses = serializers.DictField(
        child=serializers.IntegerField(), help_text="By status, group of statuses and reason to look."
    )
    total = serializers.IntegerField()
    total_is_capped = serializers.BooleanField()
    cod_to_collect = serializers.CharField()
    capped = serializers.BooleanField(help_text="Some counts are lower bounds.")
    at_least = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Which ones, by `queues` and `statuses`."
    )


class OrderList(ApiView):
    required_permission = {"GET": "orders.view", "POST": "orders.create"}

    @extend_schema(
        operation_id="orders_list",
        summary="List orders",
        description="Filters on different parameters must all hold. A parameter nobody knows, or a value that makes "
        "no sense, is refused with 400.",
        tags=TAGS,
        parameters=[*filter_parameters(OrderFilter), *page_parameters(SORTS, default=DEFAULT_ORDERING)],
        responses=page_of(OrderRowSerializer, "OrderPage"),
    )
    def get(self, request: Request) -> Response:
        page = order_page(self.actor, request.query_params)
        return Response(
            page_body(
                request,
                page.rows,
                next_cursor=page.next_cursor,
                total=page.total,
                total_is_capped=page.total_is_capped,
            )
        )

    @extend_schema(
        operation_id="orders_create",
        summary="Create an order",
        description="Each end is an address or a warehouse, never both. `driver_id` assigns it at once.",
        tags=TAGS,
        parameters=[
            IDEMPOTENCY_KEY_PARAMETER,
            *ANSWER_HEADERS,
            OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="The new order."),
        ],
        request=CreateInput,
        responses={201: OutcomeSerializer} | {code: WRITE_RESPONSES[code] for code in (400, 403, 409, 422)},
        examples=[CREATE],
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        new = read_body(CreateInput, request).to_new_order()
        outcome = commands.create(new, actor=self.actor, key=idempotency_key(request))
        location = reverse("order", [outcome.order.code], request=request)
        return answer(outcome, code=status.HTTP_201_CREATED, location=location)


class OrderCounts(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="orders_counts",
        summary="Count orders by queue, status and reason to look",
        description="Takes the filters of the list. Each count obeys all other filters and ignores its own.",
        tags=TAGS,
        parameters=filter_parameters(OrderFilter),
        responses=CountsSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(counts(self.actor, request.query_params))


class OrderDetail(ApiView):
    required_permission = {"GET": "orders.view", "PATCH": "orders.edit"}

    @extend_schema(
        operation_id="orders_read",
        summary="Read one order",
        description="The row of the list with items, assignments, and every action with whether it is possible now.",
        tags=TAGS,
        parameters=ANSWER_HEADERS[:1],
        responses=OrderDetailSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        order = get_order(self.actor, code)
        return Response(order_detail(order, self.actor), headers={"ETag": etag(order.version)})

    @extend_schema(
        operation_id="orders_edit",
        summary="Edit an order",
        description="Only the fields that are sent change. Once a driver is assigned, customer, service and payment "
        "are locked; from pickup on, everything is.",
        tags=TAGS,
        parameters=[*WRITE_HEADERS, *ANSWER_HEADERS],
        request=EditInput,
        responses=WRITE_RESPONSES,
        examples=[EDIT],
    )
    def patch(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        body = read_body(EditInput, request, partial=True)
        version = read_version(request, body.validated_data.get("version"))
        key = idempotency_key(request)
        return answer(commands.perform(body.to_action(), code=code, actor=self.actor, key=key, version=version))
