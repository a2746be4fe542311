"""The keystone: whichever door an action comes through, the event row is the same but for who, whence and when."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch_console.core import clock
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from drivers.models import Driver
from orders import commands
from orders.actions import ACTIONS, Assign, Cancel, FailAttempt, Hold, PickUp, RaiseException, RequestReturn
from orders.actions.pin import MOST_TRIES
from orders.models import Order
from orders.states import Status
from tests import factories
from tests.console.browserless import Console
from tests.orders.api import Api

pytestmark = pytest.mark.django_db

# A wall-clock time, as a form sends it: the tenant's zone is understood.
IN_THREE_DAYS = f"{clock.now() + timedelta(days=3):%Y-%m-%d}T14:30"
# action -> (status the order is in, input); "driver" stands for the other driver's id
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "assign": (Status.PENDING, {"driver_id": "driver", "note": "Knows the house"}),
    "switch": (Status.PICKED_UP, {"driver_id": "driver", "reason": "Vehicle fault", "note": "At the bridge"}),
    "unassign": (Status.ASSIGNED, {"reason": "Shift ended", "note": "Until six"}),
    "confirm": (Status.DRAFT, {}),
    "pick-up": (Status.ASSIGNED, {"note": "By phone"}),
    "arrive": (Status.PICKED_UP, {"stage": "delivery"}),
    "fail-attempt": (Status.IN_TRANSIT, {"reason": "Nobody at home", "note": "Rang twice"}),
    "try-again": (Status.IN_TRANSIT, {"note": "From 17:00"}),
    "withdraw-attempt": (Status.IN_TRANSIT, {"note": "Wrong order"}),
    "unlock-pin": (Status.IN_TRANSIT, {"note": "Asked by phone"}),
    "depart": (Status.PICKED_UP, {"note": "By phone"}),
    "deliver": (Status.IN_TRANSIT, {"note": "By phone"}),
    "status": (Status.ASSIGNED, {"target": "picked_up", "note": "By phone"}),
    "correct": (Status.IN_TRANSIT, {"target": "picked_up", "note": "Still at the gate"}),
    "return": (Status.IN_TRANSIT, {"reason": "Refused", "note": "By the neighbour"}),
    "hold": (Status.PENDING, {"reason": "Waiting for the shop", "note": "Until noon"}),
    "release": (Status.PENDING, {"note": "Shop called"}),
    "edit": (
        Status.PENDING,
        {
            "notes": "Ring twice",
            "dropoff_address": "Im Bretscha 22, Schaan",
            "scheduled_delivery_at": IN_THREE_DAYS,
            "payment_method": "cod",
            "payer": "receiver",
            "cod_amount": "48.20",
            "items": [{"name": "Cake", "quantity": 2, "weight": "1.5"}],
        },
    ),
    "cancel": (Status.ASSIGNED, {"reason": "Ordered twice", "note": "By phone"}),
    "raise-exception": (Status.IN_TRANSIT, {"reason": "Damage", "note": "Open at one corner"}),
    "settle-exception": (Status.IN_TRANSIT, {"status": "resolved", "resolution": "redelivered", "note": "New box"}),
    "note": (Status.PENDING, {"note": "Call from the gate"}),
    "reschedule": (Status.PENDING, {"reason": "Nobody at home", "note": "By phone"}),
    "stage": (Status.PICKED_UP, {"note": "Shelf 12"}),
    "request-return": (Status.DELIVERED, {"reason": "Does not fit", "note": "Unopened"}),
    "approve-return": (Status.DELIVERED, {"note": "In time"}),
    "reject-return": (Status.DELIVERED, {"reason": "Used", "note": "By phone"}),
    "withdraw-return": (Status.DELIVERED, {"note": "Kept"}),
    "reopen": (Status.CANCELLED, {"note": "Was right after all"}),
}
ANSWERS = {"accept", "reject"}
OF_DRIVERS = {*ANSWERS, "self-assign", "self-unassign"}
OF_ONE_PICTURE = {"add-proof"}  # its input names a picture of its own order, so two events cannot be the same


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def twins(tenant: Tenant) -> Any:
    """`twins(status)` -> two orders that differ in nothing but their codes, both with the same driver, if any."""
    shared = {"customer_id": factories.make_customer(tenant).pk, "service_id": factories.make_service(tenant).pk}
    driver = factories.make_driver(tenant, name="Jonas Frick")
    warehouse = factories.make_warehouse(tenant)

    def make(status: str, *, before: str = "") -> list[Order]:
        found = []
        for _ in range(2):
            if before == "stage":
                _, order, _ = factories.make_staged(
                    tenant, driver_id=driver.pk, staging_warehouse_id=warehouse.pk, **shared
                )
                order = commands.perform(PickUp(), code=order.code, actor=factories.make_actor(tenant)).order
            elif status == Status.DRAFT:
                order = factories.make_order(tenant, is_draft=True, **shared)
            else:
                order = factories.make_order(tenant, status=status, driver=driver, **shared)
            if before == "release":
                actor = factories.make_actor(tenant)
                order = commands.perform(Hold(reason="Waiting"), code=order.code, actor=actor).order
            if before in ("try-again", "withdraw-attempt"):
                actor = factories.make_actor(tenant)
                order = commands.perform(FailAttempt(reason="Shut"), code=order.code, actor=actor).order
            if before in ("approve-return", "reject-return", "withdraw-return"):
                actor = factories.make_actor(tenant)
                order = commands.perform(RequestReturn(reason="Broken"), code=order.code, actor=actor).order
            if before == "settle-exception":
                actor = factories.make_actor(tenant)
                order = commands.perform(RaiseException(reason="Damage"), code=order.code, actor=actor).order
            if before == "unlock-pin":
                Order.objects.filter(pk=order.pk).update(pin_tries=MOST_TRIES)
            found.append(order)
        return found

    return make


def through_both(tenant: Tenant, orders: list[Order], name: str, body: dict[str, Any]) -> list[Event]:
    """The console acts on the first order, the API on the second; the events they wrote."""
    console = Console(factories.make_member(tenant, RoleKind.TENANT_ADMIN))
    response = console.act(orders[0].code, name, **body)
    assert response.status_code == 200, response.content
    api = Api(tenant, RoleKind.TENANT_ADMIN)
    if name == "edit":
        response = api.patch(f"orders/{orders[1].code}/", body)
    else:
        response = api.post(f"orders/{orders[1].code}/{name}/", body)
    assert response.status_code == 200, response.content
    return [latest_event(order) for order in orders]


def latest_event(order: Order) -> Event:
    return Event.objects.filter(stream="order", object_id=order.pk).latest("version")


def content_of(event: Event) -> dict[str, Any]:
    """All of the event that does not depend on the door, the order's name or the clock."""
    return {
        "kind": event.kind,
        "version": event.version,
        "team": event.team_id,
        "reason": event.reason,
        "note": event.note,
        "data": without_clock(event.data),
    }


def without_clock(data: Any) -> Any:
    if isinstance(data, dict):
        stamped = ("closed_at", "picked_up_at", "due_at", "arrived_dropoff_at", "scheduled_delivery_at")
        return {key: "<time>" if key in stamped and value else without_clock(value) for key, value in data.items()}
    return data


def filled(body: dict[str, Any], driver: Driver) -> dict[str, Any]:
    return {name: driver.pk if value == "driver" else value for name, value in body.items()}


def test_every_action_that_a_dispatcher_may_do_is_driven_through_both_doors() -> None:
    assert CASES.keys() | OF_DRIVERS | OF_ONE_PICTURE == ACTIONS.keys()


@pytest.mark.parametrize("name", CASES)
def test_console_and_api_write_the_same_event(tenant: Tenant, twins: Any, name: str) -> None:
    status, body = CASES[name]
    orders = twins(status, before=name)
    other = factories.make_driver(tenant, name="Lea Beck")
    from_console, from_api = through_both(tenant, orders, name, filled(body, other))
    assert content_of(from_console) == content_of(from_api)
    assert (from_console.source, from_api.source) == ("console", "api")
    assert from_console.actor_label != from_api.actor_label


@pytest.mark.parametrize("name", CASES)
def test_both_doors_leave_the_same_order(tenant: Tenant, twins: Any, name: str) -> None:
    status, body = CASES[name]
    orders = twins(status, before=name)
    through_both(tenant, orders, name, filled(body, factories.make_driver(tenant)))
    own = {"id", "code", "barcode", "search_text", "created_at", "updated_at", "due_at", "closed_at", "picked_up_at"}
    own |= {"arrived_pickup_at", "arrived_dropoff_at", "parent_id", "scheduled_delivery_at"}
    rows = [Order.objects.filter(pk=order.pk).values().get() for order in orders]
    assert {k: v for k, v in rows[0].items() if k not in own} == {k: v for k, v in rows[1].items() if k not in own}


def test_creating_writes_the_same_event_at_both_doors(tenant: Tenant) -> None:
    values = factories.order_values(tenant)
    body = {
        **values,
        "type": "delivery",
        "cod_amount": "0",
        "items": [{"name": "Cake", "quantity": 1}],
        "scheduled_delivery_at": IN_THREE_DAYS,
        "driver_id": factories.make_driver(tenant).pk,
    }
    console = Console(factories.make_member(tenant))
    assert console.post("/console/orders/new/", body).status_code == 201
    assert Api(tenant, RoleKind.DISPATCHER).post("orders/", body).status_code == 201
    first, second = Event.objects.filter(kind="order.created", tenant=tenant).order_by("id")
    assert content_of(first) == content_of(second)


def test_a_time_without_offset_is_the_tenants_time_at_both_doors(tenant: Tenant, twins: Any) -> None:
    orders = twins(Status.PENDING)
    through_both(tenant, orders, "edit", {"scheduled_delivery_at": IN_THREE_DAYS})
    for order in orders:
        local = Order.objects.get(pk=order.pk).scheduled_delivery_at.astimezone(ZoneInfo("Europe/Vaduz"))
        assert f"{local:%Y-%m-%dT%H:%M}" == IN_THREE_DAYS


def test_undo_writes_the_same_event_at_both_doors(tenant: Tenant, twins: Any) -> None:
    first, second = twins(Status.PENDING)
    driver = factories.make_driver(tenant)
    member = factories.make_member(tenant)
    key_actor = factories.make_actor(tenant)
    for order in (first, second):
        commands.perform(Assign(driver_id=driver.pk), code=order.code, actor=key_actor)
    assert Console(member).post(f"/console/orders/{first.code}/undo/", {"version": 2}).status_code == 200
    assert Api(tenant, RoleKind.DISPATCHER).post(f"orders/{second.code}/undo/", {"version": 2}).status_code == 200
    contents = [content_of(latest_event(order)) for order in (first, second)]
    undone = [content["data"].pop("undoes") for content in contents]
    assert contents[0] == contents[1]
    assert undone[0] != undone[1]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_what_only_drivers_may_do_is_refused_alike(tenant: Tenant, twins: Any, name: str) -> None:
    orders = twins(Status.ASSIGNED)
    body = {"reason": "Too far"} if name == "reject" else {}
    from_console = Console(factories.make_member(tenant)).act(orders[0].code, name, **body)
    from_api = Api(tenant, RoleKind.DISPATCHER).post(f"orders/{orders[0].code}/{name}/", body)
    assert (from_console.status_code, from_api.status_code) == (403, 403)
    assert without_request(from_console) == without_request(from_api)


@pytest.mark.parametrize(
    ("name", "status", "body", "expected"),
    [
        ("cancel", Status.DELIVERED, {"reason": "Late"}, 409),
        ("cancel", Status.PENDING, {}, 400),
        ("assign", Status.PENDING, {"driver_id": 987_654_321}, 400),
        ("assign", Status.PENDING, {"driver_id": "x"}, 400),
        ("status", Status.PENDING, {"target": "delivered"}, 400),
        ("correct", Status.IN_TRANSIT, {"target": "picked_up"}, 400),
        ("hold", Status.PENDING, {"reason": "Waiting", "version": 99}, 412),
    ],
)
def test_refusals_are_the_same_and_write_nothing(
    tenant: Tenant, twins: Any, name: str, status: str, body: dict[str, Any], expected: int
) -> None:
    order = twins(status)[0]
    before = Order.objects.filter(pk=order.pk).values().get()
    from_console = Console(factories.make_member(tenant)).act(order.code, name, **body)
    from_api = Api(tenant, RoleKind.DISPATCHER).post(f"orders/{order.code}/{name}/", body)
    assert (from_console.status_code, from_api.status_code) == (expected, expected)
    console_error, api_error = without_request(from_console), without_request(from_api)
    # The console adds what happened in between as sentences.
    console_error["details"].pop("history", None)
    assert console_error == api_error
    assert Order.objects.filter(pk=order.pk).values().get() == before
    assert latest_event(order).version == order.version


def without_request(response: Any) -> dict[str, Any]:
    error = response.json()["error"]
    error.pop("request_id")
    return error


def test_the_same_key_acts_once_at_both_doors(tenant: Tenant, twins: Any) -> None:
    first, second = twins(Status.PENDING)
    console, api = Console(factories.make_member(tenant)), Api(tenant, RoleKind.DISPATCHER)
    answers = [console.act(first.code, "hold", key="k-1", reason="Waiting") for _ in range(2)]
    assert [answer.json()["is_replay"] for answer in answers] == [False, True]
    for _ in range(2):
        assert api.post(f"orders/{second.code}/hold/", {"reason": "Waiting"}, Idempotency_Key="k-1").status_code == 200
    assert [latest_event(order).version for order in (first, second)] == [2, 2]


def test_a_bulk_of_permissions_makes_no_difference_to_the_row(tenant: Tenant, twins: Any) -> None:
    """What an actor might do besides leaves no trace: only who it was."""
    first, second = twins(Status.PENDING)
    narrow = factories.make_actor(tenant, permissions=frozenset({"orders.view", "orders.cancel"}))
    broad = factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))
    for order, actor in ((first, narrow), (second, broad)):
        commands.perform(Cancel(reason="Ordered twice"), code=order.code, actor=actor)
    assert content_of(latest_event(first)) == content_of(latest_event(second))
