"""Who is asking: turns a signed-in member or an API key into the one `Actor` that everything else checks."""

from collections.abc import Collection, MutableMapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor, ActorKind, Source
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import ApiKey, Membership, User
from dispatch_console.core.models.keys import digest
from dispatch_console.core.permissions import PERMISSIONS, RoleKind

TENANT_IN_SESSION = "tenant_id"
KEY_USE_NOTED_EVERY = timedelta(minutes=1)


def memberships(user: User | AnonymousUser) -> QuerySet[Membership]:
    """The tenants a user may act in right now, the one to start with first."""
    if not user.is_authenticated or not user.is_active:
        return Membership.objects.none()
    rows = Membership.objects.filter(user_id=user.pk, is_active=True, tenant__is_active=True)
    return rows.select_related("tenant", "custom_role", "user").order_by("tenant__name", "tenant_id")


def current_membership(user: User | AnonymousUser, session: MutableMapping[str, Any]) -> Membership | None:
    """The membership of the tenant chosen in this session; where that one is gone, the first that is left."""
    if not user.is_authenticated:
        return None
    chosen = session.get(TENANT_IN_SESSION)
    rows = list(memberships(user))
    return next((row for row in rows if row.tenant_id == chosen), rows[0] if rows else None)


def switch_tenant(user: User | AnonymousUser, session: MutableMapping[str, Any], tenant_id: int) -> Membership:
    """Make another of the user's tenants the current one of this session."""
    membership = memberships(user).filter(tenant_id=tenant_id).first()
    if membership is None:
        raise NotVisible("You have no access to this company, or it does not exist.")
    session[TENANT_IN_SESSION] = membership.tenant_id
    return membership


def actor_for_member(membership: Membership, *, source: str, request_id: str = "") -> Actor | None:
    """The member as an actor; none where the person or the tenant is switched off, or the role has no door here.

    A partner acts through API keys, which carry the limit to one customer: a partner who signs in would see
    everybody's orders. A driver's door is always the driver app, whichever way the request came.
    """
    user, tenant = membership.user, membership.tenant
    if not (membership.is_active and user.is_active and tenant.is_active) or membership.role == RoleKind.PARTNER:
        return None
    permissions = membership.permissions
    if "work.own" in permissions:
        return _driver(membership, permissions, request_id=request_id)
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        label=str(user),
        tenant_id=tenant.pk,
        permissions=permissions,
        source=source,
        team_ids=_team_ids(membership),
        request_id=request_id,
    )


def _driver(membership: Membership, permissions: frozenset[str], *, request_id: str) -> Actor | None:
    # The profile belongs to an app above this one; Django hangs it on the user. Without a profile in this very
    # tenant there is nothing to limit the actor to, and an actor without that limit would see everybody's work.
    profile = getattr(membership.user, "driver", None)
    if profile is None or profile.tenant_id != membership.tenant_id:
        return None
    return Actor(
        kind=ActorKind.DRIVER,
        id=profile.pk,
        label=str(profile),
        tenant_id=membership.tenant_id,
        permissions=permissions,
        source=Source.DRIVER_APP,
        team_ids=None,
        driver_id=profile.pk,
        request_id=request_id,
    )


def _team_ids(membership: Membership) -> frozenset[int] | None:
    return None if membership.all_teams else frozenset(membership.teams.values_list("pk", flat=True))


def key_for_secret(secret: str) -> ApiKey | None:
    """The living key behind a secret. The look-up is by digest, so its time says nothing about the secret."""
    return keys_for_secrets([secret]).get(secret)


def keys_for_secrets(secrets: Collection[str], *related: str) -> dict[str, ApiKey]:
    """The living keys behind several secrets, in one query; `related` names what else to read with them."""
    by_digest = {digest(secret): secret for secret in secrets}
    # Asked at every request of every phone: nothing is read twice, and the order of keys is nobody's wish.
    rows = ApiKey.objects.select_related("tenant", "membership__user", "membership__custom_role", *related).order_by()
    found = {by_digest[key.digest]: key for key in rows.filter(digest__in=by_digest) if _is_alive(key)}
    for key in found.values():
        if key.membership is not None and key.membership.tenant_id == key.tenant_id:
            key.membership.tenant = key.tenant
    return found


def _is_alive(key: ApiKey) -> bool:
    is_over = key.expires_at is not None and key.expires_at <= clock.now()
    return key.is_active and key.tenant.is_active and not is_over


def note_use(*keys: ApiKey) -> None:
    """Remember when keys were last used, at most once a minute each: a busy key would otherwise be one hot row."""
    moment = clock.now()
    long_ago = moment - KEY_USE_NOTED_EVERY
    unnoted = [key.pk for key in keys if key.last_used_at is None or key.last_used_at <= long_ago]
    if unnoted:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=long_ago)
        ApiKey.objects.filter(stale, pk__in=unnoted).update(last_used_at=moment)


def actor_for_key(key: ApiKey, *, request_id: str = "") -> Actor | None:
    """The key as an actor: its member where it stands for one, else an integration of its own."""
    if key.membership is not None:
        if key.membership.tenant_id != key.tenant_id:
            return None
        return actor_for_member(key.membership, source=Source.API, request_id=request_id)
    permissions = key.effective_permissions
    if "work.own" in permissions:  # own work of whom? Only a key that stands for a member can tell
        return None
    return Actor(
        kind=ActorKind.API_KEY,
        id=key.pk,
        label=key.name,
        tenant_id=key.tenant_id,
        permissions=permissions,
        source=Source.API,
        customer_id=key.customer_id,
        request_id=request_id,
    )


def system_actor(tenant_id: int, *, label: str = "System", source: str = Source.SYSTEM) -> Actor:
    """The installation itself, for background work that nobody in particular asked for."""
    return Actor(
        kind=ActorKind.SYSTEM,
        id=None,
        label=label,
        tenant_id=tenant_id,
        permissions=frozenset(PERMISSIONS) - {"work.own"},
        source=source,
    )


def why_no_console(membership: Membership | None, actor: Actor | None) -> str:
    """Why this person may not open the console, in a sentence for them; nothing where they may."""
    if actor is not None and actor.may("orders.view"):
        return ""
    if membership is None:
        return "Your account has no role in any company. Ask your administrator for one."
    if membership.role == RoleKind.PARTNER:
        return "The console is for dispatchers. Partners work through the API, with an API key from the administrator."
    if "work.own" in membership.permissions:
        return "The console is for dispatchers. Your deliveries are in the driver app: sign in there."
    return f"Your role, {membership.role_name}, does not include the console. Ask your administrator if you need it."
