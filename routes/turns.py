"""Background work that one process at a time does for a company: the others leave it out instead of waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def only_one(kind: int, tenant_id: int) -> Iterator[bool]:
    """Whether it is this one's turn. `kind` is the first half of an advisory lock's number, the company the second.

    The lock belongs to the connection: a worker that dies gives it back.
    """
    number = (kind << 32) + tenant_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
