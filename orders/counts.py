"""The counts beside an order list: each choice says how many orders it would show under all other filters."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any, TypedDict

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Count, Q, QuerySet, Sum, Value, When

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.filtering import once_each
from dispatch_console.core.keyset import COUNT_CAP
from orders.access import visible_orders
from orders.attention import ATTENTION_WORDS, PACKAGE_WITH_DRIVER, attention_condition
from orders.filters import STAGED_PARENT, STATUS_GROUPS, UNASSIGNED, OrderFilter
from orders.states import DONE, MOVING, OPEN, OrderType, PaymentMethod, PaymentStatus, Status

FACETS = ("type", "status", "attention")
WAITING = "waiting"  # a staged order whose package is in its warehouse
REASONS = tuple(word for word in ATTENTION_WORDS if word != "any")


class Counts(TypedDict):
    """`queues` ignores the type filter, the statuses and groups in `statuses` ignore the status filter, its reasons to
    look (late, at_risk, …, any) ignore the attention filter. Closed orders are counted up to 10,000 per type and
    status: `at_least` names the counts that are lower bounds for that reason, `capped` says whether there are any.
    `total` and `cod_to_collect` (open cash on delivery not yet paid) obey every filter.
    """

    queues: dict[str, int]
    statuses: dict[str, int]
    total: int
    total_is_capped: bool
    cod_to_collect: str
    capped: bool
    at_least: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Orders that no facet tells apart."""

    type: str
    status: str
    flags: frozenset[str]
    count: int
    cash: Decimal = Decimal(0)
    is_capped: bool = False

    def is_in_queue(self, word: str) -> bool:
        return word in ("all", self.type)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN or WAITING in self.flags

    def has_status(self, word: str) -> bool:
        if word in ("open", "done"):
            return self.is_open == (word == "open")
        members = MOVING if word == "moving" else (word,)
        return word in self.flags if word == "unassigned" else self.status in members

    def needs(self, word: str) -> bool:
        return bool(self.flags & set(REASONS)) if word == "any" else word in self.flags


TESTS: dict[str, Callable[[Group, str], bool]] = {
    "type": Group.is_in_queue,
    "status": Group.has_status,
    "attention": Group.needs,
}


def counts(actor: Actor, params: Mapping[str, str]) -> Counts:
    """All facets at once, in two or three queries whatever the number of orders."""
    asked = once_each(params)
    whole = OrderFilter(asked, visible_orders(actor), actor=actor)
    whole.filtered()
    chosen = {name: whole.form.cleaned_data[name] for name in FACETS if asked.get(name)}
    others = {name: value for name, value in asked.items() if name not in FACETS}
    rows = OrderFilter(others, visible_orders(actor), actor=actor).filtered()

    parts = whole.shown_parts
    active = list(active_groups(rows, late_risk_minutes=whole.tenant.late_risk_minutes, parts=parts))
    # A cancelled order whose package is still out counts among the closed ones, and as a reason to look.
    is_whole = not any(others.get(name) for name in OrderFilter.base_filters) and actor.scope_key[1:] == (None,) * 3  # type: ignore[misc]
    closed = closed_groups(rows if parts == "work" else rows.exclude(STAGED_PARENT), is_whole=is_whole)
    every = [group for group in active if group.is_open] + list(closed)

    def select(groups: Iterable[Group], *, ignoring: str = "") -> list[Group]:
        tests = [(TESTS[name], words) for name, words in chosen.items() if name != ignoring]
        return [group for group in groups if all(any(test(group, word) for word in words) for test, words in tests)]

    looked_at = active if "attention" in chosen else every
    queues = tally(select(looked_at, ignoring="type"), ["all", *OrderType.values], Group.is_in_queue)
    statuses = tally(select(looked_at, ignoring="status"), [*Status.values, *STATUS_GROUPS], Group.has_status)
    reasons = tally(select(active, ignoring="attention"), ATTENTION_WORDS, Group.needs)
    selected = select(looked_at)
    at_least = {"queues": [name for name, (_, capped) in queues.items() if capped]}
    at_least["statuses"] = [name for name, (_, capped) in statuses.items() if capped]
    return {
        "queues": {name: count for name, (count, _) in queues.items()},
        "statuses": {name: count for name, (count, _) in (statuses | reasons).items()},
        "total": sum(group.count for group in selected),
        "total_is_capped": any(group.is_capped for group in selected),
        "cod_to_collect": str(sum((group.cash for group in selected), Decimal("0.00"))),
        "capped": bool(at_least["queues"] or at_least["statuses"]),
        "at_least": at_least,
    }


def tally(groups: list[Group], words: Iterable[str], test: Callable[[Group, str], bool]) -> dict[str, tuple[int, bool]]:
    found = {}
    for word in words:
        of_word = [group for group in groups if test(group, word)]
        found[word] = (sum(group.count for group in of_word), any(group.is_capped for group in of_word))
    return found


def active_groups(rows: QuerySet, *, late_risk_minutes: int, parts: str) -> Iterator[Group]:
    """Open work and packages still out, which a partial index keeps small: counted exactly.

    Where staged orders are shown besides their legs, the cash they ask for is counted with the legs.
    """
    now = clock.now()
    conditions = {word: attention_condition(word, now=now, late_risk_minutes=late_risk_minutes) for word in REASONS} | {
        "unassigned": UNASSIGNED
    }
    unpaid_cash = Q(status__in=OPEN, payment_method=PaymentMethod.COD) & ~Q(payment_status=PaymentStatus.PAID)
    is_active = Q(status__in=OPEN) | PACKAGE_WITH_DRIVER
    if parts == "all":
        unpaid_cash &= Q(staging_warehouse__isnull=True)
    if parts != "work":
        conditions[WAITING] = STAGED_PARENT
        is_active |= STAGED_PARENT
    grouped = (
        rows.filter(is_active)
        .order_by()
        .values("type", "status", **{f"is_{word}": _flag(condition) for word, condition in conditions.items()})
        .annotate(found=Count("*"), cash=Sum("cod_amount", filter=unpaid_cash))
    )
    for row in grouped:
        flags = frozenset(word for word in conditions if row[f"is_{word}"])
        yield Group(row["type"], row["status"], flags, row["found"], row["cash"] or Decimal(0))


def closed_groups(rows: QuerySet, *, is_whole: bool) -> Iterator[Group]:
    """Closed orders by type and status.

    Those of the whole tenant are counted kind by kind up to the cap, which one index answers. Under other filters that
    would be twelve searches: there the first ones found are counted, and are lower bounds when they are not all.
    """
    closed = rows.filter(status__in=DONE).order_by()
    if is_whole:
        found = _count_kinds(rows)
        is_capped = False
    else:
        found = _count_first(closed)
        is_capped = sum(found.values()) > COUNT_CAP
    for (kind, status), count in found.items():
        yield Group(kind, status, frozenset(), min(count, COUNT_CAP), is_capped=is_capped or count > COUNT_CAP)


def _count_kinds(rows: QuerySet) -> dict[tuple[str, str], int]:
    parts, params = [], []
    for kind, status in product(OrderType.values, DONE):
        sql, values = (
            rows.filter(type=kind, status=status).order_by().values("pk")[: COUNT_CAP + 1].query.sql_with_params()
        )
        parts.append(f"SELECT %s, %s, count(*) FROM ({sql}) AS kept")  # noqa: S608 (the ORM's own statement)
        params += [kind, str(status.value), *values]
    return _read(" UNION ALL ".join(parts), params)


def _count_first(closed: QuerySet) -> dict[tuple[str, str], int]:
    # The ORM cannot group what is already limited.
    try:
        sql, params = closed.values("type", "status")[: COUNT_CAP + 1].query.sql_with_params()
    except EmptyResultSet:  # the filters contradict each other
        return {}
    return _read(f"SELECT type, status, count(*) FROM ({sql}) AS kept GROUP BY type, status", params)  # noqa: S608


def _read(sql: str, params: Sequence[Any]) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {(kind, status): count for kind, status, count in cursor.fetchall()}


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
