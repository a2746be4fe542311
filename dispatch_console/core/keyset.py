"""Keyset pages: a deep page costs what the first one costs, in any allowed order, and new rows shift nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Field, Func, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThan, LessThan

from dispatch_console.core.errors import Invalid

SALT = "keyset-page"
MAX_CURSOR = 2000
COUNT_CAP = 10_000
BAD_CURSOR = "This cursor is not one of ours, or belongs to another ordering. Start again without it."


@dataclass(frozen=True, slots=True)
class Sort:
    """One allowed ordering. Rows without a value come last in both directions; the primary key breaks ties."""

    expression: str | Combinable
    nullable: bool = False
    parse: Callable[[Any], Any] = field(default=lambda value: value)


def moment(column: str, *, nullable: bool = False) -> Sort:
    return Sort(column, nullable=nullable, parse=datetime.fromisoformat)


def money(column: str) -> Sort:
    return Sort(column, parse=Decimal)


@dataclass(frozen=True, slots=True)
class Page:
    """The primary keys of one page in their order, and the cursor of the next page, if there is one."""

    ids: list[int]
    next_cursor: str | None
    total: int | None = None


class Row(Func):
    """Several columns as one value: PostgreSQL compares rows from left to right and can start inside an index."""

    function = "ROW"
    output_field = Field()


def read_page(rows: QuerySet, sorts: Mapping[str, Sort], *, ordering: str, cursor: str = "", limit: int = 50) -> Page:
    """One page of a queryset; `ordering` is a name of `sorts`, with a minus sign for descending."""
    sort, descending, after = _understood(sorts, ordering, cursor)
    rows = _with_key(rows, sort)
    found: list[tuple[int, Any]] = []
    if after is None or after[0] is not None:
        found = _valued(rows, sort, after, descending=descending, limit=limit + 1)
    if sort.nullable and len(found) <= limit:
        start = after[1] if after is not None and after[0] is None else None
        found += _without_value(rows, start, descending=descending, limit=limit + 1 - len(found))
    return _page(ordering, found, limit)


def read_gathered_page(
    rows: QuerySet, sorts: Mapping[str, Sort], *, ordering: str, cursor: str = "", limit: int = 50, cap: int = COUNT_CAP
) -> Page | None:
    """One page of a queryset that filters narrow down to few rows, with its total; None when they are more than `cap`.

    Everything that is left is collected once, then counted and sorted. Read in order instead, such a list could make
    PostgreSQL walk through a million rows for fifty that fit, and counting would search a second time.
    """
    sort, descending, after = _understood(sorts, ordering, cursor)
    try:
        sql, params = _with_key(rows, sort).values_list("pk", "sort_key")[: cap + 1].query.sql_with_params()
    except EmptyResultSet:  # the filters contradict each other
        return Page([], None, 0)
    beyond, values = "TRUE", []
    if after is not None and after[0] is not None:
        sign = "<" if descending else ">"
        beyond, values = f"(value IS NULL OR (value, pk) {sign} (%s, %s))", list(after)
    elif after is not None:
        beyond, values = f"(value IS NULL AND pk {'<' if descending else '>'} %s)", [after[1]]
    direction = "DESC" if descending else "ASC"
    with connection.cursor() as cursor_:
        cursor_.execute(
            f"WITH found(pk, value) AS MATERIALIZED ({sql}) "  # noqa: S608 (made of our own parts)
            f"SELECT pk, value, (SELECT count(*) FROM found) FROM found WHERE {beyond} "
            f"ORDER BY value {direction} NULLS LAST, pk {direction} LIMIT %s",
            [*params, *values, limit + 1],
        )
        found = cursor_.fetchall()
    total = found[0][2] if found else 0
    if total > cap:
        return None
    if not found and after is not None:
        total = count_up_to(rows, cap)[0]
    return _page(ordering, [(pk, value) for pk, value, _ in found], limit, total=total)


def read_limit(text: str, *, default: int = 50, most: int = 500) -> int:
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most:
        return int(text)
    raise Invalid.fields(limit=f"The limit must be a whole number from 1 to {most}.")


def count_up_to(rows: QuerySet, cap: int = COUNT_CAP) -> tuple[int, bool]:
    """How many rows there are, counting no further than `cap`; and whether there are more."""
    count = rows.order_by().values("pk")[: cap + 1].count()
    return min(count, cap), count > cap


def _understood(sorts: Mapping[str, Sort], ordering: str, cursor: str) -> tuple[Sort, bool, tuple[Any, int] | None]:
    """The sort, whether it is descending, and the value and primary key after which to go on."""
    name = ordering.removeprefix("-")
    if name not in sorts:
        raise Invalid.fields(ordering=f"Order by one of: {', '.join(sorts)}; with a minus sign for descending.")
    return sorts[name], ordering.startswith("-"), _decode(cursor, ordering, sorts[name]) if cursor else None


def _with_key(rows: QuerySet, sort: Sort) -> QuerySet:
    key = F(sort.expression) if isinstance(sort.expression, str) else sort.expression
    return rows.order_by().annotate(sort_key=key)  # type: ignore[no-any-return]


def _page(ordering: str, found: list[tuple[int, Any]], limit: int, *, total: int | None = None) -> Page:
    more = len(found) > limit
    found = found[:limit]
    return Page([pk for pk, _ in found], _encode(ordering, found[-1]) if more else None, total)


def _valued(
    rows: QuerySet, sort: Sort, after: tuple[Any, int] | None, *, descending: bool, limit: int
) -> list[tuple[int, Any]]:
    """Rows that have a value. Leaving the others out lets one index serve both directions."""
    if sort.nullable:
        rows = rows.filter(sort_key__isnull=False)
    if after is not None:
        beyond = LessThan if descending else GreaterThan
        rows = rows.filter(beyond(Row(F("sort_key"), F("pk")), Row(Value(after[0]), Value(after[1]))))
    order = ("-sort_key", "-pk") if descending else ("sort_key", "pk")
    return list(rows.order_by(*order).values_list("pk", "sort_key")[:limit])


def _without_value(rows: QuerySet, start: int | None, *, descending: bool, limit: int) -> list[tuple[int, Any]]:
    rows = rows.filter(sort_key__isnull=True)
    if start is not None:
        rows = rows.filter(pk__lt=start) if descending else rows.filter(pk__gt=start)
    return [(pk, None) for pk in rows.order_by("-pk" if descending else "pk").values_list("pk", flat=True)[:limit]]


def _encode(ordering: str, row: tuple[int, Any]) -> str:
    pk, value = row
    if isinstance(value, datetime):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return signing.Signer(salt=SALT).sign_object([ordering, value, pk])


def _decode(cursor: str, ordering: str, sort: Sort) -> tuple[Any, int]:
    # Signed, because its value goes into a comparison with a column whose type it must have.
    try:
        if len(cursor) > MAX_CURSOR:
            raise ValueError
        made_for, value, pk = signing.Signer(salt=SALT).unsign_object(cursor)
        if made_for != ordering:
            raise ValueError
        return (None if value is None else sort.parse(value)), pk
    except (signing.BadSignature, ValueError, TypeError, ArithmeticError):
        raise Invalid.fields(cursor=BAD_CURSOR) from None
