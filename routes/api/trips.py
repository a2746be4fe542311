"""Trips over the API: list, make, read, and everything that is done with one; and the driver's own trips."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

import orders.codes  # noqa: F401 (registers the converter of codes, which labels look like)
from dispatch_console.core.api.idempotency import idempotency_key
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
from orders.api.outcomes import ANSWER_HEADERS, ERROR_REFERENCE, REPLAY_HEADER, WRITE_HEADERS, etag
from routes.api import trip_shapes as shapes
from routes.api.driver_trips import OwnTrip, OwnTrips
from routes.commands import trip_driver, trips
from routes.commands.trip_acts import COMMANDS, planned
from routes.commands.trip_changes import Done
from routes.inputs.acts import GroupActInput
from routes.inputs.trips import INPUTS, TripDriverInput, TripInput
from routes.models import Trip
from routes.reading.lists import MOST
from routes.reading.trips import SORTS, TripFilter, get_trip, read_trips, trip_detail, trip_row
from routes.trip_undo import undo_offer

TAGS = ["trips"]
HEADERS = [*WRITE_HEADERS, *ANSWER_HEADERS]
REFUSALS: dict[int, Any] = {
    400: OpenApiResponse(ERROR_REFERENCE, "The input is wrong; `details.fields` says where."),
    403: OpenApiResponse(ERROR_REFERENCE, "The role does not allow it."),
    404: OpenApiResponse(ERROR_REFERENCE, "No such trip, or not yours to see."),
    409: OpenApiResponse(
        ERROR_REFERENCE, "The state does not allow it now; `details.blocked` names each order in the way and why."
    ),
    412: OpenApiResponse(ERROR_REFERENCE, "Made on an older version; `details.changes` says what happened since."),
    422: OpenApiResponse(ERROR_REFERENCE, "The idempotency key was used for something else."),
}
ANSWERS = {200: shapes.TripOutcomeSerializer, **REFUSALS}
COUNTS = {"counts": serializers.DictField(child=serializers.IntegerField(), help_text="Per status, all else equal.")}
EXAMPLES: dict[str, dict[str, Any]] = {
    "create": {"type": "multi_dropoff", "driver_id": 7, "codes": ["D-10001", "D-10002"], "notes": "Market day"},
    "edit": {"notes": "Via the bridge", "version": 3},
    "add": {"codes": ["D-10003"], "version": 3},
    "remove": {"codes": ["D-10003"], "reason": "Not ready", "version": 3},
    "reorder": {
        "stops": [{"order": "D-10001", "kind": "pickup"}, {"order": "D-10001", "kind": "dropoff"}],
        "version": 3,
    },
    "change-driver": {"driver_id": 9, "reason": "Fell ill", "version": 3},
    "clear-driver": {"reason": "Goes tomorrow", "version": 3},
    "cancel": {"reason": "Not needed", "version": 3},
}
EXAMPLES["replan"] = EXAMPLES["reorder"]
SAID = {
    "edit": "{} is changed.",
    "add": "The orders are on {} now.",
    "remove": "The orders left {}.",
    "reorder": "The stops of {} are in the new order.",
    "replan": "{} has its new stops.",
    "change-driver": "{} has its driver.",
    "clear-driver": "{} has no driver now.",
    "cancel": "{} is cancelled; its orders are released.",
}


def example(name: str) -> list[OpenApiExample]:
    return [OpenApiExample(name.replace("-", " ").capitalize(), EXAMPLES[name], request_only=True)]


class TripList(ApiView):
    required_permission = {"GET": "orders.view", "POST": "groups.manage"}

    @extend_schema(
        operation_id="trips_list",
        summary="List trips",
        description="`counts` obeys every filter but that of the status.",
        tags=TAGS,
        parameters=[*filter_parameters(TripFilter), *page_parameters(SORTS, default="-created_at", most=MOST)],
        responses=page_of(shapes.TripRowSerializer, "TripPage", COUNTS),
    )
    def get(self, request: Request) -> Response:
        found = read_trips(self.actor, request.query_params)
        body = page_body(
            request,
            [trip_row(trip) for trip in found.groups],
            next_cursor=found.next_cursor,
            total=found.total,
            total_is_capped=found.is_capped,
        )
        return Response({**body, "counts": found.counts})

    @extend_schema(
        operation_id="trips_create",
        summary="Make a trip",
        description="With a driver, waiting orders are assigned at once, by the rules of any assignment. All orders or "
        "none: `details.blocked` names each that cannot come.",
        tags=TAGS,
        parameters=[
            *WRITE_HEADERS[1:],
            *ANSWER_HEADERS,
            OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="The new trip."),
        ],
        request=TripInput,
        responses={201: shapes.TripOutcomeSerializer} | {code: REFUSALS[code] for code in (400, 403, 409, 422)},
        examples=example("create"),
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        asked = read_body(TripInput, request).arguments()
        stops = None if asked["stops"] is None else planned(asked.pop("stops"))
        done = trips.create(**{**asked, "stops": stops}, actor=self.actor, key=idempotency_key(request))
        answer = outcome(self, done, f"{done.trip.label} is planned.")
        answer.status_code = status.HTTP_201_CREATED
        answer["Location"] = reverse("trip", [done.trip.label], request=request)
        return answer


class TripAct(ApiView):
    """Base of the acts on one trip: `act` is the name of its input and command."""

    required_permission = "groups.manage"
    act: str

    def do(self, request: Request, trip_label: str) -> Response:
        read_no_parameters(request)
        body = read_body(INPUTS[self.act], request, partial=self.act == "edit")
        version = read_version(request, body.validated_data.get("version"))
        key = idempotency_key(request)
        done = COMMANDS[self.act](trip_label, **body.arguments(), actor=self.actor, version=version, key=key)
        said = "Nothing had to change." if done.is_unchanged else SAID[self.act].format(done.trip.label)
        return outcome(self, done, said)

    def post(self, request: Request, trip_label: str) -> Response:
        return self.do(request, trip_label)


class TripDetail(TripAct):
    required_permission = {"GET": "orders.view", "PATCH": "groups.manage"}  # type: ignore[assignment]
    act = "edit"
    http_method_names = ["get", "patch", "head", "options"]

    @extend_schema(
        operation_id="trips_get",
        summary="Read one trip with its stops",
        description="`actions` says of every act whether it is possible now, and why not.",
        tags=TAGS,
        parameters=ANSWER_HEADERS[:1],
        responses=shapes.TripDetailSerializer,
    )
    def get(self, request: Request, trip_label: str) -> Response:
        read_no_parameters(request)
        trip = get_trip(self.actor, trip_label)
        return Response(trip_detail(trip, self.actor), headers={"ETag": etag(trip.version)})

    @extend_schema(
        operation_id="trips_edit",
        summary="Change type and notes of a planned trip",
        description="Only the fields that are sent. A multi type puts all pickups before the first dropoff.",
        tags=TAGS,
        parameters=HEADERS,
        request=INPUTS["edit"],
        responses=ANSWERS,
        examples=example("edit"),
    )
    def patch(self, request: Request, trip_label: str) -> Response:
        return self.do(request, trip_label)


class TripStops(TripAct):
    act = "replan"
    http_method_names = ["put", "options"]

    @extend_schema(
        operation_id="trips_replan",
        summary="Give a planned trip all its stops anew",
        description=COMMANDS["replan"].__doc__ or "",
        tags=TAGS,
        parameters=HEADERS,
        request=INPUTS["replan"],
        responses=ANSWERS,
        examples=example("replan"),
    )
    def put(self, request: Request, trip_label: str) -> Response:
        return self.do(request, trip_label)


class TripRehearsedDriverInput(TripDriverInput):
    rehearse = serializers.BooleanField(default=False, help_text="Say what would become of each order and do nothing.")


class TripChangeDriver(TripAct):
    act = "change-driver"

    @extend_schema(
        operation_id="trips_change_driver",
        summary="Change driver: a trip",
        description=(COMMANDS["change-driver"].__doc__ or "")
        + " The same driver once more gives out the orders that lost theirs.",
        tags=TAGS,
        parameters=HEADERS,
        request=TripRehearsedDriverInput,
        responses={
            **REFUSALS,
            200: OpenApiResponse(shapes.TripOutcomeSerializer, "With `rehearse`: `rows` instead, one for each order."),
        },
        examples=example("change-driver"),
    )
    def post(self, request: Request, trip_label: str) -> Response:
        read_no_parameters(request)
        body: GroupActInput = read_body(TripRehearsedDriverInput, request)
        asked = body.arguments()
        version = read_version(request, body.validated_data.get("version"))
        done = trip_driver.change_driver(
            trip_label, **asked, version=version, actor=self.actor, key=idempotency_key(request)
        )
        if done.event is None:
            return Response({"rows": [row_part(row) for row in done.rows]})
        return outcome(self, Done(done.trip, done.event, done.is_replay), SAID[self.act].format(done.trip.label))


def row_part(row: Any) -> dict[str, Any]:
    return {
        "code": row.code,
        "verdict": row.verdict,
        "error_code": row.error_code,
        "message": row.message,
        "warnings": list(row.warnings),
    }


def outcome(view: ApiView, done: Done, message: str) -> Response:
    """The trip as it is now, with the request that takes the act back."""
    trip = get_trip(view.actor, done.trip.label, rows=Trip.objects.visible_to(view.actor))
    undo = None if done.is_unchanged else undo_offer(trip, done.event)
    headers = {"ETag": etag(trip.version)} | ({REPLAY_HEADER: "true"} if done.is_replay else {})
    return Response({"message": message, "trip": trip_detail(trip, view.actor), "undo": undo}, headers=headers)


def _act(name: str) -> type[TripAct]:
    document = extend_schema(
        operation_id=f"trips_{name.replace('-', '_')}",
        summary=f"{name.replace('-', ' ').capitalize()}: a trip",
        description=COMMANDS[name].__doc__ or "",
        tags=TAGS,
        parameters=HEADERS,
        request=INPUTS[name],
        responses=ANSWERS,
        examples=example(name),
    )
    return extend_schema_view(post=document)(type(f"Trip{name.title().replace('-', '')}", (TripAct,), {"act": name}))


AT = "trips/<order_code:trip_label>/"
urlpatterns: list[URLPattern] = [
    path("trips/", TripList.as_view(), name="trips"),
    path(AT, TripDetail.as_view(), name="trip"),
    path(f"{AT}stops/", TripStops.as_view(), name="trip-stops"),
    path(f"{AT}change-driver/", TripChangeDriver.as_view(), name="trip-change-driver"),
    *(
        path(f"{AT}{name}/", _act(name).as_view(), name=f"trip-{name}")
        for name in ("add", "remove", "reorder", "clear-driver", "cancel")
    ),
    path("driver/trips/", OwnTrips.as_view(), name="own-trips"),
    path("driver/trips/<order_code:trip_label>/", OwnTrip.as_view(), name="own-trip"),
]
