"""The driver's page in a browser of a phone's size: a delivery, work without network, what a phone asks of an app."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver, DriverPosition, Shift
from orders import commands
from orders.actions import Assign, Cancel
from orders.actions.pin import pin_of
from orders.models import Collection, Order, Proof
from orders.states import Payer, PaymentMethod, Status
from tests.browser.conftest import eventually, serious_faults
from tests.factories import (
    PASSWORD,
    make_actor,
    make_driver,
    make_member,
    make_order,
    make_picture,
    make_policy,
    make_service,
    make_tenant,
    make_user,
)
from tests.routes.lanes import make_route, make_session

PHONE = {"width": 360, "height": 740}
PIXEL = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
VADUZ = {"latitude": 47.1393, "longitude": 9.5228, "accuracy": 9}

OpenPhone = Callable[[], Page]


@pytest.fixture
def dana(transactional_db: None) -> Driver:
    tenant = make_tenant(name="Rhine Couriers", drivers_accept=False)
    user = make_user(email="dana@example.test")
    make_member(tenant, RoleKind.DRIVER, user=user)
    return make_driver(tenant, name="Dana Frei", user=user)


@pytest.fixture
def open_phone(asgi_server: str, new_context: Callable[..., Any]) -> OpenPhone:
    """`open_phone()` -> the page before anybody has signed in."""

    def open_page() -> Page:
        context: BrowserContext = new_context(
            base_url=asgi_server, has_touch=True, user_agent=PIXEL, permissions=["geolocation"], geolocation=VADUZ
        )
        page = context.new_page()
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto(reverse("drive"))
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    return open_page


def sign_in(page: Page) -> None:
    page.get_by_label("Email address").fill("dana@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Work", exact=True)).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def confirm(page: Page, name: str) -> None:
    """The button of the sheet, which closes when what it asked for is there."""
    button = page.get_by_role("dialog").get_by_role("button", name=name, exact=True)
    button.click()
    expect(button).to_have_count(0)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Screens").get_by_role("link", name=name).click()


def refresh(page: Page) -> None:
    """What the page does by itself every 15 seconds."""
    page.evaluate("import('drive/work').then((work) => work.refresh())")


def sign(page: Page) -> None:
    pad = page.get_by_role("img", name="Signature pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 70)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 40 + step * 25, box["y"] + 70 - (step % 3) * 20)
    page.mouse.up()
    expect(page.get_by_role("img", name="Signature pad, signed")).to_be_visible()


def test_a_phone_is_enough_to_be_a_driver(open_phone: OpenPhone, dana: Driver) -> None:
    dana.tenant.drivers_accept = True
    dana.tenant.save()
    policy = make_policy(dana.tenant, delivery_photo=True, delivery_signature=True, delivery_pin=True)
    order = make_order(
        dana.tenant,
        service_id=make_service(dana.tenant, policy=policy).pk,
        payment_method=PaymentMethod.COD,
        payer=Payer.RECEIVER,
        cod_amount=Decimal("48.20"),
        delivery_fee=Decimal("9.50"),
        dropoff_phone="+423 232 11 22",
    )
    dispatcher = make_actor(dana.tenant)
    page = open_phone()
    sign_in(page)

    press(page, "Start shift")
    confirm(page, "Start shift")
    confirm(page, "Share my position")
    assert Shift.objects.filter(driver=dana, ended_at__isnull=True).exists()

    commands.perform(Assign(driver_id=dana.pk), code=order.code, actor=dispatcher)
    refresh(page)
    press(page, "Accept")
    page.get_by_role("link", name=order.code).click()
    # The way there is the phone's business: a link, and no request to anybody.
    expect(page.get_by_role("link", name="Navigate")).to_have_attribute("href", re.compile(r"geo:47\.139300,9\.522800"))
    press(page, "I am there")
    press(page, "Picked up")
    press(page, "Start to the receiver")
    expect(page.get_by_role("link", name="Call")).to_have_attribute("href", "tel:+4232321122")
    press(page, "I am there")

    press(page, "Delivered")
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Delivered", exact=True).click()
    expect(sheet.get_by_text("Take a photo first.")).to_be_visible()
    photo = {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": make_picture((2400, 1800))}
    sheet.locator("input[type=file]").set_input_files([photo])  # type: ignore[list-item]
    expect(sheet.get_by_role("img", name="Photo 1")).to_be_visible()
    sign(page)
    wrong = "0000" if pin_of(order) != "0000" else "1111"
    sheet.get_by_label("PIN of the receiver").fill(wrong)
    sheet.get_by_label("I have CHF").check()
    confirm(page, "Delivered")
    # A wrong PIN is answered with the server's sentence; photo and signature need not be taken again.
    expect(page.get_by_role("alert").get_by_text("4 tries are left")).to_be_visible()
    press(page, "Delivered")
    expect(sheet.get_by_text("of your last try is kept")).to_have_count(2)
    sheet.get_by_label("PIN of the receiver").fill(pin_of(order))
    sheet.get_by_label("I have CHF").check()
    sheet.get_by_label("Who took it").fill("A. Beck")
    confirm(page, "Delivered")

    expect(page.get_by_role("heading", name="Work", exact=True)).to_be_visible()
    eventually(lambda: Collection.objects.filter(order=order).exists())
    done = Order.objects.visible_to(dispatcher).get(pk=order.pk)
    assert (done.status, done.received_by) == (Status.DELIVERED, "A. Beck")
    shown = Proof.objects.filter(order=order, attached_at__isnull=False, superseded_at__isnull=True)
    assert sorted(shown.values_list("kind", flat=True)) == ["photo", "pin", "signature"]
    assert shown.get(kind="photo").width == 1600  # made small on the phone
    assert Collection.objects.get(order=order).amount == Decimal("57.70")
    open_tab(page, "You")
    expect(page.get_by_text("CHF 57.70")).to_be_visible()
    eventually(lambda: DriverPosition.objects.filter(driver=dana).exists())

    # Nothing of the driver stays on a phone that is handed on.
    press(page, "Sign out")
    confirm(page, "Sign out")
    expect(page.get_by_label("Email address")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Email address")).to_be_visible()


def test_work_goes_on_without_network_and_is_done_once(open_phone: OpenPhone, dana: Driver) -> None:
    first, second = (
        make_order(dana.tenant, driver=dana, status=Status.ASSIGNED, dropoff_address=address)
        for address in ("Landstrasse 98, Triesen", "Dorfstrasse 2, Ruggell")
    )
    page = open_phone()
    sign_in(page)
    press(page, "Start shift")
    # What needs the server says so in front of the sheet, which stays.
    sheet = page.get_by_role("dialog")
    page.context.set_offline(True)
    sheet.get_by_role("button", name="Start shift", exact=True).click()
    expect(sheet.get_by_text("There is no connection to the server.")).to_be_visible()
    page.context.set_offline(False)
    confirm(page, "Start shift")
    sheet.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name=second.code)).to_be_visible()
    controlled = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
    eventually(lambda: bool(page.evaluate(controlled)))

    page.context.set_offline(True)
    page.reload()
    page.get_by_role("link", name=first.code).click()
    for button in ("I am there", "Picked up", "Start to the receiver", "I am there", "Delivered"):
        press(page, button)
    photo = {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": make_picture()}
    sheet.locator("input[type=file]").set_input_files([photo])  # type: ignore[list-item]
    expect(sheet.get_by_role("img", name="Photo 1")).to_be_visible()
    confirm(page, "Delivered")
    page.get_by_role("link", name=second.code).click()
    press(page, "I am there")
    press(page, "Picked up")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="7 waiting to be sent, no connection").click()
    # A wrong tap that has not left the phone is taken back: the last act of an order first.
    expect(page.get_by_role("button", name="Take back")).to_have_count(2)
    page.get_by_role("button", name="Take back").first.click()
    confirm(page, "Take back")
    expect(page.get_by_role("heading", name="6 waiting to be sent")).to_be_visible()
    # It is on the phone, not in the page.
    page.reload()
    expect(page.get_by_role("heading", name="6 waiting to be sent")).to_be_visible()
    expect(page.locator("[data-verdict=waiting]")).to_have_count(6)
    expect(page.get_by_text("Also waiting: 1 picture")).to_be_visible()

    # Meanwhile the world has changed, and the first answer gets lost on its way.
    commands.perform(Cancel(reason="Customer changed their mind"), code=second.code, actor=make_actor(dana.tenant))
    page.evaluate(
        """() => {
            const real = window.fetch;
            let lost = false;
            window.fetch = async (address, options) => {
                const answer = await real(address, options);
                if (lost || !address.endsWith("/sync/")) return answer;
                lost = true;
                throw new TypeError("the line broke");
            };
        }"""
    )
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible()
    expect(page.locator("[data-verdict=done]")).to_have_count(5)
    changed = page.locator("[data-verdict=changed]")
    expect(changed).to_have_count(1)
    expect(page.locator("[data-verdict=taken_back]")).to_have_count(1)
    expect(changed).to_contain_text(f"Order {second.code} was cancelled (Customer changed their mind)")

    seen = Event.objects.filter(stream="order", object_id=first.pk, source="driver_app").values_list("kind", flat=True)
    steps = ["arrived", "picked_up", "departed", "arrived", "delivered"]
    assert list(seen.order_by("version")) == [f"order.{step}" for step in steps]
    assert Proof.objects.get(order=first).attached_at is not None
    assert not Event.objects.filter(stream="order", object_id=second.pk, source="driver_app").exists()


def test_it_can_be_installed_and_used_by_everybody(open_phone: OpenPhone, dana: Driver) -> None:
    policy = make_policy(dana.tenant, pickup_photo=True, pickup_signature=True, pickup_barcode=True)
    order = make_order(
        dana.tenant, driver=dana, status=Status.ASSIGNED, service_id=make_service(dana.tenant, policy=policy).pk
    )
    page = open_phone()
    faults: dict[str, list[str]] = {}

    def look(name: str) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            faults[f"{name}, {scheme}"] = serious_faults(page)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            faults[f"{name}, {scheme}: width"] = ["It scrolls sideways."] if wide else []

    look("signed out")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Type your email address and your password.")
    sign_in(page)
    look("work")
    page.get_by_role("link", name=order.code).click()
    look("order")
    press(page, "Picked up")
    look("pick up")
    page.get_by_role("dialog").get_by_role("button", name="Back", exact=True).click()
    press(page, "I am there")
    page.get_by_role("link", name="Back").click()
    open_tab(page, "Sent")
    expect(page.locator("[data-verdict=done]")).to_have_count(1)
    look("sent")
    open_tab(page, "You")
    expect(page.get_by_role("heading", name="This phone")).to_be_visible()
    look("you")
    assert not any(faults.values()), faults

    debugger = page.context.new_cdp_session(page)
    assert debugger.send("Page.getAppManifest")["errors"] == []
    problems = [problem["errorId"] for problem in debugger.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert [problem for problem in problems if problem != "in-incognito"] == []


def test_a_run_of_a_route_moves_as_a_whole_and_says_when_it_needs_the_network(open_phone, dana):
    session, (one, two) = make_session(dana.tenant, route=make_route(dana.tenant, driver=dana, name="Hub to Triesen"))
    page = open_phone()
    sign_in(page)
    run = page.get_by_role("article", name=f"Route {session.label}")
    expect(run).to_contain_text("Hub to Triesen")
    expect(run).to_contain_text("2 orders")
    run.get_by_role("button", name="Start", exact=True).click()
    picked_up = run.get_by_role("button", name="Picked up", exact=True)
    expect(picked_up).to_be_visible()

    page.context.set_offline(True)
    expect(run).to_contain_text("Needs a connection")
    picked_up.click()
    expect(page.locator("#notice")).to_contain_text("moves as a whole, which needs a connection")
    page.context.set_offline(False)
    picked_up.click()
    run.get_by_role("button", name="In transit", exact=True).click()
    expect(run).to_contain_text("On the way")

    commands.perform(Cancel(reason="Not at home"), code=two.code, actor=make_actor(dana.tenant))
    run.get_by_role("button", name="Complete", exact=True).click()
    page.locator("dialog").get_by_role("button", name="Complete", exact=True).click()
    expect(run).to_have_count(0)
    assert {order.code: order.status for order in Order.objects.all()} == {
        one.code: Status.DELIVERED,
        two.code: Status.CANCELLED,
    }
    session.refresh_from_db()
    assert session.status == "completed"
