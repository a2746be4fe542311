"""Choosing a driver in a browser: what speaks for whom, in the list, in the dialog, and afterwards in the drawer."""

import re

from playwright.sync_api import expect

from dispatch_console.core.models import Membership
from orders.models import AssignmentMode
from routes import automatic
from tests.browser.conftest import OpenConsole, serious_faults
from tests.browser.order_pages import dialog, drawer, order_address, toast
from tests.factories import make_order, make_policy, make_service, minutes_from_now
from tests.routes.test_ranking import NEAR, TWO_KM, driver_at


def test_the_ranking_is_read_chosen_from_by_keyboard_and_kept(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    driver_at(tenant, "Anna Beck", NEAR)
    driver_at(tenant, "Ben Frick", TWO_KM)
    policy = make_policy(tenant, assignment_mode=AssignmentMode.AUTOMATIC)
    service = make_service(tenant, policy=policy)
    order = make_order(tenant, service_id=service.pk, scheduled_pickup_at=minutes_from_now(50))
    automatic.run_round(tenant.pk)
    page = open_console(order_address(order), theme="dark")
    suggestions = drawer(page).locator('[data-section="suggestions"]')
    expect(suggestions).to_contain_text("Automatic dispatch: Not ready yet: Anna Beck need not leave for")
    expect(suggestions).to_contain_text("6 min sooner at the pickup than Ben Frick.")
    suggestions.get_by_role("button", name="Offer to drivers nearby").click()
    expect(suggestions).to_contain_text(re.compile("Wave 1, within 2.0 km.*Anna Beck.*asked until"))
    suggestions.get_by_role("button", name="Stop offering").click()
    expect(suggestions).to_contain_text("Offered to 1 driver: stopped")
    page.keyboard.press("a")
    expect(dialog(page).get_by_role("option").first).to_contain_text(re.compile("Anna Beck.*door in"))
    expect(dialog(page).get_by_role("status")).to_contain_text("Ben Frick would win 6 min nearer.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("assigned to Ben Frick")
    drawer(page).get_by_text("Why Ben Frick?").click()
    expect(drawer(page).locator(".why")).to_contain_text("6 min later at the pickup than Anna Beck.")
    assert serious_faults(page) == []
