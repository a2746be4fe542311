"""Routes and sessions over the API: the whole working day of a lane, its lists, its schedule and its walls."""

from datetime import UTC, datetime, time

import pytest

from dispatch_console.core import clock
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders.states import Status
from routes.commands import session_opening
from routes.models import Route, RouteSession, SessionStatus
from tests.factories import make_customer, make_member, make_order, make_tenant, make_user, make_vehicle, make_warehouse
from tests.orders.api import Api, refusal
from tests.routes.lanes import LANE, fresh, make_route, make_session, make_van_driver

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_tenant()


@pytest.fixture
def api(tenant) -> Api:
    return Api(tenant)


def of_driver(driver) -> Api:
    user = make_user()
    driver.user = user
    driver.save(update_fields=["user"])
    return Api(driver.tenant, membership=make_member(driver.tenant, RoleKind.DRIVER, user=user))


def test_a_lane_is_made_filled_run_by_its_driver_and_seen_by_dispatch(tenant, api):
    driver, hub = make_van_driver(tenant, name="Dana"), make_warehouse(tenant, name="Schaan hub")
    body = {
        "name": "Hub to Triesen",
        "pickup_warehouse_id": hub.pk,
        "dropoff_address": LANE["dropoff_address"],
        "dropoff_latitude": LANE["dropoff_latitude"],
        "dropoff_longitude": LANE["dropoff_longitude"],
        "driver_id": driver.pk,
        "schedule_time": "08:00",
        "schedule_days": [5, 1, 2, 3, 4],
        "capacity": 20,
    }
    made = api.post("routes/", body, Idempotency_Key="make-1")
    assert made.status_code == 201, made.content
    route = made.json()["route"]
    assert (route["label"], route["status"], route["schedule"]["words"]) == ("R0001", "assigned", "Mon–Fri 08:00")
    assert route["pickup"]["label"] == "Schaan hub"
    again = api.post("routes/", body, Idempotency_Key="make-1")
    assert (again.json()["route"]["label"], again["Idempotent-Replay"]) == ("R0001", "true")

    orders = [make_order(tenant), make_order(tenant)]
    added = api.post("routes/R0001/add-orders/", {"codes": [order.code for order in orders]}).json()["session"]
    assert (added["label"], added["status"], added["live"]) == ("R0001-1", "open", 2)
    assert api.get("routes/R0001/").json()["active_orders"] == 2

    phone = of_driver(driver)
    (mine,) = phone.get("driver/sessions/").json()["results"]
    assert [act["name"] for act in mine["actions"] if act["is_allowed"]] == ["start"]
    for act, status in (("start", "started"), ("pick-up", "picked_up"), ("depart", "in_transit")):
        answer = phone.post(f"driver/sessions/R0001-1/{act}/", {}, Idempotency_Key=act)
        assert answer.json()["session"]["status"] == status, answer.content
        repeated = phone.post(f"driver/sessions/R0001-1/{act}/", {}, Idempotency_Key=act)
        assert repeated["Idempotent-Replay"] == "true"
    done = phone.post("driver/sessions/R0001-1/complete/")
    assert done.json()["session"]["delivered"] == 2
    assert phone.get("driver/sessions/").json()["results"] == []

    listed = api.get("sessions/", route="R0001").json()
    assert [(row["label"], row["status"]) for row in listed["results"]] == [("R0001-1", "completed")]
    assert listed["counts"]["completed"] == 1
    told = Event.objects.filter(object_code=orders[0].code, kind="order.picked_up").get()
    assert (told.source, told.source_id, told.actor_label) == ("session", "R0001-1", "Dana")


def test_the_list_hides_what_is_out_of_use_and_counts_it(tenant, api, django_assert_max_num_queries):
    make_route(tenant, name="Valley north")
    make_route(tenant, name="Valley south", driver=None)
    old = make_route(tenant, name="Old lane")
    assert api.post(f"routes/{old.label}/deactivate/").json()["route"]["status"] == "inactive"
    with django_assert_max_num_queries(14):
        found = api.get("routes/").json()
    assert [row["name"] for row in found["results"]] == ["Valley north", "Valley south"]
    assert found["counts"] == {"assigned": 1, "unassigned": 1, "inactive": 1}
    assert api.get("routes/", include_inactive="true").json()["total"] == 3
    names = [row["name"] for row in api.get("routes/", search="valley", ordering="-name").json()["results"]]
    assert names == ["Valley south", "Valley north"]
    for name in ("pickup", "driver", "schedule", "active_orders", "starts_on", "updated_at", "status", "label"):
        first = api.get("routes/", ordering=name, limit="1").json()
        second = api.get("routes/", ordering=name, limit="1", cursor=first["next_cursor"]).json()
        assert first["results"][0]["label"] != second["results"][0]["label"], name
    refusal(api.get("routes/", colour="red"), 400, "unknown_parameter")


def test_a_wrong_route_says_of_every_field_what_is_wrong(tenant, api):
    body = {"name": "X", "pickup_address": "Vaduz", "schedule_days": [1], "dropoff_warehouse_id": 10**9}
    fields = refusal(api.post("routes/", body), 400)["details"]["fields"]
    assert set(fields) == {"pickup_address", "dropoff_warehouse_id", "schedule_time"}
    day_eight = refusal(api.post("routes/", {**LANE, "schedule_days": [8]}), 400)["details"]["fields"]
    assert [name for name in day_eight if name.startswith("schedule_days")]


def test_editing_takes_versions_and_a_route_with_live_work_is_not_taken_away(tenant, api):
    session, _ = make_session(tenant)
    route = session.route
    edited = api.patch(f"routes/{route.label}/", {"name": "New name", "capacity": 9, "version": 1})
    assert (edited.json()["route"]["name"], fresh(session).capacity) == ("New name", 9)
    refusal(api.patch(f"routes/{route.label}/", {"name": "Other", "version": 1}), 412, "stale_version")
    hub = make_warehouse(tenant)
    moved = api.patch(f"routes/{route.label}/", {"pickup_warehouse_id": hub.pk}).json()["route"]
    assert (moved["pickup"]["kind"], moved["pickup"]["lat"]) == ("warehouse", hub.latitude)
    refusal(api.post(f"routes/{route.label}/deactivate/"), 409, "route_in_use")
    refusal(api.delete(f"routes/{route.label}/"), 409, "route_in_use")
    assert api.post(f"sessions/{session.label}/cancel/", {"reason": "Snow"}).status_code == 200
    assert api.delete(f"routes/{route.label}/").status_code == 204
    refusal(api.get(f"routes/{route.label}/"), 404)
    assert api.get(f"sessions/{session.label}/").json()["status"] == "cancelled"


def test_nobody_else_gets_anything_from_these_addresses(tenant, api):
    session, _ = make_session(tenant)
    route = session.route
    partner = Api(tenant, RoleKind.PARTNER, customer=make_customer(tenant))
    stranger, observer = Api(make_tenant()), Api(tenant, RoleKind.OBSERVER)
    for address in (f"routes/{route.label}/", f"sessions/{session.label}/"):
        assert api.get(address).status_code == observer.get(address).status_code == 200
        assert {stranger.get(address).status_code, partner.get(address).status_code} == {404}
    refusal(stranger.post(f"sessions/{session.label}/start/"), 404)
    refusal(observer.post(f"sessions/{session.label}/start/"), 403)
    other_driver = of_driver(make_van_driver(tenant))
    refusal(other_driver.post(f"driver/sessions/{session.label}/start/"), 404)
    assert fresh(session).status == SessionStatus.OPEN


def test_a_bulk_run_puts_each_order_that_fits_on_the_route(tenant, api):
    route = make_route(tenant, capacity=2)
    good, more, late = make_order(tenant), make_order(tenant), make_order(tenant)
    taken = make_order(tenant, status=Status.ASSIGNED)
    body = {"codes": [order.code for order in (good, taken, more, late)], "route_id": route.pk}
    rehearsed = api.post("orders/bulk/assign-to-route/", {**body, "rehearse": True}).json()
    assert [row["verdict"] for row in rehearsed["rows"]] == ["possible", "failed", "possible", "possible"]
    assert not RouteSession.objects.filter(route=route).exists()
    run = api.post("orders/bulk/assign-to-route/", body, Idempotency_Key="bulk-1").json()
    assert [row["error_code"] for row in run["rows"]] == ["", "status_locked", "", "over_capacity"]
    (session,) = RouteSession.objects.filter(route=route)
    assert session.member_codes() == [good.code, more.code]
    told = Event.objects.filter(object_code=good.code, kind="order.grouped").get()
    assert (told.source, told.source_id) == ("session", session.label)


# The schedule

MONDAY_8 = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 08:00 in Vaduz


def scheduled(tenant, **over) -> Route:
    with clock.at(datetime(2026, 11, 22, 12, 0, tzinfo=UTC)):
        return make_route(tenant, schedule_time=time(8), schedule_days=[1, 2], **over)


def test_a_scheduled_session_opens_once_in_the_company_s_time_zone(tenant):
    route = scheduled(tenant)
    assert session_opening.open_scheduled(MONDAY_8.replace(hour=6, minute=59)) == []
    assert session_opening.open_scheduled(MONDAY_8) == [f"{route.label}-1"]
    assert session_opening.open_scheduled(MONDAY_8) == []
    session = RouteSession.objects.get(route=route)
    assert (session.scheduled_for, session.driver_id, session.created_by) == (MONDAY_8, route.driver_id, "Schedule")
    # Still open the next day: there is one to put orders in, so none is opened.
    assert session_opening.open_scheduled(MONDAY_8.replace(day=24)) == []
    assert RouteSession.objects.filter(route=route).count() == 1


def test_a_schedule_waits_for_a_driver_who_can_and_for_its_first_day(tenant):
    on_leave = make_van_driver(tenant)
    route = scheduled(tenant, driver=on_leave)
    scheduled(tenant, starts_on=datetime(2026, 12, 1, tzinfo=UTC).date())
    scheduled(tenant, driver=None)
    on_leave.status = "on_leave"
    on_leave.save()
    assert session_opening.open_scheduled(MONDAY_8) == []
    on_leave.status = "active"
    on_leave.save()
    assert session_opening.open_scheduled(MONDAY_8.replace(hour=9)) == [f"{route.label}-1"]


def test_what_no_longer_fits_the_vehicle_is_refused_with_the_figures(tenant, api):
    driver = make_van_driver(tenant)
    driver.primary_vehicle = make_vehicle(tenant, capacity_units=3)
    driver.save()
    route = make_route(tenant, driver=driver)
    orders = [make_order(tenant, unit_size=2), make_order(tenant, unit_size=2)]
    error = refusal(api.post(f"routes/{route.label}/add-orders/", {"codes": [o.code for o in orders]}), 409)
    assert (error["code"], error["details"]["blocked"][0]["code"]) == ("over_capacity", orders[1].code)
    assert "2 of 3 units" in error["message"]
    assert {fresh(order).status for order in orders} == {Status.PENDING}
