"""Who may look on, asked when a console connects and again and again while it stays."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from dispatch_console.console.live.viewer import Identity
from dispatch_console.core import access, clock
from dispatch_console.core.access import TENANT_IN_SESSION
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.models import Membership, User
from dispatch_console.core.sockets import FORBIDDEN, NOT_SIGNED_IN, RIGHTS_CHANGED

Who = TypeVar("Who", bound=Hashable)


def identify(user: Any, session: Any) -> tuple[Identity, Actor] | int:
    """Who connects, or the code to close with."""
    if not user.is_authenticated or session.session_key is None:
        return NOT_SIGNED_IN
    membership = access.current_membership(user, session)
    actor = access.actor_for_member(membership, source=Source.CONSOLE) if membership else None
    if actor is None or access.why_no_console(membership, actor):
        return FORBIDDEN
    return Identity(user_id=user.pk, session_key=session.session_key), actor


def check(tenant_id: int, watching: Mapping[Who, tuple[Identity, Actor]]) -> dict[Who, int]:
    """Those who may not stay, each with the code to close with. Two queries, however many watch."""
    if not watching:
        return {}
    sessions = _living_sessions({identity.session_key for identity, _ in watching.values()})
    members = _members(tenant_id, {identity.user_id for identity, _ in watching.values()})
    actors = {user_id: access.actor_for_member(member, source=Source.CONSOLE) for user_id, member in members.items()}
    verdicts = {}
    for who, (identity, actor) in watching.items():
        member = members.get(identity.user_id)
        session = sessions.get(identity.session_key, {})
        if code := _verdict(tenant_id, session, member, actors.get(identity.user_id), actor):
            verdicts[who] = code
    return verdicts


def _verdict(
    tenant_id: int, session: Mapping[str, Any], member: Membership | None, now: Actor | None, before: Actor
) -> int:
    if not session:
        return NOT_SIGNED_IN
    if member is None or now is None or access.why_no_console(member, now):
        return FORBIDDEN
    if not _is_session_of(session, member.user):
        return NOT_SIGNED_IN
    has_moved = session.get(TENANT_IN_SESSION, tenant_id) != tenant_id  # to another company, in another tab
    if has_moved or now.permissions != before.permissions or now.scope_key != before.scope_key:
        return RIGHTS_CHANGED
    return 0


def _is_session_of(session: Mapping[str, Any], user: User) -> bool:
    """Not so after the password was changed elsewhere."""
    return session.get(SESSION_KEY) == str(user.pk) and constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )


def _living_sessions(keys: set[str]) -> dict[str, Mapping[str, Any]]:
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return {row.session_key: row.get_decoded() for row in rows}


def _members(tenant_id: int, user_ids: set[int]) -> dict[int, Membership]:
    rows = Membership.objects.filter(tenant_id=tenant_id, user_id__in=user_ids, is_active=True)
    return {row.user_id: row for row in rows.select_related("tenant", "custom_role", "user")}
