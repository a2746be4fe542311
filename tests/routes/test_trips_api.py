"""Trips over the API: lists with their counts, the stops of one, acts with versions and keys, and the driver's own."""

from typing import Any

import pytest

from dispatch_console.core.models import Tenant
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from drivers.models import Driver
from orders import commands
from orders.actions import Arrive, Cancel, Deliver, PickUp
from orders.models import Order
from orders.states import Status
from routes.models import Trip
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(timezone="Europe/Vaduz")


@pytest.fixture
def dana(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Dana", user=factories.make_user())


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant)


def waiting(tenant: Tenant, count: int, **over: Any) -> list[str]:
    return [factories.make_order(tenant, **over).code for _ in range(count)]


def create(api: Api, **body: Any) -> dict[str, Any]:
    response = api.post("trips/", body)
    assert response.status_code == 201, response.content
    return response.json()["trip"]


def labels(api: Api, **params: Any) -> list[str]:
    response = api.get("trips/", **params)
    assert response.status_code == 200, response.content
    return [row["label"] for row in response.json()["results"]]


def stops(trip: dict[str, Any]) -> list[str]:
    return [f"{stop['kind'][0].upper()}{stop['order']}" for stop in trip["stops"]]


def act(action: Any, code: str, tenant: Tenant) -> None:
    commands.perform(action, code=code, actor=factories.make_actor(tenant, permissions=frozenset(PERMISSIONS)))


def test_a_trip_is_made_read_changed_and_every_change_can_be_taken_back(api, tenant, dana) -> None:
    first, second, third = waiting(tenant, 3)
    answer = api.post("trips/", {"driver_id": dana.pk, "codes": [first, second]}, Idempotency_Key="one")
    assert answer.status_code == 201
    assert answer["Location"].endswith("/api/v1/trips/TRIP-00001/")
    again = api.post("trips/", {"driver_id": dana.pk, "codes": [first, second]}, Idempotency_Key="one")
    assert (again.json()["trip"]["label"], again["Idempotent-Replay"]) == ("TRIP-00001", "true")

    trip = api.get("trips/TRIP-00001/").json()
    assert trip["driver"]["name"] == "Dana"
    assert trip["summary"] == {
        **dict.fromkeys(["in_progress", "delivered", "returned", "cancelled", "to_bring_back", "return_requests"], 0),
        "planned": 2,
    }
    assert all(each["is_allowed"] for each in trip["actions"])

    added = api.post("trips/TRIP-00001/add/", {"codes": [third]}, If_Match='"1"')
    assert stops(added.json()["trip"])[:3] == [f"P{first}", f"P{second}", f"P{third}"]
    swapped = [{"order": code, "kind": kind} for kind in ("pickup", "dropoff") for code in (third, second, first)]
    moved = api.post("trips/TRIP-00001/reorder/", {"stops": swapped, "version": 2})
    undo = moved.json()["undo"]
    assert undo["method"] == "PUT"
    undone = api.client.put(undo["url"], undo["body"], content_type="application/json")
    assert undone.status_code == 200
    assert stops(undone.json()["trip"])[0] == f"P{first}"
    removed = api.post("trips/TRIP-00001/remove/", {"codes": [third], "reason": "Not ready"})
    assert removed.json()["trip"]["orders"] == 2
    edited = api.patch("trips/TRIP-00001/", {"notes": "Via the bridge"})
    assert (edited.json()["trip"]["notes"], edited["ETag"]) == ("Via the bridge", '"6"')
    stale = refusal(api.post("trips/TRIP-00001/cancel/", {"version": 2}), 412, "stale_version")
    assert [change["kind"] for change in stale["details"]["changes"]][-1] == "trip.edited"
    cancelled = api.post("trips/TRIP-00001/cancel/", {"reason": "Not needed"}).json()
    assert (cancelled["trip"]["status"], cancelled["undo"]) == ("cancelled", None)
    assert Order.objects.get(code=first).held_by == ""


def test_refusals_name_every_order_and_the_group_that_has_it(api, tenant, dana) -> None:
    free, taken = waiting(tenant, 2)
    create(api, codes=[taken])
    error = refusal(api.post("trips/", {"codes": [free, taken, "nope"]}), 409, "orders_blocked")
    assert {each["code"]: each["error_code"] for each in error["details"]["blocked"]} == {
        taken: "in_trip", "nope": "unknown_code",
    }  # fmt: skip
    assert "TRIP-00001" in error["message"] + str(error["details"])
    refusal(api.post("trips/", {"codes": [free], "stops": [{"order": free, "kind": "pickup"}]}), 400)
    refusal(api.post("trips/", {"stops": [{"order": free, "kind": "pickup"}]}), 400)
    refusal(api.post("trips/", {"codes": [free], "driver_id": 10**9}), 400)


def test_lists_filter_sort_and_count_by_status_ignoring_only_the_status(api, tenant, dana) -> None:
    ben = factories.make_driver(tenant, name="Ben")
    moving = create(api, codes=(codes := waiting(tenant, 2)), driver_id=dana.pk, notes="Bridge")["label"]
    act(PickUp(), codes[0], tenant)
    planned = create(api, codes=waiting(tenant, 1), driver_id=dana.pk, type="mixed")["label"]
    other = create(api, codes=waiting(tenant, 3), driver_id=ben.pk)["label"]
    gone = create(api, codes=waiting(tenant, 1))["label"]
    api.post(f"trips/{gone}/cancel/", {})

    body = api.get("trips/", status="planned", driver=dana.pk).json()
    assert [row["label"] for row in body["results"]] == [planned]
    assert body["counts"] == {"planned": 1, "in_progress": 1, "completed": 0, "cancelled": 0}
    assert labels(api, search="0002") == [planned]
    assert labels(api, type="mixed") == [planned]
    assert labels(api, driver="none") == [gone]
    assert labels(api, vehicle=ben.primary_vehicle.pk) == [other]
    assert labels(api, vehicle_name=ben.primary_vehicle.name.upper()) == [other]
    assert labels(api, orders=3) == [other]
    assert labels(api, orders_min=2, ordering="label") == [moving, other]
    assert labels(api, notes="bridge") == [moving]
    assert labels(api, ordering="status") == [planned, other, moving, gone]
    today = Trip.objects.get(label=moving).started_at.astimezone(tenant.zone_info).date().isoformat()
    assert labels(api, started_after=today, started_before=today) == [moving]
    assert labels(api, created_before="2020-01-01") == []
    refusal(api.get("trips/", limit=101), 400)
    refusal(api.get("trips/", colour="red"), 400)
    page = api.get("trips/", limit=3, ordering="-label").json()
    rest = api.get("trips/", limit=3, ordering="-label", cursor=page["next_cursor"]).json()
    assert [row["label"] for row in (*page["results"], *rest["results"])] == [gone, other, planned, moving]


def test_stops_say_what_is_done_where_the_driver_is_and_what_comes_next(api, tenant, dana) -> None:
    first, second, third = waiting(tenant, 3)
    create(api, codes=[first, second, third], driver_id=dana.pk)

    def states() -> dict[str, str]:
        found = api.get("trips/TRIP-00001/").json()["stops"]
        mark = {stop["place"]: "now" if stop["is_current"] else "next" if stop["is_next"] else "" for stop in found}
        return {
            f"{stop['kind'][0].upper()}{stop['order']}": " ".join([stop["state"], mark[stop["place"]]]).strip()
            for stop in found
        }

    assert states()[f"P{first}"] == "waiting next"
    act(Arrive(), first, tenant)
    act(PickUp(), first, tenant)
    act(Cancel(reason="Customer changed their mind"), second, tenant)
    assert states() == {
        f"P{first}": "done", f"P{second}": "left_out", f"P{third}": "waiting now",
        f"D{first}": "waiting next", f"D{second}": "left_out", f"D{third}": "waiting",
    }  # fmt: skip
    act(PickUp(), third, tenant)
    act(Deliver(note="At the door"), first, tenant)
    act(Cancel(reason="Refused by phone"), third, tenant)
    assert states()[f"D{third}"] == "bring_back now"
    trip = api.get("trips/TRIP-00001/").json()
    assert (trip["status"], trip["summary"]["to_bring_back"]) == ("in_progress", 1)


def test_changing_the_driver_can_be_rehearsed_and_taken_back(api, tenant, dana) -> None:
    code = waiting(tenant, 1)[0]
    create(api, codes=[code], driver_id=dana.pk)
    ben = factories.make_driver(tenant, name="Ben", is_online=False)
    asked = {"driver_id": ben.pk, "reason": "Fell ill"}
    rehearsed = api.post("trips/TRIP-00001/change-driver/", {**asked, "rehearse": True}).json()
    assert [(row["code"], row["verdict"]) for row in rehearsed["rows"]] == [(code, "possible")]
    assert "offline" in rehearsed["rows"][0]["warnings"][0]
    answer = api.post("trips/TRIP-00001/change-driver/", asked).json()
    assert answer["trip"]["driver"]["name"] == "Ben"
    undone = api.client.post(answer["undo"]["url"], answer["undo"]["body"], content_type="application/json")
    assert undone.json()["trip"]["driver"]["name"] == "Dana"


def test_a_driver_reads_the_own_trips_only_and_a_customer_none(api, tenant, dana) -> None:
    member = factories.make_member(tenant, RoleKind.DRIVER, user=dana.user)
    app = Api(tenant, membership=member)
    mine, theirs = waiting(tenant, 2)
    create(api, codes=[mine], driver_id=dana.pk)
    create(api, codes=[theirs], driver_id=factories.make_driver(tenant).pk)
    own = app.get("driver/trips/").json()["results"]
    assert [(trip["label"], stops(trip)) for trip in own] == [("TRIP-00001", [f"P{mine}", f"D{mine}"])]
    assert app.get("driver/trips/TRIP-00001/").status_code == 200
    refusal(app.get("driver/trips/TRIP-00002/"), 404)
    refusal(app.get("trips/"), 403)
    act(PickUp(), mine, tenant)
    act(Deliver(note="At the door"), mine, tenant)
    assert app.get("driver/trips/").json()["results"] == []

    customer = factories.make_customer(tenant)
    partner = Api(tenant, RoleKind.PARTNER, customer=customer)
    assert labels(partner) == []
    refusal(partner.get("trips/TRIP-00001/"), 404)
    refusal(Api(factories.make_tenant()).get("trips/TRIP-00001/"), 404)


def test_a_dispatcher_of_one_team_sees_own_orders_and_cannot_act_for_hidden_ones(api, tenant, dana) -> None:
    north, south = factories.make_team(tenant), factories.make_team(tenant)
    mine = {"service_id": factories.make_service(tenant, team=north).pk}
    other = {"service_id": factories.make_service(tenant, team=south).pk}
    ours, theirs = waiting(tenant, 1, **mine), waiting(tenant, 1, **other)
    create(api, codes=[*ours, *theirs], driver_id=dana.pk)
    whole = create(api, codes=waiting(tenant, 1, **other), driver_id=dana.pk)["label"]
    nora = Api(tenant, membership=factories.make_member(tenant, teams=[north]))
    assert labels(nora) == ["TRIP-00001"]
    refusal(nora.get(f"trips/{whole}/"), 404)
    seen = nora.get("trips/TRIP-00001/").json()
    assert (stops(seen), seen["hidden_orders"]) == ([f"P{ours[0]}", f"D{ours[0]}"], 1)
    error = refusal(nora.post("trips/TRIP-00001/cancel/", {}), 409, "hidden_orders")
    assert theirs[0] not in str(error)


def test_reading_takes_as_many_queries_for_many_orders_as_for_one(
    api, tenant, dana, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    create(api, codes=waiting(tenant, 1), driver_id=dana.pk)
    api.get("trips/TRIP-00001/")  # a key's first use is noted
    with django_assert_max_num_queries(14) as few:
        api.get("trips/TRIP-00001/")
    of_one = len(few)
    with django_assert_max_num_queries(14) as row:
        labels(api)
    of_one_row = len(row)
    create(api, codes=waiting(tenant, 6), driver_id=dana.pk)
    with django_assert_num_queries(of_one):
        api.get("trips/TRIP-00002/")
    with django_assert_num_queries(of_one_row):
        assert len(labels(api)) == 2


def test_the_drivers_app_can_be_asked_for_work_in_the_sequence_of_the_trip(api, tenant, dana) -> None:
    first, second = waiting(tenant, 2)
    wanted = [("pickup", second), ("pickup", first), ("dropoff", second), ("dropoff", first)]
    create(api, stops=[{"kind": kind, "order": code} for kind, code in wanted], type="mixed", driver_id=dana.pk)
    app = Api(tenant, membership=factories.make_member(tenant, RoleKind.DRIVER, user=dana.user))
    assert [job["order"]["code"] for job in app.get("driver/work/").json()["orders"]] == [second, first]
    run = api.get(f"drivers/{dana.pk}/sequence/").json()
    assert [stop["is_fixed"] for stop in run["stops"]] == [True, True]
    assert "TRIP-00001" in run["stops"][0]["why_fixed"]
    assert Order.objects.get(code=first).status == Status.ASSIGNED
