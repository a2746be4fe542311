"""The map page in a browser: the same set as the list, linked marks and cards, and changes as they happen."""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from dispatch_console.core import clock
from dispatch_console.core.models import Membership
from drivers import positions
from drivers.models import Driver
from orders import commands
from orders.actions import Action, Assign
from orders.models import Order
from orders.states import Status
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.factories import create_order, make_actor, make_customer, make_driver, make_order, make_zone, square

MAP = "/console/map/"
API_CODES = """async (query) => {
    const { get } = await import("core/http");
    return (await get("orders/", query + "&limit=500")).results.map((row) => row.code);
}"""

VIEW = """() => JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.startsWith("map.view."))])"""

InThread = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def act(dispatcher: Membership, in_thread: InThread) -> Callable[[Action, Order], Any]:
    """Performs an action as a colleague at another screen."""
    actor = make_actor(dispatcher.tenant)

    def perform(action: Action, order: Order) -> Any:
        return in_thread(lambda: commands.perform(action, code=order.code, actor=actor))

    return perform


def card(page: Page, order: Order) -> Locator:
    return page.locator(f'.order-card[data-code="{order.code}"]')


def listed_codes(page: Page) -> list[str]:
    """Every card of the virtual list, collected by scrolling through it."""
    page.wait_for_selector(".order-card, .order-state .empty")
    found: list[str] = []
    page.eval_on_selector(".order-scroller", "list => { list.scrollTop = 0; }")
    while True:
        page.wait_for_timeout(60)
        found += page.eval_on_selector_all(
            ".order-card:not([hidden])", "cards => cards.map((card) => card.dataset.code)"
        )
        at_end = page.eval_on_selector(
            ".order-scroller",
            """list => {
                const before = list.scrollTop;
                list.scrollTop += list.clientHeight;
                return list.scrollTop === before;
            }""",
        )
        if at_end:
            return list(dict.fromkeys(found))


def zoom_in(page: Page) -> None:
    """One level, until the map has remembered it and stands still: choosing an order may move it as well."""
    stored = page.evaluate("() => ({ ...localStorage })")
    page.get_by_role("button", name="Zoom in").click()
    eventually(lambda: bool(page.evaluate("() => ({ ...localStorage })") != stored))
    page.wait_for_timeout(300)


def group_titles(page: Page) -> dict[str, str]:
    groups = page.locator(".order-group:not(.pinned):visible")
    return dict(text.split("\n")[:2] for text in groups.all_inner_texts())


def put_late(*orders: Order, minutes: int = 5) -> None:
    due = timezone.now() - timedelta(minutes=minutes)
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(due_at=due)


# The set


def test_the_map_shows_exactly_the_orders_that_the_api_lists_for_the_address(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    south = make_zone(tenant, square(9.4, 47.0, 9.6, 47.12))
    for _ in range(25):
        create_order(tenant)
    for status in (Status.ASSIGNED, Status.PICKED_UP, Status.DELIVERED, Status.CANCELLED):
        make_order(tenant, status=status)
    create_order(tenant, order_type="pickup", dropoff_latitude=47.2)
    page = open_console(MAP)
    for query in (
        "status=open",
        "status=assigned,picked_up",
        "status=delivered,cancelled",
        "type=pickup&status=open",
        f"zone={south.pk}&status=pending",
    ):
        page.goto(f"{MAP}?{query}")
        page.wait_for_selector("html[data-ready]", state="attached")
        codes = listed_codes(page)
        assert codes
        assert set(codes) == set(page.evaluate(API_CODES, query)), query


def test_changing_a_filter_changes_the_set_and_the_address_opens_it_again(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    pickup, delivery = (make_order(dispatcher.tenant, order_type=name) for name in ("pickup", "delivery"))
    page = open_console(MAP)
    expect(card(page, pickup)).to_be_visible()
    page.get_by_role("button", name="Pickup", exact=False).first.click()
    expect(card(page, delivery)).to_be_hidden()
    page.reload()
    expect(card(page, pickup)).to_be_visible()
    expect(card(page, delivery)).to_be_hidden()
    assert "type=pickup" in page.url


def test_the_table_opens_the_same_address_and_comes_back(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED)
    page = open_console(f"{MAP}?status=assigned")
    expect(card(page, order)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/console/table/?status=assigned")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/console/map/?status=assigned")
    expect(card(page, order)).to_be_visible()


def test_orders_stand_in_groups_by_what_they_need(open_console: OpenConsole, dispatcher: Membership) -> None:
    tenant = dispatcher.tenant
    nowhere = {"pickup_latitude": None, "pickup_longitude": None, "dropoff_latitude": None, "dropoff_longitude": None}
    orders = {
        "unassigned": create_order(tenant).order,
        "assigned": make_order(tenant, status=Status.ASSIGNED),
        "moving": make_order(tenant, status=Status.PICKED_UP),
        "off_map": create_order(tenant, **nowhere).order,
        "attention": create_order(tenant).order,
    }
    put_late(orders["attention"])
    make_order(tenant, status=Status.DELIVERED)
    page = open_console(MAP)
    for group, order in orders.items():
        expect(card(page, order)).to_have_attribute("data-group", group)
    expect(card(page, orders["attention"]).locator(".due")).to_have_text("5 min late")
    expect(page.locator("#map-summary")).to_contain_text("The map shows 4 of 5 orders")
    page.get_by_role("button", name="Off map 1").click()
    expect(card(page, orders["off_map"])).to_be_in_viewport()
    titles = group_titles(page)
    assert titles["NEEDS ATTENTION"] == "1"
    assert titles["DONE"] == "1"


def test_done_orders_come_only_when_they_are_asked_for(open_console: OpenConsole, dispatcher: Membership) -> None:
    done = make_order(dispatcher.tenant, status=Status.DELIVERED)
    page = open_console(MAP)
    header = page.locator('.order-group:not(.pinned) [data-group="done"]')
    expect(header).to_have_attribute("aria-expanded", "false")
    expect(card(page, done)).to_have_count(0)
    header.click()
    expect(card(page, done)).to_be_visible()
    expect(card(page, done)).to_contain_text("Delivered")


def test_a_list_that_cannot_be_loaded_says_so_and_tries_again(
    open_console: OpenConsole, dispatcher: Membership, browser_faults: list[str]
) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(f"{MAP}?status=open&ordering=code")
    expect(card(page, order)).to_be_visible()
    page.route("**/api/v1/orders/?**", lambda route: route.abort())
    page.get_by_role("button", name="Pickup", exact=False).first.click()
    failed = page.get_by_text("The orders could not be loaded")
    expect(failed).to_be_visible()
    page.unroute("**/api/v1/orders/?**")
    page.get_by_role("button", name="Try again").click()
    expect(failed).to_be_hidden()
    expect(page.get_by_text("Nothing here")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(card(page, order)).to_be_visible()


# Cards and marks


def pixel_of(page: Page, latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place is on the screen, from the view that the map remembers."""
    view = page.evaluate(VIEW)

    def world(lat: float, lng: float) -> tuple[float, float]:
        size = 256 * 2 ** view["zoom"]
        sine = math.sin(math.radians(lat))
        return (lng / 360 + 0.5) * size, (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * size

    x, y = world(latitude, longitude)
    centre_x, centre_y = world(view["latitude"], view["longitude"])
    box = page.locator(".map-host").bounding_box()
    assert box
    return box["x"] + box["width"] / 2 + x - centre_x, box["y"] + box["height"] / 2 + y - centre_y


def test_a_click_on_a_card_chooses_the_order_and_opens_its_drawer(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED)
    page = open_console(MAP)
    card(page, order).click()
    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text(order.code)
    expect(page.locator(".order-card.current")).to_have_attribute("data-code", order.code)
    page.wait_for_url(f"**/console/orders/{order.code}/**")


def test_a_mark_on_the_map_lights_its_card_and_opens_its_order(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    order = make_order(dispatcher.tenant)
    page = open_console(MAP)
    expect(card(page, order)).to_be_visible()
    page.get_by_role("button", name="Show all orders of the list").click()
    page.wait_for_timeout(400)
    x, y = pixel_of(page, order.dropoff_latitude, order.dropoff_longitude)
    page.mouse.move(x + 3, y)
    expect(page.locator(".map-tip")).to_contain_text(order.code)
    expect(page.locator(".order-card.lit")).to_have_attribute("data-code", order.code)
    page.mouse.click(x, y)
    expect(page.locator("#drawer")).to_contain_text(order.code)
    expect(page.locator(".order-card.current")).to_have_attribute("data-code", order.code)


def test_the_keyboard_walks_ticks_and_opens(open_console: OpenConsole, dispatcher: Membership) -> None:
    first, second = (make_order(dispatcher.tenant) for _ in range(2))
    page = open_console(MAP)
    expect(card(page, second)).to_be_visible()
    current = page.locator(".order-card.current")
    page.keyboard.press("j")
    chosen = current.get_attribute("data-code")
    assert chosen in (first.code, second.code)
    page.keyboard.press("j")
    expect(current).not_to_have_attribute("data-code", str(chosen))
    page.keyboard.press("k")
    expect(current).to_have_attribute("data-code", str(chosen))
    page.keyboard.press("x")
    expect(current).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("1 order ticked")).to_be_visible()
    listbox = page.get_by_role("listbox", name="Orders")
    expect(listbox).to_have_attribute("aria-activedescendant", f"order-{chosen}")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_contain_text(str(chosen))


def test_thousands_of_cards_keep_the_page_small(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = create_order(dispatcher.tenant).order
    page = open_console(MAP)
    expect(card(page, order)).to_be_visible()
    [row] = page.evaluate("async () => (await (await fetch('/api/v1/orders/?status=open')).json()).results")
    rows = [{**row, "id": number, "code": f"B-{number}", "barcode": str(number)} for number in range(3000)]
    page.evaluate(
        """async (rows) => {
            const { emit } = await import("core/bus");
            emit("live:events", { items: rows.map((row) => ({ code: row.code, version: row.version, row })) });
        }""",
        rows,
    )
    expect(page.locator(".order-group:not(.pinned)").first).to_contain_text("3,001")
    assert page.locator(".order-card").count() < 40
    page.eval_on_selector(".order-scroller", "list => { list.scrollTop = list.scrollHeight; }")
    expect(page.locator('.order-card[data-code="B-2999"]')).to_be_visible()
    assert page.locator(".order-card").count() < 40


# Live


def test_an_assigned_order_moves_to_its_new_group_by_itself(
    open_console: OpenConsole, dispatcher: Membership, act: Callable[[Action, Order], Any]
) -> None:
    order = create_order(dispatcher.tenant).order
    driver = make_driver(dispatcher.tenant, name="Lea Beck")
    page = open_console(MAP)
    expect(card(page, order)).to_have_attribute("data-group", "unassigned")
    page.wait_for_selector('.live-light[data-state="connected"]')
    act(Assign(driver_id=driver.pk), order)
    page.wait_for_selector(f'.order-card[data-code="{order.code}"][data-group="assigned"]')
    expect(card(page, order)).to_contain_text("Lea Beck")


def test_an_order_that_no_longer_fits_the_filters_leaves_and_a_new_one_comes(
    open_console: OpenConsole,
    dispatcher: Membership,
    act: Callable[[Action, Order], Any],
    in_thread: InThread,
) -> None:
    leaving = create_order(dispatcher.tenant).order
    driver = make_driver(dispatcher.tenant)
    page = open_console(f"{MAP}?status=pending")
    expect(card(page, leaving)).to_be_visible()
    page.wait_for_selector('.live-light[data-state="connected"]')
    act(Assign(driver_id=driver.pk), leaving)
    expect(card(page, leaving)).to_have_count(0)
    coming = in_thread(lambda: create_order(dispatcher.tenant).order)
    expect(card(page, coming)).to_be_visible()
    assert set(listed_codes(page)) == set(page.evaluate(API_CODES, "status=pending"))


def test_the_server_decides_whether_a_changed_order_fits_a_search(
    open_console: OpenConsole,
    dispatcher: Membership,
    act: Callable[[Action, Order], Any],
    in_thread: InThread,
) -> None:
    tenant = dispatcher.tenant
    baker = make_customer(tenant, name="Bäckerei Gassner")
    known = create_order(tenant, customer_id=baker.pk).order
    page = open_console(f"{MAP}?search=gassner")
    expect(card(page, known)).to_be_visible()
    page.wait_for_selector('.live-light[data-state="connected"]')
    other = in_thread(lambda: create_order(tenant).order)
    another = in_thread(lambda: create_order(tenant, customer_id=baker.pk).order)
    expect(card(page, another)).to_be_visible()
    expect(card(page, other)).to_have_count(0)
    driver = make_driver(tenant)
    act(Assign(driver_id=driver.pk), known)
    expect(card(page, known)).to_have_attribute("data-group", "assigned")


def test_a_stream_that_cannot_be_replayed_refetches_and_keeps_the_selection_and_the_view(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    order = create_order(dispatcher.tenant).order
    page = open_console(MAP)
    expect(card(page, order)).to_be_visible()
    page.keyboard.press("j")
    zoom_in(page)
    before = page.evaluate("() => ({ ...localStorage })")
    # A change that this page never hears of, as after a night's sleep.
    Order.objects.filter(pk=order.pk).update(hold_reason="Gate closed", on_hold=True, version=order.version + 1)
    page.evaluate(
        """async () => {
            const { emit } = await import("core/bus");
            const readings = [];
            emit("live:reload", { why: "test", until: (reading) => readings.push(reading) });
            await Promise.all(readings);
        }"""
    )
    expect(card(page, order)).to_contain_text("On hold: Gate closed")
    expect(page.locator(".order-card.current")).to_have_attribute("data-code", order.code)
    assert page.evaluate("() => ({ ...localStorage })") == before


def test_an_older_version_never_replaces_a_newer_one(open_console: OpenConsole, dispatcher: Membership) -> None:
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED)
    page = open_console(MAP)
    expect(card(page, order)).to_have_attribute("data-group", "assigned")
    [row] = page.evaluate("async () => (await (await fetch('/api/v1/orders/?status=open')).json()).results")
    stale = {**row, "version": row["version"] - 1, "status": "pending", "driver": None}
    page.evaluate(
        """async (row) => {
            const { emit } = await import("core/bus");
            emit("live:events", { items: [{ code: row.code, version: row.version, row }] });
        }""",
        stale,
    )
    page.wait_for_timeout(200)
    expect(card(page, order)).to_have_attribute("data-group", "assigned")


# Drivers


@pytest.fixture
def lea(dispatcher: Membership) -> Driver:
    return make_driver(dispatcher.tenant, name="Lea Beck", phone="+423 791 22 33")


def test_the_driver_panel_counts_searches_and_shows_details(
    open_console: OpenConsole, dispatcher: Membership, lea: Driver
) -> None:
    make_driver(dispatcher.tenant, name="Jonas Frick", is_online=False)
    order = make_order(dispatcher.tenant, status=Status.ASSIGNED, driver=lea)
    page = open_console(MAP)
    panel = page.get_by_role("region", name="Drivers")
    rows = panel.locator(".driver-row:visible")
    expect(rows).to_have_count(2)
    expect(panel.get_by_role("button", name="All 2")).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="Off 1").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Jonas Frick")
    panel.get_by_role("button", name="All 2").click()
    panel.get_by_role("searchbox").fill("lea")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("1 order")
    rows.click()
    details = page.get_by_role("region", name="Driver", exact=True)
    expect(details).to_contain_text("+423 791 22 33")
    details.get_by_role("button", name=order.code).click()
    expect(page.locator("#drawer")).to_contain_text(order.code)


def test_a_reported_position_reaches_the_panel_and_the_map(
    open_console: OpenConsole, dispatcher: Membership, lea: Driver, in_thread: InThread
) -> None:
    page = open_console(MAP)
    row = page.locator(".driver-row:visible")
    expect(row).to_contain_text("no position")
    page.wait_for_selector('.live-light[data-state="connected"]')
    sample = positions.Sample(latitude=47.14, longitude=9.52, recorded_at=clock.now(), heading=90.0, speed=5.0)
    in_thread(lambda: positions.report(lea.pk, dispatcher.tenant_id, [sample]))
    expect(row).to_contain_text("ago")
    expect(row).to_have_attribute("data-state", "fresh")
    expect(page.locator("[data-layer=drivers] .count")).to_have_text("1")


# What helps, what is remembered, who can use it


def test_the_attention_card_names_the_trouble_and_puts_it_aside(
    open_console: OpenConsole, dispatcher: Membership, act: Callable[[Action, Order], Any]
) -> None:
    order = create_order(dispatcher.tenant).order
    put_late(order, minutes=12)
    page = open_console(MAP)
    urgent = page.get_by_role("region", name="Most urgent")
    expect(urgent).to_contain_text("12 min late")
    expect(urgent).to_contain_text("No driver has it yet.")
    urgent.get_by_role("button", name="Open").click()
    expect(page.locator("#drawer")).to_contain_text(order.code)
    urgent.get_by_role("button", name=f"Put {order.code} aside").click()
    expect(urgent).to_be_hidden()


def test_the_attention_card_gives_a_late_order_to_the_nearest_free_driver(
    open_console: OpenConsole, dispatcher: Membership, lea: Driver
) -> None:
    far = make_driver(dispatcher.tenant, name="Jonas Frick")
    for driver, latitude in ((lea, 47.14), (far, 47.2)):
        sample = positions.Sample(latitude=latitude, longitude=9.52, recorded_at=clock.now())
        positions.report(driver.pk, dispatcher.tenant_id, [sample])
    order = create_order(dispatcher.tenant).order
    put_late(order)
    page = open_console(MAP)
    urgent = page.get_by_role("region", name="Most urgent")
    expect(urgent).to_contain_text("Lea Beck can take it with 0 of 10 units used")
    urgent.get_by_role("button", name="Give to Lea Beck").click()
    expect(urgent).to_contain_text("Lea Beck has not picked it up yet")
    expect(card(page, order)).to_contain_text("Lea Beck")
    assert Order.objects.get(pk=order.pk).driver_id == lea.pk


def test_what_the_map_shows_is_remembered(open_console: OpenConsole, dispatcher: Membership) -> None:
    make_order(dispatcher.tenant)
    page = open_console(MAP)
    zones = page.get_by_role("button", name="Zones", exact=True)
    expect(zones).to_have_attribute("aria-pressed", "true")
    zones.click()
    zoom_in(page)
    view = page.evaluate(VIEW)
    page.reload()
    expect(page.get_by_role("button", name="Zones", exact=True)).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert page.evaluate(VIEW) == view


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_page_has_no_serious_accessibility_fault(
    open_console: OpenConsole, dispatcher: Membership, lea: Driver, theme: str
) -> None:
    tenant = dispatcher.tenant
    put_late(create_order(tenant).order)
    make_order(tenant, status=Status.ASSIGNED, driver=lea)
    act_on = make_order(tenant, status=Status.PICKED_UP)
    page = open_console(MAP, theme=theme)
    expect(card(page, act_on)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator(".driver-row:visible").first.click()
    expect(page.locator(".driver-card")).to_be_visible()
    assert serious_faults(page) == []


def test_html_in_an_order_stays_text(open_console: OpenConsole, dispatcher: Membership) -> None:
    nasty = '<img src=x onerror="document.title=1"><b>bold</b>'
    order = create_order(dispatcher.tenant, dropoff_address=nasty).order
    page = open_console(MAP)
    expect(card(page, order)).to_contain_text("<b>bold</b>")
    assert page.locator(".order-card img, .order-card b").count() == 0
    page.get_by_role("button", name="Show all orders of the list").click()
    page.wait_for_timeout(400)
    x, y = pixel_of(page, order.dropoff_latitude, order.dropoff_longitude)
    page.mouse.move(x + 2, y)
    expect(page.locator(".map-tip")).to_contain_text("<b>bold</b>")
    assert page.locator(".map-tip img, .map-tip b").count() == 0
