"""Choosing a driver in a browser: what speaks for whom, in the list, in the dialog, and afterwards in the drawer."""

import re

from playwright.sync_api import expect

from dispatch_console.core.models import Membership
from drivers.models import Driver, DriverPosition
from orders.models import AssignmentMode
from routes import automatic, waves
from routes.models import DispatchSettings
from tests.browser.conftest import OpenConsole, serious_faults
from tests.browser.order_pages import dialog, drawer, order_address, toast
from tests.browser.test_drive import OpenPhone, dana, open_phone, press, sign_in  # noqa: F401 (fixtures)
from tests.factories import make_actor, make_order, make_policy, make_service, minutes_from_now
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


def test_a_phone_is_asked_together_with_others_and_is_first(open_phone: OpenPhone, dana: Driver) -> None:  # noqa: F811
    moment = minutes_from_now(0)
    DriverPosition.objects.create(
        driver=dana, tenant=dana.tenant, latitude=NEAR[0], longitude=NEAR[1], recorded_at=moment, received_at=moment
    )
    order = make_order(dana.tenant)
    DispatchSettings.objects.create(tenant=dana.tenant, wave_seconds=600)
    waves.start(order.code, actor=make_actor(dana.tenant))
    page = open_phone()
    sign_in(page)
    expect(page.get_by_role("article", name=f"Offer {order.code}")).to_contain_text("Also offered to others")
    press(page, "Take it")
    expect(page.locator("#notice")).to_contain_text(f"Order {order.code} is yours.")
    expect(page.get_by_role("region", name="Your orders")).to_contain_text("Städtle 12")
