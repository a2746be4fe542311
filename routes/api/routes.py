"""Routes over the API: list, make, change, their driver, and the sessions opened on them."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

import orders.codes  # noqa: F401 (registers the converter of codes, which labels look like)
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import (
    VERSION_HEADER,
    ApiView,
    filter_parameters,
    page_body,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
    read_version,
)
from orders.api.outcomes import ANSWER_HEADERS, ERROR_REFERENCE, REPLAY_HEADER, etag
from routes.api import route_shapes as shapes
from routes.api.session_answers import session_answer
from routes.commands import routes, session_opening
from routes.commands.change import Changed
from routes.inputs import routes as inputs
from routes.models import Route
from routes.reading.lists import MOST
from routes.reading.routes import SORTS, STATUSES, RouteFilter, get_route, read_routes, route_rows, session_counts

TAGS = ["routes"]
WRITE_HEADERS = [VERSION_HEADER, IDEMPOTENCY_KEY_PARAMETER, *ANSWER_HEADERS]
REFUSALS: dict[int, Any] = {
    400: OpenApiResponse(ERROR_REFERENCE, "The input is wrong; `details.fields` says where."),
    403: OpenApiResponse(ERROR_REFERENCE, "The role does not allow it."),
    404: OpenApiResponse(ERROR_REFERENCE, "No such route or session, or not yours to see."),
    409: OpenApiResponse(
        ERROR_REFERENCE, "The state does not allow it now; `details.blocked` names each order in the way and why."
    ),
    412: OpenApiResponse(ERROR_REFERENCE, "Made on an older version; `details.changes` says what happened since."),
    422: OpenApiResponse(ERROR_REFERENCE, "The idempotency key was used for something else."),
}
ROUTE_ANSWERS = {200: shapes.RouteOutcomeSerializer, **REFUSALS}
COUNTS = {"counts": serializers.DictField(child=serializers.IntegerField(), help_text="Per status, all else equal.")}
EXAMPLE = OpenApiExample(
    "A lane on weekdays",
    {
        "name": "Hub to Triesen",
        "pickup_warehouse_id": 3,
        "dropoff_address": "Landstrasse 98, Triesen",
        "dropoff_latitude": 47.108,
        "dropoff_longitude": 9.528,
        "driver_id": 7,
        "schedule_time": "08:00",
        "schedule_days": [1, 2, 3, 4, 5],
        "capacity": 40,
    },
    request_only=True,
)


class RouteList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="routes_list",
        summary="List routes",
        description=f"`status` is one of {', '.join(STATUSES)}. Routes out of use are left out unless it names them, "
        "or `include_inactive` is true.",
        tags=TAGS,
        parameters=[
            *filter_parameters(RouteFilter),
            OpenApiParameter("include_inactive", bool, description="True: also those that are out of use."),
            *page_parameters(SORTS, default="name", most=MOST),
        ],
        responses=page_of(shapes.RouteRowSerializer, "RoutePage", COUNTS),
    )
    def get(self, request: Request) -> Response:
        found = read_routes(self.actor, request.query_params)
        body = page_body(
            request,
            route_rows(found.groups),
            next_cursor=found.next_cursor,
            total=found.total,
            total_is_capped=found.is_capped,
        )
        return Response({**body, "counts": found.counts})

    @extend_schema(
        operation_id="routes_create",
        summary="Make a route",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER, *ANSWER_HEADERS],
        request=inputs.NewRouteInput,
        responses={**{code: answer for code, answer in ROUTE_ANSWERS.items() if code != 200}, 201: ROUTE_ANSWERS[200]},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        values = dict(read_body(inputs.NewRouteInput, request).validated_data)
        done = routes.create(values, actor=self.actor, key=idempotency_key(request))
        return self.told(done, f"{done.group} is made.", code=status.HTTP_201_CREATED)

    def told(self, done: Changed[Route], message: str, *, code: int = status.HTTP_200_OK) -> Response:
        return route_answer(done, self, message, code=code)


class RouteDetail(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="routes_get", summary="Read one route", tags=TAGS, responses=shapes.RouteDetailSerializer
    )
    def get(self, request: Request, route_label: str) -> Response:
        read_no_parameters(request)
        body = route_body(get_route(self.actor, route_label))
        return Response(body, headers={"ETag": etag(body["version"])})

    @extend_schema(
        operation_id="routes_edit",
        summary="Change a route",
        description="Only what is named changes; naming one part of an end sets the whole end. The driver is switched "
        "by an act of its own.",
        tags=TAGS,
        parameters=WRITE_HEADERS,
        request=inputs.RouteEditInput,
        responses=ROUTE_ANSWERS,
    )
    def patch(self, request: Request, route_label: str) -> Response:
        read_no_parameters(request)
        values = dict(read_body(inputs.RouteEditInput, request, partial=True).validated_data)
        version = read_version(request, values.pop("version", None))
        key = idempotency_key(request)
        done = routes.edit(route_label, values, actor=self.actor, version=version, key=key)
        return route_answer(done, self, f"{done.group} is changed.")

    @extend_schema(
        operation_id="routes_delete",
        summary="Delete a route",
        description="It is gone from every list; its sessions and their history stay. Refused while one of them runs.",
        tags=TAGS,
        parameters=[VERSION_HEADER, IDEMPOTENCY_KEY_PARAMETER],
        responses={204: None, **{code: answer for code, answer in REFUSALS.items() if code != 400}},
    )
    def delete(self, request: Request, route_label: str) -> Response:
        read_no_parameters(request)
        routes.delete(route_label, actor=self.actor, version=read_version(request), key=idempotency_key(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RouteAct(ApiView):
    """Base of what is done with a route as a whole."""

    required_permission = "orders.view"
    input_class: type[serializers.Serializer] = inputs.RouteActInput
    command: Callable[..., Any]
    message = ""

    def post(self, request: Request, route_label: str) -> Response:
        read_no_parameters(request)
        values = dict(read_body(self.input_class, request).validated_data)
        version = read_version(request, values.pop("version", None))
        key = idempotency_key(request)
        return self.told(type(self).command(route_label, **values, actor=self.actor, version=version, key=key))

    def told(self, done: Any) -> Response:
        return route_answer(done, self, self.message.format(done.group))


def _act(name: str, summary: str, command: Callable[..., Any], message: str, **more: Any) -> type[RouteAct]:
    """The view of one act on a route."""
    base = more.pop("base", RouteAct)
    given = more.get("input_class", inputs.RouteActInput)
    answers = {200: base.answer, **REFUSALS} if hasattr(base, "answer") else ROUTE_ANSWERS
    view = type(
        f"Route{name.title().replace('-', '')}",
        (base,),
        {"command": staticmethod(command), "message": message, "input_class": given},
    )
    document = extend_schema(
        operation_id=f"routes_{name.replace('-', '_')}",
        summary=summary,
        description=command.__doc__ or "",
        tags=TAGS,
        parameters=WRITE_HEADERS,
        request=given,
        responses=answers,
    )
    return extend_schema_view(post=document)(view)


class OpensSession(RouteAct):
    """An act whose answer is the session."""

    answer = shapes.SessionOutcomeSerializer

    def told(self, done: Any) -> Response:
        return session_answer(done, self.actor, self.said(done))

    def said(self, done: Any) -> str:
        codes = done.event.data["after"].get("codes")
        if codes is None:
            return f"Session {done.group.label} is open."
        what = f"Order {codes[0]} is" if len(codes) == 1 else f"{len(codes)} orders are"
        return f"{what} in session {done.group.label} now."


RouteSwitchDriver = _act(
    "switch-driver",
    "Give a route to another driver",
    routes.switch_driver,
    "{} has a new driver.",
    input_class=inputs.RouteDriverInput,
)
RouteDeactivate = _act("deactivate", "Take a route out of use", routes.deactivate, "{} is out of use.")
RouteReactivate = _act("reactivate", "Put a route into use again", routes.reactivate, "{} is in use again.")
RouteOpenSession = _act(
    "open-session",
    "Open the next session of a route",
    session_opening.open_session,
    "",
    base=OpensSession,
    input_class=inputs.OpenSessionInput,
)
RouteAddOrders = _act(
    "add-orders",
    "Put orders on a route",
    session_opening.add_orders,
    "",
    base=OpensSession,
    input_class=inputs.AddOrdersInput,
)


def route_body(route: Route) -> dict[str, Any]:
    return {**route_rows([route])[0], "session_counts": session_counts(route)}


def route_answer(done: Changed[Route], view: ApiView, message: str, *, code: int = status.HTTP_200_OK) -> Response:
    body = route_body(get_route(view.actor, done.group.label))
    headers = {"ETag": etag(body["version"])} | ({REPLAY_HEADER: "true"} if done.is_replay else {})
    return Response({"message": message, "route": body}, status=code, headers=headers)


_ONE = "routes/<order_code:route_label>/"

urlpatterns: list[URLPattern] = [
    path("routes/", RouteList.as_view(), name="routes"),
    path(_ONE, RouteDetail.as_view(), name="route"),
    path(f"{_ONE}switch-driver/", RouteSwitchDriver.as_view(), name="route-switch-driver"),
    path(f"{_ONE}deactivate/", RouteDeactivate.as_view(), name="route-deactivate"),
    path(f"{_ONE}reactivate/", RouteReactivate.as_view(), name="route-reactivate"),
    path(f"{_ONE}open-session/", RouteOpenSession.as_view(), name="route-open-session"),
    path(f"{_ONE}add-orders/", RouteAddOrders.as_view(), name="route-add-orders"),
]
