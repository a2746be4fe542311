"""Trips in the console: made step by step, put in sequence with mouse and keys, and changed while others look on."""

import re

from playwright.sync_api import Locator, Page, Route, expect

from dispatch_console.core.models import Membership
from dispatch_console.core.permissions import PERMISSIONS
from orders import commands
from orders.actions import Deliver, PickUp
from orders.models import Order
from orders.sequence import work_in_order
from orders.states import Status
from routes.commands import trips
from routes.commands.trip_layout import PlannedStop
from routes.models import Trip, TripStatus, TripType
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.browser.order_pages import choose, dialog, drawer, order_address, toast, wait_until_live
from tests.factories import make_actor, make_driver, make_order, make_trip

TRIPS = "/console/trips/"


def stops(page: Page) -> Locator:
    return page.get_by_role("list", name=re.compile("Stops of"))


def shown(page: Page) -> list[str]:
    """Such as `pickup D-10001`, as the page has them."""
    items = stops(page).get_by_role("listitem")
    return items.evaluate_all("items => items.map(({ dataset }) => `${dataset.kind} ${dataset.order}`)")


def stored(trip: Trip) -> list[str]:
    return [f"{kind} {code}" for kind, code in trip.stops.order_by("place").values_list("kind", "order__code")]


def stop(page: Page, kind: str, code: str) -> Locator:
    return stops(page).locator(f"li[data-kind={kind}][data-order='{code}']")


def test_a_trip_is_planned_in_steps_and_put_in_sequence_by_keyboard(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    dana = make_driver(tenant, name="Dana Frick")
    first, second = (make_order(tenant).code for _ in range(2))
    page = open_console(TRIPS, theme="dark")
    expect(page.get_by_role("heading", name="No trip yet")).to_be_visible()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/trips/new/$"))
    page.get_by_text("Mixed", exact=True).click()
    choose(page, "Driver", "Dana", "Dana Frick")
    page.get_by_label("Notes").fill("Market day")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Orders that fit")).to_be_visible()
    for code in (first, second):
        page.get_by_role("checkbox", name=re.compile(code)).check()
    page.get_by_role("button", name="Add 2 ticked").click()
    expect(page.get_by_role("button", name=f"Take {second} out")).to_be_visible()
    page.keyboard.press("Control+Enter")

    trip = Trip.objects.get()
    assert (trip.driver, trip.type, trip.notes) == (dana, TripType.MIXED, "Market day")
    assert set(Order.objects.values_list("status", "driver")) == {(Status.ASSIGNED, dana.pk)}
    expect(stops(page).get_by_role("listitem")).to_have_count(4)
    assert serious_faults(page, without=(".leaflet-container",)) == []
    last = shown(page)[-1].split()[1]
    stop(page, "pickup", last).focus()
    page.keyboard.press("Alt+ArrowUp")
    wanted = shown(page)
    assert wanted.index(f"pickup {last}") == 1
    eventually(lambda: stored(trip) == wanted)
    expect(toast(page)).to_contain_text("in the new order")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(f"{TRIPS}{trip.label}/$"))
    expect(page.get_by_role("link", name="Dana Frick")).to_be_visible()
    assert shown(page) == wanted


def test_the_server_has_the_last_word_on_the_sequence_and_names_who_was_faster(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    first, second, third = (make_order(tenant).code for _ in range(3))
    trip = make_trip(tenant, [first, second], trip_type=TripType.MIXED)
    page = open_console(f"{TRIPS}{trip.label}/")
    other = open_console(f"{TRIPS}{trip.label}/")
    wait_until_live(page)
    before = stored(trip)
    assert before == [f"pickup {first}", f"dropoff {first}", f"pickup {second}", f"dropoff {second}"]

    # A dropoff dragged before its own pickup goes back to its place, and the order is named.
    stop(page, "dropoff", second).drag_to(stop(page, "pickup", first), target_position={"x": 300, "y": 2})
    expect(page.get_by_text(f"Order {second} would be delivered before it is picked up.")).to_be_visible()
    assert shown(page) == before == stored(trip)

    stop(page, "pickup", second).drag_to(stop(page, "pickup", first), target_position={"x": 300, "y": 2})
    wanted = [f"pickup {second}", f"pickup {first}", f"dropoff {first}", f"dropoff {second}"]
    eventually(lambda: stored(trip) == wanted)
    eventually(lambda: shown(other) == wanted)  # who looks on sees it, too
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: stored(trip) == before == shown(page) == shown(other))

    # Made on an older picture: what Olga did is named, and kept.
    def withhold(route: Route) -> None:
        route.abort() if route.request.resource_type == "fetch" and route.request.method == "GET" else route.continue_()

    page_address = re.compile(rf"{TRIPS}{trip.label}/$")
    other.route(page_address, withhold)  # the change is not on the other screen yet
    olga = make_actor(tenant, label="Olga Beck")
    trips.edit(trip.label, notes="Via the bridge", actor=olga)
    trips.replan(trip.label, stops=_with(trip, third), version=None, actor=olga)
    eventually(lambda: len(shown(page)) == 6)
    stop(other, "pickup", second).focus()
    other.keyboard.press("Alt+ArrowUp")
    expect(other.get_by_text("was changed by Olga Beck since you opened it")).to_be_visible()
    other.unroute(page_address)
    other.reload()
    eventually(lambda: shown(other) == stored(trip) and len(shown(other)) == 6)


def _with(trip: Trip, code: str) -> list[PlannedStop]:
    there = trip.stops.order_by("place").values_list("order__code", "kind")
    return [*(PlannedStop(*row) for row in there), PlannedStop(code, "pickup"), PlannedStop(code, "dropoff")]


def test_orders_join_from_the_drawer_and_a_started_trip_passes_to_another_driver(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    dana, ben = make_driver(tenant, name="Dana Frick"), make_driver(tenant, name="Ben Marxer")
    first, second = make_order(tenant), make_order(tenant)
    trip = make_trip(tenant, [first], driver=dana)
    page = open_console(order_address(second))
    drawer(page).get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Add to trip").click()
    expect(page.get_by_role("option", name=re.compile(trip.label))).to_contain_text("Dana Frick")
    page.get_by_role("option", name=re.compile(trip.label)).click()
    expect(toast(page)).to_contain_text(f"1 order on {trip.label}, Dana Frick's.")
    drawer(page).get_by_role("link", name=f"trip {trip.label}").click()

    expect(page).to_have_url(re.compile(f"{TRIPS}{trip.label}/$"))
    wait_until_live(page)
    everybody = make_actor(tenant, permissions=frozenset(PERMISSIONS))
    commands.perform(PickUp(), code=first.code, actor=everybody)
    expect(page.get_by_text("Going there")).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()
    page.keyboard.press("a")
    expect(dialog(page)).to_be_visible()
    dialog(page).get_by_role("combobox").fill("Ben")
    dialog(page).get_by_role("option", name=re.compile("Ben Marxer")).click()
    dialog(page).get_by_label("Reason").fill("Fell ill")
    dialog(page).get_by_role("button", name="Change driver").click()
    expect(toast(page)).to_contain_text("passed from Dana Frick to Ben Marxer")
    assert set(Order.objects.values_list("driver", flat=True)) == {ben.pk}

    page.get_by_role("button", name=f"Take {second.code} out of the trip").first.click()
    page.get_by_role("button", name="Take out", exact=True).click()
    eventually(lambda: not Order.objects.get(pk=second.pk).held_by)
    assert Trip.objects.get().status == TripStatus.IN_PROGRESS
    expect(stops(page).get_by_role("listitem")).to_have_count(2)


def test_what_is_left_of_a_started_trip_is_put_in_sequence_while_the_driver_goes_on(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    dana = make_driver(tenant, name="Dana Frick")
    one, two, three = (make_order(tenant).code for _ in range(3))
    trip = make_trip(tenant, [one, two, three], driver=dana)
    everybody = make_actor(tenant, permissions=frozenset(PERMISSIONS))
    for code in (one, two, three):
        commands.perform(PickUp(), code=code, actor=everybody)
    page = open_console(f"{TRIPS}{trip.label}/")
    wait_until_live(page)
    fetched = [f"pickup {code}" for code in (one, two, three)]
    expect(page.get_by_text("Finished stops stay first.")).to_be_visible()
    expect(stop(page, "pickup", one).get_by_role("button", name="Later")).to_have_count(0)

    stop(page, "dropoff", three).focus()
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")  # not before what is finished
    wanted = [*fetched, f"dropoff {three}", f"dropoff {one}", f"dropoff {two}"]
    assert shown(page) == wanted
    eventually(lambda: stored(trip) == wanted)
    expect(stop(page, "dropoff", three)).to_contain_text("Going there")
    assert [found.code for found in work_in_order(dana.pk)] == [three, one, two]
    stop(page, "dropoff", two).drag_to(stop(page, "pickup", one), target_position={"x": 300, "y": 2})
    wanted = [*fetched, f"dropoff {two}", f"dropoff {three}", f"dropoff {one}"]
    eventually(lambda: stored(trip) == wanted == shown(page))
    assert serious_faults(page, without=(".leaflet-container",)) == []
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: stored(trip) == [*fetched, f"dropoff {three}", f"dropoff {one}", f"dropoff {two}"])
    eventually(lambda: shown(page) == stored(trip))

    # The driver is faster: what was delivered meanwhile does not move, and the page says so.
    page.route(re.compile(rf"{TRIPS}{trip.label}/$"), lambda route: route.abort())
    commands.perform(Deliver(note="At the door"), code=three, actor=everybody)
    stop(page, "dropoff", one).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(toast(page)).to_contain_text(f"The dropoff of {three} is finished")
