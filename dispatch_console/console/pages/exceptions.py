"""What went wrong, over all orders: figures, tabs, and the way to settle each."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers

from dispatch_console.console.order.showing import EXCEPTION_TONES
from dispatch_console.console.page import ConsolePage
from dispatch_console.core.errors import Invalid
from orders.exceptions import read_list
from orders.states import ExceptionStage, ExceptionStatus


class ExceptionsPage(ConsolePage):
    """Alone for a script, in its frame for an address that was opened or shared."""

    permission = "orders.view"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        params = {name: str(value) for name, value in request.GET.items() if value}
        notice = ""
        try:
            found = read_list(self.actor, params)
        except Invalid as error:
            notice, params = error.message, {}
            found = read_list(self.actor, params)
        is_part = request.headers.get("X-Requested-With") == "fetch"
        context = self.get_context_data(
            found=found,
            notice=notice,
            params=params,
            tabs=list(self._tabs(found.figures, params)),
            stages=ExceptionStage.choices,
            rows=[(each, EXCEPTION_TONES.get(ExceptionStatus(each.status), "quiet")) for each in found.exceptions],
            may_settle=self.actor.may("orders.exceptions"),
            next_url=_address({**params, "cursor": found.next_cursor}) if found.next_cursor else "",
            reset_url=_address({name: value for name, value in params.items() if name == "status"}),
            is_filtered=bool(set(params) - {"status", "cursor", "limit"}),
        )
        template = "console/exceptions/body.html" if is_part else "console/exceptions/page.html"
        response = render(request, template, context)
        patch_vary_headers(response, ["X-Requested-With"])
        return response

    @staticmethod
    def _tabs(figures: Any, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        rest = {name: value for name, value in params.items() if name not in ("status", "cursor")}
        chosen = params.get("status", "")
        open_ = f"{ExceptionStatus.PENDING},{ExceptionStatus.ESCALATED}"
        counts = {"": figures["total"], open_: figures["pending"] + figures["escalated"]}
        words = {"": "All", open_: "Open"}
        for one in ExceptionStatus:
            counts[one.value], words[one.value] = figures[one.value], one.label
        for status, label in words.items():
            url = _address({**rest, "status": status} if status else rest)
            yield {"label": label, "url": url, "count": counts[status], "is_on": status == chosen}


def _address(params: dict[str, Any]) -> str:
    query = urlencode(params)
    return f"{reverse('console:exceptions')}{'?' if query else ''}{query}"


urlpatterns = [path("exceptions/", ExceptionsPage.as_view(), name="exceptions")]
