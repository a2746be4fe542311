"""What goes back: replacements after a delivery, and requests for the return of delivered orders."""

import pytest
from django.db import IntegrityError, transaction

from dispatch_console.core.errors import Forbidden, Invalid, NotVisible, Refused
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from orders import commands
from orders.actions import (
    ApproveReturn,
    Assign,
    Cancel,
    Correct,
    Deliver,
    PickUp,
    RejectReturn,
    RequestReturn,
    StageAtWarehouse,
    WithdrawReturn,
)
from orders.models import Order, ReturnDestination, ReturnRequest, ReturnSettings
from orders.states import Status
from tests import factories
from tests.orders.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def anybody(tenant):
    return factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))


@pytest.fixture
def do(anybody):
    def act(action, order, *, actor=anybody, **options):
        return commands.perform(action, code=order.code, actor=actor, **options).order

    return act


def backs(order):
    return list(Order.objects.filter(source_order=order).order_by("pk"))


def swap(tenant, do, *, driver, staged=False):
    """A delivered order that brought a replacement."""
    if staged:
        order, inbound, leg = factories.make_staged(tenant, wants_replacement=True)
        do(StageAtWarehouse(driver_id=driver.pk), inbound)
    else:
        order = leg = factories.create_order(tenant, order_type="pickup_delivery", wants_replacement=True).order
    do(Assign(driver_id=driver.pk), leg)
    do(PickUp(), leg)
    do(Deliver(), leg)
    return order, leg


# Replacement


@pytest.mark.parametrize("staged", [False, True])
def test_after_a_replacement_something_goes_back_with_the_same_driver(tenant, do, staged):
    driver = factories.make_driver(tenant)
    order, _ = swap(tenant, do, driver=driver, staged=staged)
    [back] = backs(order)
    assert (order.flow, back.flow, back.code) == ("forward", "return", f"{order.code}-R")
    assert (back.status, back.driver, back.type) == ("assigned", driver, "delivery")
    assert (back.pickup_address, back.dropoff_address) == (order.dropoff_address, order.pickup_address)
    assert (back.payer, back.payment_method) == ("sender", "wallet")
    assert Event.objects.get(object_id=back.pk, stream="order").data["input"]["source"] == order.code


def test_a_driver_who_cannot_take_it_leaves_it_in_the_queue(tenant, do):
    vehicle = factories.make_vehicle(tenant, capacity_units=5)
    driver = factories.make_driver(tenant, primary_vehicle=vehicle)
    order = factories.create_order(tenant, order_type="pickup_delivery", wants_replacement=True, unit_size=3).order
    other = factories.create_order(tenant, unit_size=2).order
    do(Assign(driver_id=driver.pk), other)
    do(Assign(driver_id=driver.pk), order)
    do(PickUp(), order)
    vehicle.capacity_units = 4
    vehicle.save()
    do(Deliver(), order)
    [back] = backs(order)
    assert (back.status, back.driver) == ("pending", None)


def test_only_pickup_and_delivery_orders_bring_a_replacement(tenant):
    with pytest.raises(Invalid) as refusal:
        factories.create_order(tenant, wants_replacement=True)
    assert set(refusal.value.details["fields"]) == {"wants_replacement"}


def test_a_repeat_of_the_delivery_brings_nothing_twice(tenant, do):
    driver = factories.make_driver(tenant)
    order = factories.create_order(tenant, order_type="pickup_delivery", wants_replacement=True).order
    do(Assign(driver_id=driver.pk), order)
    do(PickUp(), order)
    for _ in range(2):
        do(Deliver(), order, key="once")
    assert len(backs(order)) == 1


@pytest.mark.parametrize("staged", [False, True])
def test_taking_the_delivery_back_calls_off_what_has_not_begun(tenant, anybody, do, staged):
    driver = factories.make_driver(tenant)
    order, leg = swap(tenant, do, driver=driver, staged=staged)
    commands.undo(code=leg.code, actor=anybody)
    assert [back.status for back in backs(order)] == ["cancelled"]
    do(Deliver(), leg)
    first, second = backs(order)
    assert (first.status, second.status, second.code) == ("cancelled", "assigned", f"{order.code}-R2")
    do(PickUp(), second)
    with pytest.raises(Refused) as refusal:
        do(Correct(target=Status.IN_TRANSIT, note="x"), leg)
    assert (refusal.value.code, refusal.value.details["order"]) == ("return_started", second.code)


# Return requests


@pytest.fixture
def delivered(tenant):
    return factories.make_order(tenant, status=Status.DELIVERED)


def test_only_a_delivered_order_is_asked_back_once_and_with_a_reason(tenant, do, delivered):
    open_order = factories.make_order(tenant)
    for order, action, code in (
        (open_order, RequestReturn(reason="Does not fit"), "status_locked"),
        (delivered, RequestReturn(), "reason_required"),
    ):
        with pytest.raises((Refused, Invalid)) as refusal:
            do(action, order)
        assert refusal.value.code == code
    assert do(RequestReturn(reason="Does not fit"), delivered).return_status == "pending"
    with pytest.raises(Refused) as twice:
        do(RequestReturn(reason="Does not fit"), delivered)
    assert twice.value.code == "return_exists"
    row = ReturnRequest.objects.get(order=delivered)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_an_approval_creates_a_wallet_delivery_to_the_pickup_end(tenant, do, delivered):
    do(RequestReturn(reason="Does not fit"), delivered)
    do(ApproveReturn(note="Within fourteen days"), delivered)
    [back] = backs(delivered)
    request = ReturnRequest.objects.get(order=delivered)
    assert (request.status, request.return_order, request.decision) == ("approved", back, "Within fourteen days")
    assert (back.dropoff_address, back.payment_method, back.payer) == (delivered.pickup_address, "wallet", "sender")
    assert (back.status, back.driver, back.cod_amount) == ("pending", None, 0)
    kinds = Event.objects.filter(object_id=delivered.pk, stream="order").order_by("-version")
    assert list(kinds.values_list("kind", flat=True)[:2]) == ["order.return_approved", "order.return_requested"]


def test_the_company_may_approve_at_once_and_choose_service_and_place(tenant, do, delivered):
    warehouse, service = factories.make_warehouse(tenant), factories.make_service(tenant)
    rules = ReturnSettings.objects.create(
        tenant=tenant,
        is_auto_approved=True,
        service=service,
        destination=ReturnDestination.WAREHOUSE,
        warehouse=warehouse,
    )
    assert do(RequestReturn(reason="Does not fit"), delivered).return_status == "approved"
    [back] = backs(delivered)
    assert (back.dropoff_warehouse, back.service, back.delivery_fee) == (warehouse, service, service.default_price)
    warehouse.is_active = False
    warehouse.save()
    other = factories.make_order(rules.tenant, status=Status.DELIVERED)
    with pytest.raises(Refused) as refusal:
        do(RequestReturn(reason="Does not fit"), other)
    assert refusal.value.code == "return_rule_unusable"
    assert not ReturnRequest.objects.filter(order=other).exists()


def test_a_request_is_rejected_approved_after_all_or_withdrawn(tenant, anybody, do, delivered):
    do(RequestReturn(reason="Does not fit"), delivered)
    assert do(RejectReturn(reason="Used"), delivered).return_status == "rejected"
    do(ApproveReturn(), delivered)
    with pytest.raises(Refused) as refusal:
        do(WithdrawReturn(), delivered)
    assert refusal.value.code == "return_under_way"
    do(Cancel(reason="Kept"), backs(delivered)[0])
    assert do(WithdrawReturn(), delivered).return_status == "cancelled"
    do(RequestReturn(reason="Broken"), delivered)
    commands.undo(code=delivered.code, actor=anybody)
    do(RequestReturn(reason="Broken"), delivered)
    do(ApproveReturn(), delivered)
    assert [back.code for back in backs(delivered)] == [f"{delivered.code}-R", f"{delivered.code}-R2"]


def test_a_delivery_with_a_return_is_not_taken_back(do, delivered):
    do(RequestReturn(reason="Does not fit"), delivered)
    with pytest.raises(Refused) as refusal:
        do(Correct(target=Status.IN_TRANSIT, note="x"), delivered)
    assert refusal.value.code == "return_asked"


def test_a_return_of_a_staged_order_is_asked_for_as_a_whole(tenant, do):
    driver = factories.make_driver(tenant)
    order, leg = swap(tenant, do, driver=driver, staged=True)
    with pytest.raises(Refused) as refusal:
        do(RequestReturn(reason="x"), leg)
    assert refusal.value.code == "act_on_parent"
    do(RequestReturn(reason="x"), order)
    do(ApproveReturn(), order)
    assert backs(order)[1].dropoff_address == order.pickup_address


def test_a_partner_asks_and_a_dispatcher_decides(tenant, delivered):
    partner, dispatcher = Api(tenant, RoleKind.PARTNER, customer=delivered.customer), Api(tenant)
    stranger = Api(factories.make_tenant(), RoleKind.PARTNER)
    address = f"orders/{delivered.code}/"
    assert stranger.post(f"{address}request-return/", {"reason": "x"}).status_code == 404
    assert partner.post(f"{address}approve-return/").status_code == 403
    asked = partner.post(f"{address}request-return/", {"reason": "Does not fit"}, Idempotency_Key="one").json()
    again = partner.post(f"{address}request-return/", {"reason": "Does not fit"}, Idempotency_Key="one")
    assert (again.json()["order"]["return_status"], again["Idempotent-Replay"]) == ("pending", "true")
    stale = dispatcher.post(f"{address}approve-return/", If_Match=f'"{asked["order"]["version"] - 1}"')
    assert stale.status_code == 412
    assert dispatcher.post(f"{address}approve-return/").json()["order"]["return_status"] == "approved"
    told = partner.get(address).json()
    assert told["return_requests"][0]["return_order"] == f"{delivered.code}-R"
    assert [back["code"] for back in told["returns"]] == [f"{delivered.code}-R"]


def test_a_driver_cannot_ask_and_another_company_sees_nothing(tenant, do, delivered):
    with pytest.raises(Forbidden):
        do(RequestReturn(reason="x"), delivered, actor=factories.make_driver_actor(delivered.driver))
    with pytest.raises(NotVisible):
        do(RequestReturn(reason="x"), delivered, actor=factories.make_actor(factories.make_tenant()))
