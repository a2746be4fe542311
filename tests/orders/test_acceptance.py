"""The console's acceptance statements about single orders, one test or more for each."""

import pytest

from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders import commands
from orders.actions import (
    Assign,
    Cancel,
    ChangeStatus,
    Deliver,
    Edit,
    PickUp,
    Reopen,
    Return,
    StageAtWarehouse,
    Switch,
    Unassign,
)
from orders.actions.eligibility import units_on_board
from orders.models import Assignment, Order
from orders.states import CarrierType, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def dispatcher(tenant):
    return factories.make_actor(tenant)


def act(action, order, actor):
    return commands.perform(action, code=order.code, actor=actor)


def refused(action, order, actor, code):
    """The action is refused with this code, and nothing changed."""
    before = Order.objects.get(pk=order.pk)
    with pytest.raises((Refused, Invalid)) as refusal:
        act(action, order, actor)
    assert refusal.value.code == code, refusal.value.message
    after = Order.objects.get(pk=order.pk)
    assert (after.version, after.status, after.driver_id) == (before.version, before.status, before.driver_id)
    assert Event.objects.filter(object_id=order.pk, stream="order").count() == before.version
    return refusal.value


# 1. Cancel


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.CANCELLED, Status.RETURNED])
def test_a_closed_order_cannot_be_cancelled(tenant, dispatcher, status):
    order = factories.make_order(tenant, status=status)
    refusal = refused(Cancel(reason="Too late"), order, dispatcher, "status_locked")
    assert order.code in refusal.message


def test_cancelling_needs_a_reason_and_offers_the_tenants_own(tenant, dispatcher):
    tenant.reasons.create(kind="cancel", label="Customer changed their mind")
    refusal = refused(Cancel(), factories.make_order(tenant), dispatcher, "reason_required")
    assert "Customer changed their mind" in refusal.message


# 2. Status without a driver


@pytest.mark.parametrize("target", [Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED])
def test_a_status_that_needs_a_driver_names_the_missing_driver(tenant, dispatcher, target):
    order = factories.make_order(tenant)
    refusal = refused(ChangeStatus(target=target, note="It is there"), order, dispatcher, "driver_required")
    assert "has no driver" in refusal.message
    assert "driver_id" in refusal.details["fields"]


@pytest.mark.parametrize("target", [Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED])
def test_skipping_ahead_with_a_driver_and_a_note_is_a_correction(tenant, dispatcher, target):
    order, driver = factories.make_order(tenant), factories.make_driver(tenant)
    refused(ChangeStatus(target=target, driver_id=driver.pk), order, dispatcher, "note_required")
    outcome = act(ChangeStatus(target=target, driver_id=driver.pk, note="Told by phone"), order, dispatcher)
    assert (outcome.order.status, outcome.order.driver) == (target, driver)
    assert outcome.event.kind == "order.status_corrected"
    assert outcome.event.note == "Told by phone"


# 4. Switch


def test_switching_to_the_same_driver_is_refused(tenant, dispatcher):
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver)
    refused(Switch(driver_id=driver.pk), order, dispatcher, "same_driver")


def test_switching_a_delivered_order_is_refused(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.DELIVERED)
    refused(Switch(driver_id=factories.make_driver(tenant).pk, reason="x"), order, dispatcher, "status_locked")


def test_switching_after_pickup_needs_a_reason(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.IN_TRANSIT)
    refused(Switch(driver_id=factories.make_driver(tenant).pk), order, dispatcher, "reason_required")


# 5. Unassign


def test_unassigning_needs_a_reason(tenant, dispatcher):
    refused(Unassign(), factories.make_order(tenant, status=Status.ASSIGNED), dispatcher, "reason_required")


def test_unassigning_makes_the_order_pending_and_frees_the_drivers_capacity(tenant, dispatcher):
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver, unit_size=4)
    assert units_on_board(driver) == 4
    outcome = act(Unassign(reason="Vehicle fault"), order, dispatcher)
    assert (outcome.order.status, outcome.order.driver, units_on_board(driver)) == (Status.PENDING, None, 0)


# 6. Zones


@pytest.fixture
def vaduz_and_triesen(tenant):
    north = factories.make_zone(tenant, factories.square(9.4, 47.12, 9.6, 47.3), name="Vaduz")
    south = factories.make_zone(tenant, factories.square(9.4, 47.0, 9.6, 47.12), name="Triesen")
    return north, south


@pytest.mark.parametrize(("allowed", "end"), [(1, "pickup"), (0, "delivery")])
def test_a_driver_limited_to_zones_is_refused_outside_them_and_told_which_end(
    tenant, dispatcher, vaduz_and_triesen, allowed, end
):
    driver = factories.make_driver(tenant, zones=[vaduz_and_triesen[allowed]])
    order = factories.make_order(tenant)
    refusal = refused(Assign(driver_id=driver.pk), order, dispatcher, f"driver_not_allowed_in_{end}_zone")
    assert f"the {end} is in {vaduz_and_triesen[1 - allowed].name}" in refusal.message


def test_an_order_in_no_zone_is_refused_to_a_zone_limited_driver(tenant, dispatcher, vaduz_and_triesen):
    driver = factories.make_driver(tenant, zones=list(vaduz_and_triesen))
    order = factories.make_order(tenant, pickup_latitude=48.5)
    refused(Assign(driver_id=driver.pk), order, dispatcher, "driver_not_allowed_in_pickup_zone")


def test_outside_preferred_zones_is_only_a_warning(tenant, dispatcher, vaduz_and_triesen):
    elsewhere = factories.make_zone(tenant, factories.square(8, 46, 8.1, 46.1))
    driver = factories.make_driver(tenant, preferred=[elsewhere])
    order = factories.make_order(tenant)
    act(Assign(driver_id=driver.pk), order, dispatcher)
    warnings = Assignment.objects.get(order=order).warnings
    assert [warning["code"] for warning in warnings] == ["outside_preferred_zones"]


# 7. Capacity


def test_a_full_vehicle_is_refused_with_used_needed_and_limit(tenant, dispatcher):
    driver = factories.make_driver(tenant)
    factories.make_order(tenant, status=Status.ASSIGNED, driver=driver, unit_size=8)
    order = factories.make_order(tenant, unit_size=3)
    refusal = refused(Assign(driver_id=driver.pk), order, dispatcher, "over_capacity")
    assert refusal.details == {"used": 8, "needed": 3, "limit": 10}
    assert "carries 8 of 10 units; this order needs 3 more" in refusal.message


def test_growing_an_assigned_order_beyond_capacity_is_refused(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.ASSIGNED, unit_size=2)
    refused(Edit(changes={"unit_size": 11}), order, dispatcher, "over_capacity")


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"status": "suspended"}, "driver_unavailable"),
        ({"status": "on_leave"}, "driver_unavailable"),
        ({"primary_vehicle": None}, "vehicle_missing"),
    ],
)
def test_a_driver_who_cannot_work_is_refused(tenant, dispatcher, over, code):
    service = factories.make_service(tenant, requires_vehicle=True)
    order = factories.make_order(tenant, service_id=service.pk)
    refused(Assign(driver_id=factories.make_driver(tenant, **over).pk), order, dispatcher, code)


def test_an_offline_driver_is_only_a_warning(tenant, dispatcher):
    order = factories.make_order(tenant)
    act(Assign(driver_id=factories.make_driver(tenant, is_online=False).pk), order, dispatcher)
    assert Assignment.objects.get(order=order).warnings[0]["code"] == "driver_offline"


def test_another_tenants_driver_does_not_exist(tenant, dispatcher):
    stranger = factories.make_driver(factories.make_tenant())
    refusal = refused(Assign(driver_id=stranger.pk), factories.make_order(tenant), dispatcher, "invalid")
    assert refusal.details["fields"]["driver_id"] == ["There is no such driver. Choose one from the list."]


# 8. Carriers


@pytest.mark.parametrize("carrier", [CarrierType.PRIME, CarrierType.EXTERNAL, CarrierType.HYBRID])
def test_an_order_of_another_carrier_takes_no_driver(tenant, dispatcher, carrier):
    order = factories.make_order(tenant, carrier_type=carrier)
    driver = factories.make_driver(tenant)
    refused(Assign(driver_id=driver.pk), order, dispatcher, "carrier_not_internal")
    refused(Switch(driver_id=driver.pk), order, dispatcher, "carrier_not_internal")
    refused(Unassign(reason="x"), order, dispatcher, "carrier_not_internal")


def test_another_carriers_status_changes_by_hand_only_as_a_correction(tenant, dispatcher):
    order = factories.make_order(tenant, carrier_type=CarrierType.EXTERNAL)
    refused(ChangeStatus(target=Status.PICKED_UP), order, dispatcher, "note_required")
    outcome = act(ChangeStatus(target=Status.PICKED_UP, note="Carrier's web page says so"), order, dispatcher)
    assert outcome.event.kind == "order.status_corrected"


# 9 and 11. The package after its driver is taken off, and after a cancellation


def test_a_package_dropped_after_pickup_is_carried_on_by_the_next_driver(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.PICKED_UP)
    refused(Unassign(reason="Accident"), order, dispatcher, "note_required")
    dropped = act(Unassign(reason="Accident", note="Waits at the depot"), order, dispatcher).order
    assert (dropped.status, dropped.holder_dropped_it) == (Status.PICKED_UP, True)
    following = factories.make_driver(tenant)
    outcome = act(Assign(driver_id=following.pk), order, dispatcher)
    assert (outcome.order.status, outcome.order.driver, outcome.order.holder) == (
        Status.PICKED_UP,
        following,
        following,
    )


def test_an_order_cancelled_after_pickup_leaves_a_return_duty(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.IN_TRANSIT)
    cancelled = act(Cancel(reason="Refused by phone"), order, dispatcher).order
    assert cancelled.package_with_driver
    assert units_on_board(cancelled.holder) == 1
    returned = act(Return(reason="Refused by phone"), order, dispatcher).order
    assert (returned.status, returned.holder) == (Status.RETURNED, None)


def test_an_order_cancelled_before_pickup_leaves_nothing_to_return(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.ASSIGNED)
    cancelled = act(Cancel(reason="Shop closed"), order, dispatcher).order
    assert not cancelled.package_with_driver
    assert cancelled.driver is None
    refused(Return(reason="x"), order, dispatcher, "nothing_to_return")


def test_reopening_before_pickup_goes_back_to_the_queue(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.CANCELLED)
    assert act(Reopen(), order, dispatcher).order.status == Status.PENDING


# 10: a staged order needs its warehouse and an item, and its second leg waits for the first


def test_a_staged_order_without_a_warehouse_or_an_item_cannot_be_saved(tenant, dispatcher):
    service = factories.make_service(tenant, requires_staging=True)
    warehouse = factories.make_warehouse(tenant)
    with pytest.raises(Invalid) as both:
        factories.create_order(tenant, actor=dispatcher, order_type="pickup_delivery", service_id=service.pk)
    with pytest.raises(Invalid) as item:
        factories.create_order(
            tenant, actor=dispatcher, order_type="pickup_delivery", staging_warehouse_id=warehouse.pk
        )
    assert set(both.value.details["fields"]) == {"staging_warehouse_id", "items"}
    assert set(item.value.details["fields"]) == {"items"}
    assert not Order.objects.filter(tenant=tenant).exists()


def test_a_staged_order_is_a_parent_and_two_legs_of_which_the_second_waits(tenant, dispatcher):
    parent, inbound, outbound = factories.make_staged(tenant, actor=dispatcher)
    driver = factories.make_driver(tenant)
    assert (inbound.code, outbound.code) == (f"{parent.code}-1", f"{parent.code}-2")
    assert (inbound.dropoff_warehouse, outbound.pickup_warehouse) == (parent.staging_warehouse,) * 2
    refused(Assign(driver_id=driver.pk), outbound, dispatcher, "awaits_staging")
    refused(PickUp(), outbound, dispatcher, "awaits_staging")
    refused(
        ChangeStatus(target=Status.PICKED_UP, driver_id=driver.pk, note="x"), outbound, dispatcher, "awaits_staging"
    )
    act(StageAtWarehouse(driver_id=driver.pk), inbound, dispatcher)
    assert act(Assign(driver_id=driver.pk), outbound, dispatcher).order.driver == driver
    assert act(PickUp(), outbound, dispatcher).order.status == Status.PICKED_UP


# Delivered by hand without proof


def test_delivering_without_the_needed_proof_takes_a_note_and_is_flagged(tenant, dispatcher):
    policy = factories.make_policy(tenant, delivery_photo=True)
    service = factories.make_service(tenant, policy=policy)
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.IN_TRANSIT, driver=driver, service_id=service.pk)
    refused(Deliver(), order, dispatcher, "note_required")
    outcome = act(Deliver(note="Receiver called"), order, dispatcher)
    assert outcome.order.proof_missing
