"""Plan runs: worked out from the company's orders and drivers, explained, applied as trips or refused, taken back."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible, Refused
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver, DriverPosition, Shift
from orders import commands
from orders.actions import Assign, Hold, PickUp
from orders.models import Order
from orders.states import Priority, Status
from routes.commands import plan_apply, plan_back, plans, trips
from routes.models import PlanKind, PlanRun, PlanState, Trip, TripStatus, TripType
from routes.plans import scene, work
from routes.roads.straight import StraightRoads
from tests import factories

pytestmark = pytest.mark.django_db
ITERATIONS = 80


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def alice(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, label="Alice")


def driver(tenant: Tenant, name: str, *, units: int = 50, at: tuple[float, float] | None = (47.14, 9.52), **over: Any):
    vehicle = over.pop("primary_vehicle", None) or factories.make_vehicle(tenant, capacity_units=units)
    made = factories.make_driver(tenant, name=name, primary_vehicle=vehicle, is_online=True, **over)
    if at is not None:
        DriverPosition.objects.update_or_create(
            driver=made,
            defaults={
                "tenant": tenant,
                "latitude": at[0],
                "longitude": at[1],
                "recorded_at": clock.now(),
                "received_at": clock.now(),
            },
        )
    return made


def order(tenant: Tenant, *, north: float = 0.01, minutes: int | None = 240, **over: Any) -> Order:
    """From the town to a door so many degrees further north, promised in so many minutes."""
    values = {
        "pickup_latitude": 47.14,
        "pickup_longitude": 9.52,
        "dropoff_latitude": 47.14 + north,
        "dropoff_longitude": 9.52,
        **over,
    }
    made = factories.make_order(tenant, **values)
    due = None if minutes is None else clock.now() + timedelta(minutes=minutes)
    Order.objects.filter(pk=made.pk).update(due_at=due)
    made.refresh_from_db()
    return made


def plan(actor: Actor, orders: list[Order], drivers: list[Driver], *, kind: str = PlanKind.BUILD, **options: Any):
    run, _ = plans.start(
        kind=kind,
        codes=[each.code for each in orders],
        driver_ids=[each.pk for each in drivers],
        options=options,
        actor=actor,
    )
    return work.work_on(run, actor, iterations=ITERATIONS)


def reason(run: PlanRun, code: str) -> dict[str, Any]:
    return next(each for each in run.result["unplanned"] if each["code"] == code)


def test_a_plan_becomes_trips_in_one_act(tenant: Tenant, alice: Actor) -> None:
    ann, ben = driver(tenant, "Ann"), driver(tenant, "Ben", at=(47.20, 9.52))
    orders = [order(tenant, north=0.01 * n) for n in range(1, 6)]
    run = plan(alice, orders, [ann, ben])
    assert run.state == PlanState.READY
    assert run.result["summary"]["planned"] == 5
    assert not Trip.objects.exists(), "planning changes nothing"

    applied = plan_apply.apply(run.number, actor=alice)
    assert applied.state == PlanState.APPLIED
    made = list(Trip.objects.filter(status=TripStatus.PLANNED))
    assert sorted(trip.label for trip in made) == sorted(applied.applied["trips"])
    for part in run.planned_trips:
        trip = next(trip for trip in made if trip.driver_id == part["driver_id"])
        stops = [(stop.order.code, stop.kind) for stop in trip.stops.select_related("order").order_by("place")]
        assert stops == [(stop["code"], stop["kind"]) for stop in part["stops"]]
    assert {each.status for each in Order.objects.all()} == {Status.ASSIGNED}
    assert plan_apply.apply(run.number, actor=alice).applied == applied.applied, "pressing twice makes no more trips"


def test_what_is_assigned_already_stays_and_its_promise_holds(tenant: Tenant, alice: Actor) -> None:
    ann = driver(tenant, "Ann")
    promised = order(tenant, north=0.05, minutes=30)
    commands.perform(Assign(driver_id=ann.pk), code=promised.code, actor=alice)
    late = order(tenant, north=-0.05)
    run = plan(alice, [late], [ann])
    (part,) = run.planned_trips
    kept = next(stop for stop in part["stops"] if stop["code"] == promised.code and stop["kind"] == "dropoff")
    assert kept["late_minutes"] == 0
    assert part["added"] == [late.code]
    assert [stop["code"] for stop in part["stops"] if stop["kind"] == "dropoff"] == [promised.code, late.code]


def test_packages_on_board_come_first_and_never_change_the_van(tenant: Tenant, alice: Actor) -> None:
    ann, ben = driver(tenant, "Ann"), driver(tenant, "Ben")
    loaded = order(tenant)
    commands.perform(Assign(driver_id=ann.pk), code=loaded.code, actor=alice)
    commands.perform(PickUp(), code=loaded.code, actor=alice)
    run = plan(alice, [order(tenant, north=-0.02)], [ann, ben], reshuffle=True)
    ann_part = next(part for part in run.result["drivers"] if part["driver_id"] == ann.pk)
    assert [stop["code"] for stop in ann_part["fixed"]] == [loaded.code]
    assert loaded.code not in {stop["code"] for part in run.result["drivers"] for stop in part["stops"]}


def test_capacity_counts_all_open_work_as_the_engine_does(tenant: Tenant, alice: Actor) -> None:
    small = driver(tenant, "Ann", units=2)
    orders = [order(tenant, north=0.01 * n) for n in range(1, 4)]
    urgent = order(tenant, north=0.04, priority=Priority.URGENT)
    run = plan(alice, [*orders, urgent], [small])
    planned = {stop["code"] for part in run.result["drivers"] for stop in part["stops"]}
    assert len(planned) == 2
    assert urgent.code in planned
    left = reason(run, next(each.code for each in orders if each.code not in planned))
    assert left["rules"][0]["code"] == "capacity"
    assert "1 unit more than fit the vehicle" in left["ways_out"][0]["sentence"]
    plan_apply.apply(run.number, actor=alice)


@pytest.mark.parametrize(
    ("over", "rule", "words"),
    [
        ({"minutes": 1}, "promise", "later than promised"),
        ({"pickup_latitude": None, "pickup_longitude": None}, "no_coordinates", "no place on the map"),
    ],
)
def test_why_an_order_was_left_out(tenant: Tenant, alice: Actor, over: dict[str, Any], rule: str, words: str) -> None:
    wanted = order(tenant, **over)
    run = plan(alice, [wanted], [driver(tenant, "Ann")])
    left = reason(run, wanted.code)
    assert left["rules"][0]["code"] == rule
    assert words in (left["ways_out"][0]["sentence"] if left["ways_out"] else left["rules"][0]["sentence"])


def test_who_may_not_take_it_and_who_could_if_allowed(tenant: Tenant, alice: Actor) -> None:
    service = factories.make_service(tenant, vehicle_kinds=["truck"])
    wanted = order(tenant, service_id=service.pk)
    run = plan(alice, [wanted], [driver(tenant, "Ann")])
    left = reason(run, wanted.code)
    assert [each["code"] for each in left["rules"]] == ["vehicle"]
    assert left["ways_out"][0]["driver"] == "Ann"


def test_a_shift_that_ends_too_early_is_named_with_the_minutes(tenant: Tenant, alice: Actor) -> None:
    ann = driver(tenant, "Ann")
    now = clock.now()
    Shift.objects.create(tenant=tenant, driver=ann, started_at=now, planned_end=now + timedelta(minutes=5))
    wanted = order(tenant, north=0.05)
    left = reason(plan(alice, [wanted], [ann]), wanted.code)
    assert left["rules"][0]["code"] == "shift"
    assert "longer than planned" in left["ways_out"][0]["sentence"]


def test_late_orders_are_planned_when_the_dispatcher_allows_it(tenant: Tenant, alice: Actor) -> None:
    wanted = order(tenant, minutes=1)
    run = plan(alice, [wanted], [driver(tenant, "Ann")], may_be_late=60)
    assert run.result["summary"]["late_orders"] == 1
    assert run.result["unplanned"] == []


def test_inserting_names_who_takes_it_best_and_leaves_the_sequence(tenant: Tenant, alice: Actor) -> None:
    ann, ben = driver(tenant, "Ann"), driver(tenant, "Ben", at=(47.30, 9.52))
    first = [order(tenant, north=0.01), order(tenant, north=0.03)]
    plan_apply.apply(plan(alice, first, [ann]).number, actor=alice)
    trip = Trip.objects.get()
    late = order(tenant, north=0.02)
    run = plan(alice, [late], [ann, ben], kind=PlanKind.INSERT)
    assert [choice["driver"] for choice in run.result["choices"]] == ["Ann", "Ben"]
    (part,) = run.planned_trips
    assert part["trip"] == trip.label
    assert part["moved"] == 0
    plan_apply.apply(run.number, actor=alice)
    assert Trip.objects.get().order_count == 3


def test_a_run_is_put_into_a_shorter_sequence(tenant: Tenant, alice: Actor) -> None:
    ann = driver(tenant, "Ann")
    far, near = order(tenant, north=0.05), order(tenant, north=0.01)
    trips.create(trip_type="mixed", orders=[far.code, near.code], driver_id=ann.pk, actor=alice)
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    (part,) = run.planned_trips
    assert part["metres"] < part["now"]["metres"]
    assert part["moved"] > 0
    plan_apply.apply(run.number, actor=alice)
    assert Trip.objects.get().version > 1


def test_a_plan_is_refused_as_a_whole_when_the_world_moved(tenant: Tenant, alice: Actor) -> None:
    ann, ben = driver(tenant, "Ann"), driver(tenant, "Ben", at=(47.00, 9.52))
    near, south = order(tenant), order(tenant, north=-0.1, pickup_latitude=47.00)
    run = plan(alice, [near, south], [ann, ben])
    assert len(run.planned_trips) == 2
    commands.perform(Hold(reason="Wrong address"), code=near.code, actor=alice)
    with pytest.raises(Refused) as refusal:
        plan_apply.apply(run.number, actor=alice)
    assert refusal.value.code == "plan_outdated"
    assert [each["driver"] for each in refusal.value.details["drivers"]] == ["Ann"]
    assert near.code in refusal.value.details["drivers"][0]["sentence"]
    assert not Trip.objects.exists()
    assert PlanRun.objects.get(pk=run.pk).state == PlanState.READY
    assert plan_apply.apply(run.number, actor=alice, driver_ids=[ben.pk]).state == PlanState.APPLIED


def test_new_work_of_a_driver_makes_the_plan_outdated(tenant: Tenant, alice: Actor) -> None:
    ann = driver(tenant, "Ann")
    run = plan(alice, [order(tenant)], [ann])
    other = order(tenant)
    commands.perform(Assign(driver_id=ann.pk), code=other.code, actor=alice)
    with pytest.raises(Refused, match=f"{other.code} came to Ann"):
        plan_apply.apply(run.number, actor=alice)


def test_an_applied_plan_can_be_taken_back(tenant: Tenant, alice: Actor) -> None:
    ann = driver(tenant, "Ann")
    before = [order(tenant, north=0.05), order(tenant, north=0.01)]
    trip = trips.create(trip_type="mixed", orders=[each.code for each in before], driver_id=ann.pk, actor=alice).trip
    stops = [(stop.order_id, stop.kind) for stop in trip.stops.order_by("place")]
    wanted = order(tenant, north=0.02)
    run = plan_apply.apply(plan(alice, [wanted], [ann]).number, actor=alice)
    back, refused = plan_back.take_back(run.number, actor=alice)
    assert refused == []
    assert back.state == PlanState.TAKEN_BACK
    assert [(stop.order_id, stop.kind) for stop in trip.stops.order_by("place")] == stops
    wanted.refresh_from_db()
    assert (wanted.status, wanted.held_by, wanted.driver_id) == (Status.PENDING, "", None)


def test_a_trip_that_fetches_all_first_becomes_mixed_where_the_plan_does_not_and_comes_back(
    tenant: Tenant, alice: Actor
) -> None:
    ann = driver(tenant, "Ann")
    here, there = order(tenant, north=0.01), order(tenant, north=0.07, pickup_latitude=47.20)
    codes = [here.code, there.code]
    trip = trips.create(trip_type="multi_dropoff", orders=codes, driver_id=ann.pk, actor=alice).trip
    stops = [(stop.order_id, stop.kind) for stop in trip.stops.order_by("place")]
    run = plan(alice, [], [ann], kind=PlanKind.RESEQUENCE)
    plan_apply.apply(run.number, actor=alice)
    trip.refresh_from_db()
    assert trip.type == TripType.MIXED
    assert [stop.kind for stop in trip.stops.order_by("place")] == ["pickup", "dropoff", "pickup", "dropoff"]
    told = Event.objects.filter(stream=trip.KIND, object_id=trip.pk).latest("version")
    assert {"field": "type", "before": "multi_dropoff", "after": "mixed"} in told.changes

    assert plan_back.take_back(run.number, actor=alice)[1] == []
    trip.refresh_from_db()
    assert trip.type == TripType.MULTI_DROPOFF
    assert [(stop.order_id, stop.kind) for stop in trip.stops.order_by("place")] == stops


def test_bicycles_and_cars_of_one_plan_each_go_on_their_own_roads(
    tenant: Tenant, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    speeds = {"bike": 12.0, "van": 48.0}
    monkeypatch.setattr(scene, "roads_of", lambda settings, kind="": StraightRoads(1.0, speeds[kind]))
    bike, van = (factories.make_vehicle(tenant, kind=kind, capacity_units=9) for kind in speeds)
    ann, ben = driver(tenant, "Ann", primary_vehicle=bike), driver(tenant, "Ben", primary_vehicle=van)
    wanted = order(tenant, north=0.1, minutes=40)
    run = plan(alice, [wanted], [ann, ben])
    (part,) = run.planned_trips
    assert part["driver"] == "Ben", "it takes a bicycle an hour"
    assert run.result["summary"]["roads"].count("km/h") == 2
    (choice, *others) = plan(alice, [order(tenant, north=0.05)], [ann, ben], kind=PlanKind.INSERT).result["choices"]
    assert (choice["driver"], [other["driver"] for other in others]) == ("Ben", ["Ann"])
    assert others[0]["minutes"] > 2 * choice["minutes"]


def test_a_search_that_somebody_stops_keeps_nothing(tenant: Tenant, alice: Actor) -> None:
    run, _ = plans.start(
        kind=PlanKind.BUILD,
        codes=[order(tenant).code],
        driver_ids=[driver(tenant, "Ann").pk],
        options={},
        actor=alice,
    )
    PlanRun.objects.filter(pk=run.pk).update(stop_wanted=True)
    assert work.work_on(run, alice, iterations=ITERATIONS).state == PlanState.CANCELLED
    with pytest.raises(Refused):
        plan_apply.apply(run.number, actor=alice)


def test_who_may_not_plan_and_whose_plans_nobody_sees(tenant: Tenant, alice: Actor) -> None:
    ann = driver(tenant, "Ann")
    run = plan(alice, [order(tenant)], [ann])
    observer = factories.make_actor(tenant, RoleKind.OBSERVER)
    with pytest.raises(Forbidden):
        plans.find(run.number, observer)
    stranger = factories.make_actor(factories.make_tenant())
    with pytest.raises(NotVisible):
        plans.find(run.number, stranger)


def test_orders_and_drivers_of_strangers_are_not_there(tenant: Tenant, alice: Actor) -> None:
    other = factories.make_tenant()
    run = plan(alice, [order(other)], [driver(tenant, "Ann"), driver(other, "Zoe")])
    assert [part["driver"] for part in run.result["drivers"]] == ["Ann"]
    assert run.result["unplanned"][0]["rules"][0]["code"] == "unknown_code"


def test_the_number_of_questions_does_not_grow(tenant: Tenant, alice: Actor, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(count: int) -> int:
        drivers = [driver(tenant, f"D{n}") for n in range(count)]
        orders = [order(tenant, north=0.01) for _ in range(count)]
        given = [order(tenant, north=0.02) for _ in range(count)]
        for each, to in zip(given, drivers, strict=True):
            commands.perform(Assign(driver_id=to.pk), code=each.code, actor=alice)
        run, _ = plans.start(
            kind=PlanKind.INSERT,
            codes=[each.code for each in orders],
            driver_ids=[each.pk for each in drivers],
            options={"reshuffle": True},
            actor=alice,
        )
        with CaptureQueriesContext(
            connection,
        ) as seen:
            work.work_on(run, alice, iterations=5)
        return len(seen)

    assert asked(1) == asked(3)


def test_old_plans_are_forgotten_but_what_can_be_taken_back_is_not(tenant: Tenant, settings: Any) -> None:
    settings.PLAN_RETENTION_DAYS = 10
    long_ago = clock.now() - timedelta(days=10, minutes=1)
    trip = factories.make_trip(tenant, [order(tenant)])
    factories.make_plan_run(tenant, state=PlanState.READY)
    applied = factories.make_plan_run(tenant, state=PlanState.APPLIED, applied={"trips": [trip.label]})
    running = factories.make_plan_run(tenant, state=PlanState.RUNNING, heartbeat_at=clock.now())
    PlanRun.objects.update(created_at=long_ago)
    fresh = factories.make_plan_run(tenant)
    assert work.prune() == 1
    assert set(PlanRun.objects.values_list("pk", flat=True)) == {applied.pk, running.pk, fresh.pk}
    trips.cancel(trip.label, actor=factories.make_actor(tenant), reason="Snow")
    assert work.prune() == 1
    assert set(PlanRun.objects.values_list("pk", flat=True)) == {running.pk, fresh.pk}
