"""Candidates: many drivers judged at once exactly as the command judges one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.core.models import Tenant
from drivers.models import Driver, DriverPosition, DriverStatus
from orders import commands
from orders.actions import Assign, Cancel
from orders.actions.eligibility import loads, units_on_board, verdicts
from orders.models import Order
from orders.states import Status
from routes.candidates import candidates
from tests import factories

pytestmark = pytest.mark.django_db

VADUZ = (47.1393, 9.5228)  # where the factory's orders are picked up


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def at(driver: Driver, latitude: float, longitude: float, *, minutes_ago: int = 0) -> Driver:
    moment = factories.minutes_from_now(-minutes_ago)
    DriverPosition.objects.create(
        driver=driver,
        tenant=driver.tenant,
        latitude=latitude,
        longitude=longitude,
        recorded_at=moment,
        received_at=moment,
    )
    return driver


def ranked(order: Order, **options: object) -> list[str]:
    found = candidates(order, factories.make_actor(order.tenant), **options)  # type: ignore[arg-type]
    return [candidate.driver.name for candidate in found.candidates]


def all_kinds_of_drivers(tenant: Tenant) -> list[Driver]:
    """One for each thing that can speak against a driver, and one for whom nothing does."""
    zone = factories.make_zone(tenant, factories.square(8.0, 46.0, 8.1, 46.1))
    small = factories.make_vehicle(tenant, capacity_units=1)
    busy = factories.make_driver(tenant, name="Busy", primary_vehicle=small)
    commands.perform(
        Assign(driver_id=busy.pk), code=factories.make_order(tenant).code, actor=factories.make_actor(tenant)
    )
    kept = factories.make_order(
        tenant, status=Status.PICKED_UP, driver=factories.make_driver(tenant, name="Keeps a package")
    )
    commands.perform(Cancel(reason="Refused"), code=kept.code, actor=factories.make_actor(tenant))
    return [
        busy,
        kept.driver,
        factories.make_driver(tenant, name="Free"),
        factories.make_driver(tenant, name="Offline", is_online=False),
        factories.make_driver(tenant, name="Elsewhere", zones=[zone]),
        factories.make_driver(tenant, name="Rather elsewhere", preferred=[zone]),
        factories.make_driver(tenant, name="On foot", primary_vehicle=None),
    ]


def test_many_at_once_get_the_verdicts_of_one_at_a_time(tenant: Tenant) -> None:
    service = factories.make_service(tenant, requires_vehicle=True)
    drivers = all_kinds_of_drivers(tenant)
    order = factories.make_order(tenant, service_id=service.pk)
    found = candidates(order, factories.make_actor(tenant)).candidates
    assert {candidate.driver.pk for candidate in found} == {driver.pk for driver in drivers}
    for candidate in found:
        assert candidate.verdicts == verdicts(order, Driver.objects.get(pk=candidate.driver.pk))
    assert {verdict.code for candidate in found for verdict in candidate.verdicts} == {
        "over_capacity",
        "driver_offline",
        "driver_not_allowed_in_pickup_zone",
        "driver_not_allowed_in_delivery_zone",
        "outside_preferred_zones",
        "vehicle_missing",
    }


def test_loads_of_many_are_the_loads_of_each(tenant: Tenant) -> None:
    drivers = all_kinds_of_drivers(tenant)
    together = loads(driver.pk for driver in drivers)
    assert {driver.pk: together.get(driver.pk, 0) for driver in drivers} == {
        driver.pk: units_on_board(driver) for driver in drivers
    }


def test_the_questions_do_not_grow_with_the_drivers(tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    counts = []
    for _ in range(2):
        all_kinds_of_drivers(tenant)
        with CaptureQueriesContext(connection) as captured:
            candidates(order, factories.make_actor(tenant))
        counts.append(len(captured))
    assert counts == [10, 10]


def test_the_nearest_without_objection_comes_first_and_the_impossible_last(tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    zone = factories.make_zone(tenant, factories.square(8.0, 46.0, 8.1, 46.1))
    at(factories.make_driver(tenant, name="Far"), 47.20, 9.53)
    at(factories.make_driver(tenant, name="Near"), *VADUZ)
    at(factories.make_driver(tenant, name="Near but offline", is_online=False), *VADUZ)
    at(factories.make_driver(tenant, name="Near but not allowed", zones=[zone]), *VADUZ)
    at(factories.make_driver(tenant, name="Near an hour ago"), *VADUZ, minutes_ago=60)
    factories.make_driver(tenant, name="Never seen")
    assert ranked(order) == [
        "Near",
        "Far",
        "Near an hour ago",
        "Never seen",
        "Near but offline",
        "Near but not allowed",
    ]


def test_drivers_out_of_service_are_not_listed(tenant: Tenant) -> None:
    for status in (DriverStatus.INACTIVE, DriverStatus.ON_LEAVE, DriverStatus.SUSPENDED):
        factories.make_driver(tenant, status=status)
    factories.make_driver(factories.make_tenant(), name="Of another company")
    factories.make_driver(tenant, name="Here")
    assert ranked(factories.make_order(tenant)) == ["Here"]


def test_a_person_of_one_team_is_offered_its_drivers(tenant: Tenant) -> None:
    ours, theirs = factories.make_team(tenant), factories.make_team(tenant)
    for name, teams in (("Ours", [ours]), ("Of both", [ours, theirs]), ("Theirs", [theirs])):
        at(factories.make_driver(tenant, name=name, all_teams=False), *VADUZ).teams.set(teams)
    at(factories.make_driver(tenant, name="Of all"), *VADUZ)
    limited = factories.make_actor(tenant, team_ids=frozenset({ours.pk, factories.make_team(tenant).pk}))
    found = candidates(factories.make_order(tenant), limited).candidates
    assert [candidate.driver.name for candidate in found] == ["Of all", "Of both", "Ours"]


def test_a_cut_list_says_how_many_there_are(tenant: Tenant) -> None:
    for _ in range(4):
        factories.make_driver(tenant)
    order = factories.make_order(tenant)
    found = candidates(order, factories.make_actor(tenant), limit=2).as_dict()
    assert (len(found["candidates"]), found["total"], found["possible"]) == (2, 4, 4)


def test_of_a_large_fleet_the_nearest_on_duty_are_judged(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routes.candidates.MOST_JUDGED", 2)
    at(factories.make_driver(tenant, name="Far"), 47.20, 9.53)
    at(factories.make_driver(tenant, name="Near"), *VADUZ)
    at(factories.make_driver(tenant, name="Near but offline", is_online=False), *VADUZ)
    factories.make_driver(tenant, name="Never seen")
    found = candidates(factories.make_order(tenant), factories.make_actor(tenant))
    assert [candidate.driver.name for candidate in found.candidates] == ["Near", "Far"]
    assert (found.judged, found.possible, found.total) == (2, 2, 4)


def test_distances_start_where_the_package_is(tenant: Tenant) -> None:
    actor = factories.make_actor(tenant)
    waiting = factories.make_order(tenant)
    at(factories.make_driver(tenant, name="Here"), *VADUZ)
    first = candidates(waiting, actor)
    assert first.measured_from == "the pickup"
    assert first.candidates[0].metres == pytest.approx(0, abs=1)
    carrier = at(factories.make_driver(tenant, name="Jonas Frick"), 47.20, 9.53)
    moving = factories.make_order(tenant, status=Status.PICKED_UP, driver=carrier)
    second = candidates(moving, actor)
    assert second.measured_from == "Jonas Frick, who has the package"
    here = next(candidate for candidate in second.candidates if candidate.driver.name == "Here")
    assert here.metres == pytest.approx(6770, rel=0.02)
