"""Orders over REST: lists, one order, creating, editing, every action, versions, retries, undo, history and feed."""

import json
import uuid
from datetime import timedelta

import pytest

from dispatch_console.core import clock, stream
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders.actions import ACTIONS
from orders.api.event_shapes import EventSerializer, OutcomeSerializer
from orders.api.examples import ACTIONS as EXAMPLES
from orders.api.serializers import AssignmentSerializer, OfferSerializer, OrderDetailSerializer
from orders.inputs import INPUTS
from orders.models import Order
from orders.rows import rows_for
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def api(tenant):
    return Api(tenant)


@pytest.fixture
def body(tenant):
    """A valid body for creating an order."""
    return {**factories.order_values(tenant), "type": "on_demand"}


# Lists


def test_a_list_says_where_it_goes_on_and_how_many_there_are(api, tenant):
    codes = [factories.make_order(tenant).code for _ in range(5)]
    first = api.get("orders/", limit=2, ordering="code").json()
    assert [row["code"] for row in first["results"]] == codes[:2]
    assert (first["total"], first["total_is_capped"]) == (5, False)
    assert first["next"].startswith("http")
    second = api.client.get(first["next"]).json()
    assert [row["code"] for row in second["results"]] == codes[2:4]
    last = api.get("orders/", limit=2, ordering="code", cursor=second["next_cursor"]).json()
    assert [row["code"] for row in last["results"]] == codes[4:]
    assert last["next"] is last["next_cursor"] is None
    assert last["total"] == 5


def test_a_list_costs_the_same_however_long_it_is(api, tenant, django_assert_max_num_queries):
    for _ in range(3):
        factories.make_order(tenant)
    api.rows()
    with django_assert_max_num_queries(6) as few:
        api.rows()
    for _ in range(12):
        factories.make_order(tenant)
    with django_assert_max_num_queries(6) as many:
        assert len(api.rows()) == 15
    assert len(few) == len(many)


def test_a_wrong_parameter_is_refused_and_named(api):
    assert list(refusal(api.get("orders/", colour="red"), 400, "unknown_parameter")["details"]["fields"]) == ["colour"]
    assert "status" in refusal(api.get("orders/", status="gone"), 400, "invalid")["details"]["fields"]
    assert "cursor" in refusal(api.get("orders/", cursor="x"), 400)["details"]["fields"]


def test_times_of_a_list_are_the_tenants_and_answers_are_utc(api, tenant):
    order = factories.make_order(tenant)
    row = api.rows()[0]
    assert row["code"] == order.code
    assert row["created_at"].endswith("Z")


# One order


def test_an_order_tells_everything_about_itself(api, tenant):
    driver = factories.make_driver(tenant, name="Rita Frick")
    items = [{"name": "Box", "quantity": 2, "weight": "1.5"}]
    order = factories.make_order(tenant, status="picked_up", driver=driver, items=items, notes="n" * 300)
    response = api.get(f"orders/{order.code}/")
    detail = response.json()
    assert response.headers["ETag"] == '"3"'
    assert set(detail) == set(OrderDetailSerializer().fields)
    assert detail["notes"] == "n" * 300
    assert detail["items"][0]["quantity"] == 2
    assert detail["items"][0]["weight"] == "1.500"
    assert set(detail["assignments"][0]) == set(AssignmentSerializer().fields)
    assert detail["assignments"][0]["driver"]["name"] == "Rita Frick"
    assert set(detail["actions"][0]) == set(OfferSerializer().fields)
    offers = {offer["name"]: offer for offer in detail["actions"]}
    assert offers["deliver"]["is_allowed"]
    assert not offers["assign"]["is_allowed"]
    assert offers["assign"]["code"] == "already_assigned"
    assert offers["assign"]["why_not"]
    assert {"accept", "reject"}.isdisjoint(offers)
    assert {target["status"] for target in offers["status"]["targets"]} >= {"in_transit", "delivered", "cancelled"}
    assert detail["undo"] == {"is_possible": True, "why_not": "", "version": 3, "kind": "order.picked_up"}


def test_an_order_that_is_not_there_and_one_that_is_not_yours_look_the_same(api, tenant):
    other = factories.make_order(factories.make_tenant())
    missing = refusal(api.get("orders/D-99999999/"), 404, "not_found")
    foreign = refusal(api.get(f"orders/{other.code}999/"), 404, "not_found")
    assert set(missing["details"]) == set(foreign["details"])


# Creating and editing


def test_creating_an_order_answers_with_its_address_and_version(api, tenant, body):
    response = api.post("orders/", body)
    assert response.status_code == 201
    outcome = response.json()
    code = outcome["order"]["code"]
    assert response.headers["Location"].endswith(f"/api/v1/orders/{code}/")
    assert response.headers["ETag"] == '"1"'
    assert set(outcome) == set(OutcomeSerializer().fields)
    assert set(outcome["event"]) == set(EventSerializer().fields)
    assert outcome["event"]["kind"] == "order.created"
    assert outcome["event"]["source"] == "api"
    assert outcome["warnings"]  # no zone is set up: nobody limited to zones can take it
    assert outcome["order"] == rows_for([outcome["order"]["id"]])[outcome["order"]["id"]]
    assert api.client.get(response.headers["Location"]).status_code == 200


def test_creating_names_every_wrong_field(api, tenant, body):
    error = refusal(api.post("orders/", {**body, "type": "x", "unit_size": 0, "payer": None}), 400, "invalid")
    assert set(error["details"]["fields"]) == {"type", "unit_size", "payer"}
    assert not Order.objects.filter(tenant=tenant).exists()


def test_payment_and_places_must_fit_together(api, tenant, body):
    hub = factories.make_warehouse(tenant)
    for change, field in [
        ({"payment_method": "cod", "payer": "receiver"}, "cod_amount"),
        ({"payment_method": "wallet", "payer": "receiver"}, "payer"),
        ({"cod_amount": "3.00"}, "cod_amount"),
        ({"pickup_warehouse_id": hub.pk}, "pickup_address"),
        ({"pickup_address": ""}, "pickup_address"),
        ({"pickup_latitude": None}, "pickup_latitude"),
    ]:
        error = refusal(api.post("orders/", {**body, **change}), 400, "invalid")
        assert field in error["details"]["fields"], (change, error)
    assert not Order.objects.filter(tenant=tenant).exists()


def test_a_field_nobody_knows_is_refused(api, tenant, body):
    error = refusal(api.post("orders/", {**body, "drver_id": 3}), 400, "unknown_field")
    assert list(error["details"]["fields"]) == ["drver_id"]


def test_an_external_reference_is_taken_once(api, tenant, body):
    first = api.post("orders/", {**body, "external_reference": "shop-1"}).json()["order"]["code"]
    error = refusal(api.post("orders/", {**body, "external_reference": "shop-1"}), 409, "duplicate_reference")
    assert error["details"]["order"] == first


def test_editing_changes_only_what_is_sent(api, tenant):
    order = factories.make_order(tenant, notes="Before", dropoff_contact="A. Beck")
    response = api.patch(f"orders/{order.code}/", {"notes": "After"})
    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert response.json()["event"]["changes"] == [{"field": "notes", "before": "Before", "after": "After"}]
    order.refresh_from_db()
    assert (order.notes, order.dropoff_contact) == ("After", "A. Beck")


def test_an_order_on_its_way_is_no_longer_edited(api, tenant):
    order = factories.make_order(tenant, status="picked_up")
    refusal(api.patch(f"orders/{order.code}/", {"notes": "x"}), 409, "status_locked")


# Actions


def test_every_action_has_an_address_an_input_and_an_example():
    assert set(INPUTS) == set(ACTIONS)
    assert set(EXAMPLES) == set(ACTIONS) - {"edit"}
    for name, example in EXAMPLES.items():
        serializer = INPUTS[name](data=example)
        assert serializer.is_valid(), (name, serializer.errors)


def test_an_order_goes_its_whole_way_over_the_api(api, tenant, body):
    driver = factories.make_driver(tenant)
    code = api.post("orders/", body).json()["order"]["code"]
    steps = [
        ("assign", {"driver_id": driver.pk}, "assigned"),
        ("pick-up", {}, "picked_up"),
        ("depart", {}, "in_transit"),
        ("deliver", {"note": "At the door"}, "delivered"),
    ]
    for number, (action, values, status) in enumerate(steps, start=2):
        outcome = api.post(f"orders/{code}/{action}/", values)
        assert outcome.status_code == 200, outcome.content
        assert outcome.json()["order"]["status"] == status
        assert outcome.headers["ETag"] == f'"{number}"'
    error = refusal(api.post(f"orders/{code}/cancel/", {"reason": "Late"}), 409, "status_locked")
    assert "already delivered" in error["message"]


def test_a_driver_acts_on_own_work_and_reads_no_lists(tenant):
    driver_user = factories.make_user()
    membership = factories.make_member(tenant, RoleKind.DRIVER, user=driver_user)
    driver = factories.make_driver(tenant, user=driver_user)
    app = Api(tenant, membership=membership)
    mine = factories.make_order(tenant, status="assigned", driver=driver)
    others = factories.make_order(tenant, status="assigned")
    outcome = app.post(f"orders/{mine.code}/pick-up/").json()
    assert outcome["order"]["status"] == "picked_up"
    assert outcome["event"]["source"] == "driver_app"
    refusal(app.post(f"orders/{others.code}/pick-up/"), 404, "not_found")
    refusal(app.post(f"orders/{mine.code}/cancel/", {"reason": "x"}), 403, "forbidden")
    for address in ("orders/", f"orders/{mine.code}/", "orders/counts/", "events/", "customers/", "views/"):
        refusal(app.get(address), 403, "forbidden")


def test_a_driver_lists_own_work_with_what_can_be_done(tenant):
    user = factories.make_user()
    app = Api(tenant, membership=factories.make_member(tenant, RoleKind.DRIVER, user=user))
    driver = factories.make_driver(tenant, user=user)
    mine = factories.make_order(tenant, status="assigned", driver=driver, notes="n" * 300)
    done = factories.make_order(tenant, status="delivered", driver=driver)
    others = factories.make_order(tenant, status="assigned")
    assert [row["code"] for row in app.get("driver/orders/").json()["results"]] == [mine.code, done.code]
    todo = app.get("driver/orders/", status="open").json()
    assert [row["code"] for row in todo["results"]] == [mine.code]
    assert todo["results"][0]["notes"] == "n" * 300
    detail = app.get(f"driver/orders/{mine.code}/").json()
    allowed = {offer["name"] for offer in detail["actions"] if offer["is_allowed"]}
    # The status they may set is the one their own step makes.
    assert allowed == {"arrive", "fail-attempt", "pick-up", "status", "raise-exception", "note"}
    refusal(app.get(f"driver/orders/{others.code}/"), 404)
    refusal(Api(tenant, RoleKind.TENANT_ADMIN).get("driver/orders/"), 403)


def test_an_observer_reads_and_changes_nothing(tenant):
    order = factories.make_order(tenant)
    observer = Api(tenant, RoleKind.OBSERVER)
    assert observer.codes() == {order.code}
    before = Event.objects.count()
    for name, example in EXAMPLES.items():
        response = observer.post(f"orders/{order.code}/{name}/", {k: v for k, v in example.items() if k != "version"})
        assert response.status_code in (403, 409), (name, response.content)
    refusal(observer.patch(f"orders/{order.code}/", {"notes": "x"}), 403)
    refusal(observer.post("orders/", {}), 403)
    refusal(observer.post(f"orders/{order.code}/undo/"), 403)
    assert Event.objects.count() == before


# Versions


@pytest.mark.parametrize("door", ["header", "weak header", "bare header", "body"])
def test_a_change_made_on_an_old_version_is_refused_with_what_happened(api, tenant, door):
    order = factories.make_order(tenant)
    api.post(f"orders/{order.code}/hold/", {"reason": "Wait"})
    headers = {"header": {"If_Match": '"1"'}, "weak header": {"If_Match": 'W/"1"'}, "bare header": {"If_Match": "1"}}
    extra = {"version": 1} if door == "body" else {}
    response = api.post(f"orders/{order.code}/cancel/", {"reason": "No", **extra}, **headers.get(door, {}))
    details = refusal(response, 412, "stale_version")["details"]
    assert (details["version"], details["your_version"]) == (2, 1)
    assert details["changes"][0]["kind"] == "order.held"
    order.refresh_from_db()
    assert order.status == "pending"


def test_a_change_made_on_the_newest_version_goes_through(api, tenant):
    order = factories.make_order(tenant)
    assert api.post(f"orders/{order.code}/hold/", {"reason": "Wait"}, If_Match='"1"').status_code == 200
    assert api.patch(f"orders/{order.code}/", {"notes": "x", "version": 2}).status_code == 200
    assert api.post(f"orders/{order.code}/release/", {}, If_Match="*").status_code == 200


@pytest.mark.parametrize("header", ["seven", '"-1"', '"0"', '"99999999999"', '"1", "2"', "''"])
def test_a_version_that_is_none_is_refused(api, tenant, header):
    order = factories.make_order(tenant)
    refusal(api.post(f"orders/{order.code}/hold/", {"reason": "x"}, If_Match=header), 400, "invalid_version")


def test_header_and_body_must_agree(api, tenant):
    order = factories.make_order(tenant)
    refusal(api.post(f"orders/{order.code}/hold/", {"reason": "x", "version": 1}, If_Match='"2"'), 400)


# Retries


def test_a_repeated_create_is_one_order(api, tenant, body):
    key = str(uuid.uuid4())
    first = api.post("orders/", body, Idempotency_Key=key)
    again = api.post("orders/", body, Idempotency_Key=key)
    assert again.status_code == first.status_code == 201
    assert again.json()["order"] == first.json()["order"]
    assert again.json()["event"]["id"] == first.json()["event"]["id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert Order.objects.filter(tenant=tenant).count() == 1


def test_a_repeated_action_is_done_once(api, tenant):
    order = factories.make_order(tenant)
    first = api.post(f"orders/{order.code}/hold/", {"reason": "Wait", "version": 1}, Idempotency_Key="k1")
    again = api.post(f"orders/{order.code}/hold/", {"reason": "Wait", "version": 1}, Idempotency_Key="k1")
    assert again.status_code == 200
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json() == first.json()
    assert Event.objects.filter(object_id=order.pk).count() == 2


def test_a_repeated_edit_and_undo_are_done_once(api, tenant):
    order = factories.make_order(tenant)
    for _ in range(2):
        assert api.patch(f"orders/{order.code}/", {"notes": "x"}, Idempotency_Key="edit").status_code == 200
    for _ in range(2):
        assert api.post(f"orders/{order.code}/undo/", {}, Idempotency_Key="undo").status_code == 200
    order.refresh_from_db()
    assert (order.version, order.notes) == (3, "")


def test_a_key_stands_for_one_content(api, tenant):
    order = factories.make_order(tenant)
    api.post(f"orders/{order.code}/hold/", {"reason": "Wait"}, Idempotency_Key="k1")
    refusal(api.post(f"orders/{order.code}/hold/", {"reason": "Other"}, Idempotency_Key="k1"), 422)
    refusal(api.post(f"orders/{order.code}/release/", {}, Idempotency_Key="k1"), 422, "idempotency_key_reused")


def test_a_key_belongs_to_its_caller(api, tenant):
    order, other = factories.make_order(tenant), factories.make_order(tenant)
    api.post(f"orders/{order.code}/hold/", {"reason": "Wait"}, Idempotency_Key="k1")
    response = Api(tenant).post(f"orders/{other.code}/hold/", {"reason": "Wait"}, Idempotency_Key="k1")
    assert response.status_code == 200
    assert "Idempotent-Replay" not in response.headers


@pytest.mark.parametrize("key", ["with space", "x" * 121, "naïve"])
def test_a_key_must_be_printable_and_short(api, tenant, key):
    order = factories.make_order(tenant)
    refusal(api.post(f"orders/{order.code}/hold/", {"reason": "x"}, Idempotency_Key=key), 400)


# Undo


def test_the_last_change_is_taken_back(api, tenant):
    order = factories.make_order(tenant)
    version = api.post(f"orders/{order.code}/hold/", {"reason": "Wait"}).json()["order"]["version"]
    outcome = api.post(f"orders/{order.code}/undo/", {"version": version}).json()
    assert outcome["order"]["on_hold"] is False
    assert outcome["event"]["undoes"]
    refusal(api.post(f"orders/{order.code}/undo/", {"version": version}), 412, "stale_version")


def test_undo_says_why_it_cannot(api, tenant):
    order = factories.make_order(tenant, status="delivered")
    outcome = Api(tenant, RoleKind.TENANT_ADMIN).post(f"orders/{order.code}/undo/").json()
    assert outcome["order"]["status"] == "in_transit"
    old = factories.make_order(tenant)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert "Undo is open for 15 minutes" in refusal(api.post(f"orders/{old.code}/undo/"), 409)["message"]


# History and feed


def test_the_history_is_read_newest_first_and_page_by_page(api, tenant):
    order = factories.make_order(tenant, status="delivered")
    first = api.get(f"orders/{order.code}/events/", limit=2).json()
    assert [event["kind"] for event in first["results"]] == ["order.delivered", "order.departed"]
    assert first["total"] == 5
    rest = api.get(f"orders/{order.code}/events/", limit=50, cursor=first["next_cursor"]).json()
    assert [event["version"] for event in rest["results"]] == [3, 2, 1]
    assert set(first["results"][0]) == set(EventSerializer().fields)
    refusal(api.get(f"orders/{order.code}/events/", kind="x"), 400, "unknown_parameter")


def test_the_feed_gives_every_event_once_in_order(api, tenant):
    orders = [factories.make_order(tenant, status="assigned") for _ in range(3)]
    factories.make_order(factories.make_tenant())
    seen, after = [], 0
    while True:
        page = api.get("events/", after=after, limit=2).json()
        seen += page["results"]
        after = page["last"]
        if after == page["head"]:
            break
    assert [event["number"] for event in seen] == list(range(1, 7))
    assert {event["code"] for event in seen} == {order.code for order in orders}
    assert api.get("events/", after=after).json() == {"results": [], "last": 6, "head": 6}
    assert stream.head(tenant.pk) == 6


def test_the_feed_leaves_out_what_is_not_yours_and_still_moves_on(tenant):
    mine, other = factories.make_customer(tenant), factories.make_customer(tenant)
    own = factories.make_order(tenant, customer_id=mine.pk)
    factories.make_order(tenant, customer_id=other.pk)
    partner = Api(tenant, RoleKind.PARTNER, customer=mine)
    page = partner.get("events/").json()
    assert [event["code"] for event in page["results"]] == [own.code]
    assert page["last"] == page["head"] == 2


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "²"])
def test_the_feed_wants_a_number(api, after):
    assert list(refusal(api.get("events/", after=after), 400)["details"]["fields"]) == ["after"]


# Answers


def test_answers_are_json_and_written_as_sent(api, tenant):
    text = "<script>alert(1)</script> “quotes” ünï 🚚"
    order = factories.make_order(tenant, notes=text)
    response = api.get(f"orders/{order.code}/")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert json.loads(response.content)["notes"] == text
