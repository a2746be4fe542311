"""The Table View in a browser: rows, sorting, filters, columns, views, ticks, live changes, accessibility."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dispatch_console.core.models import Membership, Tenant
from orders import commands
from orders.actions import Cancel, Edit, Hold
from orders.models import Order
from orders.states import Status
from tests import factories
from tests.browser.conftest import OpenConsole, eventually, serious_faults

TABLE = "/console/table/"
InThread = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def tenant(dispatcher: Membership) -> Tenant:
    return dispatcher.tenant


def row(page: Page, order: Order) -> Locator:
    return page.locator(f"#row-{order.code}")


def codes(page: Page) -> list[str]:
    return page.locator(".tabulator-row").evaluate_all("rows => rows.map(row => row.dataset.code)")


def test_the_newest_orders_come_first_and_the_foot_counts_them(open_console: OpenConsole, tenant: Tenant) -> None:
    orders = [factories.make_order(tenant) for _ in range(3)]
    page = open_console(TABLE)
    expect(row(page, orders[0])).to_be_visible()
    assert codes(page) == [order.code for order in reversed(orders)]
    expect(page.locator(".table-total")).to_have_text("3 orders")


def test_a_click_on_a_heading_sorts_in_the_address(open_console: OpenConsole, tenant: Tenant) -> None:
    amounts = ["48.20", "12.00", "230.50"]
    cash = {"payment_method": "cod", "payer": "receiver"}
    orders = {amount: factories.make_order(tenant, cod_amount=Decimal(amount), **cash) for amount in amounts}
    page = open_console(TABLE)
    expect(row(page, orders["48.20"])).to_be_visible()
    page.get_by_role("button", name="COD (CHF)").click()
    page.wait_for_url("**ordering=cod_amount**")
    expect(page.locator(".tabulator-row").first).to_have_attribute("data-code", orders["12.00"].code)
    page.get_by_role("button", name="COD (CHF)").click()
    page.wait_for_url("**ordering=-cod_amount**")
    expect(page.locator(".tabulator-row").first).to_have_attribute("data-code", orders["230.50"].code)
    expect(page.get_by_role("columnheader", name="COD (CHF)")).to_have_attribute("aria-sort", "descending")


def test_a_column_filter_narrows_the_list_and_stays_in_the_address(open_console: OpenConsole, tenant: Tenant) -> None:
    wanted = factories.make_order(tenant, customer_id=factories.make_customer(tenant, name="Bäckerei Gassner").pk)
    other = factories.make_order(tenant)
    page = open_console(TABLE)
    expect(row(page, other)).to_be_visible()
    page.keyboard.press("f")
    page.get_by_label("Customer contains").fill("gassner")
    page.wait_for_url("**customer_name=gassner**")
    expect(row(page, other)).to_have_count(0)
    expect(row(page, wanted)).to_be_visible()
    page.reload()
    expect(row(page, wanted)).to_be_visible()
    expect(row(page, other)).to_have_count(0)


def test_a_quick_filter_counts_and_narrows(open_console: OpenConsole, tenant: Tenant) -> None:
    open_order = factories.make_order(tenant)
    done = factories.make_order(tenant, status=Status.DELIVERED)
    page = open_console(TABLE)
    chip = page.get_by_role("button", name="Delivered 1")
    chip.click()
    expect(row(page, done)).to_be_visible()
    expect(row(page, open_order)).to_have_count(0)
    expect(chip).to_have_attribute("aria-pressed", "true")

    # Enter opens the row that j walked to, and does not press the chip again.
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/orders/{done.code}/"))
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_nothing_found_says_what_to_do(open_console: OpenConsole, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    page = open_console(f"{TABLE}?code=nothing")
    page.get_by_role("button", name="Clear all filters").click()
    expect(row(page, order)).to_be_visible()


def test_an_empty_tenant_is_told_how_to_begin(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    expect(page.get_by_role("heading", name="There are no orders yet.")).to_be_visible()


def test_an_order_made_elsewhere_appears_in_its_place(
    open_console: OpenConsole, tenant: Tenant, in_thread: InThread
) -> None:
    first = factories.make_order(tenant)
    page = open_console(TABLE)
    expect(row(page, first)).to_be_visible()
    fresh = in_thread(lambda: factories.make_order(tenant))
    expect(row(page, fresh)).to_be_visible()
    assert codes(page) == [fresh.code, first.code]
    expect(page.locator(".table-total")).to_have_text("2 orders")


def test_a_change_elsewhere_updates_the_row_and_a_leaver_leaves(
    open_console: OpenConsole, tenant: Tenant, in_thread: InThread
) -> None:
    order = factories.make_order(tenant)
    actor = factories.make_actor(tenant)
    page = open_console(f"{TABLE}?status=open")
    expect(row(page, order)).to_contain_text("Pending")
    in_thread(lambda: commands.perform(Hold(reason="Customer asked"), code=order.code, actor=actor))
    expect(row(page, order)).to_contain_text("Held")
    in_thread(lambda: commands.perform(Cancel(reason="Shop closed"), code=order.code, actor=actor))
    expect(row(page, order)).to_have_count(0)


def test_markup_in_a_customers_name_stays_text(open_console: OpenConsole, tenant: Tenant, in_thread: InThread) -> None:
    name = "<img src=x onerror=document.title='hacked'>"
    order = factories.make_order(tenant, customer_id=factories.make_customer(tenant, name=name).pk)
    page = open_console(TABLE)
    expect(row(page, order)).to_contain_text(name)
    actor = factories.make_actor(tenant)
    in_thread(lambda: commands.perform(Edit(changes={"notes": name}), code=order.code, actor=actor))
    assert "hacked" not in page.title()


def test_rows_are_ticked_by_keyboard_and_by_range(open_console: OpenConsole, tenant: Tenant) -> None:
    orders = [factories.make_order(tenant) for _ in range(4)]
    page = open_console(TABLE)
    expect(row(page, orders[0])).to_be_visible()
    for key in ("j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    expect(page.locator(".tick-count")).to_have_text("3 orders ticked")
    expect(row(page, orders[2])).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".float-bar")).to_be_hidden()


def test_the_list_grows_as_a_person_scrolls(open_console: OpenConsole, tenant: Tenant) -> None:
    customer, service = factories.make_customer(tenant).pk, factories.make_service(tenant).pk
    oldest = factories.make_order(tenant, customer_id=customer, service_id=service)
    for _ in range(120):
        factories.make_order(tenant, customer_id=customer, service_id=service)
    page = open_console(TABLE)
    expect(page.locator(".table-total")).to_have_text("121 orders")
    holder = page.locator(".tabulator-tableholder")

    def scrolled_to_the_last() -> bool:
        holder.evaluate("node => node.scrollTo(0, node.scrollHeight)")
        return row(page, oldest).is_visible()

    eventually(scrolled_to_the_last)


def test_a_change_of_an_order_that_is_not_loaded_does_not_count_it_twice(
    open_console: OpenConsole, tenant: Tenant, in_thread: InThread
) -> None:
    customer, service = factories.make_customer(tenant).pk, factories.make_service(tenant).pk
    orders = [factories.make_order(tenant, customer_id=customer, service_id=service) for _ in range(103)]
    page = open_console(TABLE)
    expect(page.locator(".table-loaded")).to_have_text("100 loaded")
    actor = factories.make_actor(tenant)
    for order in (orders[0], orders[102]):
        code = order.code
        in_thread(lambda code=code: commands.perform(Hold(reason="Customer asked"), code=code, actor=actor))
    expect(row(page, orders[102])).to_contain_text("Held")
    expect(page.locator(".table-total")).to_have_text("103 orders")


def test_columns_can_be_chosen_and_are_remembered(open_console: OpenConsole, tenant: Tenant) -> None:
    factories.make_order(tenant)
    page = open_console(TABLE)
    expect(page.get_by_role("columnheader", name="Barcode")).to_be_hidden()
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Barcode", exact=True).check()
    expect(page.get_by_role("columnheader", name="Barcode")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="Barcode")).to_be_visible()


def test_a_view_keeps_filters_and_columns_under_a_name(open_console: OpenConsole, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    done = factories.make_order(tenant, status=Status.DELIVERED)
    page = open_console(f"{TABLE}?status=open")
    expect(row(page, order)).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Save this as a view…").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Afternoon")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("button", name="View: Afternoon")).to_be_visible()
    page.goto(TABLE)
    expect(row(page, done)).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Afternoon", exact=True).click()
    page.wait_for_url("**status=open**")
    expect(row(page, done)).to_have_count(0)


def test_the_export_holds_the_list_on_screen(open_console: OpenConsole, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    done = factories.make_order(tenant, status=Status.DELIVERED)
    page = open_console(f"{TABLE}?status=open")
    expect(row(page, order)).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("Code,Status,Customer")
    assert order.code in text
    assert done.code not in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(open_console: OpenConsole, tenant: Tenant, theme: str) -> None:
    order = factories.make_order(tenant)
    factories.make_order(tenant, status=Status.IN_TRANSIT)
    page = open_console(TABLE, theme=theme)
    expect(row(page, order)).to_be_visible()
    page.keyboard.press("f")
    assert serious_faults(page) == []


def test_ticked_orders_are_assigned_at_once_and_the_others_say_why_not(
    open_console: OpenConsole, tenant: Tenant
) -> None:
    driver = factories.make_driver(tenant, name="Lea Beck")
    fine = [factories.make_order(tenant) for _ in range(2)]
    delivered = factories.make_order(tenant, status=Status.DELIVERED)
    page = open_console(TABLE)
    expect(row(page, delivered)).to_be_visible()
    page.get_by_label("Tick all loaded orders").check()
    expect(page.locator(".tick-count")).to_have_text("3 orders ticked")
    page.keyboard.press("a")
    page.get_by_label("Driver", exact=True).select_option(str(driver.pk))
    page.get_by_role("button", name="Check").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Order {delivered.code} is delivered and takes no driver any more.")
    dialog.get_by_role("button", name="Assign 2 orders").click()
    expect(page.get_by_text("2 orders assigned.")).to_be_visible()
    for order in fine:
        expect(row(page, order)).to_contain_text("Lea Beck")
    expect(page.locator(".tick-count")).to_have_text("1 order ticked")
