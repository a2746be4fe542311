"""Empties the database after a test that committed, at a fraction of what Django's own flush costs.

Django truncates every table, which makes new files for each of them and their indexes, and then makes all content
types and permissions again. Here only the tables with rows are emptied, row by row, and those two stay as they are.
"""

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

# What follows from the models alone, so that every test finds it the same.
KEPT = ("auth_permission", "django_content_type")


def switch_on() -> None:
    """From now on, every test that commits leaves by this door; the database is as its migrations made it."""
    if not may_empty():
        return
    by_django = TransactionTestCase._fixture_teardown
    expected = kept_rows()

    def flush(test: Any) -> None:
        if kept_rows() == expected:
            empty()
        else:
            by_django(test)

    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]


def may_empty() -> bool:
    """Only a superuser may delete past triggers: those that guard the event log, and those of foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def kept_rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in KEPT))
        return dict(cursor.fetchall())


def empty() -> None:
    quote = connection.ops.quote_name
    tables = [table for table in connection.introspection.django_table_names() if table not in KEPT]
    with transaction.atomic(), connection.cursor() as cursor:
        # As a truncation would: waits for what still writes, and whoever comes later finds nothing to refer to.
        cursor.execute(f"LOCK TABLE {', '.join(map(quote, tables))} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {quote(table)})" for table in tables)
        )
        filled = [table for (table,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {quote(table)}")
