"""Planning over the API, as an integration uses it."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch_console.core import clock, presence
from dispatch_console.core.models import Tenant
from dispatch_console.core.permissions import RoleKind
from dispatch_console.settings import queues
from drivers.models import Driver
from orders.models import Order
from routes.models import PlanRun, PlanState, Trip
from routes.plans import work
from tests import factories
from tests.orders.api import Api, refusal
from tests.routes.test_plans import driver, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant)


@pytest.fixture
def ann(tenant: Tenant) -> Driver:
    return driver(tenant, "Ann")


def made(api: Api, body: dict[str, Any], status: int = 201, **headers: str) -> dict[str, Any]:
    response = api.post("plans/", body, **headers)
    assert response.status_code == status, response.content
    return response.json()


def test_trips_are_built_in_the_background_and_applied(tenant: Tenant, api: Api, ann: Driver) -> None:
    wanted = [order(tenant), order(tenant, north=0.02)]
    order(tenant, priority=1)
    held = factories.make_order(tenant)
    Order.objects.filter(pk=held.pk).update(on_hold=True)
    asked = {"filters": {"priority": "3"}, "driver_ids": [ann.pk], "seconds": 1}
    plan = made(api, asked, 202, Idempotency_Key="once")
    assert plan["state"] == "waiting"
    assert plan["orders"] == 2
    order(tenant)  # the same request, whatever it would find now
    assert made(api, asked, 200, Idempotency_Key="once")["number"] == plan["number"]

    run = PlanRun.objects.get(number=plan["number"])
    work.work_on(run, work.actor_of(run), iterations=50)
    ready = api.get(f"plans/{plan['number']}/").json()
    assert ready["state"] == "ready"
    assert ready["result"]["summary"]["planned"] == len(wanted)
    applied = api.post(f"plans/{plan['number']}/apply/").json()
    Order.objects.update(on_hold=True)
    assert made(api, asked, 200, Idempotency_Key="once")["state"] == "applied"
    Order.objects.update(on_hold=False)
    assert applied["state"] == "applied"
    assert applied["trips"] == [Trip.objects.get().label]
    assert api.get("plans/", state="applied").json()["total"] == 1

    back = api.post(f"plans/{plan['number']}/take-back/").json()
    assert (back["state"], back["refused"]) == ("taken_back", [])


def test_a_late_order_is_inserted_at_once(tenant: Tenant, api: Api, ann: Driver) -> None:
    wanted = order(tenant)
    plan = made(api, {"kind": "insert", "codes": [wanted.code]})
    assert plan["state"] == "ready"
    (choice,) = plan["result"]["choices"]
    assert choice["driver_id"] == ann.pk
    assert api.post(f"plans/{plan['number']}/discard/").json()["state"] == "discarded"
    refusal(api.post(f"plans/{plan['number']}/apply/"), 409, "plan_not_ready")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "codes"),
        ({"codes": []}, "codes"),
        ({"codes": ["A"], "filters": {}}, "codes"),
        ({"filters": {"search": "nothing like it"}}, "filters"),
        ({"kind": "resequence"}, "driver_ids"),
        ({"codes": ["A"], "rest_minutes": 30}, "rest_from"),
        ({"codes": ["A"], "begins_at": "2026-01-02T10:00Z", "ends_at": "2026-01-02T09:00Z"}, "ends_at"),
        ({"codes": ["A"], "seconds": 100_000}, "seconds"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_field(
    api: Api, ann: Driver, body: dict[str, Any], field: str
) -> None:
    assert field in refusal(api.post("plans/", body), 400)["details"]["fields"]


def test_a_waiting_plan_is_cancelled(tenant: Tenant, api: Api, ann: Driver) -> None:
    plan = made(api, {"codes": [order(tenant).code]}, 202)
    assert api.post(f"plans/{plan['number']}/cancel/").json()["state"] == PlanState.CANCELLED
    work.carry_on(PlanRun.objects.get().pk)
    assert PlanRun.objects.get().state == PlanState.CANCELLED


def test_a_plan_that_waits_says_what_for(tenant: Tenant, api: Api, ann: Driver) -> None:
    presence.cache.delete(presence.KEY.format(queues.LONG))
    plan = made(api, {"codes": [order(tenant).code]}, 202)
    assert plan["waits_for"].startswith("No worker for long tasks is running.")
    presence.say_served([queues.LONG])
    address = f"plans/{plan['number']}/"
    assert api.get(address).json()["waits_for"] == "", "it has only just been asked for"
    PlanRun.objects.update(created_at=clock.now() - timedelta(seconds=20))
    assert "busy with other long work" in api.get(address).json()["waits_for"]
    api.post(f"{address}cancel/")
    assert api.get(address).json()["waits_for"] == ""


def test_a_team_plans_its_own_and_sees_no_other_plans(tenant: Tenant, api: Api, ann: Driver) -> None:
    theirs = made(api, {"kind": "insert", "codes": [order(tenant).code]})
    team = factories.make_team(tenant)
    member = factories.make_member(tenant, RoleKind.DISPATCHER, teams=[team])
    limited = Api(tenant, membership=member)
    refusal(limited.get(f"plans/{theirs['number']}/"), 404)
    assert limited.get("plans/").json()["total"] == 0
