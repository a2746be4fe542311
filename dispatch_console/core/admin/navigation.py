"""The sidebar of the admin: what there is to set up, in the order in which a new company needs it."""

from typing import Any

from django.contrib.admin import site
from django.http import HttpRequest
from django.urls import reverse

from dispatch_console.core.admin_entry import actor_of

# Title, icon, page, and the permission it takes (none: superusers only).
Item = tuple[str, str, str, str | None]

GROUPS: list[tuple[str, list[Item]]] = [
    (
        "Company",
        [
            ("Tenants", "domain", "core_tenant", None),
            ("Members", "badge", "core_membership", "members.manage"),
            ("Users", "person", "core_user", "members.manage"),
            ("Teams", "groups", "core_team", "members.manage"),
            ("Custom roles", "admin_panel_settings", "core_customrole", "members.manage"),
            ("API keys", "key", "core_apikey", "members.manage"),
        ],
    ),
    (
        "Places",
        [
            ("Zones", "polyline", "core_zone", "setup.manage"),
            ("Warehouses", "warehouse", "core_warehouse", "setup.manage"),
        ],
    ),
    (
        "Fleet",
        [
            ("Drivers", "two_wheeler", "drivers_driver", "setup.manage"),
            ("Vehicles", "local_shipping", "drivers_vehicle", "setup.manage"),
            ("Devices", "phone_android", "drivers_device", "setup.manage"),
            ("Phone trackers", "share_location", "drivers_tracker", "setup.manage"),
        ],
    ),
    (
        "Services",
        [
            ("Delivery services", "sell", "orders_deliveryservice", "setup.manage"),
            ("Fulfilment policies", "rule", "orders_fulfilmentpolicy", "setup.manage"),
            ("Reasons", "chat_info", "orders_reason", "setup.manage"),
            ("Holidays", "event_busy", "core_holiday", "setup.manage"),
            ("Return settings", "assignment_return", "orders_returnsettings", "setup.manage"),
            ("Dispatch settings", "tune", "routes_dispatchsettings", "setup.manage"),
        ],
    ),
    (
        "Records",
        [
            ("Customers", "storefront", "core_customer", "setup.manage"),
            ("Orders", "package_2", "orders_order", "setup.manage"),
            ("Collected cash", "payments", "orders_collection", "setup.manage"),
            ("Ledger", "account_balance", "orders_ledgerentry", "setup.manage"),
            ("Events", "history", "core_event", "setup.manage"),
        ],
    ),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups without a page for this person are left out."""
    groups = []
    for title, items in GROUPS:
        offered = [
            {"title": label, "icon": icon, "link": reverse(f"admin:{page}_changelist")}
            for label, icon, page, permission in items
            if may_open(request, permission)
        ]
        if offered:
            groups.append({"title": title, "items": offered})
    return groups


# Counting these would take long; how many there are is no question of the setup.
UNCOUNTED = frozenset({"core_event", "orders_order", "orders_collection", "orders_ledgerentry"})


def overview(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's groups with how many rows of each there are, for the first page."""
    pages = {f"{model._meta.app_label}_{model._meta.model_name}": page for model, page in site._registry.items()}
    groups = []
    for title, items in GROUPS:
        cards = [
            {
                "title": label,
                "icon": icon,
                "link": reverse(f"admin:{name}_changelist"),
                "count": None if name in UNCOUNTED else pages[name].get_queryset(request).count(),
            }
            for label, icon, name, permission in items
            if may_open(request, permission)
        ]
        if cards:
            groups.append({"title": title, "cards": cards})
    return groups


def may_open(request: HttpRequest, permission: str | None) -> bool:
    if request.user.is_superuser:
        return True
    actor = actor_of(request)
    return permission is not None and actor is not None and actor.may(permission)


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    links = [
        {"title": "Change password", "link": reverse("password-change")},
        {"title": "Where you are signed in", "link": reverse("sessions")},
    ]
    actor = actor_of(request)
    if actor is not None and actor.may("orders.view"):
        links.insert(0, {"title": "Back to the console", "link": reverse("console:home")})
    return links


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    return {**context, "overview": overview(request)}
