"""The order drawer in a browser: addresses, focus, live changes, undo, accessibility."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from dispatch_console.core.models import Membership
from drivers.models import DriverPosition
from orders import commands
from orders.actions import Action, Assign, Edit, Hold
from orders.models import Order
from orders.states import Status
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.browser.order_pages import dialog, drawer, order_address, toast, wait_until_live
from tests.factories import make_actor, make_driver, make_order, minutes_from_now

MAP = "/console/map/"
InThread = Callable[[Callable[[], Any]], Any]
Act = Callable[[Action, Order], Any]


@pytest.fixture
def act(dispatcher: Membership, in_thread: InThread) -> Act:
    """Performs an action as a colleague at another screen."""
    actor = make_actor(dispatcher.tenant, label="Jan Frick")

    def perform(action: Action, order: Order) -> Any:
        return in_thread(lambda: commands.perform(action, code=order.code, actor=actor))

    return perform


def open_by_card(page: Any, order: Order) -> None:
    page.locator(f'.order-card[data-code="{order.code}"]').click()
    expect(drawer(page).locator(".code")).to_have_text(order.code)
    page.wait_for_url(f"**{order_address(order)}*")


# Addresses and focus


def test_opening_and_closing_keeps_the_address_in_step(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(f"{MAP}?status=open")
    open_by_card(page, order)
    expect(page).to_have_url(re.compile(rf"{order_address(order)}\?status=open$"))
    page.keyboard.press("Escape")
    expect(drawer(page)).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"{MAP}\?status=open$"))


def test_back_and_forward_open_and_close(open_console: OpenConsole, dispatcher: Membership) -> None:
    first, second = make_order(dispatcher.tenant), make_order(dispatcher.tenant)
    page = open_console(MAP)
    open_by_card(page, first)
    open_by_card(page, second)
    page.go_back()
    expect(drawer(page).locator(".code")).to_have_text(first.code)
    page.go_back()
    expect(drawer(page)).to_be_hidden()
    page.go_forward()
    expect(drawer(page).locator(".code")).to_have_text(first.code)


def test_a_shared_link_opens_the_order_and_closes_to_the_view(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    expect(drawer(page).get_by_role("heading", level=2)).to_contain_text("Städtle 12")
    page.get_by_role("button", name="Close the order").click()
    expect(drawer(page)).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"{MAP}$"))


def test_the_focus_goes_into_the_drawer_and_comes_back(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(MAP)
    page.wait_for_selector(f'.order-card[data-code="{order.code}"]')
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(drawer(page).locator(".drawer-title")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement !== document.querySelector('.drawer-title')")
    assert page.evaluate("document.activeElement.isConnected && !document.activeElement.closest('#drawer')")


def test_walking_through_the_list_takes_the_drawer_along(open_console: OpenConsole, dispatcher: Membership) -> None:
    orders = [make_order(dispatcher.tenant) for _ in range(3)]
    page = open_console("/console/table/")
    page.get_by_text(orders[2].code).first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(drawer(page).locator(".code")).to_have_text(orders[2].code)
    page.keyboard.press("j")
    expect(drawer(page).locator(".code")).to_have_text(orders[1].code)
    page.wait_for_url(f"**{order_address(orders[1])}")
    page.keyboard.press("h")
    expect(dialog(page)).to_contain_text(f"Hold {orders[1].code}")


def test_an_order_that_is_not_there_is_a_message_and_leaves_the_page(open_console: OpenConsole) -> None:
    page = open_console(MAP)
    page.evaluate("import('core/bus').then(({ emit }) => emit('order:open', { code: 'D-404' }))")
    expect(toast(page)).to_contain_text("There is no order D-404")
    expect(drawer(page)).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"{MAP}$"))


# Live


def test_a_second_browser_sees_the_change_and_keeps_its_place(
    open_console: OpenConsole, dispatcher: Membership, act: Act
) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    wait_until_live(page)
    body = page.locator(".drawer-body")
    body.evaluate("body => { body.scrollTop = 240; }")
    act(Assign(driver_id=make_driver(dispatcher.tenant, name="Lea Beck").pk), order)
    expect(drawer(page).locator('[data-section="driver"]')).to_contain_text("Lea Beck")
    expect(drawer(page).locator('[data-section="head"]')).to_contain_text("v2")
    expect(drawer(page).locator('[data-section="driver"]')).to_have_class(re.compile("flash"))
    expect(drawer(page).locator('[data-section="customer"]')).not_to_have_class(re.compile("flash"))
    assert body.evaluate("body => body.scrollTop") == 240
    expect(page.get_by_role("button", name="Switch", exact=True).first).to_be_visible()


def test_what_is_typed_in_a_dialog_survives_a_live_change(
    open_console: OpenConsole, dispatcher: Membership, act: Act
) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    wait_until_live(page)
    page.keyboard.press("h")
    reason = dialog(page).get_by_role("textbox", name="Reason")
    reason.fill("Waiting for the shop")
    act(Edit(changes={"notes": "Ring twice"}), order)
    expect(drawer(page).locator('[data-section="notes"]')).to_contain_text("Ring twice")
    expect(reason).to_have_value("Waiting for the shop")
    expect(reason).to_be_focused()


def test_the_drivers_position_moves_and_its_age_counts(open_console: OpenConsole, dispatcher: Membership) -> None:
    driver = make_driver(dispatcher.tenant)
    seen = minutes_from_now(-20)
    DriverPosition.objects.create(
        driver=driver, tenant=dispatcher.tenant, latitude=47.1, longitude=9.5, recorded_at=seen, received_at=seen
    )
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED, driver=driver)
    page = open_console(order_address(order))
    shown = drawer(page).locator("[data-last-seen]")
    expect(shown).to_contain_text("20 min ago")
    expect(shown).to_have_class("soon")
    report = """async (id) => {
        const { emit } = await import("core/bus");
        emit("live:positions", { at: "", drivers: [[id, 47.13, 9.52, 90, 5, Date.now() - 2000, 0]] });
    }"""

    def told() -> bool:
        page.evaluate(report, driver.pk)  # a phone reports again and again; the drawer's map may not stand yet
        return bool(re.search(r"\d s ago", shown.inner_text()))

    eventually(told)
    expect(shown).not_to_have_class("soon")


# Undo


def test_undo_from_the_toast(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    hold(page, "Shop is closed")
    expect(toast(page)).to_contain_text(f"{order.code}: put on hold.")
    toast(page).get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("Undone")
    expect(drawer(page).locator('[data-section="head"]')).not_to_contain_text("Shop is closed")
    order.refresh_from_db()
    assert (order.on_hold, order.version) == (False, 3)


def test_undo_by_key_asks_first_and_names_the_change(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    hold(page, "Shop is closed")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)
    page.keyboard.press("z")
    question = page.get_by_role("dialog", name="Undo your last change?")
    expect(question).to_contain_text(f"“Put on hold” on order {order.code}")
    question.get_by_role("button", name="Undo it").click()
    expect(toast(page)).to_contain_text("Undone")
    order.refresh_from_db()
    assert not order.on_hold


def test_undo_from_the_history_and_why_not(open_console: OpenConsole, dispatcher: Membership, act: Act) -> None:
    order = make_order(dispatcher.tenant)
    act(Hold(reason="Shop is closed"), order)
    page = open_console(order_address(order))
    drawer(page).get_by_role("button", name="Undo", exact=True).click()
    expect(drawer(page).locator('[data-section="history"]')).to_contain_text("Released from hold")
    returned = make_order(dispatcher.tenant, status=Status.RETURNED)
    page.goto(order_address(returned))
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(drawer(page).get_by_role("button", name="Undo", exact=True)).to_have_count(0)


def hold(page: Any, reason: str) -> None:
    page.keyboard.press("h")
    dialog(page).get_by_role("textbox", name="Reason").fill(reason)
    dialog(page).get_by_role("button", name="Hold", exact=True).click()
    expect(dialog(page)).to_have_count(0)


# Accessibility


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_drawer(
    open_console: OpenConsole, dispatcher: Membership, act: Act, theme: str
) -> None:
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED, items=[{"name": "Cake", "quantity": 1}])
    act(Edit(changes={"notes": "Ring twice", "dropoff_contact": "Anna"}), order)
    act(Hold(reason="Shop is closed", note="Until noon"), order)
    page = open_console(order_address(order), theme=theme)
    page.locator(".event-changes summary").click()
    assert serious_faults(page) == []
    waiting = make_order(dispatcher.tenant)
    page.goto(order_address(waiting))
    page.wait_for_selector(".suggestion")
    page.get_by_role("button", name="More actions").click()
    assert serious_faults(page) == []


def test_axe_finds_nothing_serious_on_the_history_page(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant, status=Status.DELIVERED)
    page = open_console(order_address(order, "events/"))
    assert serious_faults(page) == []
