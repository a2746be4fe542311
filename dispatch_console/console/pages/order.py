"""One order: the drawer over whichever view was open last, and the page of its whole history."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.cache import patch_vary_headers

from dispatch_console.console.middleware import is_fragment
from dispatch_console.console.order import history
from dispatch_console.console.order.detail import read_detail
from dispatch_console.console.page import ConsolePage
from dispatch_console.console.pages.map import MapPage
from dispatch_console.console.pages.table import TablePage
from dispatch_console.core.errors import Invalid
from orders import codes  # noqa: F401 (registers the converter of order codes)
from orders.access import get_order

EVENTS_PER_PAGE = 50
VIEWS: dict[str, type[ConsolePage]] = {"map": MapPage, "table": TablePage}
LAST_VIEW = "view"


def asked_by_script(request: HttpRequest) -> bool:
    """The page asks for a part of itself; a person's browser asks for the whole page."""
    return is_fragment(request) or request.headers.get("X-Requested-With") == "fetch"


def behind(request: HttpRequest, **context: Any) -> HttpResponseBase:
    """The view the person looked at last, with something open over it."""
    name = request.COOKIES.get(LAST_VIEW, "")
    name = name if name in VIEWS else "map"
    request.shown_page = name  # type: ignore[attr-defined]
    response = VIEWS[name].as_view(extra_context=context)(request)
    patch_vary_headers(response, ["X-Requested-With"])
    return response


class OrderPage(ConsolePage):
    """The drawer: alone for a script, over the last view for an address that was opened or shared."""

    def get(self, request: HttpRequest, *args: Any, code: str, **kwargs: Any) -> HttpResponseBase:
        detail = read_detail(self.actor, self.membership.tenant, code)
        if not asked_by_script(request):
            return behind(request, open_order=detail)
        response = render(request, "orders/drawer.html", {"detail": detail})
        patch_vary_headers(response, ["X-Requested-With"])
        return response


class OrderEventsPage(ConsolePage):
    """Everything that ever happened to the order, a page at a time."""

    template_name = "orders/events.html"

    def get(self, request: HttpRequest, *args: Any, code: str, **kwargs: Any) -> HttpResponse:
        order = get_order(self.actor, code)
        before = _version(request.GET.get("before", ""))
        events = history.events_of(order)
        if before is not None:
            events = events.filter(version__lt=before)
        found = list(events[: EVENTS_PER_PAGE + 1])
        entries = history.read(found[:EVENTS_PER_PAGE], order.tenant)
        return self.render_to_response(
            self.get_context_data(
                order=order,
                entries=entries,
                total=order.version,
                is_first_page=before is None,
                older_before=entries[-1].version if len(found) > EVENTS_PER_PAGE else None,
            )
        )


def _version(text: str) -> int | None:
    if not text:
        return None
    if not text.isdigit() or len(text) > 9:
        raise Invalid("The page address is damaged. Open the history again.")
    return int(text)


urlpatterns = [
    path("orders/<order_code:code>/", OrderPage.as_view(), name="order"),
    path("orders/<order_code:code>/events/", OrderEventsPage.as_view(), name="order-events"),
]
