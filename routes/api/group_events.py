"""The history of a waybill, a trip, a route or a session, in the shape of an order's."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.views import ApiView, page_parameters
from orders import codes  # noqa: F401 (registers the converter of codes, which labels look like)
from orders.api.events import EVENT_PAGE, SORTS, NoFilter
from orders.detail import event_item
from routes.models import Group
from routes.reading.events import group_events
from routes.reading.routes import get_route
from routes.reading.sessions import get_session
from routes.reading.trips import get_trip
from routes.reading.waybills import get_waybill

Getter = Callable[[Actor, str], Group]


class GroupEvents(ApiView):
    """Base of the histories: `found` reads the group as the actor sees it, or raises NotVisible."""

    required_permission = "orders.view"
    found: Getter

    def get(self, request: Request, **label: str) -> Response:
        group = type(self).found(self.actor, *label.values())
        return self.page(group_events(group), NoFilter, SORTS, event_item, default="-version")


def _history(word: str, found: Getter) -> type[GroupEvents]:
    document = extend_schema(
        operation_id=f"{word}s_events",
        summary=f"Read a {word}'s history",
        description="Newest first. The history is append-only: nobody can change or delete an entry.",
        tags=["events"],
        parameters=page_parameters(SORTS, default="-version"),
        responses=EVENT_PAGE,
    )
    given: dict[str, Any] = {"found": staticmethod(found)}
    return extend_schema_view(get=document)(type(f"{word.title()}Events", (GroupEvents,), given))


GETTERS: dict[str, Getter] = {
    "waybill": get_waybill,
    "trip": get_trip,
    "route": get_route,
    "session": get_session,
}
urlpatterns: list[URLPattern] = [
    path(f"{word}s/<order_code:{word}_label>/events/", _history(word, found).as_view(), name=f"{word}-events")
    for word, found in GETTERS.items()
]
