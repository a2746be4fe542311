"""Automatic dispatch: gives, waits with a reason, plans anew until pickup, and leaves alone what people decided."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.core import clock
from dispatch_console.core.models import Tenant
from drivers.models import Driver, DriverPosition
from orders import commands
from orders.actions import Assign, Hold, Reject, Switch, Unassign
from orders.models import Assignment, AssignmentMode, DeliveryService, Order
from routes import automatic
from routes.models import AutomaticDecision
from routes.turns import only_one
from tests import factories
from tests.routes.test_ranking import NEAR, PICKUP, TWO_KM, driver_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def service(tenant: Tenant) -> DeliveryService:
    policy = factories.make_policy(tenant, assignment_mode=AssignmentMode.AUTOMATIC)
    return factories.make_service(tenant, policy=policy)


def order_of(service: DeliveryService, **over: Any) -> Order:
    return factories.make_order(service.tenant, service_id=service.pk, **over)


def move(driver: Driver, place: tuple[float, float]) -> None:
    DriverPosition.objects.filter(driver=driver).update(latitude=place[0], longitude=place[1])


def holder(order: Order) -> str:
    order.refresh_from_db()
    return order.driver.name if order.driver else ""


def test_a_round_gives_what_waits_to_the_nearest_and_says_why(tenant: Tenant, service: DeliveryService) -> None:
    driver_at(tenant, "Far", (47.22, 9.53))
    driver_at(tenant, "Near", NEAR)
    order, by_hand = order_of(service), factories.make_order(tenant)
    assert automatic.companies() == [tenant.pk]
    assert automatic.run_round(tenant.pk) == automatic.Outcome(given=1)
    assert (holder(order), holder(by_hand)) == ("Near", "")
    given = Assignment.objects.get(order=order)
    assert (given.assigned_by, given.is_automatic, given.explanation["place"]) == ("Automatic dispatch", True, 1)
    assert "Near" in given.explanation["reasons"][0]
    version = order.version
    # Repeated, it finds nothing to do.
    assert automatic.run_round(tenant.pk) == automatic.Outcome()
    order.refresh_from_db()
    assert order.version == version


def test_it_waits_with_a_reason_where_nobody_may_or_it_is_too_early(tenant: Tenant, service: DeliveryService) -> None:
    zone = factories.make_zone(tenant, factories.square(8.0, 46.0, 8.1, 46.1))
    driver_at(tenant, "Elsewhere", NEAR, zones=[zone])
    order = order_of(service)
    assert automatic.run_round(tenant.pk) == automatic.Outcome(waiting=1)
    decision = AutomaticDecision.objects.get(order=order)
    assert (decision.action, decision.code) == ("wait", "nobody_may")
    driver_at(tenant, "Anna", NEAR)
    Order.objects.filter(pk=order.pk).update(scheduled_pickup_at=factories.minutes_from_now(40))
    automatic.run_round(tenant.pk)
    decision.refresh_from_db()
    assert (holder(order), decision.code, decision.driver.name) == ("", "too_early", "Anna")
    assert "Anna need not leave for" in decision.sentence
    assert decision.decide_by > clock.now()


def test_it_plans_anew_until_pickup_when_that_gains_enough(tenant: Tenant, service: DeliveryService) -> None:
    first = driver_at(tenant, "First", NEAR)
    order = order_of(service)
    automatic.run_round(tenant.pk)
    driver_at(tenant, "A little nearer", PICKUP)
    assert automatic.run_round(tenant.pk) == automatic.Outcome()
    move(first, (47.25, 9.53))
    assert automatic.run_round(tenant.pk) == automatic.Outcome(moved=1)
    assert holder(order) == "A little nearer"
    assert [row.reason for row in Assignment.objects.filter(order=order)] == ["Planned anew", ""]


def test_it_never_touches_what_a_person_decided(tenant: Tenant, service: DeliveryService) -> None:
    actor = factories.make_actor(tenant)
    far = driver_at(tenant, "Far", (47.25, 9.53))
    near = driver_at(tenant, "Near", NEAR)
    chosen, taken_over, held = (order_of(service) for _ in range(3))
    commands.perform(Assign(driver_id=far.pk), code=chosen.code, actor=actor)
    commands.perform(Hold(reason="Shop closed"), code=held.code, actor=actor)
    automatic.run_round(tenant.pk)
    assert (holder(chosen), holder(taken_over), holder(held)) == ("Far", "Near", "")
    commands.perform(Switch(driver_id=far.pk), code=taken_over.code, actor=actor)
    automatic.run_round(tenant.pk)
    assert holder(taken_over) == "Far"
    # Whoever was taken off it, or refused it, is not asked again.
    commands.perform(Unassign(reason="Fell ill"), code=taken_over.code, actor=actor)
    automatic.run_round(tenant.pk)
    assert holder(taken_over) == ""
    tenant.drivers_accept = True
    tenant.save()
    offered = order_of(service)
    automatic.run_round(tenant.pk)
    assert holder(offered) == "Near"
    commands.perform(Reject(reason="Too far"), code=offered.code, actor=factories.make_driver_actor(near))
    automatic.run_round(tenant.pk)
    assert holder(offered) != "Near"


def test_a_change_between_decision_and_lock_is_noted_and_the_next_round_goes_on(
    tenant: Tenant, service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver_at(tenant, "Anna", NEAR)
    order = order_of(service)
    decide = automatic.decide

    def meanwhile(*args: Any) -> Any:
        decided = decide(*args)
        held = commands.perform(Hold(reason="Wait"), code=order.code, actor=factories.make_actor(tenant))
        assert held.order.on_hold
        return decided

    monkeypatch.setattr(automatic, "decide", meanwhile)
    assert automatic.run_round(tenant.pk) == automatic.Outcome(refused=1)
    decision = AutomaticDecision.objects.get(order=order)
    assert (decision.action, decision.code) == ("refused", "stale_version")
    assert holder(order) == ""
    monkeypatch.setattr(automatic, "decide", decide)
    Order.objects.filter(pk=order.pk).update(on_hold=False)
    assert automatic.run_round(tenant.pk) == automatic.Outcome(given=1)
    assert not AutomaticDecision.objects.exists()


def test_the_questions_of_a_round_do_not_grow(tenant: Tenant, service: DeliveryService) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            order_of(service, scheduled_pickup_at=factories.minutes_from_now(60))
            driver_at(tenant, "Driver", TWO_KM)
        with CaptureQueriesContext(connection) as captured:
            automatic.run_round(tenant.pk)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_one_company_does_not_see_the_drivers_of_another(tenant: Tenant, service: DeliveryService) -> None:
    driver_at(factories.make_tenant(), "Theirs", PICKUP)
    order = order_of(service)
    automatic.run_round(tenant.pk)
    assert holder(order) == ""
    assert AutomaticDecision.objects.get(order=order).code == "nobody_may"


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_of_two_rounds_at_once_one_is_skipped(tenant: Tenant) -> None:
    from tests.orders.test_races import race

    def second(_: int) -> Any:
        return automatic.run_round(tenant.pk)

    with only_one(automatic.LOCK, tenant.pk) as is_mine:
        assert is_mine
        assert race(1, second) == [None]
    assert race(1, second) == [automatic.Outcome()]
