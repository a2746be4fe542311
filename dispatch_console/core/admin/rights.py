"""Nobody hands out more than they have: which permissions and roles a person may give to others."""

from collections.abc import Iterable

from django.http import HttpRequest

from dispatch_console.core.admin_entry import actor_of
from dispatch_console.core.permissions import BUILT_IN_ROLES, PERMISSIONS, RoleKind

TOO_MUCH = "This would give more rights than you have yourself. Ask somebody who has them."
OWN_WORK_ALONE = "Work as a driver cannot be combined with other rights: a driver sees own work only."


def grantable(request: HttpRequest) -> frozenset[str]:
    """What this person may give: their own rights, and work as a driver, which sees nothing but itself."""
    if request.user.is_superuser:
        return frozenset(PERMISSIONS)
    actor = actor_of(request)
    return (actor.permissions if actor is not None else frozenset()) | {"work.own"}


def may_grant(request: HttpRequest, permissions: Iterable[str]) -> bool:
    return frozenset(permissions) <= grantable(request)


def grantable_roles(request: HttpRequest) -> list[tuple[str, str]]:
    """Choices for a role field; what a custom role holds is checked when it is chosen."""
    return [
        (role.value, str(role.label))
        for role in RoleKind
        if role == RoleKind.CUSTOM or may_grant(request, BUILT_IN_ROLES[role])
    ]


def mixes_own_work(permissions: Iterable[str]) -> bool:
    chosen = set(permissions)
    return "work.own" in chosen and len(chosen) > 1
