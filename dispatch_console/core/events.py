"""Writes the event log: one row per change, inside the change's own transaction."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

from dispatch_console.core import clock, publish
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import KeyReused
from dispatch_console.core.models import Event

Row = TypeVar("Row", bound=Model)


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


def replayed(kind: str, content: dict[str, Any], actor: Actor, key: str) -> Event | None:
    """The event that this idempotency key already caused; KeyReused when it stood for something else."""
    event = find_by_key(actor, key)
    if event is not None and event.fingerprint != fingerprint(kind, content):
        raise _reused()
    return event


def made_before(rows: QuerySet[Row], actor: Actor, key: str, *, column: str = "key", **asked: str) -> Row | None:
    """The stored run, of `rows`, that this actor made with this idempotency key; KeyReused when it was for other work.

    `column` holds the key; `asked` are the columns, with their values, that say what the run was made for.
    """
    if not key:
        return None
    own = rows.filter(tenant_id=actor.tenant_id, actor_kind=actor.kind, actor_id=actor.id)
    row = own.filter(**{column: key}).first()
    if row is not None and any(getattr(row, name) != value for name, value in asked.items()):
        raise _reused()
    return row


def _reused() -> KeyReused:
    return KeyReused("This idempotency key was used before for something else. Use a new key for a new request.")


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
    event = _event(
        actor=actor,
        stream=stream,
        object_id=object_id,
        object_code=object_code,
        version=version,
        kind=kind,
        team_id=team_id,
        reason=reason,
        note=note,
        data=data,
        occurred_at=occurred_at,
        key=key,
        fingerprint=fingerprint,
    )
    event.save(force_insert=True)
    publish.after_commit(event.tenant_id)
    return event


def record_many(tellings: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Append events in this sequence, each given as the arguments of `record`; all of one tenant."""
    told = Event.objects.bulk_create(_event(**telling) for telling in tellings)
    if told:
        publish.after_commit(told[0].tenant_id)
    return told


def _event(
    *,
    actor: Actor,
    data: dict[str, Any] | None = None,
    occurred_at: datetime | None = None,
    **told: Any,
) -> Event:
    moment = clock.now()
    return Event(
        tenant_id=actor.tenant_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        source=actor.source,
        source_id=actor.source_id,
        data=plain(data or {}),
        request_id=actor.request_id,
        occurred_at=occurred_at or moment,
        recorded_at=moment,
        **told,
    )
