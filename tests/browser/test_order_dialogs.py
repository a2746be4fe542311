"""Acting on orders in a browser: without the mouse, with errors in their place, and when somebody else was faster."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dispatch_console.core.models import Membership
from dispatch_console.core.permissions import RoleKind
from orders import commands
from orders.actions import Action, Assign, Edit
from orders.models import Order, Reason
from orders.states import ReasonKind, Status
from tests.browser.conftest import OpenConsole, serious_faults
from tests.browser.order_pages import dialog, drawer, order_address, toast
from tests.factories import (
    make_actor,
    make_driver,
    make_member,
    make_order,
    make_policy,
    make_service,
    make_zone,
    square,
)

MAP = "/console/map/"
InThread = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def act(dispatcher: Membership, in_thread: InThread) -> Callable[[Action, Order], Any]:
    """Performs an action as a colleague at another screen."""
    actor = make_actor(dispatcher.tenant, label="Jan Frick")

    def perform(action: Action, order: Order) -> Any:
        return in_thread(lambda: commands.perform(action, code=order.code, actor=actor))

    return perform


def fresh(order: Order) -> Order:
    order.refresh_from_db()
    return order


def saved(page: Page) -> None:
    """The dialog is gone, so the act was done."""
    expect(dialog(page)).to_have_count(0)


# Without the mouse


def test_assigning_from_the_list_by_keyboard_only(open_console: OpenConsole, dispatcher: Membership) -> None:
    for name in ("Jonas Frick", "Lea Beck", "Petra Ospelt"):
        make_driver(dispatcher.tenant, name=name)
    order = make_order(dispatcher.tenant)
    page = open_console(MAP)
    page.wait_for_selector(f'.order-card[data-code="{order.code}"]')
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(dialog(page).get_by_role("combobox", name="Driver")).to_be_focused()
    page.keyboard.type("lea")
    expect(dialog(page).get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text(f"{order.code}: assigned to Lea Beck.")
    assert fresh(order).driver.name == "Lea Beck"


def test_the_same_key_switches_a_driver_who_has_it(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant, status=Status.PICKED_UP, driver=make_driver(dispatcher.tenant, name="Jonas"))
    make_driver(dispatcher.tenant, name="Lea Beck")
    Reason.objects.create(tenant=dispatcher.tenant, kind=ReasonKind.SWITCH, label="Vehicle fault")
    page = open_console(order_address(order))
    page.keyboard.press("a")
    expect(dialog(page)).to_contain_text("Now with Jonas, who has the package")
    page.keyboard.press("Enter")
    # The package is on its way, so a reason comes first.
    expect(dialog(page).get_by_role("textbox", name="Reason")).to_be_focused()
    page.keyboard.press("1")
    expect(dialog(page).get_by_role("textbox", name="Reason")).to_have_value("Vehicle fault")
    page.keyboard.press("Enter")
    saved(page)
    assert (fresh(order).driver.name, order.status, order.holder.name) == ("Lea Beck", "picked_up", "Lea Beck")


def test_reasons_are_chosen_by_number_and_sent_with_enter(open_console: OpenConsole, dispatcher: Membership) -> None:
    for position, label in enumerate(("Driver delayed", "Vehicle fault")):
        Reason.objects.create(tenant=dispatcher.tenant, kind=ReasonKind.UNASSIGN, label=label, position=position)
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED)
    page = open_console(order_address(order))
    page.keyboard.press("u")
    expect(dialog(page).get_by_role("textbox", name="Reason")).to_be_focused()
    page.keyboard.press("2")
    expect(dialog(page).get_by_role("button", name="Vehicle fault")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    saved(page)
    assert fresh(order).status == Status.PENDING


def test_a_hold_is_put_and_released_with_one_key(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    page.keyboard.press("h")
    expect(dialog(page).get_by_role("textbox", name="Reason")).to_be_focused()
    page.keyboard.type("Shop is closed")
    page.keyboard.press("Enter")
    saved(page)
    expect(drawer(page)).to_contain_text("On hold: Shop is closed")
    page.keyboard.press("h")
    expect(toast(page)).to_contain_text("released from hold")
    expect(drawer(page)).not_to_contain_text("On hold:")


def test_the_palette_offers_what_is_legal_and_nothing_else(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED)
    page = open_console(order_address(order))
    page.keyboard.press("Control+k")
    palette = page.locator("#palette")
    expect(palette.get_by_role("option", name=re.compile("Unassign the driver"))).to_be_visible()
    expect(palette.get_by_role("option", name=re.compile("Cancel the order"))).to_be_visible()
    for title in ("Assign a driver", "Reopen the order", "Confirm the draft", "Record a return"):
        expect(palette.get_by_role("option", name=re.compile(title))).to_have_count(0)


def test_the_keys_do_nothing_for_people_without_the_right(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order), member=make_member(dispatcher.tenant, RoleKind.OBSERVER))
    for key in ("a", "u", "e", "h", "c"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0)


def test_the_menu_of_a_card_lists_legal_actions(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(MAP)
    page.wait_for_selector(f'.order-card[data-code="{order.code}"]')
    page.keyboard.press("j")
    page.keyboard.press(".")
    menu = page.get_by_role("menu", name=f"Actions on order {order.code}")
    expect(menu).to_be_visible()
    words = menu.get_by_role("menuitem").all_inner_texts()
    assert any("Assign driver" in each for each in words)
    assert not any("Unassign" in each for each in words)
    menu.get_by_role("menuitem", name=re.compile("Hold")).click()
    expect(dialog(page)).to_contain_text(f"Hold {order.code}")


# The picker


def test_the_picker_shows_who_cannot_take_it_and_why(open_console: OpenConsole, dispatcher: Membership) -> None:
    far = make_zone(dispatcher.tenant, square(8.0, 46.0, 8.1, 46.1), name="Elsewhere")
    make_driver(dispatcher.tenant, name="Nina Wohlwend", zones=[far])
    make_driver(dispatcher.tenant, name="Sandro Risch", is_online=False)
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    page.keyboard.press("a")
    options = dialog(page).get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.nth(0)).to_contain_text("Sandro Risch is offline and may not see the order soon.")
    expect(options.nth(1)).to_contain_text("Nina Wohlwend may not work in the pickup zone")
    expect(dialog(page)).to_contain_text("1 of 2 can take it")
    expect(options.nth(1)).to_be_disabled()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog(page).locator(".driver-picker .error")).to_contain_text("may not work in the pickup zone")
    assert fresh(order).driver is None


def test_the_nearest_driver_is_offered_in_the_drawer(open_console: OpenConsole, dispatcher: Membership) -> None:
    make_driver(dispatcher.tenant, name="Lea Beck")
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    page.get_by_role("button", name="Assign to Lea Beck").click()
    expect(toast(page)).to_contain_text("assigned to Lea Beck")
    assert fresh(order).status == Status.ASSIGNED


# Status


def test_each_status_asks_for_what_it_needs(open_console: OpenConsole, dispatcher: Membership) -> None:
    policy = make_policy(dispatcher.tenant, delivery_signature=True)
    service = make_service(dispatcher.tenant, policy=policy)
    order = make_order(dispatcher.tenant, status=Status.IN_TRANSIT, service_id=service.pk)
    page = open_console(order_address(order))
    page.keyboard.press("s")
    expect(dialog(page).get_by_role("radio", name=re.compile("Delivered"))).to_be_checked()
    dialog(page).get_by_role("button", name="Set to delivered").click()
    expect(dialog(page).locator('[data-field="note"] .error')).to_contain_text("needs proof of delivery")
    dialog(page).get_by_role("textbox", name="Note").fill("The neighbour signed on paper")
    page.keyboard.press("Control+Enter")
    saved(page)
    expect(drawer(page).locator('[data-section="proof"]')).to_contain_text("Set to delivered by hand")


def test_a_correction_of_a_waiting_order_asks_for_driver_and_note(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    make_driver(dispatcher.tenant, name="Lea Beck")
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    page.keyboard.press("s")
    dialog(page).get_by_text("In transit", exact=True).click()
    dialog(page).get_by_role("option", name=re.compile("Lea Beck")).click()
    dialog(page).get_by_role("button", name="Set to in transit").click()
    expect(dialog(page).locator('[data-field="note"] .error')).to_contain_text("Note why")
    dialog(page).get_by_role("textbox", name="Note").fill("Left without the app")
    dialog(page).get_by_role("button", name="Set to in transit").click()
    saved(page)
    assert (fresh(order).status, order.driver.name) == (Status.IN_TRANSIT, "Lea Beck")


# Somebody was faster


def test_a_stale_act_shows_the_change_and_can_be_applied_again(
    open_console: OpenConsole, dispatcher: Membership, act: Any
) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    page.keyboard.press("h")
    dialog(page).get_by_role("textbox", name="Reason").fill("Shop is closed")
    act(Edit(changes={"dropoff_address": "Im Bretscha 22, Schaan"}), order)
    page.keyboard.press("Enter")
    conflict = dialog(page).get_by_role("alert", name="Changed meanwhile")
    expect(conflict).to_contain_text("Changed by Jan Frick since you opened it")
    expect(conflict).to_contain_text("Landstrasse 98, Triesen → Im Bretscha 22, Schaan")
    expect(dialog(page).get_by_role("textbox", name="Reason")).to_have_value("Shop is closed")
    assert not fresh(order).on_hold
    conflict.get_by_role("button", name="Apply mine again").click()
    saved(page)
    assert (fresh(order).on_hold, order.dropoff_address, order.version) == (True, "Im Bretscha 22, Schaan", 3)


def test_keeping_theirs_leaves_the_order_as_it_is(open_console: OpenConsole, dispatcher: Membership, act: Any) -> None:
    order = make_order(dispatcher.tenant)
    other = make_driver(dispatcher.tenant, name="Jonas Frick")
    make_driver(dispatcher.tenant, name="Lea Beck")
    page = open_console(order_address(order))
    page.keyboard.press("a")
    expect(dialog(page).get_by_role("option")).to_have_count(2)
    act(Assign(driver_id=other.pk), order)
    page.keyboard.type("lea")
    page.keyboard.press("Enter")
    conflict = dialog(page).get_by_role("alert", name="Changed meanwhile")
    expect(conflict).to_contain_text("Assigned to Jonas Frick")
    conflict.get_by_role("button", name="Keep theirs").click()
    saved(page)
    expect(drawer(page).locator('[data-section="driver"]')).to_contain_text("Jonas Frick")
    assert fresh(order).version == 2


# Accessibility


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_dialogs(
    open_console: OpenConsole, dispatcher: Membership, theme: str
) -> None:
    far = make_zone(dispatcher.tenant, square(8.0, 46.0, 8.1, 46.1))
    make_driver(dispatcher.tenant, zones=[far])
    make_driver(dispatcher.tenant, is_online=False)
    Reason.objects.create(tenant=dispatcher.tenant, kind=ReasonKind.HOLD, label="Shop is closed")
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order), theme=theme)
    for key in ("a", "s", "h"):
        page.keyboard.press(key)
        expect(dialog(page)).to_be_visible()
        assert serious_faults(page) == [], key
        page.keyboard.press("Escape")
        saved(page)
