"""The ranking: what decides, what would change it, and that it is kept with the assignment as it was shown."""

import json
from typing import Any

import pytest

from dispatch_console.core import clock
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Tenant
from drivers.models import Driver, DriverPosition
from orders import commands
from orders.actions import Accept, Assign, Reject, Unassign
from orders.models import Assignment, Order
from routes.advising import MOST_BYTES, explain
from routes.candidates import CandidateList, candidates
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db

PICKUP = (47.1393, 9.5228)  # of the factory's orders
NEAR = (47.1400, 9.5228)
TWO_KM = (47.1573, 9.5228)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def driver_at(tenant: Tenant, name: str, place: tuple[float, float] = PICKUP, **over: Any) -> Driver:
    driver = factories.make_driver(tenant, name=name, **over)
    DriverPosition.objects.create(
        driver=driver,
        tenant=tenant,
        latitude=place[0],
        longitude=place[1],
        recorded_at=clock.now(),
        received_at=clock.now(),
    )
    return driver


def found(order: Order) -> CandidateList:
    return candidates(order, factories.make_actor(order.tenant))


def names(order: Order) -> list[str]:
    return [each.driver.name for each in found(order).candidates]


def rule(order: Order, name: str, wanted: str) -> Any:
    candidate = next(each for each in found(order).candidates if each.driver.name == name)
    return next(each for each in candidate.judgements if each.rule == wanted)


def give(order: Order, driver: Driver) -> Order:
    return commands.perform(
        Assign(driver_id=driver.pk), code=order.code, actor=factories.make_actor(order.tenant)
    ).order


def test_the_nearer_of_two_equals_wins_and_it_says_by_how_much_the_other_would(tenant: Tenant) -> None:
    driver_at(tenant, "Anna", NEAR)
    driver_at(tenant, "Ben", TWO_KM)
    answer = found(factories.make_order(tenant)).as_dict()
    anna, ben = answer["candidates"]
    assert (anna["name"], anna["deciding"]) == ("Anna", "6 min sooner at the door than Ben.")
    assert (ben["name"], ben["deciding"]) == ("Ben", "6 min later at the door than Anna.")
    assert answer["change"]["sentence"] == "Ben would win 6 min nearer."
    assert anna["score"] < ben["score"]


def test_stops_on_the_way_count_and_so_does_what_the_others_would_suffer(tenant: Tenant) -> None:
    busy = driver_at(tenant, "Busy", PICKUP)
    driver_at(tenant, "Free", TWO_KM)
    urgent = factories.make_order(tenant, dropoff_latitude=47.24, dropoff_longitude=9.53)
    Order.objects.filter(pk=urgent.pk).update(due_at=factories.minutes_from_now(45))
    give(urgent, busy)
    order = factories.make_order(tenant)
    assert names(order) == ["Free", "Busy"]
    assert rule(order, "Busy", "load").sentence == "1 open order."
    risk = rule(order, "Busy", "risk")
    assert risk.level == "warning"
    assert urgent.code in risk.sentence
    assert risk.minutes == pytest.approx(2 * risk.figures["minutes"], abs=0.2)


def test_who_refuses_and_lets_offers_run_out_ranks_lower(tenant: Tenant) -> None:
    tenant.drivers_accept = True
    tenant.save()
    taker, refuser = driver_at(tenant, "Zoe takes"), driver_at(tenant, "Adam refuses")
    assert names(factories.make_order(tenant)) == ["Adam refuses", "Zoe takes"]
    for driver, answer in ((taker, Accept()), (refuser, Reject(reason="Too far"))):
        offered = give(factories.make_order(tenant), driver)
        commands.perform(answer, code=offered.code, actor=factories.make_driver_actor(driver))
        if isinstance(answer, Accept):
            back = Unassign(reason="Customer called")
            commands.perform(back, code=offered.code, actor=factories.make_actor(tenant))
    order = factories.make_order(tenant)
    assert names(order) == ["Zoe takes", "Adam refuses"]
    assert rule(order, "Adam refuses", "acceptance").sentence == "Took 0 of the last 1 offers (1 refused)."
    assert found(order).as_dict()["candidates"][0]["deciding"].startswith("Takes more offers than Adam refuses")


def test_one_unit_short_is_the_nearest_change(tenant: Tenant) -> None:
    driver_at(tenant, "Full", NEAR, primary_vehicle=factories.make_vehicle(tenant, capacity_units=2))
    driver_at(tenant, "Roomy", TWO_KM)
    answer = found(factories.make_order(tenant, unit_size=3)).as_dict()
    assert [each["is_blocked"] for each in answer["candidates"]] == [False, True]
    assert answer["change"]["sentence"] == "Full would win if 1 unit were free."


def test_what_is_kept_with_the_assignment_is_what_was_shown(tenant: Tenant) -> None:
    api = Api(tenant)
    for number in range(7):
        driver_at(tenant, f"Driver {number}", (47.14 + number / 200, 9.5228))
    order = factories.make_order(tenant)
    with clock.at(clock.now()):
        shown = api.get(f"orders/{order.code}/candidates/").json()
        last = shown["candidates"][-1]
        assert api.post(f"orders/{order.code}/assign/", {"driver_id": last["id"]}).status_code == 200
    kept = api.get(f"orders/{order.code}/").json()["assignments"][0]["explanation"]
    assert (kept["chosen"], kept["place"], kept["judged"]) == (last["id"], 7, 7)
    assert [each["id"] for each in kept["candidates"]] == [each["id"] for each in (*shown["candidates"][:5], last)]
    for mine, theirs in zip(kept["candidates"], (*shown["candidates"][:5], last), strict=True):
        assert {name: mine[name] for name in mine if name != "rules"} == {
            name: theirs[name] for name in mine if name != "rules"
        }
        assert [each["sentence"] for each in mine["rules"]] == [each["sentence"] for each in theirs["rules"]]
    assert kept["change"] == shown["change"]


def test_an_explanation_is_bounded_however_long_the_names_are(tenant: Tenant) -> None:
    tenant.drivers_accept = True
    zones = [factories.make_zone(tenant, factories.square(8, 46, 8.1, 46.1), name=f"{n} " + "Ö" * 70) for n in range(9)]
    for _ in range(8):
        last = driver_at(tenant, f"{'Ü' * 110} {next(factories._numbers)}", zones=zones)
    content = explain(factories.make_order(tenant), last.pk, factories.make_actor(tenant))
    assert content is not None
    assert len(json.dumps(content)) <= MOST_BYTES
    assert last.pk in [each["id"] for each in content["candidates"]]


def test_the_wall_between_companies_stands(tenant: Tenant) -> None:
    driver_at(factories.make_tenant(), "Theirs")
    order = factories.make_order(tenant)
    assert names(order) == []
    stranger = Api(factories.make_tenant())
    refusal(stranger.get(f"orders/{order.code}/candidates/"), 404)
    refusal(Api(tenant, "observer").get(f"orders/{order.code}/candidates/"), 403)
    refusal(Api(tenant).get(f"orders/{order.code}/candidates/", serch="x"), 400)


def test_forcing_puts_the_order_on_the_list_without_asking(tenant: Tenant) -> None:
    tenant.drivers_accept = True
    tenant.save()
    api, driver = Api(tenant), driver_at(tenant, "Anna")
    asked, forced = factories.make_order(tenant), factories.make_order(tenant)
    api.post(f"orders/{asked.code}/assign/", {"driver_id": driver.pk})
    api.post(f"orders/{forced.code}/assign/", {"driver_id": driver.pk, "force": True})
    live = dict(Assignment.objects.values_list("order__code", "status"))
    assert live == {asked.code: "pending", forced.code: "assigned"}
    itself = factories.make_driver_actor(driver)
    commands.perform(Reject(reason="Too far"), code=asked.code, actor=itself)
    with pytest.raises(Refused, match="not waiting for a driver's answer"):
        commands.perform(Reject(reason="Too far"), code=forced.code, actor=itself)
