"""A driver's own orders, for the driver app: what to do, and what can be done with each."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_body,
    page_of,
    page_parameters,
    read_no_parameters,
)
from dispatch_console.core.filtering import StrictFilterSet, once_each
from dispatch_console.core.keyset import count_up_to, read_limit, read_page
from orders.access import get_own_order, own_orders
from orders.api.outcomes import ANSWER_HEADERS, etag
from orders.api.serializers import OrderDetailSerializer, OrderRowSerializer
from orders.detail import order_detail
from orders.filters import STATUS_GROUPS, StatusFilter
from orders.selectors import SORTS, in_order
from orders.states import Status

TAGS = ["driver"]
OLDEST_FIRST = "created_at"


class OwnOrderFilter(StrictFilterSet):
    status = StatusFilter(words=[*Status.values, *STATUS_GROUPS], help_text="Statuses, or the groups open and done.")


class OwnOrders(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_orders",
        summary="List my orders",
        description="Orders that are assigned to the driver or whose package the driver holds, oldest first. Ask with "
        "`status=open` for what is still to be done.",
        tags=TAGS,
        parameters=[*filter_parameters(OwnOrderFilter), *page_parameters(SORTS, default=OLDEST_FIRST)],
        responses=page_of(OrderRowSerializer, "OwnOrderPage"),
    )
    def get(self, request: Request) -> Response:
        asked = once_each(request.query_params)
        found = OwnOrderFilter(asked, own_orders(self.actor), actor=self.actor).filtered()
        page = read_page(
            found,
            SORTS,
            ordering=asked.get("ordering") or OLDEST_FIRST,
            cursor=asked.get("cursor", ""),
            limit=read_limit(asked.get("limit", "")),
        )
        total, is_capped = count_up_to(found)
        rows = in_order(page.ids, whole_notes=True)
        return Response(page_body(request, rows, next_cursor=page.next_cursor, total=total, total_is_capped=is_capped))


class OwnOrder(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_order",
        summary="Read one of my orders",
        description="With what the driver can do with it now, under `actions`.",
        tags=TAGS,
        parameters=ANSWER_HEADERS[:1],
        responses=OrderDetailSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        order = get_own_order(self.actor, code)
        return Response(order_detail(order, self.actor), headers={"ETag": etag(order.version)})
