"""Trips under real concurrency: the last two orders, a plan against a pickup, and whole trips against single acts."""

import pytest

from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Event
from orders import commands, handover
from orders.actions import Cancel, Deliver, PickUp
from orders.models import Order
from orders.states import Status
from routes.commands import trip_driver, trip_stops, trips
from routes.models import Trip, TripStatus, TripType
from tests import factories
from tests.orders.test_races import race
from tests.routes.test_trip_properties import assert_sound

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_two_last_deliveries_at_the_same_moment_complete_the_trip_exactly_once():
    tenant = factories.make_tenant()
    dana, alice = factories.make_driver(tenant), factories.make_actor(tenant)
    codes = [factories.make_order(tenant).code for _ in range(4)]
    trip = trips.create(trip_type=TripType.MULTI_DROPOFF, orders=codes, driver_id=dana.pk, actor=alice).trip
    for code in codes:
        commands.perform(PickUp(), code=code, actor=alice)
    results = race(4, lambda i: commands.perform(Deliver(note="At the door"), code=codes[i], actor=alice))
    assert not any(isinstance(result, DomainError) for result in results)
    trip.refresh_from_db()
    assert trip.status == TripStatus.COMPLETED
    assert Event.objects.filter(kind="trip.completed", object_id=trip.pk).count() == 1
    assert Event.objects.filter(stream="trip", object_id=trip.pk).count() == trip.version == 3


def test_one_order_wanted_by_two_trips_is_in_one_of_them():
    tenant = factories.make_tenant()
    actors = [factories.make_actor(tenant) for _ in range(4)]
    code = factories.make_order(tenant).code
    rest = [factories.make_order(tenant).code for _ in range(4)]
    results = race(4, lambda i: trips.create(trip_type=TripType.MIXED, orders=[rest[i], code], actor=actors[i]))
    refusals = [result for result in results if isinstance(result, DomainError)]
    assert len(refusals) == 3
    assert {refusal.code for refusal in refusals} == {"in_trip"}
    assert Trip.objects.count() == 1
    assert Order.objects.get(code=code).held_by == Trip.objects.get().held_by


def test_everything_at_once_ends_in_a_sound_picture():
    tenant = factories.make_tenant()
    dana, ben = factories.make_driver(tenant, name="Dana"), factories.make_driver(tenant, name="Ben")
    alice = factories.make_actor(tenant)
    codes = [factories.make_order(tenant).code for _ in range(5)]
    late = factories.make_order(tenant, status=Status.ASSIGNED, driver=dana).code
    trip = trips.create(trip_type=TripType.MIXED, orders=codes, driver_id=dana.pk, actor=alice).trip
    other = trips.create(
        trip_type=TripType.MIXED, orders=[factories.make_order(tenant).code], driver_id=ben.pk, actor=alice
    ).trip
    acts = [
        lambda: commands.perform(PickUp(), code=codes[0], actor=alice),
        lambda: commands.perform(Cancel(reason="Late"), code=codes[1], actor=alice),
        lambda: trip_stops.add(trip.label, orders=[late], actor=alice),
        lambda: trip_stops.remove(trip.label, orders=[codes[2]], actor=alice),
        lambda: trip_driver.change_driver(trip.label, driver_id=ben.pk, reason="Fell ill", actor=alice),
        lambda: handover.hand_over(dana.pk, to_driver_id=ben.pk, reason="Fell ill", actor=alice),
        lambda: handover.hand_over(ben.pk, to_driver_id=dana.pk, reason="Back", actor=alice),
        lambda: trips.cancel(other.label, actor=alice),
    ]
    race(len(acts), lambda i: acts[i]())  # a deadlock or a broken constraint would be raised here
    assert_sound(tenant)
