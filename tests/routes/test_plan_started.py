"""A better sequence for a trip that is driven: packages on board have only their doors left."""

import pytest

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Tenant
from drivers.models import Driver
from orders import commands
from orders.actions import Arrive, Assign, Deliver, PickUp
from orders.models import Order
from orders.sequence import work_in_order
from routes.commands import plan_apply, plan_back, trips
from routes.models import PlanKind, PlanState, Trip
from tests import factories
from tests.routes.test_plans import driver, order, plan

pytestmark = pytest.mark.django_db


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
def doors(tenant: Tenant) -> list[Order]:
    """In a bad sequence."""
    return [order(tenant, north=north) for north in (0.06, 0.02, 0.04)]


def trip_of(actor: Actor, ann: Driver, orders: list[Order]) -> Trip:
    codes = [each.code for each in orders]
    return trips.create(trip_type="multi_dropoff", orders=codes, driver_id=ann.pk, actor=actor).trip


def do(action, which: Order, actor: Actor) -> None:
    commands.perform(action, code=which.code, actor=actor)


def dropoffs(trip: Trip) -> list[str]:
    return list(trip.stops.filter(kind="dropoff").order_by("place").values_list("order__code", flat=True))


def test_what_is_on_board_is_put_in_a_better_sequence_and_back(tenant, alice, ann, doors) -> None:
    trip = trip_of(alice, ann, doors)
    far, near, middle = doors
    for each in doors:
        do(PickUp(), each, alice)
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    (part,) = run.planned_trips
    assert (part["trip"], part["is_started"]) == (trip.label, True)
    assert [(stop["code"], stop["kind"]) for stop in part["stops"]] == [
        (each.code, "dropoff") for each in (near, middle, far)
    ]
    assert part["metres"] < part["now"]["metres"]
    applied = plan_apply.apply(run.number, actor=alice)
    assert applied.state == PlanState.APPLIED
    assert dropoffs(trip) == [near.code, middle.code, far.code]
    assert [each.code for each in work_in_order(ann.pk)] == [near.code, middle.code, far.code]
    do(Deliver(note="x"), near, alice)
    _, stayed = plan_back.take_back(run.number, actor=alice)
    assert stayed == []
    assert dropoffs(trip) == [near.code, far.code, middle.code]


def test_where_the_driver_stands_comes_first_and_pickups_are_fetched_before_they_are_brought(
    tenant, alice, ann, doors
) -> None:
    trip = trip_of(alice, ann, doors)
    far, near, middle = doors
    do(PickUp(), far, alice)
    do(PickUp(), near, alice)
    do(Arrive(), far, alice)  # at the far door already
    loose = order(tenant, north=0.03)
    do(Assign(driver_id=ann.pk), loose, alice)
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    (part,) = [part for part in run.result["drivers"] if part["stops"]]
    assert [(stop["code"], stop["kind"]) for stop in part["fixed"]] == [(far.code, "dropoff")]
    planned = [(stop["code"], stop["kind"]) for stop in part["stops"]]
    assert sorted(planned) == sorted([(near.code, "dropoff"), (middle.code, "pickup"), (middle.code, "dropoff")]), (
        "a loose order cannot join a trip that is driven"
    )
    assert planned.index((middle.code, "pickup")) < planned.index((middle.code, "dropoff"))
    if part["changes"]:
        plan_apply.apply(run.number, actor=alice)
    left = [stop for stop in trip.stops.order_by("place").values_list("order__code", "kind") if stop in planned]
    assert left == planned


def test_a_driver_who_went_on_since_makes_the_plan_outdated(tenant, alice, ann, doors) -> None:
    trip = trip_of(alice, ann, doors)
    for each in doors:
        do(PickUp(), each, alice)
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    before = dropoffs(trip)
    do(Deliver(note="x"), doors[0], alice)
    with pytest.raises(Refused, match=f"{doors[0].code} went on") as refusal:
        plan_apply.apply(run.number, actor=alice)
    assert refusal.value.code == "plan_outdated"
    assert dropoffs(trip) == before


def test_mere_progress_leaves_the_plan_as_it_is(tenant, alice, ann, doors) -> None:
    trip = trip_of(alice, ann, doors)
    far, near, middle = doors
    for each in doors:
        do(PickUp(), each, alice)
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    do(Arrive(), near, alice)
    plan_apply.apply(run.number, actor=alice)
    assert dropoffs(trip) == [near.code, middle.code, far.code]


def test_with_one_stop_left_the_rest_of_the_drivers_work_is_looked_at(tenant, alice, ann, doors) -> None:
    started = trip_of(alice, ann, doors[:1])
    do(PickUp(), doors[0], alice)
    waiting = trip_of(alice, ann, [order(tenant, north=0.05), order(tenant, north=0.01)])
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    (part,) = run.planned_trips
    assert (part["trip"], part["is_started"]) == (waiting.label, False)
    assert [stop["code"] for stop in part["fixed"]] == [doors[0].code]
    plan_apply.apply(run.number, actor=alice)
    assert Trip.objects.get(pk=started.pk).version == 2
