"""Keyset pages: every row once in every ordering, whatever is inserted meanwhile, and no cursor of a stranger."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import signing

from dispatch_console.core import keyset
from dispatch_console.core.errors import Invalid
from dispatch_console.core.keyset import SALT, Sort, count_up_to, moment, money, read_gathered_page, read_page
from orders.models import Order
from orders.selectors import SORTS
from tests import factories

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def orders():
    """Thirteen orders with ties and gaps in every column that can have them."""
    tenant = factories.make_tenant()
    customer, service = factories.make_customer(tenant), factories.make_service(tenant, promise_minutes=None)
    driver = factories.make_driver(tenant)
    for number in range(13):
        order = factories.make_order(tenant, customer_id=customer.pk, service_id=service.pk)
        Order.objects.filter(pk=order.pk).update(
            created_at=START + timedelta(minutes=number // 3),
            due_at=None if number % 3 == 0 else START + timedelta(hours=number % 2),
            closed_at=None,
            delivery_fee=Decimal(number % 4),
            priority=1 + number % 2,
            driver=driver if number % 5 == 0 else None,
            assignment_status="assigned" if number % 5 == 0 else "none",
        )
    return Order.objects.filter(tenant=tenant)


def walk(rows, ordering: str, *, read=read_page, limit: int = 4) -> list[int]:
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = read(rows, SORTS, ordering=ordering, cursor=cursor, limit=limit)
        seen += page.ids
        cursor = page.next_cursor
    return seen


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("read", [read_page, read_gathered_page])
def test_every_ordering_shows_every_row_once_and_both_ways(orders, name, read):
    up, down = walk(orders, name, read=read), walk(orders, f"-{name}", read=read)
    assert len(up) == len(down) == 13
    assert set(up) == set(down) == set(orders.values_list("pk", flat=True))


@pytest.mark.parametrize("read", [read_page, read_gathered_page])
def test_rows_without_a_value_come_last_in_both_directions(orders, read):
    due = dict(orders.values_list("pk", "due_at"))
    for ordering in ("due_at", "-due_at"):
        values = [due[pk] for pk in walk(orders, ordering, read=read)]
        known = [value for value in values if value is not None]
        assert values == known + [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=ordering.startswith("-"))


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "-due_at", "delivery_fee", "driver_name", "-status"])
def test_both_ways_of_reading_agree(orders, ordering):
    assert walk(orders, ordering) == walk(orders, ordering, read=read_gathered_page)


def test_a_row_that_arrives_meanwhile_shifts_nothing(orders):
    first = read_page(orders, SORTS, ordering="-created_at", limit=4)
    tenant = Order.objects.get(pk=first.ids[0]).tenant
    newest = factories.make_order(tenant)
    second = read_page(orders, SORTS, ordering="-created_at", cursor=first.next_cursor, limit=4)
    assert not set(first.ids) & set(second.ids)
    assert newest.pk not in second.ids


def test_a_page_that_ends_the_list_has_no_next(orders):
    assert read_page(orders, SORTS, ordering="code", limit=13).next_cursor is None
    assert read_page(orders, SORTS, ordering="code", limit=12).next_cursor is not None
    assert read_page(orders.none(), SORTS, ordering="code").ids == []


def test_a_gathered_page_knows_its_total_and_gives_up_beyond_the_cap(orders):
    page = read_gathered_page(orders, SORTS, ordering="code", limit=4)
    assert page.total == 13
    assert read_gathered_page(orders, SORTS, ordering="code", cursor=page.next_cursor, limit=4).total == 13
    assert read_gathered_page(orders, SORTS, ordering="code", limit=4, cap=12) is None
    assert read_gathered_page(orders.none(), SORTS, ordering="code").total == 0


def test_counting_stops_at_the_cap(orders):
    assert count_up_to(orders, 13) == (13, False)
    assert count_up_to(orders, 12) == (12, True)


def signed(content: object) -> str:
    return signing.Signer(salt=SALT).sign_object(content)


def test_a_cursor_of_a_stranger_is_refused(orders):
    good = read_page(orders, SORTS, ordering="-created_at", limit=4).next_cursor
    hostile = [
        "x",
        "a" * 3000,
        "=" * 50,
        good[:-1],
        good.swapcase(),
        f"{good}x",
        signing.Signer(salt="other").sign_object(["-created_at", START.isoformat(), 1]),
        signed(["-created_at", "not a time", 1]),
        signed(["-created_at", 5, 1]),
        signed(["-created_at"]),
        signed({"a": 1}),
        signed(None),
        signed(["code", "D-1", 1]),
    ]
    for cursor in hostile:
        with pytest.raises(Invalid):
            read_page(orders, SORTS, ordering="-created_at", cursor=cursor)


def test_a_cursor_belongs_to_its_ordering(orders):
    cursor = read_page(orders, SORTS, ordering="-created_at", limit=4).next_cursor
    with pytest.raises(Invalid):
        read_page(orders, SORTS, ordering="created_at", cursor=cursor)


def test_a_deep_page_starts_inside_the_index(orders, django_assert_num_queries):
    cursor = read_page(orders, SORTS, ordering="-created_at", limit=4).next_cursor
    with django_assert_num_queries(1) as asked:
        read_page(orders, SORTS, ordering="-created_at", cursor=cursor, limit=4)
    assert "ROW(" in asked.captured_queries[0]["sql"]
    assert "OFFSET" not in asked.captured_queries[0]["sql"]


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "501", "999999999999", "ten", "²", " 5"])
def test_a_limit_is_a_whole_number_in_range(text):
    with pytest.raises(Invalid):
        keyset.read_limit(text)


def test_values_survive_the_cursor_exactly():
    precise = START + timedelta(microseconds=123457)
    for sort, value in [
        (moment("created_at"), precise),
        (money("cod_amount"), Decimal("48.20")),
        (Sort("code"), "D-1’ü"),
        (Sort("unit_size"), 7),
        (Sort("due_at", nullable=True), None),
    ]:
        assert keyset._decode(keyset._encode("x", (9, value)), "x", sort) == (value, 9)
