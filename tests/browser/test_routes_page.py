"""Routes in the browser: a lane is made and filled, its run goes step by step, an order joins from its drawer."""

import pytest
from playwright.sync_api import expect

from drivers.models import Driver
from orders.states import Payer, PaymentMethod, Status
from routes.models import Route, RouteSession, SessionStatus
from tests.browser.order_pages import choose, dialog, drawer, order_address, toast, wait_until_live
from tests.factories import make_order, make_warehouse
from tests.routes.lanes import fresh, make_route, make_session, make_van_driver

pytestmark = pytest.mark.services


@pytest.fixture
def dana(dispatcher) -> Driver:
    return make_van_driver(dispatcher.tenant, name="Dana Frick")


def test_a_lane_is_made_with_its_schedule_and_takes_the_orders_that_start_there(open_console, dispatcher, dana):
    tenant = dispatcher.tenant
    hub = make_warehouse(tenant, name="Schaan hub")
    order = make_order(
        tenant, pickup_address="", pickup_latitude=None, pickup_longitude=None, pickup_warehouse_id=hub.pk
    )
    page = open_console("/console/routes/")
    page.keyboard.press("n")
    page.get_by_label("Name", exact=True).fill("Hub to Triesen")
    page.get_by_label("Pickup warehouse").select_option(str(hub.pk))
    choose(page, "Dropoff address", "Städtle Vaduz", "Städtle")
    for day in ("Mon", "Fri"):
        page.get_by_text(day, exact=True).click()
    page.get_by_label("Time").fill("07:30")
    choose(page, "Driver", "Dana", "Dana Frick")
    page.keyboard.press("Control+Enter")

    box = page.locator(f'.picker-row[data-code="{order.code}"]')
    box.get_by_role("checkbox").check()
    expect(page.get_by_role("button", name="Add 1 ticked")).to_be_enabled()
    # What is ticked joins although nobody pressed the button before going on.
    page.get_by_role("link", name="Done").click()

    expect(page.get_by_role("link", name="R0001-1").first).to_be_visible()
    expect(page.locator("[data-section=facts]")).to_contain_text("Mon, Fri 07:30")
    route = Route.objects.get()
    assert (route.schedule_days, route.driver, route.pickup_warehouse) == ([1, 5], dana, hub)
    assert fresh(order).driver_id == dana.pk


def test_a_run_goes_step_by_step_to_its_end_and_asks_about_the_cash(open_console, dispatcher, dana):
    session, (one, two) = make_session(dispatcher.tenant, route=make_route(dispatcher.tenant, driver=dana))
    page = open_console(f"/console/sessions/{session.label}/")
    lane = open_console(f"/console/routes/{session.route.label}/")
    for each in (page, lane):
        wait_until_live(each)
    for key, button, status in (
        ("s", "Start", "Started"),
        ("p", "Picked up", "Picked up"),
        ("i", "In transit", "In transit"),
    ):
        page.keyboard.press(key)
        dialog(page).get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".group-head .pill").first).to_have_text(status)
    expect(page.locator(f'[data-order="{one.code}"]')).to_contain_text("In transit")
    expect(lane.locator("[data-section=sessions]")).to_contain_text("In transit")
    expect(page.locator(".group-refused")).to_contain_text("this is possible until the pickup only")
    page.keyboard.press("d")
    dialog(page).get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator(".group-head .pill").first).to_have_text("Completed")
    assert [fresh(order).status for order in (one, two)] == [Status.DELIVERED] * 2


def test_cash_is_confirmed_in_the_dialog_before_a_session_is_completed(open_console, dispatcher, dana):
    from decimal import Decimal

    from routes.commands import session_opening, session_steps
    from tests.factories import make_actor

    tenant, actor = dispatcher.tenant, make_actor(dispatcher.tenant)
    order = make_order(
        tenant,
        payment_method=PaymentMethod.COD,
        payer=Payer.RECEIVER,
        cod_amount=Decimal("40.00"),
        delivery_fee=Decimal(0),
    )
    label = session_opening.add_orders(make_route(tenant, driver=dana).label, [order.code], actor=actor).group.label
    for step in (session_steps.start, session_steps.pick_up, session_steps.depart):
        step(label, actor=actor)
    page = open_console(f"/console/sessions/{label}/")
    page.keyboard.press("d")
    dialog(page).get_by_role("button", name="Complete", exact=True).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("CHF 40.00 are to be collected")
    dialog(page).get_by_role("checkbox").check()
    dialog(page).get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator(".group-head .pill").first).to_have_text("Completed")
    assert RouteSession.objects.get().status == SessionStatus.COMPLETED


def test_an_order_joins_a_route_from_its_drawer_and_leaves_it_by_undo(open_console, dispatcher, dana):
    route = make_route(dispatcher.tenant, driver=dana, name="Oberland")
    order = make_order(dispatcher.tenant)
    page = open_console(order_address(order))
    drawer(page).get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Add to route").click()
    expect(page.get_by_label("Route", exact=True)).to_contain_text("Oberland · Dana Frick")
    page.get_by_role("button", name="Add to route").click()
    expect(toast(page)).to_contain_text(f"{order.code} is in session {route.label}-1 now")
    assert fresh(order).held_by == f"session:{route.label}-1"
    toast(page).get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("left session")
    assert (fresh(order).status, fresh(order).held_by) == (Status.PENDING, "")


def test_a_step_done_by_a_slip_is_taken_back_from_its_message(open_console, dispatcher, dana):
    tenant = dispatcher.tenant
    session, orders = make_session(tenant, route=make_route(tenant, driver=dana), status=SessionStatus.IN_TRANSIT)
    page = open_console(f"/console/sessions/{session.label}/")
    page.keyboard.press("d")
    dialog(page).get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator(".group-head .pill").first).to_have_text("Completed")
    toast(page).get_by_role("button", name="Undo").click()
    expect(page.locator(".group-head .pill").first).to_have_text("In transit")
    expect(toast(page)).to_contain_text(f"session {session.label} is as it was")
    expect(page.get_by_text("Step taken back: in transit again")).to_be_visible()
    assert {fresh(order).status for order in orders} == {Status.IN_TRANSIT}
