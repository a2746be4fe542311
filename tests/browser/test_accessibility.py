"""Axe finds no serious fault on any page; the Map and the Table have such a test of their own, with their own data."""

import pytest
from django.urls import reverse

from dispatch_console.core.models import Membership
from tests.browser.conftest import OpenConsole, serious_faults
from tests.factories import make_order
from tests.routes.lanes import make_session


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_on_any_page(open_console: OpenConsole, dispatcher: Membership, theme: str) -> None:
    order = make_order(dispatcher.tenant)
    session, _ = make_session(dispatcher.tenant)
    page = open_console(reverse("sessions"), theme=theme)
    addresses = [
        reverse("sessions"),
        reverse("password-change"),
        reverse("console:order", args=[order.code]),
        reverse("console:order-events", args=[order.code]),
        reverse("console:order-new"),
        reverse("console:routes"),
        reverse("console:route-new"),
        reverse("console:route", args=[session.route.label]),
        reverse("console:route-edit", args=[session.route.label]) + "?step=orders",
        reverse("console:session", args=[session.label]),
    ]
    faults = {}
    for address in addresses:
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        faults[address] = serious_faults(page)
    # What lies outside the frame.
    page.goto("/nothing/like/this/")
    faults["not found"] = serious_faults(page)
    page.context.clear_cookies(name="sessionid")
    page.goto(reverse("sign-in"))
    faults["sign-in"] = serious_faults(page)
    page.get_by_label("Email address").fill("nobody@example.test")
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    faults["sign-in refused"] = serious_faults(page)
    assert not any(faults.values()), faults
