"""The permission catalogue and the built-in roles made of it."""

from django.db import models

PERMISSIONS: dict[str, str] = {
    "orders.view": "See orders, their history and the live map",
    "orders.create": "Create orders",
    "orders.edit": "Edit orders",
    "orders.assign": "Assign, switch and unassign drivers",
    "orders.status": "Move orders forward: picked up, in transit, delivered",
    "orders.correct": "Correct a status backwards or by skipping steps",
    "orders.correct_closed": "Reopen a delivered order by correction",
    "orders.cancel": "Cancel and reopen orders",
    "orders.stage": "Stage packages at a warehouse",
    "orders.return": "Record returns",
    "orders.request_return": "Ask for the return of delivered orders",
    "orders.decide_return": "Approve and reject requests for returns",
    "orders.hold": "Hold and release orders",
    "orders.pin": "Read delivery PINs to receivers, and unlock them",
    "orders.cash": "See the cash that drivers collected",
    "orders.export": "Export order lists",
    "orders.import": "Import orders from files",
    "orders.exceptions": "Raise and settle exceptions of orders",
    "groups.manage": "Make and run waybills, trips and routes",
    "drivers.view": "See drivers and their positions",
    "drivers.manage": "Set a driver's availability",
    "work.own": "Do one's own delivery work as a driver",
    "setup.manage": "Manage zones, warehouses, services, vehicles, drivers and reasons",
    "members.manage": "Manage users, roles, teams and API keys",
}


class RoleKind(models.TextChoices):
    TENANT_ADMIN = "tenant_admin", "Tenant admin"
    DISPATCHER = "dispatcher", "Dispatcher"
    OBSERVER = "observer", "Read-only observer"
    DRIVER = "driver", "Driver"
    PARTNER = "partner", "Partner"
    SUPPORT = "support", "Support user"
    WAREHOUSE = "warehouse", "Warehouse staff"
    CUSTOM = "custom", "Custom role"


_DISPATCHER = frozenset(
    code
    for code in PERMISSIONS
    if code.startswith(("orders.", "drivers.", "groups.")) and code != "orders.correct_closed"
)

BUILT_IN_ROLES: dict[str, frozenset[str]] = {
    RoleKind.TENANT_ADMIN: frozenset(PERMISSIONS) - {"work.own"},
    RoleKind.DISPATCHER: _DISPATCHER,
    RoleKind.OBSERVER: frozenset({"orders.view", "drivers.view", "orders.export"}),
    RoleKind.DRIVER: frozenset({"work.own"}),
    RoleKind.PARTNER: frozenset(
        {"orders.view", "orders.create", "orders.edit", "orders.cancel", "orders.request_return"}
    ),
    RoleKind.SUPPORT: frozenset(
        {"orders.view", "drivers.view", "orders.hold", "orders.exceptions", "orders.request_return"}
    ),
    RoleKind.WAREHOUSE: frozenset(
        {"orders.view", "orders.stage", "orders.return", "orders.hold", "orders.exceptions", "groups.manage"}
    ),
}
