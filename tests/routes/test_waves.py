"""Offers in waves: the first to accept wins, a wave that runs out widens, and any change of the order ends it."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch_console.core import clock
from dispatch_console.core.models import Event, Tenant
from drivers.models import Driver
from orders import commands
from orders.actions import Edit
from orders.actions.waves import TakeOffer
from orders.models import Assignment, AssignmentMode, Offer, OfferSearch, Order
from routes import automatic, waves
from routes.models import DispatchSettings
from tests import factories
from tests.orders.api import Api, refusal
from tests.orders.test_races import race
from tests.routes.test_ranking import NEAR, PICKUP, TWO_KM, driver_at, rule

pytestmark = pytest.mark.django_db

SIX_KM = (47.1933, 9.5228)


@pytest.fixture
def tenant() -> Tenant:
    tenant = factories.make_tenant()
    DispatchSettings.objects.create(tenant=tenant, wave_radius=1000, wave_growth=3, wave_size=2, most_waves=3)
    return tenant


def phone(driver: Driver) -> Api:
    member = factories.make_member(driver.tenant, "driver")
    driver.user = member.user
    driver.save()
    return Api(driver.tenant, "driver", membership=member)


def offered(api: Api) -> list[dict[str, Any]]:
    return api.get("driver/offers/").json()["offers"]


def answers(order: Order) -> dict[str, str]:
    return dict(Offer.objects.filter(order=order).order_by("pk").values_list("driver__name", "answer"))


def later(seconds: int) -> Any:
    return clock.at(clock.now() + timedelta(seconds=seconds))


def test_the_first_to_accept_gets_it_and_the_other_is_told_plainly(tenant: Tenant) -> None:
    anna, ben = driver_at(tenant, "Anna", PICKUP), driver_at(tenant, "Ben", NEAR)
    driver_at(tenant, "Too far", TWO_KM)
    order, console = factories.make_order(tenant), Api(tenant)
    begun = console.post(f"orders/{order.code}/offers/", Idempotency_Key="start")
    assert begun.status_code == 200, begun.content
    assert [each["name"] for each in begun.json()["search"]["offers"]] == ["Anna", "Ben"]
    assert console.post(f"orders/{order.code}/offers/", Idempotency_Key="start").json()["search"]["wave"] == 1
    refusal(console.post(f"orders/{order.code}/offers/"), 409, "already_offered")
    first, second = phone(anna), phone(ben)
    mine, theirs = offered(first)[0], offered(second)[0]
    assert mine["order"]["code"] == order.code
    refusal(first.post(f"driver/offers/{theirs['id']}/accept/"), 404)
    assert first.post(f"driver/offers/{mine['id']}/accept/").json()["order"]["driver"]["name"] == "Anna"
    refusal(second.post(f"driver/offers/{theirs['id']}/accept/"), 409, "offer_taken")
    assert (answers(order), offered(second)) == ({"Anna": "accepted", "Ben": "withdrawn"}, [])
    assert Assignment.objects.get(order=order).status == "accepted"


def test_a_wave_that_runs_out_or_is_refused_by_all_widens_and_at_last_ends(tenant: Tenant) -> None:
    anna = driver_at(tenant, "Anna", PICKUP)
    driver_at(tenant, "Ben", TWO_KM)
    driver_at(tenant, "Carl", SIX_KM)
    order, console = factories.make_order(tenant), Api(tenant)
    console.post(f"orders/{order.code}/offers/")
    assert waves.sweep() == 0
    api = phone(anna)
    offer = offered(api)[0]["id"]
    assert api.post(f"driver/offers/{offer}/reject/", {"reason": "Too heavy"}).status_code == 200
    assert api.post(f"driver/offers/{offer}/reject/", {"reason": "Too heavy"}).status_code == 200
    assert waves.sweep() == 1
    assert answers(order) == {"Anna": "refused", "Ben": "open"}
    with later(31):
        assert waves.sweep() == 1
        search = console.get(f"orders/{order.code}/offers/").json()["search"]
        assert (search["wave"], search["radius"], search["is_live"]) == (3, 9000, True)
    with later(70):
        assert waves.sweep() == 1
        assert waves.sweep() == 0
    assert answers(order) == {"Anna": "refused", "Ben": "expired", "Carl": "expired"}
    assert OfferSearch.objects.get(order=order).outcome == "nobody"
    assert [event.kind for event in Event.objects.filter(object_id=order.pk, stream="order").order_by("version")] == [
        "order.created",
        "order.offered_nearby",
        "order.offer_refused",
        "order.offered_further",
        "order.offered_further",
        "order.offered_in_vain",
    ]
    # Remembered when drivers are ranked the next time.
    assert rule(factories.make_order(tenant), "Anna", "acceptance").figures == {
        "accepted": 0,
        "rejected": 1,
        "expired": 0,
    }


def test_any_change_of_the_order_ends_its_offers(tenant: Tenant) -> None:
    anna = driver_at(tenant, "Anna", PICKUP)
    changed, stopped, console = factories.make_order(tenant), factories.make_order(tenant), Api(tenant)
    for order in (changed, stopped):
        console.post(f"orders/{order.code}/offers/")
    api = phone(anna)
    ids = {each["order"]["code"]: each["id"] for each in offered(api)}
    actor = factories.make_actor(tenant)
    commands.perform(Edit(changes={"notes": "Ring twice"}), code=changed.code, actor=actor)
    assert console.delete(f"orders/{stopped.code}/offers/").status_code == 200
    assert offered(api) == []
    for order in (changed, stopped):
        refusal(api.post(f"driver/offers/{ids[order.code]}/accept/"), 409, "offer_expired")
    waves.sweep()
    outcomes = dict(OfferSearch.objects.values_list("order__code", "outcome"))
    assert outcomes == {changed.code: "changed", stopped.code: "stopped"}
    nobody = factories.make_order(tenant, pickup_latitude=46.5, pickup_longitude=8.5)
    refusal(console.post(f"orders/{nobody.code}/offers/"), 409, "nobody_nearby")
    refusal(Api(factories.make_tenant()).post(f"orders/{nobody.code}/offers/"), 404)


def test_a_service_may_offer_by_itself_and_the_automatic_dispatch_keeps_out(tenant: Tenant) -> None:
    driver_at(tenant, "Anna", PICKUP)
    policy = factories.make_policy(tenant, assignment_mode=AssignmentMode.OFFERS)
    order = factories.make_order(tenant, service_id=factories.make_service(tenant, policy=policy).pk)
    DispatchSettings.objects.filter(tenant=tenant).update(assignment_mode=AssignmentMode.AUTOMATIC)
    by_hand = factories.make_order(tenant)
    Api(tenant).post(f"orders/{by_hand.code}/offers/")
    assert waves.sweep() == 1
    assert waves.sweep() == 0
    assert (answers(order), answers(by_hand)) == ({"Anna": "open"}, {"Anna": "open"})
    assert automatic.run_round(tenant.pk) == automatic.Outcome()


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_eight_accept_at_once_and_exactly_one_gets_it() -> None:
    tenant = factories.make_tenant()
    DispatchSettings.objects.create(tenant=tenant, wave_size=8)
    drivers = [driver_at(tenant, f"Driver {number}", PICKUP) for number in range(8)]
    order = factories.make_order(tenant)
    waves.start(order.code, actor=factories.make_actor(tenant))
    offers = dict(Offer.objects.filter(order=order).values_list("driver_id", "pk"))

    def accept(number: int) -> Any:
        driver = drivers[number]
        return commands.perform(
            TakeOffer(offer_id=offers[driver.pk]), code=order.code, actor=factories.make_driver_actor(driver)
        )

    results = race(8, accept)
    assert sorted(getattr(each, "code", "won") for each in results) == ["offer_taken"] * 7 + ["won"]
    assert Assignment.objects.filter(order=order, ended_at__isnull=True).count() == 1
    assert sorted(answers(order).values()) == ["accepted", *["withdrawn"] * 7]
