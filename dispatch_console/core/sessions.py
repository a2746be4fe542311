"""Where a user is signed in: noted while they work, listed for them, and ended from afar."""

import time
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from dispatch_console.core import client, clock
from dispatch_console.core.models import User, UserSession

NOTED_EVERY_SECONDS = 60
REMEMBERED_NOTES = 5_000

# Session key -> when this process last wrote it down. Only spares writes; the truth is in the database.
_noted: dict[str, float] = {}


class SignedIn(NamedTuple):
    """One line of the session list."""

    key: int
    browser: str
    address: str | None
    last_seen: datetime
    created: datetime
    is_current: bool


def note(request: HttpRequest) -> None:
    """Write down that the signed-in user of this request is here, at most once a minute."""
    key = request.session.session_key
    if key is None or time.monotonic() - _noted.get(key, -NOTED_EVERY_SECONDS) < NOTED_EVERY_SECONDS:
        return
    moment = clock.now()
    row = UserSession(  # type: ignore[misc]
        user_id=request.user.pk,
        session_key=key,
        address=client.client_address(request),
        user_agent=client.user_agent(request),
        created_at=moment,
        last_seen_at=moment,
    )
    UserSession.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "address", "user_agent", "last_seen_at"],
    )
    if len(_noted) >= REMEMBERED_NOTES:
        _noted.clear()
    _noted[key] = time.monotonic()


def forget_expired(user: User) -> None:
    """Drop descriptions of sessions that ran out by themselves."""
    oldest = clock.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    UserSession.objects.filter(user=user, last_seen_at__lt=oldest).delete()


def signed_in(user: User, *, current_key: str | None) -> list[SignedIn]:
    """The user's living sessions, this one first, then the latest seen."""
    rows = list(UserSession.objects.filter(user=user))
    keys = [row.session_key for row in rows]
    living = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()).values_list("session_key", flat=True)
    )
    lines = [
        SignedIn(
            key=row.pk,
            browser=client.browser_in_words(row.user_agent),
            address=row.address,
            last_seen=row.last_seen_at,
            created=row.created_at,
            is_current=row.session_key == current_key,
        )
        for row in rows
        if row.session_key in living
    ]
    return sorted(lines, key=lambda line: not line.is_current)


def end(user: User, row_id: int) -> bool:
    """Sign one of the user's browsers out; false where there is no such session any more."""
    row = UserSession.objects.filter(user=user, pk=row_id).first()
    if row is None:
        return False
    _end([row.session_key])
    return True


def end_all(user: User, *, but: str | None = None) -> int:
    """Sign the user out everywhere, except in the session with the key `but`."""
    rows = UserSession.objects.filter(user=user)
    keys = [key for key in rows.values_list("session_key", flat=True) if key != but]
    _end(keys)
    return len(keys)


def forget(session_key: str | None) -> None:
    """Drop the description of a session that is over, or that goes on under another key."""
    if session_key:
        UserSession.objects.filter(session_key=session_key).delete()
        _noted.pop(session_key, None)


def _end(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
