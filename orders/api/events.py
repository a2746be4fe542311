"""The history of an order, and the tenant's numbered feed of everything that happened."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import feed, stream
from dispatch_console.core.api.views import ApiView, page_of, page_parameters
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import MAX_ID, StrictFilterSet, once_each, refuse_unknown
from dispatch_console.core.keyset import Sort, read_limit
from orders.access import get_order
from orders.api.event_shapes import EventSerializer, FeedSerializer
from orders.api.examples import FEED
from orders.detail import event_item, order_events


class NoFilter(StrictFilterSet):
    """A history is read whole."""


SORTS = {"version": Sort("version")}
TAGS = ["events"]
EVENT_PAGE = page_of(EventSerializer, "EventPage")


class OrderEvents(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="orders_events",
        summary="Read an order's history",
        description="Newest first. The history is append-only: nobody can change or delete an entry.",
        tags=TAGS,
        parameters=page_parameters(SORTS, default="-version"),
        responses=EVENT_PAGE,
    )
    def get(self, request: Request, code: str) -> Response:
        events = order_events(get_order(self.actor, code))
        return self.page(events, NoFilter, SORTS, event_item, default="-version")


class Feed(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="events_feed",
        summary="Follow everything that happens",
        description="Events of orders, waybills, trips, routes, sessions and drivers in the tenant's own numbering, "
        "which has no holes and no late arrivals: whoever asks `after` the last number again and again misses nothing. "
        "What is not yours to see, and streams that you did not ask for, are left out; `last` counts them.",
        tags=TAGS,
        parameters=[
            OpenApiParameter(
                "after", {"type": "integer", "minimum": 0, "default": 0}, description="The last number you have."
            ),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}),
            OpenApiParameter(
                "stream", str, description=f"Only events of these, separated by commas: {', '.join(feed.audiences)}."
            ),
        ],
        responses=FeedSerializer,
        examples=[FEED],
    )
    def get(self, request: Request) -> Response:
        asked = once_each(request.query_params)
        refuse_unknown(asked, known=["after", "limit", "stream"])
        after = asked.get("after") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19 and int(after) <= MAX_ID):
            raise Invalid.fields(after="Give the number of the last event you have, or 0.")
        limit = read_limit(asked.get("limit", ""), default=100)
        streams = self._streams(asked.get("stream", ""))
        events, last = feed.read(self.actor, after=int(after), limit=limit, streams=streams)
        head = stream.head(self.actor.tenant_id)
        return Response({"results": [event_item(event) for event in events], "last": last, "head": head})

    def _streams(self, text: str) -> list[str]:
        words = [word.strip() for word in text.split(",")] if text else []
        if strange := [word for word in words if word not in feed.audiences]:
            known = ", ".join(feed.audiences)
            raise Invalid.fields(stream=f"“{strange[0][:24]}” is not one of: {known}.")
        return words
