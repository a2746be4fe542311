"""The base of every console page: who may open it, and the frame around it."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.generic import TemplateView

from dispatch_console.console.middleware import is_fragment, wants_json
from dispatch_console.core import access, stream
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotSignedIn


class ConsolePage(TemplateView):
    """A page inside the frame. Subclasses name their template and the permission it takes to open it.

    `self.actor` and `self.membership` are there for the whole request: put by the access middleware.
    """

    permission = "orders.view"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            if is_fragment(request) or wants_json(request):
                raise NotSignedIn("You are signed out. Sign in again to go on.")
            return redirect_to_login(request.get_full_path())
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if reason := access.why_no_console(request.membership, actor):  # type: ignore[attr-defined]
            raise Forbidden(reason)
        if actor is None or not actor.may(self.permission):
            raise Forbidden("Your role does not include this page. Ask your administrator if you need it.")
        self.actor = actor
        self.membership = request.membership  # type: ignore[attr-defined]
        if not is_fragment(request):
            # Before the page reads anything: whatever is committed from here on reaches it by the live stream.
            request.stream_number = stream.head(self.actor.tenant_id)  # type: ignore[attr-defined]
        return super().dispatch(request, *args, **kwargs)
