"""Trips by command: what may come along, in which sequence, who drives, and the status that follows from the orders."""

from typing import Any

import pytest

from dispatch_console.core.errors import DomainError, Forbidden, Invalid, KeyReused, NotVisible, Refused, Stale
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from drivers.models import Driver, DriverStatus
from orders import commands, handover, rearrange
from orders.actions import (
    Assign,
    Cancel,
    Correct,
    Deliver,
    Depart,
    Hold,
    PickUp,
    Reject,
    Reopen,
    Return,
    Switch,
    Unassign,
)
from orders.models import Order
from orders.sequence import work_in_order
from orders.states import CarrierType, Status
from routes.commands import trip_driver, trip_stops, trips
from routes.commands.trip_layout import PlannedStop
from routes.models import Trip, TripStatus, TripType
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def dana(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Dana")


@pytest.fixture
def ben(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Ben")


@pytest.fixture
def alice(tenant: Tenant):
    return factories.make_actor(tenant, label="Alice")


def waiting(tenant: Tenant, count: int, **over: Any) -> list[str]:
    return [factories.make_order(tenant, **over).code for _ in range(count)]


def make_trip(
    actor, orders: list[str], *, driver: Driver | None = None, trip_type=TripType.MULTI_DROPOFF, **over
) -> Trip:
    driver_id = driver.pk if driver else None
    return trips.create(trip_type=trip_type, orders=orders, driver_id=driver_id, actor=actor, **over).trip


def order(code: str) -> Order:
    return Order.objects.get(code=code)


def trip_now(trip: Trip) -> Trip:
    return Trip.objects.get(pk=trip.pk)


def stops(trip: Trip) -> list[str]:
    """Such as `P10001`, in sequence."""
    rows = trip.stops.order_by("place").values_list("kind", "order__code")
    return [f"{kind[0].upper()}{code}" for kind, code in rows]


def planned(*names: str) -> list[PlannedStop]:
    return [PlannedStop(name[1:], {"P": "pickup", "D": "dropoff"}[name[0]]) for name in names]


def kinds(trip: Trip) -> list[str]:
    return list(
        Event.objects.filter(stream="trip", object_id=trip.pk).order_by("version").values_list("kind", flat=True)
    )


def act(action, code: str, tenant: Tenant) -> Order:
    return commands.perform(
        action, code=code, actor=factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))
    ).order


def refused(error: type[DomainError], code: str, call) -> DomainError:
    with pytest.raises(error) as caught:
        call()
    assert caught.value.code == code, (caught.value.code, caught.value.message)
    return caught.value


# Making one


def test_a_trip_with_a_driver_assigns_its_orders_and_names_itself_in_their_history(tenant, dana, alice) -> None:
    first, second = waiting(tenant, 2)
    trip = make_trip(alice, [first, second], driver=dana, notes="Market day")
    assert trip.label == "TRIP-00001"
    assert (trip.status, trip.vehicle, trip.order_count, trip.created_by) == (
        "planned",
        dana.primary_vehicle,
        2,
        "Alice",
    )
    assert stops(trip) == [f"P{first}", f"P{second}", f"D{first}", f"D{second}"]
    assert [order(code).held_by for code in (first, second)] == ["trip:TRIP-00001"] * 2
    assert [order(code).driver for code in (first, second)] == [dana, dana]
    history = Event.objects.filter(stream="order", object_code=first).order_by("version")
    assert [event.kind for event in history] == ["order.created", "order.grouped", "order.assigned"]
    assert {(event.source, event.source_id) for event in history[1:]} == {("trip", "TRIP-00001")}
    assert kinds(trip) == ["trip.created"]
    assert make_trip(alice, waiting(tenant, 1)).label == "TRIP-00002"


def test_a_mixed_trip_goes_order_by_order_until_somebody_arranges_it(tenant, alice) -> None:
    first, second = waiting(tenant, 2)
    assert stops(make_trip(alice, [first, second], trip_type=TripType.MIXED)) == [
        f"P{first}", f"D{first}", f"P{second}", f"D{second}",
    ]  # fmt: skip


def test_orders_that_do_not_fit_are_all_named_and_nothing_is_made(tenant, dana, ben, alice) -> None:
    good = waiting(tenant, 1)[0]
    draft = factories.create_order(tenant, is_draft=True).order.code
    held = waiting(tenant, 1)[0]
    act(Hold(reason="Address unclear"), held, tenant)
    foreign_carrier = factories.create_order(tenant, carrier_type=CarrierType.PRIME).order.code
    moving = factories.make_order(tenant, status=Status.IN_TRANSIT, driver=dana).code
    with_ben = factories.make_order(tenant, status=Status.ASSIGNED, driver=ben).code
    elsewhere = waiting(tenant, 1)[0]
    other = make_trip(alice, [elsewhere])
    too_big = factories.create_order(tenant, unit_size=99).order.code
    codes = [good, draft, held, foreign_carrier, moving, with_ben, elsewhere, too_big, "nope"]
    error = refused(Refused, "orders_blocked", lambda: make_trip(alice, codes, driver=dana))
    found = {each["code"]: each for each in error.details["blocked"]}
    assert {code: each["error_code"] for code, each in found.items()} == {
        draft: "status_locked",
        held: "on_hold",
        foreign_carrier: "carrier_not_internal",
        moving: "status_locked",
        with_ben: "with_another_driver",
        elsewhere: "in_trip",
        too_big: "over_capacity",
        "nope": "unknown_code",
    }
    assert other.label in found[elsewhere]["message"]
    assert order(good).held_by == ""
    assert order(good).driver is None
    assert Trip.objects.count() == 1


def test_the_driver_needs_a_vehicle_in_use(tenant, alice) -> None:
    code = waiting(tenant, 1)[0]
    on_foot = factories.make_driver(tenant, primary_vehicle=None)
    refused(Refused, "vehicle_missing", lambda: make_trip(alice, [code], driver=on_foot))
    parked = factories.make_driver(tenant, primary_vehicle=factories.make_vehicle(tenant, is_active=False))
    refused(Refused, "vehicle_inactive", lambda: make_trip(alice, [code], driver=parked))
    gone = factories.make_driver(tenant, status=DriverStatus.INACTIVE)
    refused(Refused, "driver_unavailable", lambda: make_trip(alice, [code], driver=gone))
    stranger = factories.make_driver(factories.make_tenant())
    refused(Invalid, "invalid", lambda: make_trip(alice, [code], driver=stranger))
    assert not Trip.objects.exists()


def test_the_same_key_makes_one_trip(tenant, dana, alice) -> None:
    codes = waiting(tenant, 2)
    trip = make_trip(alice, codes, driver=dana, key="k1")
    assert make_trip(alice, codes, driver=dana, key="k1") == trip
    refused(KeyReused, "idempotency_key_reused", lambda: make_trip(alice, codes[:1], key="k1"))
    assert Trip.objects.count() == 1


def test_rights_and_walls(tenant, dana, alice) -> None:
    codes = waiting(tenant, 1)
    observer = factories.make_actor(tenant, RoleKind.OBSERVER)
    refused(Forbidden, "forbidden", lambda: make_trip(observer, codes))
    may_not_assign = factories.make_actor(tenant, permissions=frozenset({"orders.view", "groups.manage"}))
    refused(Forbidden, "forbidden", lambda: make_trip(may_not_assign, codes, driver=dana))
    olga = factories.make_actor(factories.make_tenant())
    refused(Refused, "unknown_code", lambda: make_trip(olga, codes))
    trip = make_trip(alice, codes)
    refused(NotVisible, "not_found", lambda: trips.cancel(trip.label, actor=olga))


# Changing the plan


def test_while_planned_orders_come_go_and_change_places_and_the_trip_can_be_edited(tenant, dana, alice) -> None:
    first, second, third = waiting(tenant, 3)
    trip = make_trip(alice, [first, second], driver=dana)
    trip_stops.add(trip.label, orders=[third], actor=alice, version=1)
    assert stops(trip)[:3] == [f"P{first}", f"P{second}", f"P{third}"]
    assert order(third).driver == dana
    trip_stops.reorder(
        trip.label,
        stops=planned(f"P{third}", f"P{first}", f"P{second}", f"D{third}", f"D{second}", f"D{first}"),
        actor=alice,
        version=2,
    )
    trip_stops.remove(trip.label, orders=[second], actor=alice, version=3)
    assert stops(trip) == [f"P{third}", f"P{first}", f"D{third}", f"D{first}"]
    assert (order(second).held_by, order(second).status) == ("", Status.ASSIGNED)  # it stays with Dana
    trips.edit(trip.label, notes="Via the bridge", trip_type=TripType.MIXED, actor=alice, version=4)
    now = trip_now(trip)
    assert (now.notes, now.type, now.order_count, now.version) == ("Via the bridge", "mixed", 2, 5)
    assert kinds(trip) == [
        "trip.created", "trip.orders_added", "trip.reordered", "trip.orders_removed", "trip.edited",
    ]  # fmt: skip
    trip_stops.remove(trip.label, orders=[first, third], actor=alice)
    assert (stops(trip), trip_now(trip).status) == ([], TripStatus.PLANNED)  # an empty plan, to be filled again


def test_a_dropoff_cannot_come_before_its_own_pickup(tenant, alice) -> None:
    first, second = waiting(tenant, 2)
    trip = make_trip(alice, [first, second], trip_type=TripType.MIXED)
    wrong = planned(f"P{first}", f"D{second}", f"P{second}", f"D{first}")
    error = refused(Refused, "pickup_after_dropoff", lambda: trip_stops.reorder(trip.label, stops=wrong, actor=alice))
    assert second in error.message
    right = planned(f"P{first}", f"P{second}", f"D{second}", f"D{first}")
    trip_stops.reorder(trip.label, stops=right, actor=alice)
    trips.edit(trip.label, trip_type=TripType.MULTI_PICKUP, actor=alice)
    alternating = planned(f"P{first}", f"D{first}", f"P{second}", f"D{second}")
    refused(Refused, "pickups_come_first", lambda: trip_stops.reorder(trip.label, stops=alternating, actor=alice))
    refused(Invalid, "invalid", lambda: trip_stops.reorder(trip.label, stops=right[:2], actor=alice))


def test_a_stale_version_is_told_who_was_faster(tenant, alice) -> None:
    first, second = waiting(tenant, 2)
    trip = make_trip(alice, [first])
    bob = factories.make_actor(tenant, label="Bob")
    trip_stops.add(trip.label, orders=[second], actor=bob, version=1)
    error = refused(Stale, "stale_version", lambda: trips.edit(trip.label, notes="x", version=1, actor=alice))
    assert "Bob" in error.message
    assert error.details["changes"] == [{"version": 2, "kind": "trip.orders_added", "actor": "Bob"}]


def test_cancelling_a_planned_trip_releases_its_orders(tenant, dana, alice) -> None:
    first, second = waiting(tenant, 2)
    trip = make_trip(alice, [first, second], driver=dana)
    act(Cancel(reason="Customer changed their mind"), second, tenant)
    trips.cancel(trip.label, reason="Not needed", actor=alice)
    assert trip_now(trip).status == TripStatus.CANCELLED
    assert [(order(code).held_by, order(code).status) for code in (first, second)] == [
        ("", Status.ASSIGNED), ("", Status.CANCELLED),
    ]  # fmt: skip
    refused(Refused, "trip_over", lambda: trips.cancel(trip.label, actor=alice))
    assert make_trip(alice, [first], driver=dana).label == "TRIP-00002"


def test_a_plan_for_several_trips_is_applied_whole_or_not_at_all(tenant, dana, ben, alice) -> None:
    first, second, third = waiting(tenant, 3)
    trip = make_trip(alice, [first, second], driver=dana)
    other = trips.Plan(stops=planned(f"P{second}", f"P{third}", f"D{third}", f"D{second}"), driver_id=ben.pk)
    rest = trips.Plan(stops=planned(f"P{first}", f"D{first}"), label=trip.label, version=1)
    stale = trips.Plan(stops=rest.stops, label=trip.label, version=9)
    refused(Stale, "stale_version", lambda: trips.apply([other, stale], actor=alice))
    rehearsed = trips.apply([other, rest], actor=alice, rehearse=True)
    assert [done.trip.order_count for done in rehearsed] == [2, 1]
    assert Trip.objects.count() == 1
    new, old = (done.trip for done in trips.apply([other, rest], actor=alice, key="plan"))
    assert [done.trip for done in trips.apply([other, rest], actor=alice, key="plan")] == [new, old]
    assert stops(new) == [f"P{second}", f"P{third}", f"D{third}", f"D{second}"]
    assert stops(old) == [f"P{first}", f"D{first}"]
    assert [order(code).driver for code in (first, second, third)] == [dana, ben, ben]
    assert {order(code).held_by for code in (second, third)} == {new.held_by}


# The status follows


def test_acceptance_18_a_trip_ends_by_itself_and_is_closed_once_it_has_started(tenant, dana, alice) -> None:
    one, two, three = waiting(tenant, 3)
    trip = make_trip(alice, [one, two, three], driver=dana)
    assert trip.status == TripStatus.PLANNED
    for code in (one, two, three):
        act(PickUp(), code, tenant)
        act(Depart(), code, tenant)
    started = trip_now(trip)
    assert started.status == TripStatus.IN_PROGRESS
    act(Deliver(note="At the door"), one, tenant)
    act(Return(reason="Refused at the door"), two, tenant)
    assert trip_now(trip).status == TripStatus.IN_PROGRESS  # one is still in transit
    for call in (
        lambda: trips.edit(trip.label, notes="x", actor=alice),
        lambda: trips.cancel(trip.label, actor=alice),
        lambda: trip_stops.add(trip.label, orders=waiting(tenant, 1), actor=alice),
        lambda: trips.replan(trip.label, stops=planned(*stops(trip)), version=None, actor=alice),
        lambda: trip_driver.change_driver(trip.label, driver_id=None, reason="x", actor=alice),
    ):
        refused(Refused, "trip_started", call)
    act(Deliver(note="At the door"), three, tenant)
    ended = trip_now(trip)
    assert ended.status == TripStatus.COMPLETED
    assert ended.started_at == started.started_at
    assert ended.completed_at is not None
    assert kinds(trip) == ["trip.created", "trip.started", "trip.completed"]
    refused(Refused, "trip_over", lambda: trips.edit(trip.label, notes="x", actor=alice))

    commands.undo(code=three, actor=factories.make_actor(tenant, permissions=frozenset(PERMISSIONS)))
    assert (trip_now(trip).status, trip_now(trip).completed_at) == (TripStatus.IN_PROGRESS, None)
    assert kinds(trip)[-1] == "trip.resumed"


def test_a_package_left_with_the_driver_keeps_the_trip_open(tenant, dana, alice) -> None:
    code = waiting(tenant, 1)[0]
    trip = make_trip(alice, [code], driver=dana)
    act(PickUp(), code, tenant)
    act(Cancel(reason="Customer changed their mind"), code, tenant)
    assert trip_now(trip).status == TripStatus.IN_PROGRESS
    act(Return(reason="Brought back"), code, tenant)
    assert trip_now(trip).status == TripStatus.COMPLETED


def test_an_order_called_off_before_the_start_does_not_start_the_trip(tenant, dana, alice) -> None:
    one, two = waiting(tenant, 2)
    trip = make_trip(alice, [one, two], driver=dana)
    act(Cancel(reason="Customer changed their mind"), one, tenant)
    assert trip_now(trip).status == TripStatus.PLANNED
    act(PickUp(), two, tenant)
    act(Correct(target=Status.ASSIGNED, note="Wrong package"), two, tenant)
    now = trip_now(trip)
    assert (now.status, now.started_at) == (TripStatus.PLANNED, None)
    act(Cancel(reason="Customer changed their mind"), two, tenant)
    assert trip_now(trip).status == TripStatus.COMPLETED
    act(Reopen(), two, tenant)
    assert trip_now(trip).status == TripStatus.PLANNED
    assert kinds(trip) == ["trip.created", "trip.started", "trip.set_back", "trip.completed", "trip.set_back"]


def test_single_acts_never_bring_another_driver_into_a_trip(tenant, dana, ben, alice) -> None:
    code, free = waiting(tenant, 2)
    trip = make_trip(alice, [code], driver=dana)
    for action in (Switch(driver_id=ben.pk, reason="Nearer"), Unassign(reason="Mistake")):
        error = refused(Refused, "in_trip", lambda action=action: act(action, code, tenant))
        assert trip.label in error.message
        assert error.details["group"] == trip.held_by
    without = make_trip(alice, [free])
    refused(Refused, "in_trip", lambda: act(Assign(driver_id=ben.pk), free, tenant))
    correction = Correct(target=Status.PICKED_UP, note="It left already", driver_id=ben.pk)
    assert without.label in refused(Refused, "in_trip", lambda: act(correction, free, tenant)).message
    assert order(free).status == Status.PENDING


# Who drives


def test_a_started_trip_changes_hands_whole_and_takes_packages_along(tenant, dana, ben, alice) -> None:
    done, moving, ahead = waiting(tenant, 3)
    trip = make_trip(alice, [done, moving, ahead], driver=dana)
    act(PickUp(), done, tenant)
    act(Deliver(note="At the door"), done, tenant)
    act(PickUp(), moving, tenant)
    refused(Invalid, "reason_required", lambda: trip_driver.change_driver(trip.label, driver_id=ben.pk, actor=alice))
    rehearsed = trip_driver.change_driver(trip.label, driver_id=ben.pk, reason="Fell ill", actor=alice, rehearse=True)
    assert {row.code: row.verdict for row in rehearsed.rows} == {moving: "possible", ahead: "possible"}
    assert order(moving).driver == dana
    trip_driver.change_driver(trip.label, driver_id=ben.pk, reason="Fell ill", actor=alice)
    assert [order(code).driver for code in (done, moving, ahead)] == [dana, ben, ben]
    assert (trip_now(trip).driver, trip_now(trip).vehicle) == (ben, ben.primary_vehicle)
    refused(
        Refused,
        "same_driver",
        lambda: trip_driver.change_driver(trip.label, driver_id=ben.pk, reason="x", actor=alice),
    )


def test_one_order_that_cannot_go_keeps_the_trip_with_its_driver(tenant, dana, alice) -> None:
    small, big = factories.make_order(tenant).code, factories.make_order(tenant, unit_size=5).code
    trip = make_trip(alice, [small, big], driver=dana)
    mina = factories.make_driver(tenant, primary_vehicle=factories.make_vehicle(tenant, capacity_units=4))
    error = refused(
        Refused,
        "over_capacity",
        lambda: trip_driver.change_driver(trip.label, driver_id=mina.pk, reason="Nearer", actor=alice),
    )
    assert [each["code"] for each in error.details["blocked"]] == [big]
    assert {order(code).driver for code in (small, big)} == {dana}


def test_what_the_driver_refused_is_given_out_again_by_the_trip(dana, alice, tenant) -> None:
    tenant.drivers_accept = True
    tenant.save()
    code = waiting(tenant, 1)[0]
    trip = make_trip(alice, [code], driver=dana)
    commands.perform(Reject(reason="Too far"), code=code, actor=factories.make_driver_actor(dana))
    assert (order(code).driver, order(code).held_by) == (None, trip.held_by)
    trip_driver.change_driver(trip.label, driver_id=dana.pk, actor=alice)
    assert order(code).driver == dana
    trip_driver.change_driver(trip.label, driver_id=None, reason="Tomorrow", actor=alice)
    assert (order(code).status, trip_now(trip).driver) == (Status.PENDING, None)


def test_an_order_leaves_a_started_trip_and_goes_on_alone(tenant, dana, ben, alice) -> None:
    done, moving, other = waiting(tenant, 3)
    trip = make_trip(alice, [done, moving, other], driver=dana)
    for code in (done, moving):
        act(PickUp(), code, tenant)
    act(Deliver(note="At the door"), done, tenant)
    refused(Refused, "order_is_over", lambda: trip_stops.remove(trip.label, orders=[done], actor=alice))
    trip_stops.remove(trip.label, orders=[moving, other], actor=alice)
    assert (order(moving).driver, order(moving).status) == (dana, Status.PICKED_UP)
    act(Switch(driver_id=ben.pk, reason="Nearer"), moving, tenant)
    assert trip_now(trip).status == TripStatus.COMPLETED  # what is left is over
    assert kinds(trip)[-2:] == ["trip.orders_removed", "trip.completed"]


def test_a_run_handed_over_takes_its_trip_along_and_back(tenant, dana, ben, alice) -> None:
    single = factories.make_order(tenant, status=Status.ASSIGNED, driver=dana).code
    one, two = waiting(tenant, 2)
    trip = make_trip(alice, [one, two], driver=dana)
    part = handover.hand_over(
        dana.pk, to_driver_id=ben.pk, reason="Fell ill", codes=[single, one], actor=alice, rehearse=True
    )
    assert {row.code: row.verdict for row in part.rows} == {single: "possible", one: "blocked"}
    assert trip.label in part.blocked[0].message
    done = handover.hand_over(dana.pk, to_driver_id=ben.pk, reason="Fell ill", actor=alice)
    assert {row.verdict for row in done.rows} == {"done"}
    assert (trip_now(trip).driver, order(one).driver, order(single).driver) == (ben, ben, ben)
    handover.hand_over(
        ben.pk, to_driver_id=dana.pk, reason="Undone", codes=[single, one, two], version=done.taken_version, actor=alice
    )
    assert (trip_now(trip).driver, order(two).driver) == (dana, dana)


def test_a_trip_that_cannot_go_stays_whole_while_the_rest_of_the_run_goes(tenant, dana, alice) -> None:
    single = factories.make_order(tenant, status=Status.ASSIGNED, driver=dana).code
    one, big = factories.make_order(tenant).code, factories.make_order(tenant, unit_size=5).code
    trip = make_trip(alice, [one, big], driver=dana)
    mina = factories.make_driver(tenant, primary_vehicle=factories.make_vehicle(tenant, capacity_units=4))
    done = handover.hand_over(dana.pk, to_driver_id=mina.pk, reason="Fell ill", actor=alice, leave_blocked=True)
    assert {row.code: (row.verdict, row.error_code) for row in done.rows} == {
        single: ("done", ""), one: ("blocked", "over_capacity"), big: ("blocked", "over_capacity"),
    }  # fmt: skip
    assert (trip_now(trip).driver, order(one).driver) == (dana, dana)


# What the driver sees


def test_the_drivers_list_follows_the_stops_of_the_trip(tenant, dana, alice) -> None:
    one, two, three = waiting(tenant, 3)
    trip = make_trip(alice, [one, two, three], driver=dana, trip_type=TripType.MIXED)
    trip_stops.reorder(
        trip.label,
        stops=planned(f"P{three}", f"P{one}", f"D{one}", f"P{two}", f"D{two}", f"D{three}"),
        actor=alice,
    )

    def seen() -> list[str]:
        return [found.code for found in work_in_order(dana.pk)]

    assert seen() == [three, one, two]
    act(PickUp(), three, tenant)
    assert seen() == [one, two, three]  # its dropoff comes last, although it is on board
    act(PickUp(), one, tenant)
    assert seen() == [one, two, three]
    urgent = factories.make_order(
        tenant, status=Status.ASSIGNED, driver=dana, scheduled_delivery_at=factories.minutes_from_now(5)
    ).code
    assert seen() == [one, two, three, urgent]  # a trip that is under way is not interrupted
    run = rearrange.sequence.run_of(dana, alice)
    swapped = [one, three, two, urgent]
    with pytest.raises(Refused, match="TRIP-00001, which has its own sequence"):
        rearrange.change_sequence(dana.pk, codes=swapped, version=run.version, actor=alice)
