"""The day partitions of the position history: made ahead, dropped whole when their days are over.

Dropping a day costs the same however many samples it holds, and leaves nothing for vacuum. A partition for everything
else catches what falls outside the days that were made, so that no position is ever lost for want of a table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from dispatch_console.core import clock
from drivers.models import PositionSample

TABLE = PositionSample._meta.db_table
REST = f"{TABLE}_rest"
DAYS_AHEAD = 3
# Making and dropping a day needs the table for itself for an instant. Whoever reads meanwhile goes first: better
# another try at the next run than pings that queue behind us.
LOCK_TIMEOUT = "2s"
LOCK_KEY = 0x706F7369  # "posi": two runs at once would both find the same day missing
DELETE_AT_ONCE = 10_000


def make_days(first: date, last: date) -> list[date]:
    """Partitions for these days, both included; returns those that were missing. Harmless to repeat."""
    made = []
    for day in days_between(first, last):
        with _alone() as cursor:
            if day in _days_there(cursor):
                continue
            _make(cursor, day)
            made.append(day)
    return made


def make_days_ahead() -> list[date]:
    today = clock.now().date()
    return make_days(today - timedelta(days=1), today + timedelta(days=DAYS_AHEAD))


def drop_old_days(*, keep_days: int | None = None) -> list[date]:
    """Drop the days that ended more than `keep_days` ago (the setting POSITION_RETENTION_DAYS); returns them."""
    horizon = clock.now() - timedelta(days=settings.POSITION_RETENTION_DAYS if keep_days is None else keep_days)
    dropped = []
    for day in days_there():
        if day_start(day + timedelta(days=1)) > horizon:
            continue
        with _alone() as cursor:
            cursor.execute(f'DROP TABLE IF EXISTS "{partition_name(day)}"')
        dropped.append(day)
    _empty_the_rest(horizon)
    return dropped


def days_there() -> list[date]:
    """The days that have a partition, the earliest first."""
    with connection.cursor() as cursor:
        return _days_there(cursor)


def partition_name(day: date) -> str:
    return f"{TABLE}_{day:%Y%m%d}"


def day_start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def days_between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


@contextmanager
def _alone() -> Iterator[CursorWrapper]:
    """A transaction in which nobody else changes partitions, and which gives up soon where it would have to wait."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        yield cursor


def _days_there(cursor: CursorWrapper) -> list[date]:
    cursor.execute(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = %s::regclass AND child.relname <> %s ORDER BY 1",
        [TABLE, REST],
    )
    return [datetime.strptime(name.rpartition("_")[2], "%Y%m%d").date() for (name,) in cursor.fetchall()]  # noqa: DTZ007


def _make(cursor: CursorWrapper, day: date) -> None:
    """Made beside the table and attached when it is filled: writers wait only for the attaching."""
    name, span = partition_name(day), [day_start(day), day_start(day + timedelta(days=1))]
    cursor.execute(f'CREATE TABLE "{name}" (LIKE "{TABLE}" INCLUDING ALL)')
    # Samples that came before their day was made lie in the rest, where attaching would trip over them.
    moved = f'DELETE FROM "{REST}" WHERE recorded_at >= %s AND recorded_at < %s RETURNING *'  # noqa: S608 (our own name)
    cursor.execute(f'WITH moved AS ({moved}) INSERT INTO "{name}" SELECT * FROM moved', span)  # noqa: S608
    cursor.execute(f'ALTER TABLE "{TABLE}" ATTACH PARTITION "{name}" FOR VALUES FROM (%s) TO (%s)', span)


def _empty_the_rest(horizon: datetime) -> None:
    """In chunks: each is a short transaction of its own."""
    some = f'SELECT ctid FROM "{REST}" WHERE recorded_at < %s LIMIT %s'  # noqa: S608 (our own name)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{REST}" WHERE ctid = ANY(ARRAY({some}))', [horizon, DELETE_AT_ONCE])  # noqa: S608
            if cursor.rowcount < DELETE_AT_ONCE:
                return
