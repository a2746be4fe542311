"""Going on and off duty: who may, when it is refused, and what the consoles are told."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible, Refused
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers import commands as driver_commands
from drivers.models import Driver, DriverStatus
from orders import fleet
from orders.states import Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def driver(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Dana", is_online=False)


@pytest.fixture
def dana(driver: Driver) -> Actor:
    return factories.make_driver_actor(driver)


def events_of(driver: Driver) -> list[tuple[str, int, str]]:
    found = Event.objects.filter(stream="driver", object_id=driver.pk).order_by("id")
    return list(found.values_list("kind", "version", "actor_label"))


def test_a_driver_goes_on_and_off_duty_and_each_change_is_an_event(driver: Driver, dana: Actor) -> None:
    fleet.set_online(driver.pk, online=True, actor=dana)
    fleet.set_online(driver.pk, online=False, actor=dana)
    driver.refresh_from_db()
    assert not driver.is_online
    assert driver.online_changed_at is not None
    assert events_of(driver) == [("driver.online", 1, "Dana"), ("driver.offline", 2, "Dana")]
    change = Event.objects.get(kind="driver.online").changes
    assert change == [{"field": "is_online", "before": False, "after": True}]


def test_saying_it_twice_changes_nothing(driver: Driver, dana: Actor) -> None:
    for _ in range(2):
        fleet.set_online(driver.pk, online=True, actor=dana)
    assert events_of(driver) == [("driver.online", 1, "Dana")]


@pytest.mark.parametrize("status", [Status.PICKED_UP, Status.IN_TRANSIT])
def test_it_refuses_going_offline_with_a_package_on_the_way(tenant: Tenant, status: str) -> None:
    driver = factories.make_driver(tenant, name="Dana")
    order = factories.make_order(tenant, status=status, driver=driver)
    with pytest.raises(Refused, match=f"on the way \\({order.code}\\)") as refusal:
        fleet.set_online(driver.pk, online=False, actor=factories.make_driver_actor(driver))
    assert refusal.value.code == "work_in_progress"
    driver.refresh_from_db()
    assert driver.is_online
    assert events_of(driver) == []


@pytest.mark.parametrize("status", [Status.ASSIGNED, Status.DELIVERED, Status.RETURNED])
def test_work_not_on_the_way_does_not_keep_a_driver_on_duty(tenant: Tenant, status: str) -> None:
    driver = factories.make_driver(tenant)
    factories.make_order(tenant, status=status, driver=driver)
    fleet.set_online(driver.pk, online=False, actor=factories.make_driver_actor(driver))
    driver.refresh_from_db()
    assert not driver.is_online


@pytest.mark.parametrize("status", [DriverStatus.SUSPENDED, DriverStatus.INACTIVE, DriverStatus.ON_LEAVE])
def test_it_refuses_going_online_for_a_driver_who_is_not_active(driver: Driver, dana: Actor, status: str) -> None:
    Driver.objects.filter(pk=driver.pk).update(status=status)
    with pytest.raises(Refused, match="cannot go online") as refusal:
        fleet.set_online(driver.pk, online=True, actor=dana)
    assert refusal.value.code == "driver_not_active"
    assert events_of(driver) == []


def test_a_dispatcher_may_set_it_and_an_observer_may_not(tenant: Tenant, driver: Driver) -> None:
    fleet.set_online(driver.pk, online=True, actor=factories.make_actor(tenant, RoleKind.DISPATCHER))
    with pytest.raises(Forbidden):
        fleet.set_online(driver.pk, online=False, actor=factories.make_actor(tenant, RoleKind.OBSERVER))
    assert [kind for kind, *_ in events_of(driver)] == ["driver.online"]


def test_another_driver_and_another_tenant_see_no_such_driver(tenant: Tenant, driver: Driver) -> None:
    colleague = factories.make_driver_actor(factories.make_driver(tenant))
    stranger = factories.make_actor(factories.make_tenant(), RoleKind.DISPATCHER)
    for actor in (colleague, stranger):
        with pytest.raises(NotVisible):
            fleet.set_online(driver.pk, online=True, actor=actor)
    assert events_of(driver) == []


def test_an_edited_profile_is_told_with_the_names_of_its_fields(tenant: Tenant, driver: Driver) -> None:
    admin = factories.make_actor(tenant, RoleKind.TENANT_ADMIN)
    driver_commands.record_edit(driver.pk, actor=admin, changed=["phone", "name"])
    assert Event.objects.get(kind="driver.edited").data["after"] == {"changed": ["name", "phone"]}
    driver.refresh_from_db()
    assert driver.version == 1


Put = Callable[..., Any]


@pytest.fixture
def put(tenant: Tenant) -> Put:
    def send(address: str, body: Any, secret: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {secret}"}
        return Client(raise_request_exception=False).put(address, raw, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def secret(tenant: Tenant, driver: Driver) -> str:
    member = factories.make_member(tenant, RoleKind.DRIVER)
    Driver.objects.filter(pk=driver.pk).update(user=member.user)
    return factories.make_key(tenant, RoleKind.DRIVER, membership=member)[1]


def test_the_driver_app_goes_on_duty_by_one_call(put: Put, driver: Driver, secret: str) -> None:
    answer = put("/api/v1/driver/availability/", {"online": True}, secret)
    assert answer.status_code == 200, answer.content
    assert answer.json()["is_online"] is True
    assert answer.json()["open_orders"] == 0
    driver.refresh_from_db()
    assert driver.is_online


def test_the_refusal_reaches_the_app_as_a_sentence(put: Put, tenant: Tenant, driver: Driver, secret: str) -> None:
    put("/api/v1/driver/availability/", {"online": True}, secret)
    driver.refresh_from_db()
    factories.make_order(tenant, status=Status.PICKED_UP, driver=driver)
    answer = put("/api/v1/driver/availability/", {"online": False}, secret)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "work_in_progress"
    assert "then go offline" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", [{}, {"online": "yes"}, {"online": 1}, {"online": None}, [], [True], "x", b"{", b"", b'{"online": NaN}']
)
def test_availability_refuses_anything_but_true_and_false(put: Put, driver: Driver, secret: str, body: Any) -> None:
    answer = put("/api/v1/driver/availability/", body, secret)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()["error"]) == {"code", "message", "details", "request_id"}
    assert events_of(driver) == []
