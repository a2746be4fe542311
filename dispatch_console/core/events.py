"""Writes the event log: one row per change, inside the change's own transaction."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from dispatch_console.core import clock, publish
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event


def plain(value: Any) -> Any:
    """The value as it will come back from the JSON column, so that stored and fresh events compare equal."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def fingerprint(name: str, content: dict[str, Any]) -> str:
    """What an idempotency key stands for: the same key with another fingerprint is a mistake of the caller."""
    canonical = json.dumps([name, content], cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def find_by_key(actor: Actor, key: str) -> Event | None:
    """The event this actor already caused with this idempotency key."""
    if not key:
        return None
    return Event.objects.filter(tenant_id=actor.tenant_id, actor_kind=actor.kind, actor_id=actor.id, key=key).first()


def record(
    *,
    actor: Actor,
    stream: str,
    object_id: int,
    object_code: str,
    version: int,
    kind: str,
    team_id: int | None = None,
    reason: str = "",
    note: str = "",
    data: dict[str, Any] | None = None,
    occurred_at: datetime | None = None,
    key: str = "",
    fingerprint: str = "",
) -> Event:
    """Append one event and have it published after commit; `occurred_at` where it is told later than it happened."""
    moment = clock.now()
    event = Event.objects.create(
        tenant_id=actor.tenant_id,
        team_id=team_id,
        stream=stream,
        object_id=object_id,
        object_code=object_code,
        version=version,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        source=actor.source,
        source_id=actor.source_id,
        reason=reason,
        note=note,
        data=plain(data or {}),
        key=key,
        fingerprint=fingerprint,
        request_id=actor.request_id,
        occurred_at=occurred_at or moment,
        recorded_at=moment,
    )
    publish.after_commit(event.tenant_id)
    return event
