"""Waybills through their doors: lists with counts, acts, the driver's own, the console's pages and the live stream."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dispatch_console.console.live import feed
from dispatch_console.console.live.feed import Scope
from dispatch_console.core import clock, stream
from dispatch_console.core.permissions import RoleKind
from orders.models import Order
from orders.states import Status
from routes.commands import waybill_ends, waybill_members, waybill_steps
from tests.factories import (
    make_actor,
    make_customer,
    make_driver,
    make_member,
    make_order,
    make_team,
    make_tenant,
    make_user,
    make_vehicle,
    make_warehouse,
    make_waybill,
)
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_tenant()


def labels(api: Api, **params) -> list[str]:
    response = api.get("waybills/", **params)
    assert response.status_code == 200, response.content
    return [row["label"] for row in response.json()["results"]]


def test_counts_obey_every_filter_but_the_status(tenant):
    maria, api = make_actor(tenant), Api(tenant)
    own = [make_waybill(tenant) for _ in range(2)]
    make_waybill(tenant, carrier_type="external")
    waybill_ends.cancel(own[0].label, reason="x", actor=maria)

    def counts(**params):
        found = api.get("waybills/", **params).json()["counts"]
        return found["drafted"], found["cancelled"], found["sealed"]

    assert counts() == (2, 1, 0)
    assert counts(status="cancelled") == (2, 1, 0)
    assert counts(carrier_type="internal") == (1, 1, 0)
    assert counts(carrier_type="internal", status="drafted") == (1, 1, 0)
    today = clock.now().astimezone(tenant.zone_info).date().isoformat()
    assert counts(created_after=today, created_before=today) == (2, 1, 0)
    assert counts(created_before="2020-01-01") == (0, 0, 0)


def test_waybills_are_found_by_number_place_direction_driver_and_day(tenant):
    api, hub, driver = Api(tenant), make_warehouse(tenant), make_driver(tenant)
    out = make_waybill(tenant, origin_warehouse_id=hub.pk, driver_id=driver.pk).label
    into = make_waybill(tenant, destination_warehouse_id=hub.pk).label
    to_address = make_waybill(tenant, destination_warehouse_id=None, destination_address="Landstrasse 3").label
    assert labels(api, ordering="label") == [out, into, to_address]
    assert labels(api, search=into[-4:]) == [into]
    assert set(labels(api, warehouse=hub.pk)) == {out, into}
    assert labels(api, warehouse=hub.pk, direction="outbound") == [out]
    assert labels(api, warehouse=hub.pk, direction="inbound") == [into]
    assert set(labels(api, direction="inbound")) == {out, into}
    assert labels(api, driver=driver.pk) == [out]
    assert set(labels(api, driver="none")) == {into, to_address}
    page = api.get("waybills/", limit=2).json()
    assert (len(page["results"]), page["total"]) == (2, 3)
    assert labels(api, limit=2, cursor=page["next_cursor"]) == [out]
    refusal(api.get("waybills/", limit=101), 400)
    refusal(api.get("waybills/", colour="red"), 400, "unknown_parameter")


def test_a_waybill_is_run_over_the_api_from_draft_to_close(tenant):
    api, driver = Api(tenant), make_driver(tenant, primary_vehicle=make_vehicle(tenant, capacity_units=50))
    hub, code = make_warehouse(tenant), make_order(tenant).code
    body = {"origin_warehouse_id": hub.pk, "destination_address": "Landstrasse 3, Triesen"}
    made = api.post("waybills/", body, idempotency_key="a")
    assert made.status_code == 201
    assert made["Location"].endswith("/waybills/WB00001/")
    assert api.post("waybills/", body, idempotency_key="a")["Idempotent-Replay"] == "true"
    at = "waybills/WB00001/"
    refusal(api.post(f"{at}seal/"), 409, "no_orders")
    assert [row["order"]["code"] for row in api.get(f"{at}eligible/").json()["results"]] == [code]
    assert api.get(f"{at}eligible/", here="1").json()["results"] == []
    added = api.post(f"{at}add/", {"codes": [code, "D-9"]}).json()
    assert [row["error_code"] for row in added["refused"]] == ["unknown_code"]
    assert "already" in api.get(f"{at}eligible/", code=code).json()["results"][0]["why_not"]
    refusal(api.patch(at, {"notes": "x", "version": 1}), 412, "stale_version")
    assert api.patch(at, {"notes": "Noon"}, if_match='"2"').json()["waybill"]["notes"] == "Noon"
    for act, content in {"seal": {}, "assign": {"driver_id": driver.pk}, "pick-up": {}, "depart": {}}.items():
        assert api.post(f"{at}{act}/", content).status_code == 200
    refusal(api.post(f"{at}close/"), 409, "status_locked")
    received = api.post(f"{at}receive/", {"received_by": "B. Beck"}).json()["waybill"]
    assert [item["outcome"] for item in received["items"]] == ["received"]
    closed = api.post(f"{at}close/").json()["waybill"]
    assert (closed["status"], closed["received_by"]) == ("closed", "B. Beck")
    assert closed["timeline"][0]["kind"] == "waybill.closed"
    assert not any(act["is_allowed"] for act in closed["actions"])
    assert Order.objects.get(code=code).pickup_address == "Landstrasse 3, Triesen"


def test_a_driver_sees_and_runs_the_own_waybills_only(tenant):
    maria, user = make_actor(tenant), make_user()
    lea = make_driver(tenant, user=user, primary_vehicle=make_vehicle(tenant, capacity_units=50))
    app = Api(tenant, membership=make_member(tenant, RoleKind.DRIVER, user=user))
    code = make_order(tenant, unit_size=3).code
    draft, label, foreign = (make_waybill(tenant, driver_id=pk).label for pk in (lea.pk, lea.pk, None))
    waybill_members.add(label, [code], actor=maria)
    waybill_steps.seal(label, actor=maria)
    [mine] = app.get("driver/waybills/").json()["results"]
    assert (mine["label"], mine["next"], mine["orders"], mine["units"]) == (label, "pick-up", 1, 3)
    for strange in (draft, foreign):
        refusal(app.post(f"driver/waybills/{strange}/pick-up/"), 404)
    refusal(app.post(f"driver/waybills/{label}/depart/"), 409, "status_locked")
    first = app.post(f"driver/waybills/{label}/pick-up/", {"note": "Two cages"}, idempotency_key="p")
    again = app.post(f"driver/waybills/{label}/pick-up/", {"note": "Two cages"}, idempotency_key="p")
    assert (first.json()["next"], again["Idempotent-Replay"]) == ("depart", "true")
    assert app.post(f"driver/waybills/{label}/depart/").json()["next"] == "receive"
    assert app.post(f"driver/waybills/{label}/receive/").json()["next"] == ""
    assert Order.objects.get(code=code).status == Status.PENDING


def test_a_customer_of_the_company_sees_no_waybill(tenant):
    make_waybill(tenant)
    partner = Api(tenant, RoleKind.PARTNER, customer=make_customer(tenant))
    assert labels(partner) == []
    refusal(partner.get("waybills/WB00001/"), 404)


@pytest.mark.parametrize("address", ["/api/v1/waybills/", "/console/waybills/"])
def test_a_longer_list_takes_no_more_queries(tenant, address):
    client, maria = Client(), make_actor(tenant)
    client.force_login(make_member(tenant).user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address, headers={"x-requested-with": "fetch"}).status_code == 200
        return len(caught)

    waybill_members.add(make_waybill(tenant).label, [make_order(tenant).code], actor=maria)
    few = queries()
    for _ in range(5):
        waybill_members.add(make_waybill(tenant).label, [make_order(tenant).code], actor=maria)
    assert queries() <= few


def test_the_page_says_what_is_possible_and_a_damaged_address_still_shows_the_list(tenant):
    client, label = Client(), make_waybill(tenant).label
    client.force_login(make_member(tenant).user)
    detail = client.get(f"/console/waybills/{label}/").content.decode()
    assert 'data-group-act="cancel"' in detail
    assert 'data-group-act="seal"' not in detail
    assert f"Waybill {label} has no orders. Add at least one before sealing it." in detail
    damaged = client.get("/console/waybills/?status=nonsense").content.decode()
    assert "The whole list is shown." in damaged
    assert label in damaged
    accept = {"accept": "application/json"}
    refused = client.post(
        f"/console/waybills/{label}/acts/seal/", json.dumps({}), content_type="application/json", headers=accept
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_orders")


def test_consoles_hear_of_the_groups_of_their_teams_only(tenant):
    north, south = make_team(tenant), make_team(tenant)
    number = feed.start(tenant.pk)
    label = make_waybill(tenant, actor=make_actor(tenant, team_ids=frozenset({north.pk}))).label
    waybill_ends.cancel(label, reason="x", actor=make_actor(tenant))
    stream.number_pending(tenant.pk)

    def heard(**over) -> list[dict]:
        scope = Scope(make_actor(tenant, **over))
        stretch = feed.read(tenant.pk, number, [scope], 100)
        frames = [json.loads(frame.message["text"]) for frame in stretch.frames[scope.key]]
        return [item for frame in frames if frame["t"] == "groups" for item in frame["items"]]

    assert heard() == [{"kind": "waybill", "label": label, "version": 2, "status": "cancelled"}]
    assert heard(team_ids=frozenset({north.pk})) == heard()
    assert heard(team_ids=frozenset({south.pk})) == []
    assert heard(permissions=frozenset()) == []
