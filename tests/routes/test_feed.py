"""The numbered feed with what happens to waybills, trips, routes, sessions and drivers, and each one's own history."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.core.permissions import RoleKind
from drivers import commands as driver_commands
from routes.commands import routes, waybill_ends, waybill_members, waybill_steps
from tests.factories import (
    make_actor,
    make_customer,
    make_driver,
    make_member,
    make_order,
    make_team,
    make_tenant,
    make_trip,
    make_user,
    make_waybill,
)
from tests.orders.api import Api, refusal
from tests.routes.lanes import make_route, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_tenant()


def heard(api: Api, **params) -> list[tuple[str, str, str]]:
    response = api.get("events/", limit=500, **params)
    assert response.status_code == 200, response.content
    return [(event["stream"], event["code"], event["kind"]) for event in response.json()["results"]]


def streams(api: Api, **params) -> set[str]:
    return {stream for stream, _, _ in heard(api, **params)}


def make_everything(tenant) -> None:
    maria = make_actor(tenant)
    make_session(tenant)
    make_trip(tenant, [make_order(tenant)], driver=make_driver(tenant))
    label = make_waybill(tenant).label
    waybill_members.add(label, [make_order(tenant).code], actor=maria)
    waybill_steps.seal(label, actor=maria)
    driver_commands.set_online(make_driver(tenant).pk, online=False, actor=maria, objection=lambda driver: "")


def test_it_tells_of_everything_that_writes_events_each_once_in_order(tenant):
    make_everything(tenant)
    make_everything(make_tenant())
    api, seen, after = Api(tenant), [], 0
    while True:
        page = api.get("events/", after=after, limit=3).json()
        seen += page["results"]
        after = page["last"]
        if after == page["head"]:
            break
    assert [event["number"] for event in seen] == list(range(1, page["head"] + 1))
    assert {event["stream"] for event in seen} == {"order", "waybill", "trip", "route", "session", "driver"}
    assert all(event["kind"].split(".")[0] == event["stream"] for event in seen)
    assert [event["kind"] for event in seen if event["code"] == "WB00001"] == [
        "waybill.created",
        "waybill.orders_added",
        "waybill.sealed",
    ]
    sealed = next(event for event in seen if event["kind"] == "waybill.sealed")
    assert {"field": "status", "before": "drafted", "after": "sealed"} in sealed["changes"]


def test_a_stream_is_asked_for_and_the_numbers_go_on(tenant):
    make_everything(tenant)
    api = Api(tenant)
    assert streams(api, stream="waybill") == {"waybill"}
    assert streams(api, stream="trip,session") == {"trip", "session"}
    whole, narrowed = api.get("events/").json(), api.get("events/", stream="waybill").json()
    assert (narrowed["last"], narrowed["head"]) == (whole["last"], whole["head"])
    few = api.get("events/", stream="driver", limit=2).json()
    assert (few["results"], few["last"]) == ([], 2)
    fields = refusal(api.get("events/", stream="order,parcel"), 400)["details"]["fields"]
    assert "“parcel” is not one of: " in fields["stream"][0]


def test_only_those_who_may_see_the_object_hear_of_it(tenant):
    north, south = make_team(tenant), make_team(tenant)
    of_north = make_waybill(tenant, actor=make_actor(tenant, team_ids=frozenset({north.pk}))).label
    shared = make_waybill(tenant).label

    def labels(**over) -> set[str]:
        return {code for _, code, _ in heard(Api(tenant, membership=make_member(tenant, **over)), stream="waybill")}

    assert labels() == labels(teams=[north]) == {of_north, shared}
    assert labels(teams=[south]) == {shared}
    assert heard(Api(make_tenant())) == []


def test_a_customer_hears_of_the_own_orders_and_of_no_group(tenant):
    mine = make_customer(tenant)
    own = make_order(tenant, customer_id=mine.pk)
    make_everything(tenant)
    partner = Api(tenant, RoleKind.PARTNER, customer=mine)
    assert {(stream, code) for stream, code, _ in heard(partner)} == {("order", own.code)}
    assert heard(partner, stream="waybill") == []


def test_who_may_not_see_drivers_hears_nothing_of_them(tenant):
    make_everything(tenant)
    assert "driver" not in streams(Api(tenant, RoleKind.PARTNER))
    assert "driver" in streams(Api(tenant, RoleKind.OBSERVER))


def test_a_driver_gets_nothing_from_it(tenant):
    user = make_user()
    make_driver(tenant, user=user)
    app = Api(tenant, membership=make_member(tenant, RoleKind.DRIVER, user=user))
    make_everything(tenant)
    refusal(app.get("events/"), 403)


def test_the_end_of_a_deleted_route_is_told(tenant):
    route = make_route(tenant, driver=None)
    routes.delete(route.label, actor=make_actor(tenant))
    assert heard(Api(tenant), stream="route") == [
        ("route", route.label, "route.created"),
        ("route", route.label, "route.deleted"),
    ]


def test_more_events_take_no_more_queries(tenant):
    api = Api(tenant)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert heard(api)
        return len(caught)

    make_everything(tenant)
    queries()  # gives the numbers
    few = queries()
    for _ in range(3):
        make_everything(tenant)
    queries()
    assert queries() == few


def test_every_group_has_a_history_of_its_own(tenant):
    session, _ = make_session(tenant)
    trip = make_trip(tenant, [make_order(tenant)], driver=make_driver(tenant))
    waybill = make_waybill(tenant)
    waybill_ends.cancel(waybill.label, reason="Twice", actor=make_actor(tenant))
    api = Api(tenant)
    told = {event["id"]: event for event in api.get("events/", limit=500).json()["results"]}
    for word, label in (
        ("waybill", waybill.label),
        ("trip", trip.label),
        ("route", session.route.label),
        ("session", session.label),
    ):
        page = api.get(f"{word}s/{label}/events/").json()
        assert page["results"]
        assert page["total"] == len(page["results"])
        assert [event["version"] for event in page["results"]] == list(range(page["total"], 0, -1))
        for event in page["results"]:
            assert event == told[event["id"]]
            assert (event["stream"], event["code"]) == (word, label)
        refusal(api.get(f"{word}s/{label}/events/", kind="x"), 400, "unknown_parameter")
        refusal(Api(make_tenant()).get(f"{word}s/{label}/events/"), 404)
    latest = api.get(f"waybills/{waybill.label}/events/", limit=1).json()
    assert (latest["results"][0]["kind"], latest["results"][0]["reason"]) == ("waybill.cancelled", "Twice")
    assert latest["next"]
