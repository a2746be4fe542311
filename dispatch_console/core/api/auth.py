"""How a request proves who it is: an API key, or the console's own session with its CSRF token."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from rest_framework import authentication, exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from dispatch_console.core import access
from dispatch_console.core.actor import Actor
from dispatch_console.core.api.errors import NOT_YOUR_ROLE
from dispatch_console.core.errors import Forbidden

if TYPE_CHECKING:  # REST framework imports this module while its own views are still loading
    from rest_framework.views import APIView

MAX_SECRET_LENGTH = 200
SEND_BEARER = "Send the API key in the header “Authorization: Bearer …”."
BAD_KEY = "This API key is unknown, expired or switched off."


class KeyHolder:
    """Who REST framework calls `request.user` when a key speaks that is not a person's."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False
    pk = None

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def __str__(self) -> str:
        return self.actor.label


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <secret>`."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise exceptions.AuthenticationFailed(SEND_BEARER)
        secret = secret.strip()
        if not secret or len(secret) > MAX_SECRET_LENGTH or not secret.isascii():
            raise exceptions.AuthenticationFailed(BAD_KEY)
        key = access.key_for_secret(secret)
        actor = access.actor_for_key(key, request_id=getattr(request, "request_id", "")) if key else None
        if key is None or actor is None:
            raise exceptions.AuthenticationFailed(BAD_KEY)
        access.note_use(key)
        inner: Any = request._request
        inner.actor, inner.membership, inner.api_key = actor, key.membership, key
        return (key.membership.user if key.membership else KeyHolder(actor)), actor

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The console calls the same API as everybody else: by its session, with the CSRF token in X-CSRFToken."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        inner: Any = request._request
        user = getattr(inner, "user", None)
        if user is None or not user.is_active:
            return None
        self.enforce_csrf(inner)
        actor: Actor | None = getattr(inner, "actor", None)
        if actor is None:
            raise Forbidden("Your account has no role that may use this. Ask your administrator for one.")
        return user, actor

    def enforce_csrf(self, request: HttpRequest) -> None:
        try:
            super().enforce_csrf(request)  # type: ignore[arg-type]
        except exceptions.PermissionDenied:
            raise Forbidden(
                "The page is out of date. Reload it and try again (the CSRF token is missing or wrong).",
                code="csrf_failed",
            ) from None


class HasActor(BasePermission):
    """Signed in, with a role in a tenant; and with every permission the view names.

    A view says `required_permission = "orders.view"`, or a map from method to permission:
    `required_permission = {"GET": "orders.view", "POST": "orders.create"}`. HEAD counts as GET.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return False
        required: str | dict[str, str] = getattr(view, "required_permission", "")
        if isinstance(required, dict):
            required = required.get("GET" if request.method == "HEAD" else request.method or "", "")
        if required and not actor.may(required):
            raise Forbidden(NOT_YOUR_ROLE)
        return True
