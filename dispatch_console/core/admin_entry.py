"""The admin site: who may enter, its one sign-in, and how far its theme needs the content policy relaxed."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.contrib.auth import logout as end_session
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import InvalidPage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite

from dispatch_console.core import sessions
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden
from dispatch_console.core.maps import map_settings

NOT_FOR_YOU = "The setup pages are for administrators of the company. Ask yours if something needs to be changed."

# The theme is written in Alpine, which compiles the expressions in its attributes and sets style attributes.
# Neither is allowed anywhere else; scripts still come from this site alone.
POLICY = {"script-src": [UNSAFE_EVAL], "style-src-attr": [UNSAFE_INLINE]}


def may_administer(request: HttpRequest) -> bool:
    """Superusers, and whoever may change the setup or the members of the current company."""
    user, actor = request.user, getattr(request, "actor", None)
    if not user.is_active or not user.is_authenticated:
        return False
    return user.is_superuser or (actor is not None and (actor.may("setup.manage") or actor.may("members.manage")))


class ConsoleAdminSite(UnfoldAdminSite):
    """Rights come from the role in the current company, not from the admin's own permission tables."""

    index_title = "Setup"
    index_template = "admin/setup.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return may_administer(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                if request.user.is_authenticated:
                    raise Forbidden(NOT_FOR_YOU)
                return redirect_to_login(request.get_full_path())
            membership = request.membership  # type: ignore[attr-defined]
            with timezone.override(membership.tenant.zone_info if membership else None):
                response: HttpResponseBase = guarded(request, *args, **kwargs)
                if isinstance(response, TemplateResponse):
                    response.render()  # while the company's time zone is the current one
            response._csp_update = POLICY  # type: ignore[attr-defined]
            return response

        return update_wrapper(inner, view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {
            # They stand in css/admin.css: the theme would write them into a style element, which the policy forbids.
            "colors": None,
            "styles": [static("css/admin.css")],
            "site_favicons": [{"rel": "icon", "type": "image/svg+xml", "href": static("img/favicon.svg")}],
            "map_settings": map_settings(),
        }

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in page, with one lock-out."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Forbidden(NOT_FOR_YOU)
        return redirect_to_login(resolve_url("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return sign_out(request)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().search(request, extra_context)
        except (ValueError, InvalidPage):  # a page number that is none
            return HttpResponse(status=400)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("password-change")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("password-change")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.forget(request.session.session_key)
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def actor_of(request: HttpRequest) -> Actor | None:
    return request.actor  # type: ignore[attr-defined]
