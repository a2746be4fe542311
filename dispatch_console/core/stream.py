"""The numbered live stream of each tenant: gives committed events their numbers, and reads them back in order.

An event gets its number only after its transaction has committed. Numbers given inside the transaction would become
visible out of order (a slow transaction commits after a fast one that began later), and a reader that had passed the
higher number would never see the lower one. Numbered afterwards, a late commit simply comes later in the stream.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from dispatch_console.core.models import Event, StreamHead

# Events numbered under one lock: a backlog of millions must not become one endless transaction.
BATCH = 2000

ENSURE_HEAD = "INSERT INTO core_streamhead (tenant_id, number) VALUES (%s, 0) ON CONFLICT (tenant_id) DO NOTHING"

# A statement of its own, before the numbering: under READ COMMITTED the next statement then sees every number that
# the previous holder of this lock gave out.
LOCK_HEAD = "SELECT number FROM core_streamhead WHERE tenant_id = %s FOR UPDATE"

# By id: the ids of one object are handed out under its row lock, so its versions keep their order in the stream.
NUMBER = """
    UPDATE core_event SET number = waiting.number
    FROM (
        SELECT id, %s + row_number() OVER (ORDER BY id) AS number
        FROM (SELECT id FROM core_event WHERE number IS NULL AND tenant_id = %s ORDER BY id LIMIT %s) AS oldest
    ) AS waiting
    WHERE core_event.id = waiting.id
"""

RAISE_HEAD = "UPDATE core_streamhead SET number = number + %s WHERE tenant_id = %s"

COLUMNS = (
    "number", "id", "stream", "object_id", "object_code", "version", "kind", "team_id",
    "actor_kind", "actor_id", "actor_label", "source", "reason", "occurred_at", "data__before",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One event as the live stream carries it; `before` are the old values of the fields that changed."""

    number: int
    id: int
    stream: str
    object_id: int
    object_code: str
    version: int
    kind: str
    team_id: int | None
    actor_kind: str
    actor_id: int | None
    actor_label: str
    source: str
    reason: str
    occurred_at: datetime
    before: dict[str, Any] | None


def number_pending(tenant_id: int | None = None) -> int:
    """Number what has committed since the last call, for one tenant or for all; returns how many events that were.

    Any number of processes may call this at once: the row lock on the tenant's head makes them take turns.
    """
    tenants = [tenant_id] if tenant_id is not None else _tenants_waiting()
    return sum(_number_tenant(tenant) for tenant in tenants)


def head(tenant_id: int) -> int:
    """The last number given so far; 0 before the first.

    A page takes it before it reads its rows: whatever is committed between the two comes again as a later number.
    """
    return StreamHead.objects.filter(tenant_id=tenant_id).values_list("number", flat=True).first() or 0


def read_after(tenant_id: int, number: int, limit: int) -> list[StreamItem]:
    """Up to `limit` events with the numbers `number + 1`, `number + 2`, … and nothing after a missing one."""
    rows = Event.objects.filter(tenant_id=tenant_id, number__gt=number).order_by("number")[:limit]
    return list(_consecutive(rows.values_list(*COLUMNS), after=number))


def _consecutive(rows: Any, *, after: int) -> Iterator[StreamItem]:
    for expected, values in enumerate(rows, start=after + 1):
        item = StreamItem(*values)
        if item.number != expected:
            return
        yield item


def _tenants_waiting() -> list[int]:
    waiting = Event.objects.filter(number__isnull=True).order_by()
    return sorted(waiting.values_list("tenant_id", flat=True).distinct())


def _number_tenant(tenant_id: int) -> int:
    if not Event.objects.filter(number__isnull=True, tenant_id=tenant_id).exists():
        return 0
    total = count = _number_batch(tenant_id)
    while count == BATCH:
        count = _number_batch(tenant_id)
        total += count
    return total


def _number_batch(tenant_id: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ENSURE_HEAD, [tenant_id])
        cursor.execute(LOCK_HEAD, [tenant_id])
        last: int = cursor.fetchone()[0]
        cursor.execute(NUMBER, [last, tenant_id, BATCH])
        count: int = cursor.rowcount
        if count:
            cursor.execute(RAISE_HEAD, [count, tenant_id])
    return count
