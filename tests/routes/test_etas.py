"""Times of arrival: reckoned along the run, in batches, written and told only when they changed notably."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.core import clock, realtime
from dispatch_console.core.models import Tenant
from drivers.models import Driver, DriverPosition
from orders import commands
from orders.actions import Arrive, Deliver, Switch, Unassign
from orders.models import Order, OrderEta
from orders.states import Stage, Status
from routes import etas
from tests import factories
from tests.orders.api import Api
from tests.routes.test_ranking import NEAR, PICKUP, TWO_KM, driver_at, give

pytestmark = pytest.mark.django_db

DROPOFF = (47.1080, 9.5280)  # of the factory's orders
# The straight line, 30 % longer, at 25 km/h, between pickup and dropoff.
RIDE = timedelta(minutes=10, seconds=55)
SECONDS = timedelta(seconds=20)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[realtime.EtaRow]:
    """What open consoles hear."""
    rows: list[realtime.EtaRow] = []
    monkeypatch.setattr(realtime, "publish_etas", lambda tenant_id, found: rows.extend(found))
    return rows


def given(driver: Driver, **over: Any) -> Order:
    return give(factories.make_order(driver.tenant, **over), driver)


def move(driver: Driver, place: tuple[float, float]) -> None:
    DriverPosition.objects.filter(driver=driver).update(
        latitude=place[0], longitude=place[1], recorded_at=clock.now(), received_at=clock.now()
    )


def row_of(order: Order) -> dict[str, Any]:
    api = Api(order.tenant)
    return api.get(f"orders/{order.code}/").json()


def test_a_driver_is_expected_at_the_pickup_and_then_at_the_door(tenant: Tenant) -> None:
    driver = driver_at(tenant, "Anna", PICKUP)
    order = given(driver)
    assert etas.companies() == [tenant.pk]
    assert etas.refresh(tenant.pk) == 1
    eta = OrderEta.objects.get(order=order)
    assert abs(eta.pickup_at - clock.now()) < SECONDS
    # Three minutes at the pickup, then the ride.
    assert abs(eta.dropoff_at - eta.pickup_at - timedelta(minutes=3) - RIDE) < SECONDS
    shown = row_of(order)["eta"]
    assert shown == {
        "pickup_at": clock.iso(eta.pickup_at),
        "dropoff_at": clock.iso(eta.dropoff_at),
        "is_estimate": True,
    }
    assert Order.objects.visible_to(factories.make_actor(tenant)).get(pk=order.pk).version == order.version


def test_only_what_changed_notably_is_written_and_told(tenant: Tenant, told: list[realtime.EtaRow]) -> None:
    driver = driver_at(tenant, "Anna", NEAR)
    order = given(driver)
    etas.refresh(tenant.pk)
    before = OrderEta.objects.get(order=order)
    assert [row.order_id for row in told] == [order.pk]
    told.clear()
    # A few steps, and nothing at all.
    move(driver, (NEAR[0] + 0.0005, NEAR[1]))
    assert etas.refresh(tenant.pk) == 0
    assert (told, OrderEta.objects.get(order=order).computed_at) == ([], before.computed_at)
    move(driver, TWO_KM)
    assert etas.refresh(tenant.pk) == 1
    assert OrderEta.objects.get(order=order).pickup_at - before.pickup_at > timedelta(minutes=4)
    assert [(row.order_id, row.driver_id) for row in told] == [(order.pk, driver.pk)]


def test_who_stands_at_the_door_is_there_and_the_next_ones_wait_for_what_is_left(tenant: Tenant) -> None:
    driver = driver_at(tenant, "Anna", PICKUP)
    order = factories.make_order(tenant, status=Status.PICKED_UP, driver=driver)
    move(driver, DROPOFF)
    actor = factories.make_driver_actor(driver)
    commands.perform(Arrive(stage=Stage.DELIVERY), code=order.code, actor=actor)
    later = given(driver)
    etas.refresh(tenant.pk)
    order.refresh_from_db()
    here, then = OrderEta.objects.get(order=order), OrderEta.objects.get(order=later)
    assert (here.pickup_at, here.dropoff_at, here.is_estimate) == (None, order.arrived_dropoff_at, False)
    assert abs(then.pickup_at - clock.now() - timedelta(minutes=3) - RIDE) < SECONDS


def test_packages_of_one_place_are_fetched_and_brought_in_one_visit(tenant: Tenant) -> None:
    driver = driver_at(tenant, "Anna", NEAR)
    orders = [given(driver) for _ in range(3)]
    etas.refresh(tenant.pk)
    found = [OrderEta.objects.get(order=order) for order in orders]
    assert len({eta.pickup_at for eta in found}) == len({eta.dropoff_at for eta in found}) == 1


def test_a_scheduled_pickup_is_waited_for(tenant: Tenant) -> None:
    driver = driver_at(tenant, "Anna", PICKUP)
    opens = factories.minutes_from_now(30)
    order = given(driver, scheduled_pickup_at=opens)
    etas.refresh(tenant.pk)
    eta = OrderEta.objects.get(order=order)
    assert abs(eta.dropoff_at - opens - timedelta(minutes=3) - RIDE) < SECONDS


def test_another_driver_nobody_and_the_end_of_work_take_the_time_away(
    tenant: Tenant, told: list[realtime.EtaRow]
) -> None:
    anna, ben = driver_at(tenant, "Anna", NEAR), driver_at(tenant, "Ben", TWO_KM)
    order, other = given(anna), given(anna)
    third = factories.make_order(tenant, status=Status.IN_TRANSIT, driver=anna)
    etas.refresh(tenant.pk)
    actor = factories.make_actor(tenant)
    commands.perform(Switch(driver_id=ben.pk, reason="Nearer"), code=order.code, actor=actor)
    commands.perform(Unassign(reason="Not today"), code=other.code, actor=actor)
    commands.perform(Deliver(note="At the door"), code=third.code, actor=factories.make_driver_actor(anna))
    # At once, before anything is reckoned anew.
    assert [row_of(each)["eta"] for each in (order, other, third)] == [None, None, None]
    told.clear()
    etas.refresh(tenant.pk)
    assert list(OrderEta.objects.values_list("order", "driver")) == [(order.pk, ben.pk)]
    assert {(row.order_id, row.driver_id) for row in told} == {
        (order.pk, ben.pk),
        (other.pk, None),
        (third.pk, None),
    }
    Driver.objects.filter(pk=ben.pk).update(is_online=False)
    etas.refresh(tenant.pk)
    assert not OrderEta.objects.exists()
    assert etas.companies() == [tenant.pk]  # Anna is still on duty


def test_an_order_that_is_expected_late_is_at_risk_wherever_it_is_looked_for(tenant: Tenant) -> None:
    driver = driver_at(tenant, "Anna", (47.22, 9.53))
    due = factories.minutes_from_now(25)  # more than the company's 15 minutes of risk
    late = given(driver, scheduled_delivery_at=due)
    fine = factories.make_order(tenant, scheduled_delivery_at=due)
    api = Api(tenant)
    assert (row_of(late)["attention"], api.get("orders/?attention=at_risk").json()["total"]) == (None, 0)
    etas.refresh(tenant.pk)
    assert (row_of(late)["attention"], row_of(fine)["attention"]) == ("at_risk", None)
    found = api.get("orders/?attention=at_risk").json()
    assert [row["code"] for row in found["results"]] == [late.code]
    assert api.get("orders/counts/").json()["statuses"]["at_risk"] == 1
    by_time = api.get("orders/?ordering=eta").json()["results"]
    assert [row["code"] for row in by_time] == [late.code, fine.code]


def test_the_queries_do_not_grow_with_orders_and_drivers(tenant: Tenant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            etas.refresh(tenant.pk)
        return len(seen)

    given(driver_at(tenant, "First", NEAR))
    few = queries()
    for number in range(6):
        driver = driver_at(tenant, f"Driver {number}", TWO_KM)
        for _ in range(3):
            given(driver)
        factories.make_order(tenant, status=Status.PICKED_UP, driver=driver)
    assert queries() <= few
    assert OrderEta.objects.count() == 25


def test_one_company_at_a_time_and_never_anothers_orders(tenant: Tenant) -> None:
    elsewhere = factories.make_tenant()
    given(driver_at(elsewhere, "Elsewhere", NEAR))
    given(driver_at(tenant, "Anna", NEAR))
    etas.refresh(tenant.pk)
    assert list(OrderEta.objects.values_list("tenant", flat=True)) == [tenant.pk]
