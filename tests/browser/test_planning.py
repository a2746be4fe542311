"""Planning in the browser: work trips out, look at them, apply them, take them back; and insert one late order."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dispatch_console.core import clock
from dispatch_console.core.models import Membership
from orders import commands
from orders.actions import Hold, PickUp
from orders.models import Order
from orders.states import Status
from routes.commands import plans, trip_stops, trips
from routes.commands.trip_layout import PlannedStop
from routes.models import PlanRun, PlanState, Trip, TripStatus
from routes.plans import work
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.factories import make_actor
from tests.routes.test_plans import driver, order

PLANNING = "/console/planning/"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is handed to a worker is worked out at once."""
    monkeypatch.setattr(plans, "enqueue", lambda run: work.work_on(run, work.actor_of(run), iterations=60))


def panel(page: Page):
    return page.get_by_role("region", name="Plan", exact=True)


def test_trips_are_worked_out_looked_at_applied_and_taken_back(
    open_console: OpenConsole, dispatcher: Membership, worker: None
) -> None:
    tenant = dispatcher.tenant
    driver(tenant, "Ann", at=(47.14, 9.52))
    driver(tenant, "Ben", at=(47.20, 9.52))
    near = [order(tenant, north=0.01 * n) for n in range(1, 4)]
    hopeless = order(tenant, minutes=1)
    nowhere = order(tenant, pickup_latitude=None, pickup_longitude=None)

    page = open_console(PLANNING)
    expect(panel(page).get_by_text("5 orders")).to_be_visible()
    expect(panel(page).get_by_text("2 chosen")).to_be_visible()
    panel(page).get_by_role("button", name="Work out trips").click()

    expect(page).to_have_url(re.compile(f"{PLANNING}\\d+/$"))
    figures = panel(page).get_by_role("region", name="The plan in figures")
    expect(figures).to_contain_text("3planned2 left out")
    panel(page).locator("summary", has_text="Ann").click()
    stops = panel(page).get_by_role("list", name="Stops of Ann")
    expect(stops.get_by_role("button", name=near[0].code)).to_have_count(2)
    expect(page.locator(".plan-mark:not(.dot)").first).to_be_visible()
    panel(page).get_by_role("button", name="Left out 2").click()
    left = panel(page).get_by_role("region", name="Left out")
    expect(left).to_contain_text("later than promised")
    expect(left.get_by_role("listitem").filter(has_text=nowhere.code)).to_contain_text("no place on the map")
    expect(left.get_by_role("listitem").filter(has_text=hopeless.code)).to_contain_text("Nearest way")
    assert serious_faults(page) == []

    panel(page).get_by_role("button", name=re.compile("^Apply")).click()
    expect(panel(page).get_by_text("Applied by")).to_be_visible()
    assert {each.status for each in Order.objects.filter(code__in=[each.code for each in near])} == {Status.ASSIGNED}
    panel(page).get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Take the plan back").click()
    expect(panel(page).get_by_text("Taken back")).to_be_visible()
    eventually(lambda: not Trip.objects.exclude(status=TripStatus.CANCELLED).exists())


def test_a_late_order_is_inserted_from_its_drawer_and_the_world_may_move(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    driver(tenant, "Ann", at=(47.14, 9.52))
    driver(tenant, "Ben", at=(47.30, 9.52))
    late = order(tenant)

    page = open_console(f"/console/orders/{late.code}/", theme="dark")
    page.get_by_role("button", name="Insert into a trip").click()
    choices = panel(page).get_by_role("region", name="Who could take it")
    expect(choices.get_by_role("listitem").first).to_contain_text("Ann")
    choices.get_by_role("listitem").filter(has_text="Ben").get_by_role("button", name="Take this").click()
    expect(choices.get_by_role("listitem")).to_have_count(1)
    expect(choices).to_contain_text("Ben")

    Order.objects.filter(pk=late.pk).update(version=late.version + 1, due_at=clock.now() + timedelta(hours=9))
    panel(page).get_by_role("button", name=re.compile("^Apply")).click()
    expect(panel(page).get_by_role("alert")).to_contain_text(f"Ben: {late.code} was changed.")
    assert not Trip.objects.exists()
    assert not PlanRun.objects.filter(state=PlanState.APPLIED).exists()


def test_what_still_holds_of_a_plan_is_applied_without_the_driver_whose_work_has_changed(
    open_console: OpenConsole, dispatcher: Membership, worker: None
) -> None:
    tenant = dispatcher.tenant
    driver(tenant, "Ann", at=(47.14, 9.52))
    driver(tenant, "Ben", at=(47.00, 9.52))
    near, south = order(tenant), order(tenant, north=-0.1, pickup_latitude=47.00)
    page = open_console(PLANNING)
    panel(page).get_by_role("button", name="Work out trips").click()
    apply = panel(page).get_by_role("button", name="Apply: 2 trips")
    expect(apply).to_be_visible()

    commands.perform(Hold(reason="Wrong address"), code=near.code, actor=make_actor(tenant))
    apply.click()
    expect(panel(page).get_by_role("alert")).to_contain_text(f"Ann: {near.code}")
    panel(page).get_by_role("button", name="Apply the other trip").click()
    expect(panel(page).get_by_text("Applied by")).to_be_visible()
    assert Order.objects.get(pk=south.pk).driver.name == "Ben"
    assert Order.objects.get(pk=near.pk).driver is None


def test_a_trip_is_put_into_a_better_sequence(open_console: OpenConsole, dispatcher: Membership) -> None:
    tenant = dispatcher.tenant
    ann = driver(tenant, "Ann", at=(47.14, 9.52))
    far, near = order(tenant, north=0.05), order(tenant, north=0.01)
    actor = make_actor(tenant)
    trip = trips.create(trip_type="mixed", orders=[far.code, near.code], driver_id=ann.pk, actor=actor).trip

    page = open_console(f"/console/trips/{trip.label}/")
    page.get_by_role("button", name="Re-sequence").click()
    expect(panel(page)).to_contain_text("Sequence: plan")
    expect(panel(page)).to_contain_text(f"{trip.label} · ")
    panel(page).get_by_role("button", name="Apply: 1 trip").click()
    expect(panel(page).get_by_text("Applied by")).to_be_visible()
    places = trip.stops.order_by("place").values_list("order__code", "kind")
    assert [code for code, kind in places if kind == "dropoff"] == [near.code, far.code]

    # On the way, too: what is left of it.
    for each in (near, far):
        commands.perform(PickUp(), code=each.code, actor=actor)
    wanted = [PlannedStop(each.code, "dropoff") for each in (far, near)]
    trip_stops.reorder(trip.label, stops=wanted, actor=actor)
    page.goto(page.url.partition("/console/")[0] + f"/console/trips/{trip.label}/")
    page.get_by_role("button", name="Re-sequence").click()
    panel(page).get_by_role("button", name="Apply: 1 trip").click()
    expect(panel(page).get_by_text("Applied by")).to_be_visible()
    left = trip.stops.filter(kind="dropoff").order_by("place").values_list("order__code", flat=True)
    assert list(left) == [near.code, far.code]

    # Taken back after somebody changed it by hand: the page says what stayed.
    trip_stops.reorder(trip.label, stops=wanted, actor=make_actor(tenant, label="Olga Beck"))
    panel(page).get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Take the plan back").click()
    expect(
        panel(page).get_by_text(f"Trip {trip.label} was changed by Olga Beck since and stays as it is.")
    ).to_be_visible()
    assert serious_faults(page) == []
