"""Staged orders and returns in a browser: from the form to the legs, and from a request to what goes back."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from dispatch_console.core.models import Membership
from orders.models import Order
from orders.states import Status
from tests.browser.conftest import OpenConsole, serious_faults
from tests.browser.order_pages import choose, dialog, drawer, form, open_new_form, order_address
from tests.factories import make_customer, make_driver, make_order, make_service, make_staged, make_warehouse

InThread = Callable[[Callable[[], Any]], Any]


def test_a_staged_order_is_created_in_the_form_once_it_says_what_is_inside(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    make_customer(tenant, name="Bäckerei Gassner")
    make_warehouse(tenant, name="Hub Schaan", is_default_staging=True)
    make_service(tenant, name="Overnight", requires_staging=True)
    page = open_console("/console/table/")
    new = open_new_form(page)
    staging = new.get_by_label("Staging warehouse")
    expect(staging).to_be_hidden()
    new.get_by_text("Pickup & delivery", exact=True).click()
    choose(page, "Customer", "Gassner", "Bäckerei Gassner")
    new.get_by_text("Overnight").click()
    expect(staging).to_be_visible()
    # The default is offered, and can be changed.
    expect(staging.locator("option:checked")).to_contain_text("Hub Schaan")
    new.get_by_role("combobox", name="Pickup address").fill("Städtle 12, Vaduz")
    new.get_by_role("combobox", name="Dropoff address").fill("Landstrasse 98, Triesen")
    new.get_by_role("button", name="Create order").click()
    expect(new.get_by_role("alert")).to_contain_text("at least one package item")
    new.get_by_role("button", name="Add item").click()
    new.get_by_label("Item", exact=True).fill("Box of rolls")
    new.get_by_role("button", name="Create order").click()
    expect(form(page)).to_have_count(0)
    expect(drawer(page)).to_contain_text("Carried in two legs over Hub Schaan")
    expect(drawer(page).get_by_text("Locked", exact=True)).to_be_visible()
    assert serious_faults(page) == []


def test_staging_the_first_leg_unlocks_the_second(open_console: OpenConsole, dispatcher: Membership) -> None:
    parent, inbound, outbound = make_staged(dispatcher.tenant)
    make_driver(dispatcher.tenant, name="Lea Beck")
    page = open_console(order_address(parent))
    legs = drawer(page).get_by_role("region", name="Carried in two legs")
    legs.get_by_role("link", name=outbound.code).click()
    expect(drawer(page)).to_contain_text(f"once {inbound.code} is staged there")
    expect(drawer(page).get_by_role("button", name="Assign")).to_have_count(0)
    legs.get_by_role("link", name=inbound.code).click()
    drawer(page).get_by_role("button", name="Stage").click()
    expect(dialog(page)).to_contain_text("say who brought it")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    legs.get_by_role("link", name=outbound.code).click()
    expect(drawer(page).locator(".drawer-bar").get_by_role("button", name="Assign")).to_be_visible()
    legs.get_by_role("link", name=parent.code, exact=True).click()
    expect(drawer(page).locator(".drawer-head")).to_contain_text("Staged at warehouse")
    assert [Order.objects.get(pk=order.pk).status for order in (parent, inbound)] == [Status.STAGED] * 2


def test_a_return_is_asked_for_and_approved(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant, status=Status.DELIVERED)
    page = open_console(order_address(order))
    section = drawer(page).get_by_role("region", name="Return")
    section.get_by_role("button", name="Ask for return").click()
    dialog(page).get_by_label("Reason").fill("Does not fit")
    dialog(page).get_by_role("button", name="Request return").click()
    expect(section).to_contain_text("Does not fit")
    section.get_by_role("button", name="Approve").click()
    dialog(page).get_by_role("button", name="Approve return").click()
    section.get_by_role("link", name=f"{order.code}-R").click()
    expect(drawer(page).locator(".drawer-head")).to_contain_text(f"{order.code}-R")
    expect(drawer(page)).to_contain_text(f"Created to go back from {order.code}")
    assert serious_faults(page) == []
