"""Sessions of routes over the API: list, read, and their steps, for dispatchers and for the session's own driver."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import orders.codes  # noqa: F401 (registers the converter of codes, which labels look like)
from dispatch_console.core.actor import Actor
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
from dispatch_console.core.errors import Forbidden
from orders.api.driver import TAGS as DRIVER_TAGS
from orders.api.outcomes import etag
from routes.api import route_shapes as shapes
from routes.api.routes import COUNTS, REFUSALS, TAGS, WRITE_HEADERS
from routes.api.session_answers import session_answer, session_body
from routes.commands import session_members, session_opening, session_steps, session_undo
from routes.commands.change import find
from routes.commands.session_members import Session
from routes.inputs import routes as inputs
from routes.models import RouteSession
from routes.reading.lists import MOST
from routes.reading.sessions import (
    RELATED,
    SORTS,
    SessionFilter,
    details,
    get_session,
    own_sessions,
    read_sessions,
    session_rows,
)

MOST_OWN = 20
ANSWERS = {200: shapes.SessionOutcomeSerializer, **REFUSALS}


def _add_orders(label: str, codes: list[str], *, actor: Actor, version: int | None, key: str) -> Session:
    """Put orders into this session, all or none. It must be open; later orders go into the route's next one."""
    route = find(RouteSession, label, actor).route
    return session_opening.add_orders(route.label, codes, actor=actor, into=label, session_version=version, key=key)


class SessionList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="sessions_list",
        summary="List sessions of routes",
        tags=TAGS,
        parameters=[*filter_parameters(SessionFilter), *page_parameters(SORTS, default="-created_at", most=MOST)],
        responses=page_of(shapes.SessionRowSerializer, "SessionPage", COUNTS),
    )
    def get(self, request: Request) -> Response:
        found = read_sessions(self.actor, request.query_params)
        body = page_body(
            request,
            session_rows(found.groups),
            next_cursor=found.next_cursor,
            total=found.total,
            total_is_capped=found.is_capped,
        )
        return Response({**body, "counts": found.counts})


class SessionDetail(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="sessions_get",
        summary="Read one session with its orders",
        description="`actions` says of every act whether it is possible now, and why not.",
        tags=TAGS,
        responses=shapes.SessionDetailSerializer,
    )
    def get(self, request: Request, session_label: str) -> Response:
        read_no_parameters(request)
        body = session_body(get_session(self.actor, session_label), self.actor)
        return Response(body, headers={"ETag": etag(body["version"])})


class SessionAct(ApiView):
    """Base of the acts on one session."""

    required_permission = "orders.view"
    input_class: type[serializers.Serializer]
    command: Callable[..., Session]
    message: str

    def post(self, request: Request, session_label: str) -> Response:
        read_no_parameters(request)
        values = dict(read_body(self.input_class, request).validated_data)
        version = read_version(request, values.pop("version", None))
        key = idempotency_key(request)
        done = type(self).command(session_label, **values, actor=self.actor, version=version, key=key)
        return session_answer(done, self.actor, self.message.format(done.group.label))


class OwnSessionAct(SessionAct):
    required_permission = "work.own"


# Name, command, input, what is said after it, and whether the driver may do it.
ACTS: tuple[tuple[str, Callable[..., Session], type[serializers.Serializer], str, bool], ...] = (
    ("add-orders", _add_orders, inputs.SessionAddInput, "The orders are in session {} now.", False),
    ("remove-orders", session_members.remove_orders, inputs.SessionOrdersInput, "The orders left session {}.", False),
    ("start", session_steps.start, inputs.SessionActInput, "Session {} is started.", True),
    ("pick-up", session_steps.pick_up, inputs.SessionNoteInput, "Session {} is picked up.", True),
    ("depart", session_steps.depart, inputs.SessionActInput, "Session {} is in transit.", True),
    ("complete", session_steps.complete, inputs.CompleteInput, "Session {} is completed.", True),
    ("cancel", session_steps.cancel, inputs.SessionReasonInput, "Session {} is cancelled.", False),
    ("undo", session_undo.undo, inputs.SessionActInput, "Taken back: session {} is as it was.", True),
    ("switch-driver", session_members.switch_driver, inputs.SessionDriverInput, "Session {} has a new driver.", False),
)


def _view(name: str, command: Callable[..., Session], given: Any, message: str, *, own: bool) -> type[SessionAct]:
    words = name.replace("-", " ")
    document = extend_schema(
        operation_id=f"{'driver_' if own else ''}sessions_{name.replace('-', '_')}",
        summary=f"{words.capitalize()}: {'my' if own else 'a'} session{' (driver)' if own else ''}",
        description=command.__doc__ or "",
        tags=DRIVER_TAGS if own else TAGS,
        parameters=WRITE_HEADERS,
        request=given,
        responses=ANSWERS,
    )
    base = OwnSessionAct if own else SessionAct
    content = {"command": staticmethod(command), "input_class": given, "message": message}
    view = type(f"{'Own' if own else ''}Session{name.title().replace('-', '')}", (base,), content)
    return extend_schema_view(post=document)(view)


class OwnSessions(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_sessions",
        summary="Which sessions of routes do I run?",
        description="Those that are not over, the oldest first, with their orders; `actions` holds the next step.",
        tags=DRIVER_TAGS,
        responses=inline_serializer("OwnSessions", {"results": shapes.SessionDetailSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        if self.actor.driver_id is None:
            raise Forbidden("Only a driver has sessions of their own: use the key of a driver's account.")
        found = own_sessions(self.actor).select_related(*RELATED).order_by("created_at", "pk")[:MOST_OWN]
        return Response({"results": details(found, self.actor)})


_ONE = "sessions/<order_code:session_label>/"

urlpatterns: list[URLPattern] = [
    path("sessions/", SessionList.as_view(), name="route-sessions"),
    path(_ONE, SessionDetail.as_view(), name="route-session"),
    path("driver/sessions/", OwnSessions.as_view(), name="own-sessions"),
    *(
        path(f"{_ONE}{name}/", _view(name, command, given, said, own=False).as_view(), name=f"route-session-{name}")
        for name, command, given, said, _ in ACTS
    ),
    *(
        path(
            f"driver/{_ONE}{name}/",
            _view(name, command, given, said, own=True).as_view(),
            name=f"own-session-{name}",
        )
        for name, command, given, said, of_driver in ACTS
        if of_driver
    ),
]
