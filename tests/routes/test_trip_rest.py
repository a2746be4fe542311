"""A trip that is driven gets another sequence for what is left; what is finished stays first and as it was."""

import pytest

from dispatch_console.core.errors import Invalid, Refused, Stale
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver
from orders.actions import Cancel, Deliver, Depart, PickUp
from orders.models import Order
from orders.sequence import work_in_order
from routes.commands import trip_stops
from routes.models import Trip, TripType
from tests import factories
from tests.orders.api import Api, refusal
from tests.orders.test_races import race
from tests.routes.test_trip_properties import assert_sound
from tests.routes.test_trips import act, kinds, make_trip, planned, refused, stops, trip_now, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def dana(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Dana", user=factories.make_user())


@pytest.fixture
def alice(tenant: Tenant):
    return factories.make_actor(tenant, label="Alice")


def on_the_way(actor, tenant: Tenant, codes: list[str], driver: Driver, trip_type=TripType.MULTI_DROPOFF) -> Trip:
    """Everything is on board."""
    trip = make_trip(actor, codes, driver=driver, trip_type=trip_type)
    for code in codes:
        act(PickUp(), code, tenant)
        act(Depart(), code, tenant)
    return trip


def test_what_is_left_changes_places_and_the_drivers_list_follows_at_once(tenant, dana, alice) -> None:
    one, two, three = waiting(tenant, 3)
    trip = on_the_way(alice, tenant, [one, two, three], dana)
    act(Deliver(note="At the door"), one, tenant)
    fetched = [f"P{one}", f"P{two}", f"P{three}"]
    assert stops(trip) == [*fetched, f"D{one}", f"D{two}", f"D{three}"]
    wanted = planned(*fetched, f"D{one}", f"D{three}", f"D{two}")
    done = trip_stops.reorder(trip.label, stops=wanted, version=2, actor=alice)
    assert stops(trip) == [*fetched, f"D{one}", f"D{three}", f"D{two}"]
    assert [found.code for found in work_in_order(dana.pk)] == [three, two]
    assert kinds(trip) == ["trip.created", "trip.started", "trip.reordered"]
    assert done.event.data["before"]["stops"] != done.event.data["after"]["stops"]
    refused(Stale, "stale_version", lambda: trip_stops.reorder(trip.label, stops=wanted, version=2, actor=alice))


def test_it_is_enough_to_name_what_is_left(tenant, dana, alice) -> None:
    one, two = waiting(tenant, 2)
    trip = make_trip(alice, [one, two], driver=dana, trip_type=TripType.MIXED)
    act(PickUp(), one, tenant)
    trip_stops.reorder(trip.label, stops=planned(f"P{two}", f"D{two}", f"D{one}"), actor=alice)
    assert stops(trip) == [f"P{one}", f"P{two}", f"D{two}", f"D{one}"]
    wrong = planned(f"D{two}", f"P{two}", f"D{one}")
    refused(Refused, "pickup_after_dropoff", lambda: trip_stops.reorder(trip.label, stops=wrong, actor=alice))
    for some in (planned(f"P{two}", f"D{two}"), planned(f"P{two}", f"D{two}", f"D{one}", f"D{one}")):
        refused(Invalid, "invalid", lambda some=some: trip_stops.reorder(trip.label, stops=some, actor=alice))
    foreign = planned(f"P{two}", f"D{two}", f"D{one}", "PNOPE", "DNOPE")
    refused(Invalid, "invalid", lambda: trip_stops.reorder(trip.label, stops=foreign, actor=alice))


def test_a_driver_who_went_on_meanwhile_is_not_overruled(tenant, dana, alice) -> None:
    one, two, three = waiting(tenant, 3)
    trip = on_the_way(alice, tenant, [one, two, three], dana)
    fetched = [f"P{one}", f"P{two}", f"P{three}"]
    act(Deliver(note="At the door"), one, tenant)  # while Alice arranges the doors
    for wanted in (
        planned(*fetched, f"D{three}", f"D{one}", f"D{two}"),
        planned(f"D{three}", f"D{one}", f"D{two}"),
        planned(*fetched[::-1], f"D{one}", f"D{two}", f"D{three}"),
    ):
        error = refused(Refused, "stop_finished", lambda w=wanted: trip_stops.reorder(trip.label, stops=w, actor=alice))
        assert "is finished" in error.message
    assert kinds(trip) == ["trip.created", "trip.started"]
    # Where the driver did what the dispatcher wanted, too, nothing stands against it.
    trip_stops.reorder(trip.label, stops=planned(*fetched, f"D{one}", f"D{three}", f"D{two}"), actor=alice)


def test_what_was_done_out_of_turn_comes_to_the_front_whatever_the_type_says(tenant, dana, alice) -> None:
    one, two = waiting(tenant, 2)
    trip = make_trip(alice, [one, two], driver=dana)
    act(PickUp(), one, tenant)
    act(Deliver(note="Next door"), one, tenant)
    trip_stops.reorder(trip.label, stops=planned(f"P{one}", f"P{two}", f"D{two}", f"D{one}"), actor=alice)
    assert stops(trip) == [f"P{one}", f"D{one}", f"P{two}", f"D{two}"]
    trip_stops.remove(trip.label, orders=[two], actor=alice)
    assert stops(trip) == [f"P{one}", f"D{one}"]


def test_a_package_to_bring_back_is_still_to_do_and_a_cancelled_stop_is_not(tenant, dana, alice) -> None:
    one, two, three = waiting(tenant, 3)
    trip = make_trip(alice, [one, two, three], driver=dana)
    act(PickUp(), one, tenant)
    act(Cancel(reason="Customer", note="x"), one, tenant)
    act(Cancel(reason="Customer", note="x"), three, tenant)
    trip_stops.reorder(trip.label, stops=planned(f"P{two}", f"D{two}", f"D{one}"), actor=alice)
    assert stops(trip) == [f"P{one}", f"P{three}", f"D{three}", f"P{two}", f"D{two}", f"D{one}"]


def test_over_the_api_with_undo_and_within_the_rights(tenant, dana, alice) -> None:
    one, two = waiting(tenant, 2)
    trip = on_the_way(alice, tenant, [one, two], dana)
    api, address = Api(tenant), f"trips/{trip.label}/"
    offer = next(act for act in api.get(address).json()["actions"] if act["name"] == "reorder")
    assert offer["is_allowed"]
    wanted = [{"order": code, "kind": "dropoff"} for code in (two, one)]
    observer = Api(tenant, membership=factories.make_member(tenant, RoleKind.OBSERVER))
    refusal(observer.post(f"{address}reorder/", {"stops": wanted}), 403)
    answer = api.post(f"{address}reorder/", {"stops": wanted, "version": 2}, Idempotency_Key="turn").json()
    assert stops(trip)[2:] == [f"D{two}", f"D{one}"]
    again = api.post(f"{address}reorder/", {"stops": wanted, "version": 2}, Idempotency_Key="turn")
    assert again["Idempotent-Replay"] == "true"
    undo = answer["undo"]
    assert (undo["method"], undo["body"]["stops"]) == ("POST", wanted[::-1])
    assert api.client.post(undo["url"], undo["body"], content_type="application/json").status_code == 200
    assert stops(trip)[2:] == [f"D{one}", f"D{two}"]
    for code in (one, two):
        act(Deliver(note="x"), code, tenant)
    refusal(api.post(f"{address}reorder/", {"stops": wanted}), 409, "trip_over")


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_a_delivery_and_a_new_sequence_at_the_same_moment_leave_a_sound_trip() -> None:
    tenant = factories.make_tenant()
    dana, alice = factories.make_driver(tenant), factories.make_actor(tenant)
    codes = waiting(tenant, 3)
    trip = on_the_way(alice, tenant, codes, dana)
    wanted = planned(*(f"D{code}" for code in reversed(codes)))
    acts = [
        lambda: act(Deliver(note="x"), codes[0], tenant),
        lambda: trip_stops.reorder(trip.label, stops=wanted, actor=alice),
    ]
    race(2, lambda i: acts[i]())
    assert_sound(tenant)
    assert Order.objects.get(code=codes[0]).status == "delivered"
    moved = Event.objects.filter(kind="trip.reordered").exists()
    last = [f"D{code}" for code in (reversed(codes) if moved else codes)]
    assert [name for name in stops(trip_now(trip)) if name.startswith("D")] == last
