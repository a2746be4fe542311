"""Drivers with their work: the same figures for list, panel and live frames, and nothing of another tenant."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dispatch_console.core import clock
from dispatch_console.core.errors import Forbidden, Invalid
from dispatch_console.core.models import Tenant
from dispatch_console.core.permissions import RoleKind
from drivers import positions
from drivers.api.positions import SampleSerializer
from drivers.models import Driver
from orders import commands, fleet
from orders.actions import Cancel
from orders.api.fleet import DriverRowSerializer, PositionSerializer, VehicleSerializer
from orders.states import Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def driver(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Dana")


def names(page: fleet.FleetPage) -> list[str]:
    return [row["name"] for row in page.rows]


def test_a_row_counts_open_and_moving_work_and_its_units(tenant: Tenant, driver: Driver) -> None:
    factories.make_order(tenant, status=Status.ASSIGNED, driver=driver, unit_size=2)
    factories.make_order(tenant, status=Status.IN_TRANSIT, driver=driver, unit_size=3)
    factories.make_order(tenant, status=Status.DELIVERED, driver=driver, unit_size=5)
    row = fleet.rows_for([driver.pk])[driver.pk]
    assert (row["open_orders"], row["moving_orders"], row["load_units"]) == (2, 1, 5)


def test_a_cancelled_package_in_the_drivers_hands_still_loads_the_vehicle(tenant: Tenant, driver: Driver) -> None:
    order = factories.make_order(tenant, status=Status.PICKED_UP, driver=driver, unit_size=4)
    commands.perform(Cancel(reason="Customer"), code=order.code, actor=factories.make_actor(tenant))
    row = fleet.rows_for([driver.pk])[driver.pk]
    assert (row["open_orders"], row["moving_orders"], row["load_units"]) == (0, 0, 4)


def test_a_row_says_where_the_driver_was_last_and_with_what_vehicle(driver: Driver) -> None:
    assert fleet.rows_for([driver.pk])[driver.pk]["position"] is None
    moment = clock.now()
    positions.report(
        driver.pk, driver.tenant_id, [positions.Sample(latitude=47.1, longitude=9.5, recorded_at=moment, battery=0.5)]
    )
    row = fleet.rows_for([driver.pk])[driver.pk]
    assert row["position"] is not None
    assert (row["position"]["lat"], row["position"]["lng"], row["position"]["battery"]) == (47.1, 9.5, 0.5)
    assert row["position"]["recorded_at"] == clock.iso(moment)
    assert row["vehicle"] is not None
    assert row["vehicle"]["capacity_units"] == 10


def test_the_list_takes_as_many_queries_for_thirty_drivers_as_for_one(
    tenant: Tenant, driver: Driver, django_assert_num_queries: Callable[[int], Any]
) -> None:
    actor = factories.make_actor(tenant)
    for _ in range(29):
        factories.make_order(tenant, status=Status.ASSIGNED)
    with django_assert_num_queries(4):  # page, work, drivers, count
        page = fleet.fleet_page(actor, {})
    assert len(page.rows) == page.total == 30


def test_the_list_is_paged_by_name(tenant: Tenant) -> None:
    actor = factories.make_actor(tenant)
    for name in ("Cleo", "Anna", "Bert"):
        factories.make_driver(tenant, name=name)
    first = fleet.fleet_page(actor, {"limit": "2"})
    assert (names(first), first.total) == (["Anna", "Bert"], 3)
    second = fleet.fleet_page(actor, {"limit": "2", "cursor": first.next_cursor or ""})
    assert (names(second), second.next_cursor) == (["Cleo"], None)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"search": "ann"}, ["Anna"]),
        ({"search": "555"}, ["Bert"]),
        ({"online": "true"}, ["Anna"]),
        ({"online": "no"}, ["Bert"]),
        ({"status": "suspended"}, ["Bert"]),
        ({"search": "nobody"}, []),
    ],
)
def test_the_list_is_filtered(tenant: Tenant, params: dict[str, str], expected: list[str]) -> None:
    factories.make_driver(tenant, name="Anna")
    factories.make_driver(tenant, name="Bert", phone="+41 555", is_online=False, status="suspended")
    assert names(fleet.fleet_page(factories.make_actor(tenant), params)) == expected


@pytest.mark.parametrize(
    "params",
    [{"online": "maybe"}, {"status": "asleep"}, {"nme": "x"}, {"ordering": "phone"}, {"limit": "0"}, {"id": "x"}],
)
def test_the_list_refuses_parameters_it_does_not_understand(tenant: Tenant, params: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        fleet.fleet_page(factories.make_actor(tenant), params)


def test_a_dispatcher_limited_to_teams_sees_their_drivers_and_those_of_all_teams(tenant: Tenant) -> None:
    north, south = factories.make_team(tenant), factories.make_team(tenant)
    for name, teams in (("Both", [north, south]), ("North", [north]), ("South", [south])):
        factories.make_driver(tenant, name=name, all_teams=False).teams.set(teams)
    factories.make_driver(tenant, name="Everywhere")
    actor = factories.make_actor(tenant, team_ids=frozenset({north.pk}))
    assert names(fleet.fleet_page(actor, {})) == ["Both", "Everywhere", "North"]


def test_another_tenants_drivers_are_not_there(tenant: Tenant, driver: Driver) -> None:
    stranger = factories.make_actor(factories.make_tenant())
    assert fleet.fleet_page(stranger, {"id": str(driver.pk)}).rows == []


def test_a_role_without_drivers_is_refused(tenant: Tenant) -> None:
    with pytest.raises(Forbidden):
        fleet.fleet_page(factories.make_actor(tenant, RoleKind.WAREHOUSE), {})


@pytest.fixture
def ask(tenant: Tenant) -> Callable[..., Any]:
    _, secret = factories.make_key(tenant, RoleKind.DISPATCHER)

    def get(address: str) -> Any:
        client = Client(raise_request_exception=False)
        return client.get(f"/api/v1/{address}", headers={"Authorization": f"Bearer {secret}"})

    return get


def test_the_api_lists_drivers_with_the_stream_number_they_belong_to(ask: Callable[..., Any], driver: Driver) -> None:
    body = ask("drivers/").json()
    assert [row["name"] for row in body["results"]] == ["Dana"]
    assert (body["total"], body["next_cursor"], body["stream_number"]) == (1, None, 0)


def test_the_api_shows_one_driver_and_not_a_strangers(ask: Callable[..., Any], driver: Driver) -> None:
    assert ask(f"drivers/{driver.pk}/").json()["name"] == "Dana"
    stranger = factories.make_driver(factories.make_tenant())
    for pk in (stranger.pk, 10**30, 0):
        assert ask(f"drivers/{pk}/").status_code == 404


def test_the_api_document_names_the_fields_that_are_sent(driver: Driver) -> None:
    assert set(DriverRowSerializer().fields) == set(fleet.FleetRow.__annotations__)
    assert set(PositionSerializer().fields) == set(fleet.PositionPart.__annotations__)
    assert set(VehicleSerializer().fields) == set(fleet.VehiclePart.__annotations__)
    assert set(SampleSerializer().fields) == set(positions.Sample.__struct_fields__)
