"""Puts the actor on every request, and turns away addresses that the database could never store."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from dispatch_console.core import access, sessions
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.api.errors import answer
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Membership


class StorableAddressMiddleware:
    """PostgreSQL text cannot hold a NUL character: an address with one is a mistake, not a server error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return answer(request, Invalid("The address contains a NUL character (%00). Remove it."))
        return self.get_response(request)


class AccessMiddleware:
    """`request.membership` and `request.actor` of the signed-in user in the session's tenant; None where there is none.

    API keys are no business of the session: `core.api.auth` puts their actor on the request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        membership: Membership | None = None
        actor: Actor | None = None
        if request.user.is_authenticated:
            sessions.note(request)
            membership = access.current_membership(request.user, request.session)
            if membership is not None:
                request_id = getattr(request, "request_id", "")
                actor = access.actor_for_member(membership, source=Source.CONSOLE, request_id=request_id)
        request.membership = membership  # type: ignore[attr-defined]
        request.actor = actor  # type: ignore[attr-defined]
        return self.get_response(request)
