"""The drivers page: the fleet by tabs and words, one driver's run, and a sequence that every open console follows."""

import re

from playwright.sync_api import Locator, Page, expect

from dispatch_console.core import clock
from dispatch_console.core.models import Membership
from drivers import positions
from drivers.models import Driver
from orders.sequence import work_in_order
from orders.states import Status
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.factories import make_driver, make_member, make_order

DRIVERS = "/console/drivers/"


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Drivers").locator(".driver-row:visible")


def details(page: Page) -> Locator:
    return page.get_by_role("region", name="Driver", exact=True)


def stops(page: Page) -> Locator:
    return details(page).get_by_role("list", name="Current orders in sequence").locator(".code")


def test_the_fleet_is_found_by_tab_and_word_and_a_driver_is_shown_with_work_age_and_day(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    lea = make_driver(tenant, name="Lea Beck", phone="+423 791 22 33", licence_number="FL 12")
    make_driver(tenant, name="Jonas Frick", is_online=False, status="suspended")
    make_driver(tenant, name="Silent Sam")
    sample = positions.Sample(latitude=47.14, longitude=9.52, recorded_at=clock.now(), battery=0.1)
    positions.report(lea.pk, tenant.pk, [sample])
    done = make_order(tenant, status=Status.DELIVERED, driver=lea)
    open_order = make_order(tenant, status=Status.PICKED_UP, driver=lea)

    page = open_console(DRIVERS, theme="dark")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("2 on duty · 1 without a recent position · 0 free · 1 open order.")).to_be_visible()
    expect(rows(page).filter(has_text="Silent Sam")).to_contain_text("not heard of lately")
    page.get_by_role("button", name="Offline 1").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("suspended")
    page.get_by_role("button", name="All 3").click()
    page.get_by_role("searchbox").fill("791 22")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("1 order, 1 moving")
    rows(page).click()

    expect(page).to_have_url(re.compile(f"{DRIVERS}{lea.pk}/$"))
    expect(details(page).get_by_role("link", name="Call")).to_have_attribute("href", "tel:+4237912233")
    expect(details(page)).to_contain_text("10 %, low")
    expect(details(page)).to_contain_text("FL 12")
    # Nothing is upcoming, so there is nothing to arrange; and the setup is not a dispatcher's.
    expect(details(page).get_by_role("button", name="Hand over run")).to_be_visible()
    expect(details(page).get_by_role("button", name="Change sequence")).to_be_hidden()
    expect(details(page).get_by_role("link", name="Driver's record")).to_be_hidden()
    details(page).get_by_text("1 delivered").click()
    expect(details(page).get_by_role("button", name=done.code)).to_be_visible()
    details(page).get_by_role("button", name="Day on map").click()
    expect(page.get_by_role("region", name="Day of the driver")).to_contain_text("1 reading")
    assert serious_faults(page) == []
    details(page).get_by_role("button", name=open_order.code).click()
    expect(page.locator("#drawer")).to_contain_text(open_order.code)


def test_a_sequence_changed_by_keyboard_is_what_the_driver_and_a_second_console_see(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    lea, ben = make_driver(tenant, name="Lea Beck"), make_driver(tenant, name="Ben Marxer")
    moving = make_order(tenant, status=Status.PICKED_UP, driver=lea).code
    first, second = (make_order(tenant, status=Status.ASSIGNED, driver=lea).code for _ in range(2))

    page = open_console(f"{DRIVERS}{lea.pk}/")
    other = open_console(f"{DRIVERS}{lea.pk}/", member=make_member(tenant))
    for each in (page, other):
        expect(stops(each)).to_have_text([moving, first, second])
        each.wait_for_selector('.live-light[data-state="connected"]')
    page.keyboard.press("r")
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Change sequence of Lea Beck")
    expect(dialog.locator("li[tabindex]").first).to_be_focused()
    assert serious_faults(page) == []
    page.keyboard.press("Alt+ArrowUp")  # a locked stop stands above: nothing moves
    page.keyboard.press("Alt+ArrowDown")
    expect(dialog.get_by_role("status")).to_have_text(f"{first} is stop 3 of 3.")
    page.keyboard.press("Control+Enter")
    for each in (page, other):
        expect(stops(each)).to_have_text([moving, second, first])
    assert seen_by(lea) == [moving, second, first]

    page.get_by_role("button", name="Undo").click()
    expect(stops(other)).to_have_text([moving, first, second])

    page.keyboard.press("r")
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog", name="Hand over Lea Beck's run")
    dialog.get_by_role("combobox", name="To").press("ArrowDown")
    expect(dialog.get_by_text("Ben Marxer can take all 3.")).to_be_visible()
    dialog.get_by_label("Reason", exact=True).fill("Fell ill")
    assert serious_faults(page) == []
    page.keyboard.press("Control+Enter")
    expect(details(other)).to_contain_text("No order at the moment.")
    eventually(lambda: seen_by(ben) == [moving, first, second])


def seen_by(driver: Driver) -> list[str]:
    return [order.code for order in work_in_order(driver.pk)]
