"""A driver comes nearer, and every open page says so by itself: the table, the drawer and the run."""

import re

import pytest
from playwright.sync_api import expect

from dispatch_console.core.models import Membership
from drivers.models import DriverPosition
from routes import etas
from tests.browser.conftest import OpenConsole
from tests.factories import make_order, minutes_from_now
from tests.routes.test_ranking import driver_at, give

pytestmark = pytest.mark.django_db(transaction=True)

FAR, NEAR = (47.22, 9.53), (47.1400, 9.5228)


def test_the_expected_time_follows_the_driver_on_every_page(open_console: OpenConsole, dispatcher: Membership) -> None:
    tenant = dispatcher.tenant
    driver = driver_at(tenant, "Anna Frick", FAR)
    order = give(make_order(tenant, scheduled_delivery_at=minutes_from_now(25)), driver)
    etas.refresh(tenant.pk)
    table, drawer, run = (
        open_console("/console/table/"),
        open_console(f"/console/orders/{order.code}/"),
        open_console(f"/console/drivers/{driver.pk}/"),
    )
    row = table.locator(".tabulator-row", has_text=order.code)
    expected = row.locator("[tabulator-field=eta]")
    expect(expected).to_have_text(re.compile(r"^~\d\d:\d\d \+\d+ min$"))
    promise = drawer.locator(".drawer-eta")
    expect(promise).to_contain_text("Expected about at the pickup")
    expect(promise.locator(".late")).to_have_text(re.compile(r"\d+ min late"))
    stop = run.locator(".stop-eta")
    expect(stop).to_contain_text("Expected: pickup about")
    expect(stop).to_contain_text("late")
    # The sort of the column is the server's.
    table.get_by_role("button", name="Expected").click()
    expect(table).to_have_url(re.compile("ordering=eta"))

    DriverPosition.objects.filter(driver=driver).update(latitude=NEAR[0], longitude=NEAR[1])
    etas.refresh(tenant.pk)
    expect(expected).to_have_text(re.compile(r"^~\d\d:\d\d$"))
    expect(promise.locator(".late")).to_have_count(0)
    expect(stop).not_to_contain_text("late")
