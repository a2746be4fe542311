"""The browser decides for live rows what the server decides for lists: both must give the same set for every filter."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from dispatch_console.core.models import Membership
from orders.counts import REASONS as WORDS
from orders.models import Order, OrderEta
from orders.states import AssignmentStatus, CarrierType, OrderType, Payer, PaymentMethod, Priority, Status
from tests.browser.conftest import OpenConsole
from tests.factories import (
    create_order,
    make_customer,
    make_driver,
    make_order,
    make_service,
    make_staged,
    make_warehouse,
    make_zone,
    square,
)

MATCHED = """async ({rows, query}) => {
    const { matches } = await import("core/matches");
    const { parse } = await import("core/filters");
    return rows.filter((row) => matches(row, parse(query)) === true).map((row) => row.code);
}"""
ANSWERS = """async ({rows, query}) => {
    const { matches } = await import("core/matches");
    const { parse } = await import("core/filters");
    return rows.map((row) => matches(row, parse(query)));
}"""
REASONS = """async (rows) => {
    const { attention } = await import("core/attention");
    return rows.map((row) => attention(row));
}"""
FETCH = "async (query) => { const { get } = await import('core/http'); return get('orders/', query); }"


@pytest.fixture
def mixed_orders(dispatcher: Membership) -> dict[str, Any]:
    """Orders that differ in everything a filter can ask for."""
    tenant = dispatcher.tenant
    now = timezone.now()
    north = make_zone(tenant, square(9.4, 47.15, 9.6, 47.3), name="North")
    south = make_zone(tenant, square(9.4, 47.0, 9.6, 47.15), name="South")
    hub = make_warehouse(tenant, latitude=47.2, longitude=9.51)
    driver = make_driver(tenant)
    customer, service = make_customer(tenant), make_service(tenant)
    for order_type in OrderType.values:
        create_order(tenant, order_type=order_type)
    for status in (Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED, Status.CANCELLED):
        make_order(tenant, status=status, driver=driver if status != Status.CANCELLED else None)
    make_order(tenant, status=Status.RETURNED)
    create_order(tenant, customer_id=customer.pk, service_id=service.pk, priority=Priority.URGENT)
    create_order(tenant, payer=Payer.RECEIVER, payment_method=PaymentMethod.COD, cod_amount=Decimal("48.20"))
    create_order(tenant, carrier_type=CarrierType.EXTERNAL)
    create_order(tenant, is_draft=True)
    create_order(tenant, pickup_address="", pickup_latitude=None, pickup_longitude=None, pickup_warehouse_id=hub.pk)
    create_order(tenant, pickup_latitude=None, pickup_longitude=None, dropoff_latitude=None, dropoff_longitude=None)

    # States that take a story to reach are written here directly: only the reading of rows is under test.
    def change(**columns: Any) -> None:
        Order.objects.filter(pk=make_order(tenant).pk).update(**columns)

    for minutes in (-90, -1, 5, 14, 16, 240, -1440, 1440):
        change(due_at=now + timedelta(minutes=minutes))
    change(due_at=None, created_at=now - timedelta(days=1, hours=1))
    change(on_hold=True, hold_reason="Address unclear")
    change(status=Status.IN_TRANSIT, holder=driver)
    change(status=Status.IN_TRANSIT, holder=driver, driver=driver, assignment_status="assigned", attempt_failed=True)
    change(status=Status.CANCELLED, holder=driver)
    make_staged(tenant)
    parent, inbound, _ = make_staged(tenant, external_reference="SHOP-7", wants_replacement=True)
    Order.objects.filter(pk__in=(parent.pk, inbound.pk)).update(status=Status.STAGED)
    # Expected after the promise, in time, and by somebody who no longer has it.
    for minutes, expects in ((60, driver), (20, driver), (60, make_driver(tenant))):
        order = make_order(tenant, status=Status.ASSIGNED, driver=driver)
        Order.objects.filter(pk=order.pk).update(due_at=now + timedelta(minutes=40))
        eta = {"dropoff_at": now + timedelta(minutes=minutes), "computed_at": now}
        OrderEta.objects.create(order=order, tenant=tenant, driver=expects, **eta)
    change(open_exceptions=1)
    change(return_status="pending", status=Status.DELIVERED)
    return {"zones": (north, south), "driver": driver, "customer": customer, "service": service, "now": now}


def test_rows_match_in_the_browser_exactly_when_the_server_lists_them(
    open_console: OpenConsole, mixed_orders: dict[str, Any]
) -> None:
    page = open_console("/console/map/")
    rows = page.evaluate(FETCH, "limit=500&parts=all")["results"]
    now = mixed_orders["now"]
    hour_ago, in_an_hour = (now + timedelta(hours=hours) for hours in (-1, 1))
    today = timezone.localtime(now, mixed_orders["driver"].tenant.zone_info).date()
    north, south = mixed_orders["zones"]
    queries = [
        "",
        *(f"status={status}" for status in Status.values),
        *(f"status={group}" for group in ("open", "done", "moving", "unassigned", "unassigned,delivered")),
        *(f"attention={reason}" for reason in WORDS),
        "attention=any",
        *(f"parts={parts}&status={status}" for parts in ("work", "booked", "all") for status in ("open", "done", "")),
        "leg=outbound",
        "locked=true",
        "locked=false&status=unassigned",
        "flow=forward&parts=booked",
        "return_status=pending",
        "attention=late,held",
        *(f"type={order_type}" for order_type in OrderType.values),
        "type=pickup,delivery&status=open",
        *(f"assignment={status}" for status in AssignmentStatus.values),
        "carrier=external",
        "carrier=internal,prime",
        f"driver={mixed_orders['driver'].pk}",
        "driver=none",
        f"driver=none,{mixed_orders['driver'].pk}",
        f"zone={north.pk}",
        f"zone={south.pk}",
        f"zone={north.pk},{south.pk}&status=open",
        "zone=none",
        f"customer={mixed_orders['customer'].pk}",
        f"service={mixed_orders['service'].pk}",
        "payment_method=cod",
        "payer=receiver",
        "payment_status=pending",
        "priority=1",
        "priority=3,4",
        "cod_min=10",
        "cod_max=48.2&cod_min=48.2",
        *(f"day={day}" for day in ("yesterday", "today", "tomorrow", today.isoformat())),
        f"created_after={hour_ago:%Y-%m-%dT%H:%M:%SZ}",
        f"created_before={hour_ago:%Y-%m-%dT%H:%M:%SZ}",
        f"created_after={today}",
        f"created_before={today - timedelta(days=1)}",
        f"due_after={now:%Y-%m-%dT%H:%M:%SZ}&due_before={in_an_hour:%Y-%m-%dT%H:%M:%SZ}",
        f"due_before={today}",
        f"due_after={today + timedelta(days=1)}",
    ]
    differences = {}
    sizes = set()
    for query in queries:
        listed = {row["code"] for row in page.evaluate(FETCH, f"{query}&limit=500")["results"]}
        matched = set(page.evaluate(MATCHED, {"rows": rows, "query": query}))
        sizes.add(len(listed))
        if listed != matched:
            differences[query] = {"only the server": listed - matched, "only the browser": matched - listed}
    assert not differences
    # The orders are varied enough to tell filters apart.
    assert len(sizes) > 8


def test_a_search_is_left_to_the_server(open_console: OpenConsole, mixed_orders: dict[str, Any]) -> None:
    page = open_console("/console/map/")
    rows = page.evaluate(FETCH, "status=delivered")["results"]
    assert rows
    assert page.evaluate(ANSWERS, {"rows": rows, "query": "search=vaduz"}) == [None] * len(rows)
    # What another filter rules out needs no asking.
    assert page.evaluate(ANSWERS, {"rows": rows, "query": "search=vaduz&status=open"}) == [False] * len(rows)


def test_the_reason_for_attention_is_the_same_in_rows_and_browser(
    open_console: OpenConsole, mixed_orders: dict[str, Any]
) -> None:
    page: Page = open_console("/console/map/")
    rows = page.evaluate(FETCH, "limit=500")["results"]
    reasons = page.evaluate(REASONS, rows)
    assert reasons == [row["attention"] for row in rows]
    assert set(reasons) == {None, *WORDS}
