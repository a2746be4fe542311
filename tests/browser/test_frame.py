"""The console's frame in a browser: keyboard, palette, menus, filters in the address, theme, accessibility."""

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from dispatch_console.core.models import Membership
from orders.states import Status
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.factories import make_driver, make_member, make_order, make_tenant

TABLE = "/console/table/"
FITS = "() => { const bar = document.querySelector('.top'); return bar.scrollWidth <= bar.clientWidth; }"


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(page.evaluate("location.search.slice(1)"))


def wait_for_query(page: Page, **expected: str) -> None:
    eventually(lambda: all(query_of(page).get(name, [""]) == [value] for name, value in expected.items()))


# Keyboard


def test_two_keys_go_to_the_other_view_and_the_filters_come_along(open_console: OpenConsole) -> None:
    page = open_console(f"{TABLE}?type=pickup&status=open")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/console/map/**")
    assert query_of(page) == {"type": ["pickup"], "status": ["open"]}


def test_keys_are_text_while_a_person_types(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("gm?/2")
    expect(search).to_have_value("gm?/2")
    assert "/console/table/" in page.url
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_the_list_of_shortcuts_is_the_registry(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    registered = page.evaluate(
        """async () => {
            const { allCommands } = await import("core/commands");
            return allCommands().filter((command) => command.sequences.length).map((command) => command.title);
        }"""
    )
    assert "Search orders" in registered
    for title in registered:
        expect(dialog.get_by_text(title, exact=True).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_keys_of_the_page_are_dead_while_a_dialog_is_open(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("2")
    assert query_of(page) == {}


def test_a_dialog_gives_the_focus_back(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    button = page.get_by_role("button", name="Commands and records")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_the_skip_link_leads_past_the_frame(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_every_control_of_the_frame_shows_its_focus(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
                       return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2; }"""
        )
        assert outline, page.evaluate("document.activeElement.outerHTML")


# Palette


def test_the_palette_runs_a_command_by_keyboard(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("Control+k")
    page.keyboard.type("drk thm")
    option = page.get_by_role("option", name="Dark theme")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_palette_points_at_the_chosen_option(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    first = field.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    second = field.get_attribute("aria-activedescendant")
    assert first
    assert second
    assert first != second
    expect(page.locator(f"#{second}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    last = page.get_by_role("option").last
    expect(last).to_have_attribute("aria-selected", "true")


def test_the_palette_opens_from_a_text_field_too(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_what_was_used_last_comes_first(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    for _ in range(2):
        page.keyboard.press("Control+k")
        page.keyboard.type("today")
        page.keyboard.press("Enter")
        expect(page.locator("#palette")).to_be_hidden()
        page.evaluate("async () => (await import('core/filters')).filters.clear()")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("group", name="Recent").get_by_role("option").first).to_contain_text("Only today's orders")


def test_the_palette_says_when_nothing_matches(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("Control+k")
    page.keyboard.type("<b>zzqq")
    expect(page.get_by_text("Nothing matches “<b>zzqq”.")).to_be_visible()


def test_the_palette_finds_records_and_opens_them(open_console: OpenConsole, dispatcher: Membership) -> None:
    tenant = dispatcher.tenant
    driver = make_driver(tenant, name="Lea Beck")
    order = make_order(tenant, driver=driver, status=Status.ASSIGNED, dropoff_contact="Zita Quaderer")
    make_order(make_tenant(), dropoff_contact="Zita Quaderer")
    page = open_console(TABLE)

    page.keyboard.press("Control+k")
    page.keyboard.type("Quaderer")
    found = page.get_by_role("group", name="Orders").get_by_role("option")
    expect(found).to_have_count(1)
    expect(found).to_contain_text(order.code)
    expect(found).to_contain_text("Assigned")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_contain_text(order.code)

    page.keyboard.press("Control+k")
    page.keyboard.type("lea beck")
    page.get_by_role("group", name="Drivers").get_by_role("option", name=re.compile("Lea Beck")).click()
    expect(page).to_have_url(re.compile(f"/console/drivers/{driver.pk}/$"))
    expect(page.get_by_role("region", name="Driver", exact=True)).to_contain_text(order.code)


# Filters


def test_the_queue_switch_writes_the_address_and_back_undoes_it(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    pickup = page.locator(".queues button", has_text=re.compile(r"^Pickup(?! &)"))
    pickup.click()
    wait_for_query(page, type="pickup")
    expect(pickup).to_have_attribute("aria-pressed", "true")
    page.go_back()
    wait_for_query(page, type="")
    expect(page.get_by_role("button", name="All", exact=False).first).to_have_attribute("aria-pressed", "true")


def test_a_copied_address_opens_the_same_set(open_console: OpenConsole) -> None:
    page = open_console(f"{TABLE}?search=rhein+caf%C3%A9&day=yesterday&type=delivery,pickup")
    expect(page.get_by_role("searchbox")).to_have_value("rhein café")
    expect(page.get_by_role("button", name="Day filter")).to_contain_text("Yesterday")
    assert page.locator(".queues [aria-pressed=true]").count() == 2


def test_typing_a_search_filters_in_one_step_of_history(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.keyboard.press("/")
    page.keyboard.type("gass")
    wait_for_query(page, search="gass")
    page.keyboard.type("ner")
    wait_for_query(page, search="gassner")
    page.go_back()
    wait_for_query(page, search="")
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_the_links_of_the_rail_carry_the_filters(open_console: OpenConsole) -> None:
    page = open_console(f"{TABLE}?status=open")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Map")
    expect(link).to_have_attribute("href", "/console/map/?status=open")
    page.keyboard.press("3")
    expect(link).to_have_attribute("href", "/console/map/?type=pickup&status=open")


def test_the_same_set_is_always_written_the_same_way(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    queries = page.evaluate(
        """async () => {
            const { parse, serialise } = await import("core/filters");
            return ["?status=open&type=pickup&type=delivery,pickup", "type=pickup,delivery&status=open&unknown=1",
                    "search=&status=,open,&type=pickup,delivery"].map((text) => serialise(parse(text)));
        }"""
    )
    assert set(queries) == {"type=pickup,delivery&status=open"}


def test_the_day_menu_is_worked_by_keyboard_and_gives_the_focus_back(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    button = page.get_by_role("button", name="Day filter")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Any day")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_for_query(page, day="today")
    expect(button).to_be_focused()
    expect(button).to_contain_text("Today")


# Toasts


def test_an_outcome_offers_undo_and_a_refusal_stays(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.clock.install()
    page.evaluate(
        """async () => {
            const { toast } = await import("core/toast");
            toast({ text: "D-1 is assigned to Lea Beck.", undo: () => { window.undone = true; } });
            toast({ text: "D-2 is cancelled.", tone: "good" });
            toast({ text: "D-3 is already delivered.", tone: "bad" });
        }"""
    )
    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_role("alert")).to_have_text("D-3 is already delivered.")
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: page.evaluate("window.undone === true"))
    # A message under the pointer waits.
    page.mouse.move(700, 300)
    page.clock.fast_forward(60_000)
    expect(messages.get_by_text("D-2 is cancelled.")).to_have_count(0)
    expect(messages.get_by_role("alert")).to_be_visible()
    messages.get_by_role("alert").get_by_role("button", name="Dismiss").click()
    page.clock.fast_forward(1_000)
    expect(messages.get_by_role("alert")).to_have_count(0)


def test_a_toast_shows_text_as_text(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.evaluate(
        """async () => {
            const { toast } = await import("core/toast");
            toast({ title: "<b>x</b>", text: "<img src=x onerror=window.hit=1>" });
        }"""
    )
    expect(page.get_by_text("<img src=x onerror=window.hit=1>")).to_be_visible()
    assert page.evaluate("window.hit") is None


def test_a_refusal_of_the_api_keeps_its_sentence_and_details(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    error = page.evaluate(
        """async () => {
            const { get } = await import("core/http");
            try { await get("nothing-like-this/"); } catch (error) {
                return { name: error.name, status: error.status, code: error.code, message: error.message };
            }
        }"""
    )
    assert error["name"] == "RequestError"
    assert error["status"] == 404
    assert error["code"] == "not_found"
    assert error["message"].endswith(".")


def test_a_lost_session_asks_before_it_leaves_the_page(
    open_console: OpenConsole, dispatcher: Membership, in_thread: object
) -> None:
    page = open_console(f"{TABLE}?status=open")
    page.context.clear_cookies(name="sessionid")
    page.evaluate("async () => { try { await (await import('core/http')).get('orders/'); } catch {} }")
    dialog = page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Stay on this page").click()
    assert page.url.endswith(f"{TABLE}?status=open")


# Looks


def test_the_system_theme_is_followed_until_one_is_chosen(open_console: OpenConsole) -> None:
    page = open_console(TABLE, theme="system", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(12, 15, 20)"
    page.get_by_role("button", name="Theme", exact=True).click()
    page.get_by_role("menuitemradio", name="Light").click()
    assert page.evaluate(background) == "rgb(244, 245, 247)"
    page.reload()
    assert page.evaluate(background) == "rgb(244, 245, 247)"


def test_the_top_bar_fits_every_width_even_with_large_counts(open_console: OpenConsole) -> None:
    page = open_console(TABLE)
    page.evaluate(
        """async () => {
            const { counts } = await import("core/counts");
            const queues = { all: 40_000, on_demand: 9_000, pickup: 9_000, delivery: 9_000, pickup_delivery: 9_000 };
            counts.set({ queues, statuses: {}, at_least: { queues: Object.keys(queues) } });
        }"""
    )
    expect(page.locator(".queues")).to_contain_text("40,000+")
    for width in (1920, 1440, 1280, 1024, 768):
        page.set_viewport_size({"width": width, "height": 800})
        eventually(lambda: page.evaluate(FITS))
        assert page.evaluate("document.documentElement.scrollWidth") == width
        expect(page.get_by_role("link", name="New order")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_the_frame_and_what_it_opens(open_console: OpenConsole, theme: str) -> None:
    page = open_console(f"{TABLE}?status=open&cod_min=5&day=today", theme=theme)
    faults = {"frame": serious_faults(page, without=("#main",))}

    page.get_by_role("button", name=re.compile("account menu")).click()
    expect(page.get_by_role("menu", name="Account")).to_be_visible()
    faults["account menu"] = serious_faults(page, without=("#main",))
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Day filter").click()
    expect(page.get_by_role("radiogroup", name="Day")).to_be_visible()
    faults["day menu"] = serious_faults(page, without=("#main",))
    page.keyboard.press("Escape")

    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    faults["shortcuts"] = serious_faults(page, without=("#main",))
    page.keyboard.press("Escape")

    page.keyboard.press("Control+k")
    page.keyboard.type("theme")
    expect(page.get_by_role("option").first).to_be_visible()
    faults["palette"] = serious_faults(page, without=("#main",))
    page.keyboard.press("Escape")

    page.evaluate(
        """async () => {
            const { toast } = await import("core/toast");
            for (const tone of ["good", "bad", "warn", "accent"]) toast({ text: "Said", title: "Title", tone });
        }"""
    )
    expect(page.get_by_role("alert")).to_be_visible()
    faults["messages"] = serious_faults(page, without=("#main",))
    assert not any(faults.values()), faults


def test_two_tenants_can_be_switched_between_in_the_menu(open_console: OpenConsole, dispatcher: Membership) -> None:
    make_member(make_tenant(name="Alpine Express"), user=dispatcher.user)
    page = open_console(TABLE)
    page.get_by_role("button", name=re.compile("account menu")).click()
    page.get_by_role("menuitemradio", name="Rhine Couriers").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page).to_have_title(re.compile("Rhine Couriers"))
