"""Bulk runs: a verdict per row, a rehearsal that writes nothing, and rows that never pull each other down."""

import pytest

from dispatch_console.core.errors import Forbidden, Invalid
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders import bulk, commands
from orders.actions import Assign, Cancel, Hold
from orders.models import Order
from orders.states import Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def dispatcher(tenant):
    return factories.make_actor(tenant)


@pytest.fixture
def make(tenant):
    """Orders of one customer and service, quick to make in numbers."""
    shared = {"customer_id": factories.make_customer(tenant).pk, "service_id": factories.make_service(tenant).pk}
    return lambda **over: factories.make_order(tenant, **shared, **over)


def verdicts(run):
    return {row.code: (row.verdict, row.error_code) for row in run.rows}


def test_a_rehearsal_says_per_row_what_would_happen_and_writes_nothing(tenant, dispatcher, make):
    fine = [make() for _ in range(5)]
    delivered = make(status=Status.DELIVERED)
    codes = [*(order.code for order in fine), delivered.code, "D-404", fine[0].code]
    before = Event.objects.count()
    run = bulk.run(Cancel(reason="Shop closed"), codes=codes, actor=dispatcher, rehearse=True)
    assert run.state == "partial"
    assert [row.verdict for row in run.rows] == ["possible"] * 5 + ["failed"] * 3
    assert [row.error_code for row in run.rows[5:]] == ["status_locked", "unknown_code", "duplicate_code"]
    assert all(row.message for row in run.rows[5:])
    assert Event.objects.count() == before
    assert not Order.objects.filter(status=Status.CANCELLED).exists()


def test_a_run_changes_only_the_valid_rows(tenant, dispatcher, make):
    fine, delivered = make(), make(status=Status.DELIVERED)
    run = bulk.run(Cancel(reason="Shop closed"), codes=[fine.code, delivered.code], actor=dispatcher)
    assert verdicts(run) == {fine.code: ("done", ""), delivered.code: ("failed", "status_locked")}
    assert Order.objects.get(pk=fine.pk).status == Status.CANCELLED
    assert Order.objects.get(pk=delivered.pk).version == delivered.version
    assert Event.objects.get(kind="order.cancelled", object_id=fine.pk).source == "bulk"


def test_an_order_that_became_ineligible_after_the_rehearsal_fails_alone(tenant, dispatcher, make):
    orders = [make() for _ in range(3)]
    driver, other = factories.make_driver(tenant), factories.make_driver(tenant)
    codes = [order.code for order in orders]
    action = Assign(driver_id=driver.pk)
    assert bulk.run(action, codes=codes, actor=dispatcher, rehearse=True).state == "success"
    commands.perform(Assign(driver_id=other.pk), code=codes[1], actor=dispatcher)
    run = bulk.run(action, codes=codes, actor=dispatcher)
    assert run.state == "partial"
    assert [row.verdict for row in run.rows] == ["done", "failed", "done"]
    assert run.rows[1].error_code == "already_assigned"
    assert other.name in run.rows[1].message
    assert Order.objects.filter(driver=driver).count() == 2


def test_capacity_is_counted_row_by_row(tenant, dispatcher, make):
    driver = factories.make_driver(tenant)
    orders = [make(unit_size=4) for _ in range(3)]
    run = bulk.run(Assign(driver_id=driver.pk), codes=[order.code for order in orders], actor=dispatcher)
    assert [row.error_code for row in run.rows] == ["", "", "over_capacity"]


def test_more_than_500_codes_are_refused(tenant, dispatcher):
    with pytest.raises(Invalid) as refusal:
        bulk.run(Hold(reason="x"), codes=[f"D-{number}" for number in range(501)], actor=dispatcher)
    assert refusal.value.code == "too_many_codes"


def test_a_role_without_the_right_gets_no_rows_at_all(tenant, make):
    order = make()
    observer = factories.make_actor(tenant, RoleKind.OBSERVER)
    with pytest.raises(Forbidden):
        bulk.run(Hold(reason="x"), codes=[order.code], actor=observer)


def test_another_tenants_order_is_an_unknown_code(tenant, make):
    order = make()
    stranger = factories.make_actor(factories.make_tenant())
    run = bulk.run(Hold(reason="x"), codes=[order.code], actor=stranger)
    assert verdicts(run) == {order.code: ("failed", "unknown_code")}


def test_a_repeat_with_the_same_key_has_one_effect(tenant, dispatcher, make):
    orders = [make() for _ in range(2)]
    codes = [order.code for order in orders]
    for _ in range(2):
        run = bulk.run(Hold(reason="Customer asked"), codes=codes, actor=dispatcher, key="run-1")
        assert run.state == "success"
    assert Event.objects.filter(kind="order.held").count() == 2


def test_the_api_runs_and_rehearses(client, tenant, make):
    _key, secret = factories.make_key(tenant, RoleKind.DISPATCHER)
    order = make()
    address = "/api/v1/orders/bulk/hold/"
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"codes": [order.code, "D-404"], "reason": "Customer asked", "rehearse": True}
    answer = client.post(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert [row["verdict"] for row in answer.json()["rows"]] == ["possible", "failed"]
    answer = client.post(address, body | {"rehearse": False}, content_type="application/json", headers=headers)
    assert answer.json()["state"] == "partial"
    assert Order.objects.get(pk=order.pk).on_hold


@pytest.mark.parametrize(
    "body",
    [
        {"codes": [], "reason": "x"},
        {"codes": "D-1", "reason": "x"},
        {"codes": [None], "reason": "x"},
        {"codes": [{"a": 1}], "reason": "x"},
        {"codes": ["D-1"] * 501, "reason": "x"},
        {"codes": ["D-1"], "reason": 5},
        {"codes": ["D-1"], "reason": "x", "rehearse": "perhaps"},
        {"codes": ["D-1"], "reason": "x", "surprise": True},
        {"reason": "x"},
    ],
)
def test_bad_bulk_input_is_a_clear_400(client, tenant, body):
    _key, secret = factories.make_key(tenant, RoleKind.DISPATCHER)
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.post("/api/v1/orders/bulk/hold/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
