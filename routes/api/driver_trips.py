"""A driver's own trips: all stops in sequence. Progress is made on the orders, one by one."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView, read_no_parameters
from dispatch_console.core.errors import Forbidden
from orders.api.driver import TAGS
from orders.api.outcomes import etag
from routes.api.trip_shapes import TripDetailSerializer
from routes.models import Trip
from routes.reading.trips import get_trip, own_trips, trip_detail, trip_details

MOST_TRIPS = 20


class OwnTripView(ApiView):
    required_permission = "work.own"

    def require_driver(self) -> None:
        if self.actor.driver_id is None:
            raise Forbidden("Only a driver has trips of their own: use the key of a driver's account.")


class OwnTrips(OwnTripView):
    @extend_schema(
        operation_id="driver_trips",
        summary="Which trips do I drive?",
        description="Those that are not over, the one under way first. The list of work comes in the sequence of these "
        "stops; acts are done on the orders.",
        tags=TAGS,
        responses=inline_serializer("OwnTrips", {"results": TripDetailSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        self.require_driver()
        found = own_trips(self.actor).select_related("driver", "vehicle").order_by("status", "created_at", "pk")
        return Response({"results": trip_details(list(found[:MOST_TRIPS]), self.actor)})


class OwnTrip(OwnTripView):
    @extend_schema(
        operation_id="driver_trip", summary="Read one of my trips", tags=TAGS, responses=TripDetailSerializer
    )
    def get(self, request: Request, trip_label: str) -> Response:
        read_no_parameters(request)
        self.require_driver()
        trip = get_trip(self.actor, trip_label, rows=Trip.objects.visible_to(self.actor))
        return Response(trip_detail(trip, self.actor), headers={"ETag": etag(trip.version)})
