"""Taking a plan back: its orders are with their earlier drivers again; what has moved on stays and says why."""

import pytest

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event, Tenant
from drivers.models import Driver
from orders import commands, rearrange, sequence
from orders.actions import Arrive, Assign, PickUp, Switch
from orders.models import Order
from orders.states import Status
from routes.commands import plan_apply, plan_back, trip_stops, trips
from routes.models import PlanRun, PlanState, Trip, TripStatus
from tests import factories
from tests.routes.test_plans import driver, order, plan

pytestmark = pytest.mark.django_db
FAR_NORTH = {"pickup_latitude": 47.30}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def alice(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, label="Alice")


@pytest.fixture
def ann(tenant: Tenant) -> Driver:
    return driver(tenant, "Ann")


@pytest.fixture
def ben(tenant: Tenant) -> Driver:
    return driver(tenant, "Ben", at=(47.30, 9.52))


@pytest.fixture
def given(tenant: Tenant, alice: Actor, ben: Driver) -> list[Order]:
    """Ben's run, as somebody arranged it: two orders near Ann between two of his own."""
    made = [order(tenant, north=0.17, **FAR_NORTH), order(tenant), order(tenant, north=0.02)]
    made.append(order(tenant, north=0.18, **FAR_NORTH))
    for each in made:
        commands.perform(Assign(driver_id=ben.pk), code=each.code, actor=alice)
    run = sequence.run_of(ben, alice)
    codes = [each.code for each in made]
    if run.codes != codes:
        rearrange.change_sequence(ben.pk, codes=codes, version=run.version, actor=alice)
    return made


def reshuffled(alice: Actor, tenant: Tenant, ann: Driver, ben: Driver, given: list[Order]) -> tuple[PlanRun, Order]:
    """A plan that gave Ben's two orders near Ann to her, with a new one; applied."""
    new = order(tenant, north=0.015)
    run = plan(alice, [new], [ann, ben], reshuffle=True)
    applied = plan_apply.apply(run.number, actor=alice)
    near = {each.code for each in given[1:3]}
    assert {line["code"] for line in applied.applied["moved"]} == near
    assert owners(given[1:3]) == [ann, ann]
    return applied, new


def owners(orders: list[Order]) -> list[Driver | None]:
    return [Order.objects.get(pk=each.pk).driver for each in orders]


def test_every_order_is_with_its_earlier_driver_at_its_old_place(tenant, alice, ann, ben, given) -> None:
    run, new = reshuffled(alice, tenant, ann, ben, given)
    back, stayed = plan_back.take_back(run.number, actor=alice)
    assert stayed == []
    assert back.state == PlanState.TAKEN_BACK
    assert owners([*given, new]) == [ben, ben, ben, ben, None]
    assert sequence.run_of(ben, alice).codes == [each.code for each in given]
    assert set(Order.objects.values_list("held_by", flat=True)) == {""}
    assert set(Trip.objects.values_list("status", flat=True)) == {TripStatus.CANCELLED}
    switched = Event.objects.filter(stream="order", object_code=given[1].code).order_by("version").last()
    assert (switched.kind, switched.data["after"]["driver"]) == ("order.switched", ben.pk)


def test_what_has_moved_on_stays_and_each_says_why(tenant, alice, ann, ben, given) -> None:
    run, new = reshuffled(alice, tenant, ann, ben, given)
    first, second = given[1:3]
    commands.perform(PickUp(), code=first.code, actor=alice)  # Ann's trip is driven now
    back, stayed = plan_back.take_back(run.number, actor=alice)
    assert owners([first, second, new]) == [ann, ben, None]
    assert {line["label"]: line["code"] for line in stayed} == {first.code: "moved_on"}
    (line,) = stayed
    trip = Trip.objects.get(status=TripStatus.IN_PROGRESS)
    assert line["message"] == f"{first.code} is picked up with Ann and stays on trip {trip.label}."
    assert back.applied["stayed"] == stayed
    assert [stop.order.code for stop in trip.stops.select_related("order")] == [first.code] * 2


def test_who_was_given_something_else_since_is_left_alone(tenant, alice, ann, ben, given) -> None:
    run, new = reshuffled(alice, tenant, ann, ben, given)
    carl = driver(tenant, "Carl")
    first, second = given[1:3]
    trip = Trip.objects.get(driver=ann)
    trip_stops.remove(trip.label, orders=[first.code], actor=alice)
    commands.perform(Switch(driver_id=carl.pk, reason="Nearer"), code=first.code, actor=alice)
    commands.perform(Arrive(), code=second.code, actor=alice)
    _, stayed = plan_back.take_back(run.number, actor=alice)
    assert owners([first, second, new]) == [carl, ann, None]
    assert {line["label"]: line["message"] for line in stayed} == {
        first.code: f"{first.code} is with Carl now and stays so.",
        second.code: f"{second.code} has begun with Ann and stays so.",
    }


def test_a_run_that_was_arranged_anew_since_gets_its_orders_back_where_they_stood(
    tenant, alice, ann, ben, given
) -> None:
    run, _ = reshuffled(alice, tenant, ann, ben, given)
    for trip in Trip.objects.filter(driver=ben):
        trips.cancel(trip.label, actor=alice)
    now = sequence.run_of(ben, alice)
    rearrange.change_sequence(ben.pk, codes=now.codes[::-1], version=now.version, actor=alice)
    _, stayed = plan_back.take_back(run.number, actor=alice)
    assert stayed == []
    first, second, third, last = (each.code for each in given)
    assert sequence.run_of(ben, alice).codes == [last, first, second, third]


def test_a_trip_that_started_since_gets_its_old_sequence_for_what_is_left(tenant, alice, ann) -> None:
    own = [order(tenant, north=north) for north in (0.05, 0.01, 0.03)]
    codes = [each.code for each in own]
    trip = trips.create(trip_type="multi_dropoff", orders=codes, driver_id=ann.pk, actor=alice).trip
    old = list(trip.stops.order_by("place").values_list("order__code", "kind"))
    added = order(tenant, north=0.02)
    run = plan_apply.apply(plan(alice, [added], [ann]).number, actor=alice)
    assert Trip.objects.get(pk=trip.pk).order_count == 4
    commands.perform(PickUp(), code=codes[1], actor=alice)
    _, stayed = plan_back.take_back(run.number, actor=alice)
    assert stayed == []
    over = (codes[1], "pickup")
    stops = list(trip.stops.order_by("place").values_list("order__code", "kind"))
    assert stops == [over, *(stop for stop in old if stop != over)]
    assert Order.objects.get(pk=added.pk).status == Status.PENDING


def test_a_trip_that_somebody_changed_since_stays_as_it_is(tenant, alice, ann) -> None:
    trip = trips.create(trip_type="mixed", orders=[order(tenant).code], driver_id=ann.pk, actor=alice).trip
    run = plan_apply.apply(plan(alice, [order(tenant, north=0.02)], [ann]).number, actor=alice)
    olga = factories.make_actor(tenant, label="Olga")
    trips.edit(trip.label, notes="Via the bridge", actor=olga)
    _, stayed = plan_back.take_back(run.number, actor=alice)
    assert stayed[0]["message"] == f"Trip {trip.label} was changed by Olga since and stays as it is."
    assert "stays there" in stayed[1]["message"]
    assert Trip.objects.get(pk=trip.pk).order_count == 2
