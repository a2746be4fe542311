"""The order form in a browser: filled on the map and by keyboard, its errors, its safety nets, and merging edits."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dispatch_console.core.models import CustomerAddress, Membership
from orders import commands
from orders.actions import Action, Edit
from orders.models import DeliveryService, Order
from orders.states import Status
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.browser.order_pages import choose, drawer, form, open_new_form, order_address, toast
from tests.factories import make_actor, make_customer, make_driver, make_order, make_service, make_warehouse, make_zone

MAP = "/console/map/"
InThread = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def act(dispatcher: Membership, in_thread: InThread) -> Callable[[Action, Order], Any]:
    """Performs an action as a colleague at another screen."""
    actor = make_actor(dispatcher.tenant, label="Jan Frick")

    def perform(action: Action, order: Order) -> Any:
        return in_thread(lambda: commands.perform(action, code=order.code, actor=actor))

    return perform


@pytest.fixture
def express(dispatcher: Membership) -> DeliveryService:
    make_customer(dispatcher.tenant, name="Bäckerei Gassner")
    make_zone(dispatcher.tenant, name="Country")
    return make_service(dispatcher.tenant, name="Express", max_units=8)


def only_order(dispatcher: Membership) -> Order:
    return Order.objects.get(tenant=dispatcher.tenant)


def click_map(page: Page, right: float, down: float) -> None:
    """A click at a share of the map's width and height."""
    box = page.locator(".form-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)


def place_line(page: Page, end: str) -> Any:
    return form(page).locator(f'.form-end[data-end="{end}"] [data-place]')


# Creating


def test_an_order_is_created_by_clicking_its_ends_on_the_map(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    page = open_console(MAP)
    open_new_form(page)
    expect(page).to_have_url(re.compile("/console/orders/new/"))
    choose(page, "Customer", "gassner", "Bäckerei Gassner")
    form(page).get_by_text("Express", exact=True).click()
    click_map(page, 0.5, 0.5)
    expect(place_line(page, "pickup")).to_contain_text("Zone Country")
    expect(form(page).get_by_role("combobox", name="Pickup address")).not_to_have_value("")
    # The first click set the pickup, so the next one sets the dropoff.
    click_map(page, 0.55, 0.4)
    expect(place_line(page, "dropoff")).to_contain_text("Zone Country")
    form(page).get_by_role("button", name="Create order").click()
    expect(toast(page)).to_contain_text("created.")
    order = only_order(dispatcher)
    expect(drawer(page).locator(".code")).to_have_text(order.code)
    expect(page).to_have_url(re.compile(order_address(order)))
    assert None not in (order.pickup_latitude, order.dropoff_latitude)
    assert order.pickup_zone.name == order.dropoff_zone.name == "Country"


def test_an_order_is_created_by_keyboard_only(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    page = open_console(MAP)
    open_new_form(page)
    expect(page.get_by_role("combobox", name="Customer")).to_be_focused()
    page.keyboard.type("gass")
    expect(page.get_by_role("option", name=re.compile("Gassner"))).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")  # the focus has moved on to the services
    for label, text in (("Pickup address", "Städtle 1 Vaduz"), ("Dropoff address", "Feldkircher Strasse Schaan")):
        form(page).get_by_role("combobox", name=label).focus()
        page.keyboard.type(text)
        expect(page.get_by_role("option").first).to_be_visible()
        page.keyboard.press("Enter")
    expect(place_line(page, "dropoff")).to_contain_text("Zone Country")
    page.keyboard.press("Control+Enter")
    expect(toast(page)).to_contain_text("created.")
    assert only_order(dispatcher).service == express


def test_create_and_new_starts_the_next_one(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    make_order(dispatcher.tenant, service_id=express.pk)
    page = open_console(order_address(only_order(dispatcher)))
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(form(page).get_by_role("heading", level=2)).to_contain_text("Copy of")
    expect(form(page).get_by_role("combobox", name="Dropoff address")).to_have_value("Landstrasse 98, Triesen")
    page.keyboard.press("Control+Shift+Enter")
    expect(toast(page)).to_contain_text("created.")
    expect(form(page).get_by_role("heading", level=2)).to_have_text("New order")
    expect(page.get_by_role("combobox", name="Customer")).to_be_focused()
    assert Order.objects.filter(tenant=dispatcher.tenant).count() == 2


def test_each_type_presets_its_warehouse_end(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    hub = make_warehouse(dispatcher.tenant, name="Hub Schaan")
    page = open_console(f"{MAP}?type=delivery")
    open_new_form(page)
    warehouse = form(page).get_by_label("Pickup warehouse")
    expect(warehouse).to_be_visible()
    expect(form(page).get_by_role("combobox", name="Dropoff address")).to_be_visible()
    warehouse.select_option(str(hub.pk))
    expect(place_line(page, "pickup")).to_contain_text("Zone Country")
    form(page).get_by_text("Pickup", exact=True).first.click()
    expect(form(page).get_by_label("Dropoff warehouse")).to_be_visible()


def test_a_driver_can_be_given_at_once(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    make_driver(dispatcher.tenant, name="Lea Beck")
    order = make_order(dispatcher.tenant, service_id=express.pk)
    page = open_console(f"/console/orders/new/?from={order.code}")
    choose(page, "Driver", "lea", "Lea Beck")
    page.keyboard.press("Control+Enter")
    expect(toast(page)).to_contain_text("created and assigned to Lea Beck")


# Explaining and erring


def test_the_payer_follows_the_method(open_console: OpenConsole, express: DeliveryService) -> None:
    page = open_console(MAP)
    open_new_form(page)
    form(page).get_by_label("Method").select_option("cod")
    expect(form(page).get_by_role("radio", name="Receiver")).to_be_checked()
    expect(form(page).get_by_role("radio", name="Sender")).to_be_enabled()
    expect(form(page).get_by_label("Amount to collect")).to_be_focused()
    form(page).get_by_label("Method").select_option("wallet")
    expect(form(page).get_by_role("radio", name="Sender")).to_be_checked()
    expect(form(page).get_by_label("Amount to collect")).to_be_hidden()
    expect(form(page)).to_contain_text("A wallet payment is made by the sender.")


def test_a_service_shows_its_range_and_promise(open_console: OpenConsole, express: DeliveryService) -> None:
    page = open_console(MAP)
    open_new_form(page)
    form(page).get_by_text("Express", exact=True).click()
    form(page).get_by_label("Unit size").fill("9")
    form(page).get_by_label("Unit size").press("Tab")
    expect(form(page)).to_contain_text("Express takes 1 to 8 units.")
    expect(form(page).locator(".form-summary")).to_contain_text("Express · CHF 9.50 · promised about")


def test_errors_are_summed_up_and_stand_at_their_fields(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    page = open_console(MAP)
    open_new_form(page)
    form(page).get_by_label("Internal notes").fill("Ring twice")
    form(page).get_by_role("button", name="Create order").click()
    summary = form(page).locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There are problems")
    summary.get_by_role("button", name="Choose the customer.").click()
    customer = page.get_by_role("combobox", name="Customer")
    expect(customer).to_be_focused()
    expect(customer).to_have_attribute("aria-invalid", "true")
    expect(form(page).locator('[data-field="customer_id"] .error')).to_have_text("Choose the customer.")
    expect(form(page).get_by_label("Internal notes")).to_have_value("Ring twice")
    assert not Order.objects.filter(tenant=dispatcher.tenant).exists()


def test_another_address_is_not_left_with_the_old_point(open_console: OpenConsole, express: DeliveryService) -> None:
    page = open_console(MAP)
    open_new_form(page)
    choose(page, "Pickup address", "Städtle Vaduz", "Vaduz")
    expect(place_line(page, "pickup")).to_contain_text("Zone Country")
    form(page).get_by_role("combobox", name="Pickup address").fill("Somewhere else 7")
    expect(place_line(page, "pickup")).to_contain_text("No position yet")


def test_an_address_is_saved_to_the_customers_book(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    page = open_console(MAP)
    open_new_form(page)
    add = form(page).get_by_role("button", name="Add address to the customer's book").first
    expect(add).to_be_disabled()
    choose(page, "Customer", "gassner", "Gassner")
    form(page).get_by_role("combobox", name="Pickup address").fill("Poststrasse 3, Vaduz")
    page.keyboard.press("Tab")
    add.click()
    expect(toast(page)).to_contain_text("Saved to the address book of Bäckerei Gassner.")
    assert CustomerAddress.objects.get(customer__name="Bäckerei Gassner").text == "Poststrasse 3, Vaduz"
    expect(form(page)).to_be_visible()


# Losing nothing


def test_leaving_with_unsaved_work_is_asked(open_console: OpenConsole, express: DeliveryService) -> None:
    page = open_console(MAP)
    open_new_form(page)
    form(page).get_by_label("Internal notes").fill("Ring twice")
    page.keyboard.press("Escape")
    question = page.get_by_role("dialog", name="Leave without saving?")
    question.get_by_role("button", name="Keep editing").click()
    expect(form(page).get_by_label("Internal notes")).to_have_value("Ring twice")
    page.keyboard.press("Escape")
    question.get_by_role("button", name="Leave", exact=True).click()
    expect(form(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"{MAP}$"))


def test_an_untouched_form_closes_at_once(open_console: OpenConsole, express: DeliveryService) -> None:
    page = open_console(MAP)
    open_new_form(page)
    page.keyboard.press("Escape")
    expect(form(page)).to_have_count(0)


def test_a_dropped_connection_loses_nothing_and_creates_once(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    order = make_order(dispatcher.tenant, service_id=express.pk)
    lost: list[str] = []

    def arrive_but_lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page = open_console(
        f"/console/orders/new/?from={order.code}",
        before=lambda page: page.route("**/console/orders/new/", arrive_but_lose_the_answer),
    )
    form(page).get_by_label("Internal notes").fill("Ring twice")
    page.keyboard.press("Control+Enter")
    expect(form(page).locator(".error-summary")).to_contain_text("The server cannot be reached")
    assert len(lost) == 2, "The browser did not try again by itself."
    expect(form(page).get_by_label("Internal notes")).to_have_value("Ring twice")
    page.unroute("**/console/orders/new/")
    page.keyboard.press("Control+Enter")
    expect(toast(page)).to_contain_text("created.")
    assert Order.objects.filter(tenant=dispatcher.tenant).exclude(pk=order.pk).count() == 1


def test_what_was_typed_can_be_restored_after_a_reload(open_console: OpenConsole, express: DeliveryService) -> None:
    page = open_console(MAP)
    open_new_form(page)
    form(page).get_by_label("Internal notes").fill("Ring twice")
    # It is kept after a short pause.
    eventually(lambda: "Ring twice" in page.evaluate("JSON.stringify({ ...sessionStorage })"))
    page.on("dialog", lambda question: question.accept())
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    form(page).get_by_role("button", name="Restore it").click()
    expect(form(page).get_by_label("Internal notes")).to_have_value("Ring twice")


# Editing


def test_an_edit_sends_only_what_changed(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    order = make_order(dispatcher.tenant, service_id=express.pk, items=[{"name": "Cake", "quantity": 1}])
    page = open_console(order_address(order))
    page.keyboard.press("e")
    form(page).get_by_label("Internal notes").fill("Ring twice")
    with page.expect_request("**/actions/edit/") as sent:
        form(page).get_by_role("button", name="Save changes").click()
    assert sent.value.post_data_json == {"notes": "Ring twice", "version": 1}
    expect(toast(page)).to_contain_text("edited notes.")
    expect(drawer(page).locator('[data-section="notes"]')).to_contain_text("Ring twice")
    expect(page).to_have_url(re.compile(rf"{order_address(order)}$"))


def test_a_stale_edit_is_merged_field_by_field(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService, act: Any
) -> None:
    order = make_order(dispatcher.tenant, service_id=express.pk, dropoff_contact="Anna", notes="Old")
    page = open_console(order_address(order, "edit/"))
    form(page).get_by_label("Internal notes").fill("Mine")
    form(page).get_by_label("Contact").nth(1).fill("Clara")
    act(Edit(changes={"dropoff_contact": "Bert", "instructions": "Leave at the door"}), order)
    form(page).get_by_role("button", name="Save changes").click()
    conflict = form(page).get_by_role("alert", name="Changed meanwhile")
    expect(conflict).to_contain_text("Changed by Jan Frick since you opened it")
    expect(conflict).to_contain_text("Taken over from them: instructions.")
    expect(conflict.get_by_role("radio", name="Mine: Clara")).to_be_checked()
    conflict.get_by_role("radio", name="Theirs: Bert").check()
    conflict.get_by_role("button", name="Save with these choices").click()
    expect(toast(page)).to_contain_text("edited notes.")
    order.refresh_from_db()
    assert (order.notes, order.dropoff_contact, order.instructions) == ("Mine", "Bert", "Leave at the door")
    assert order.version == 3


def test_edits_that_do_not_touch_each_other_need_one_press(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService, act: Any
) -> None:
    order = make_order(dispatcher.tenant, service_id=express.pk)
    page = open_console(order_address(order, "edit/"))
    form(page).get_by_label("Internal notes").fill("Mine")
    act(Edit(changes={"instructions": "Leave at the door"}), order)
    page.keyboard.press("Control+Enter")
    form(page).get_by_role("button", name="Apply mine again").click()
    expect(toast(page)).to_contain_text("edited notes.")
    order.refresh_from_db()
    assert (order.notes, order.instructions) == ("Mine", "Leave at the door")


def test_once_a_driver_has_it_the_contract_cannot_be_touched(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService
) -> None:
    order = make_order(dispatcher.tenant, service_id=express.pk, status=Status.ASSIGNED)
    page = open_console(order_address(order, "edit/"))
    expect(page.get_by_role("combobox", name="Customer")).to_be_disabled()
    expect(form(page).get_by_label("Method")).to_be_disabled()
    expect(form(page).get_by_role("combobox", name="Dropoff address")).to_be_enabled()


# Accessibility


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_form(
    open_console: OpenConsole, dispatcher: Membership, express: DeliveryService, theme: str
) -> None:
    make_service(dispatcher.tenant, name="Overnight", order_types=["delivery"])
    page = open_console(MAP, theme=theme)
    open_new_form(page)
    form(page).get_by_role("button", name="Add item").click()
    form(page).get_by_role("button", name="Create order").click()
    expect(form(page).locator(".error-summary")).to_be_focused()
    form(page).get_by_role("combobox", name="Pickup address").fill("Städtle")
    expect(page.get_by_role("option").first).to_be_visible()
    assert serious_faults(page) == []
