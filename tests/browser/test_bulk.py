"""The bulk workspace: three ways to select, validate, execute, look at the outcome, try again and take back."""

import re

import pytest
from playwright.sync_api import Page, expect

from dispatch_console.core.models import Membership
from orders import commands
from orders.actions import Hold
from orders.models import Order
from orders.states import Status
from tests import factories
from tests.browser.conftest import OpenConsole, serious_faults

WORKSPACE = "/console/bulk/"


@pytest.fixture
def orders(dispatcher: Membership) -> list[Order]:
    tenant = dispatcher.tenant
    shared = {
        "customer_id": factories.make_customer(tenant, name="Thai Orchidee").pk,
        "service_id": factories.make_service(tenant).pk,
    }
    return [factories.make_order(tenant, **shared) for _ in range(4)]


def select(page: Page, *texts: str) -> None:
    page.get_by_role("tab", name="Codes").click()
    page.get_by_label("Order codes, barcodes or references").fill("\n".join(texts))
    page.get_by_role("button", name="Add to the selection").click()


def test_orders_are_selected_validated_executed_and_the_run_is_taken_back(
    open_console: OpenConsole, dispatcher: Membership, orders: list[Order]
) -> None:
    first, second, third, held = orders
    actor = factories.make_actor(dispatcher.tenant)
    factories.make_warehouse(dispatcher.tenant, code="HUB-1", name="Hub Schaan")
    commands.perform(Hold(reason="Theirs"), code=held.code, actor=actor)
    page = open_console(WORKSPACE)

    # Search, paste, scan: one list, and everything else is named.
    page.get_by_label("Search orders by code or customer").fill("orchidee")
    page.get_by_role("list", name="Orders found").get_by_role("button", name=first.code).click()
    select(page, second.code.lower(), first.code, "D-404", held.code)
    said = page.locator(".bulk-said")
    expect(said).to_contain_text(f"2 orders added; {first.code} was in the list already; not an order: D-404.")
    page.get_by_role("tab", name="Scan").click()
    scanner = page.get_by_label("Scanned barcode")
    scanner.type("HUB-1")
    scanner.press("Enter")
    expect(said).to_contain_text("This is the warehouse Hub Schaan, not an order.")
    scanner.type(third.barcode)
    scanner.press("Enter")
    expect(said).to_contain_text(f"{third.code}, Thai Orchidee: added.")
    expect(page.locator(".bulk-count")).to_have_text("4 orders")
    page.reload()
    expect(page.locator(".bulk-count")).to_have_text("4 orders")
    assert serious_faults(page) == []

    # Nothing changes by validating; the failure is named.
    page.get_by_role("radio", name="Hold", exact=True).click()
    page.get_by_role("button", name="Validate 4 orders").click()
    expect(page.locator("[data-field=reason] .error")).to_contain_text("needs a reason")
    page.get_by_label("Reason", exact=True).fill("Flood")
    page.get_by_role("button", name="Validate 4 orders").click()
    page.wait_for_url(re.compile(r"/console/bulk/\d+/$"))
    expect(page.locator(".bulk-summary")).to_contain_text("Nothing has been changed yet")
    expect(page.get_by_role("row", name=held.code)).to_contain_text("on hold")
    assert Order.objects.filter(on_hold=True).count() == 1

    # The outcome is the same after a refresh, and stands in the order's history.
    page.get_by_role("button", name="Execute: hold, 3 orders").click()
    page.get_by_role("dialog").get_by_role("button", name="Execute 3 orders").click()
    for _ in range(2):
        expect(page.locator(".bulk-title")).to_contain_text("Partly done")
        expect(page.locator(".bulk-figures")).to_have_text("3done1failed")
        page.reload()
    assert serious_faults(page) == []
    number = page.url.rstrip("/").rpartition("/")[2]
    assert Order.objects.filter(on_hold=True).count() == 4
    with page.expect_download() as download:
        page.get_by_role("link", name="Result as CSV").click()
    assert first.code in download.value.path().read_text()
    page.goto(f"/console/orders/{first.code}/events/")
    expect(page.get_by_role("link", name=f"Bulk run {number}")).to_have_attribute("href", f"{WORKSPACE}{number}/")

    # Undo as one, order by order.
    page.goto(f"{WORKSPACE}{number}/")
    page.get_by_role("button", name="Undo the run").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the run").click()
    expect(page.locator(".bulk-title")).to_contain_text(f"Undo of bulk run {number}")
    expect(page.locator(".bulk-title")).to_contain_text("Done")
    assert list(Order.objects.filter(on_hold=True)) == [held]


def test_the_table_hands_its_whole_set_to_the_workspace(
    open_console: OpenConsole, dispatcher: Membership, orders: list[Order]
) -> None:
    factories.make_order(dispatcher.tenant, status=Status.DELIVERED)
    page = open_console("/console/table/?status=pending", theme="dark")
    page.get_by_role("row", name=orders[0].code).get_by_role("checkbox").check()
    page.get_by_role("button", name="All 4 matching…").click()
    expect(page.locator(".bulk-set")).to_contain_text("All 4 orders")
    page.get_by_role("radio", name="Reschedule").click()
    page.get_by_role("button", name="Validate 4 orders").click()
    expect(page.get_by_role("button", name="Execute: reschedule, 4 orders")).to_be_visible()
    assert serious_faults(page) == []


def test_labels_are_printed_from_the_drawer(open_console: OpenConsole, orders: list[Order]) -> None:
    page = open_console(f"/console/orders/{orders[0].code}/")
    expect(page.get_by_role("button", name="More actions").first).to_be_visible()
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Print 1 order")
    dialog.get_by_label("Paper").select_option("a4")
    assert serious_faults(page) == []
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
