"""What every console page gets: who looks, in which tenant, where they can go, and what the browser modules need."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.templatetags.static import static
from django.utils.functional import SimpleLazyObject

from dispatch_console.console.navigation import Destination, address, destinations
from dispatch_console.console.tones import vocabulary
from dispatch_console.core import access
from dispatch_console.core.actor import Actor
from dispatch_console.core.admin_entry import may_administer
from dispatch_console.core.models import Membership
from orders.states import OrderType

THEMES = ("system", "light", "dark")


def initials(name: str) -> str:
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word]
    return "".join(word[0] for word in words[:2]).upper()


class Frame:
    """Answers the frame's templates; computed only when a template asks, so fragments pay nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def membership(self) -> Membership | None:
        return getattr(self.request, "membership", None)

    @cached_property
    def actor(self) -> Actor | None:
        return getattr(self.request, "actor", None)

    @cached_property
    def memberships(self) -> list[Membership]:
        return list(access.memberships(self.request.user))

    @property
    def user_name(self) -> str:
        return str(self.request.user)

    @property
    def initials(self) -> str:
        return initials(self.user_name)

    @property
    def tenant_initials(self) -> str:
        """Somebody who works for several companies must see at a glance which one this is."""
        return initials(self.membership.tenant.name) if self.membership else ""

    @cached_property
    def permissions(self) -> frozenset[str]:
        return self.actor.permissions if self.actor else frozenset()

    @cached_property
    def destinations(self) -> list[Destination]:
        return list(destinations(self.actor)) if self.actor else []

    @cached_property
    def current(self) -> str:
        # An order's address shows a view with the order over it: then that view is where the person is.
        if shown := getattr(self.request, "shown_page", ""):
            return shown
        match = self.request.resolver_match
        return match.url_name if match and match.url_name else ""

    @property
    def is_filtered(self) -> bool:
        return any(destination.filtered and destination.name == self.current for destination in self.destinations)

    @property
    def queues(self) -> list[tuple[str, str]]:
        return [("", "All"), *OrderType.choices]

    @property
    def may_create(self) -> bool:
        return "orders.create" in self.permissions and bool(self.addresses["order_new"])

    @property
    def admin_address(self) -> str:
        return address("admin:index") if may_administer(self.request) else ""

    @cached_property
    def addresses(self) -> dict[str, str]:
        return {
            "home": address("console:home"),
            "order_new": address("console:order-new"),
            "counts": address("console:counts"),
            "export": address("console:export"),
            "sign_in": resolve_url(settings.LOGIN_URL),
            "sign_out": address("sign-out"),
            "password": address("password-change"),
            "sessions": address("sessions"),
            "switch_tenant": address("switch-tenant"),
        }

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("theme", "system")
        return chosen if chosen in THEMES else "system"

    @property
    def rail_collapsed(self) -> bool:
        return self.request.COOKIES.get("rail") == "collapsed"

    @property
    def config(self) -> dict[str, Any]:
        """Read by static/js/core/config.js."""
        membership = self.membership
        return {
            "tenant": {
                "id": membership.tenant_id,
                "name": membership.tenant.name,
                "timezone": membership.tenant.timezone,
                "currency": membership.tenant.currency,
                "stale_position_minutes": membership.tenant.stale_position_minutes,
                "late_risk_minutes": membership.tenant.late_risk_minutes,
                "map": {
                    "latitude": membership.tenant.map_latitude,
                    "longitude": membership.tenant.map_longitude,
                    "zoom": membership.tenant.map_zoom,
                },
            }
            if membership
            else None,
            "user": {"id": self.request.user.pk, "name": self.user_name},
            "permissions": sorted(self.permissions),
            "destinations": [
                {
                    "name": item.name,
                    "label": item.label,
                    "icon": item.icon,
                    "url": item.url,
                    "keys": item.keys,
                    "filtered": item.filtered,
                }
                for item in self.destinations
            ],
            "current": self.current,
            "addresses": {
                **self.addresses,
                "admin": self.admin_address,
                "api": "/api/v1/",
                "icons": static("img/icons.svg"),
            },
            "live": "/ws/console/",
            "stream_number": getattr(self.request, "stream_number", None),
            "words": vocabulary(),
        }


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"frame": SimpleLazyObject(lambda: Frame(request))}
