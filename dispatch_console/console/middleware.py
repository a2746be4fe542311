"""Refusals of the console's views: a toast for htmx, the one error shape for fetch, a page for everybody else."""

import json
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from dispatch_console.core.api.errors import answer, as_domain_error, is_api
from dispatch_console.core.errors import DomainError

DJANGOS_OWN = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)

TITLES = {
    400: "That does not work",
    403: "Not for your role",
    404: "Nothing here",
    409: "Not possible now",
    412: "Somebody was faster",
}


def is_fragment(request: HttpRequest) -> bool:
    """Asked for a part of a page, which a redirect or a whole error page would only break."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def wants_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def refusal_as_toast(request: HttpRequest, error: DomainError) -> HttpResponse:
    """No swap: the screen stays as it is, the sentence appears; `refusal` carries the details to the page's modules."""
    shape = error.as_dict(request_id=getattr(request, "request_id", ""))["error"]
    events: dict[str, object] = {"refusal": shape}
    if error.status != 401:  # signed out: the page asks whether to leave, a toast would only repeat it
        events["toast"] = {"text": error.message, "tone": "bad"}
    headers = {"HX-Trigger": json.dumps(events), "HX-Reswap": "none"}
    return HttpResponse(status=error.status, headers=headers)


def refusal_as_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    title = TITLES.get(error.status, TITLES[400])
    return render(request, "refusal.html", {"title": title, "error": error}, status=error.status)


class RefusalMiddleware:
    """Turns what the commands and selectors refuse into an answer that fits whoever asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if is_api(request):
            return None
        error = as_domain_error(exception)
        if error is None:
            return None
        if is_fragment(request):
            return refusal_as_toast(request, error)
        if wants_json(request):
            return answer(request, error)
        # Django has its own pages (and, while developing, its own explanations) for these.
        return None if isinstance(exception, DJANGOS_OWN) else refusal_as_page(request, error)
