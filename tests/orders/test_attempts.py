"""At the door: arrivals, failed attempts, and what may follow them."""

import pytest

from dispatch_console.core.errors import Invalid, Refused
from orders import commands
from orders.actions import Arrive, Assign, Deliver, FailAttempt, PickUp, Return, Switch, TryAgain, Unassign
from orders.models import Attempt, Order
from orders.states import Status
from tests import factories
from tests.orders.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def run(tenant):
    """(order code, the driver's actor) of an order under way."""
    driver = factories.make_driver(tenant)
    return factories.make_order(tenant, status=Status.IN_TRANSIT, driver=driver), factories.make_driver_actor(driver)


def act(action, order, actor):
    return commands.perform(action, code=order.code, actor=actor).order


def refused(call, code):
    with pytest.raises((Refused, Invalid)) as error:
        call()
    assert error.value.code == code, error.value.message
    return error.value


def test_arrivals_note_their_time_once_for_each_door(tenant):
    driver = factories.make_driver(tenant)
    order, actor = factories.make_order(tenant, status="assigned", driver=driver), factories.make_driver_actor(driver)
    refused(lambda: act(Arrive(stage="delivery"), order, actor), "wrong_stage")
    at_pickup = act(Arrive(stage="pickup"), order, actor)
    assert at_pickup.arrived_pickup_at is not None
    refused(lambda: act(Arrive(), order, actor), "already_arrived")
    act(PickUp(), order, actor)
    at_door = act(Arrive(), order, actor)
    assert at_door.arrived_dropoff_at >= at_door.arrived_pickup_at
    refused(lambda: commands.undo(code=order.code, actor=actor), "cannot_undo")


def test_a_failed_attempt_keeps_the_package_with_the_driver_and_asks_for_a_decision(tenant, run):
    order, driver = run
    tenant.reasons.create(kind="delivery_failed", label="Nobody at home")
    error = refused(lambda: act(FailAttempt(), order, driver), "reason_required")
    assert "Nobody at home" in error.message
    failed = act(FailAttempt(reason="Nobody at home", note="Rang twice"), order, driver)
    assert (failed.status, failed.attempt_failed, failed.failed_attempts) == (Status.IN_TRANSIT, True, 1)
    assert failed.holder_id == failed.driver_id
    api = Api(tenant)
    assert api.codes(attention="attempt_failed") == api.codes(attention="any") == {order.code}
    assert api.rows()[0]["attention"] == "attempt_failed"
    assert api.get("orders/counts/").json()["statuses"]["attempt_failed"] == 1
    attempts = api.get(f"orders/{order.code}/").json()["attempts"]
    assert [(row["stage"], row["reason"], row["note"]) for row in attempts] == [
        ("delivery", "Nobody at home", "Rang twice")
    ]


def test_after_a_failed_attempt_the_order_is_tried_again_delivered_or_returned(tenant, run):
    order, driver = run
    act(FailAttempt(reason="Refused"), order, driver)
    again = act(TryAgain(note="Is home from 17:00"), order, factories.make_actor(tenant))
    assert (again.attempt_failed, again.failed_attempts) == (False, 1)
    assert not Api(tenant).codes(attention="any")
    refused(lambda: act(TryAgain(), order, driver), "no_failed_attempt")
    act(Arrive(), order, driver)
    assert act(FailAttempt(reason="Refused"), order, driver).failed_attempts == 2
    assert act(Arrive(), order, driver).attempt_failed is False  # a new try begins at the door
    act(FailAttempt(reason="Refused"), order, driver)
    returned = act(Return(reason="Refused"), order, driver)
    assert (returned.status, returned.attempt_failed, returned.failed_attempts) == (Status.RETURNED, False, 3)
    other = factories.make_order(tenant, status=Status.IN_TRANSIT)
    actor = factories.make_driver_actor(other.driver)
    act(FailAttempt(reason="Nobody at home"), other, actor)
    assert act(Deliver(), other, actor).attempt_failed is False


def test_a_wrong_tap_on_failed_is_taken_back_and_leaves_its_trace(tenant, run):
    order, driver = run
    act(FailAttempt(reason="Nobody at home"), order, driver)
    undone = commands.undo(code=order.code, actor=driver)
    assert undone.event.kind == "order.attempt_withdrawn"
    assert (undone.order.attempt_failed, undone.order.failed_attempts) == (False, 0)
    assert Attempt.objects.get().withdrawn_at is not None


def test_a_failed_pickup_goes_to_another_driver_who_has_been_at_no_door(tenant):
    order = factories.make_order(tenant, status=Status.ASSIGNED)
    driver, dispatcher = factories.make_driver_actor(order.driver), factories.make_actor(tenant)
    act(Arrive(), order, driver)
    failed = act(FailAttempt(reason="Shop is closed"), order, driver)
    assert (failed.status, failed.attempt_failed, Attempt.objects.get().stage) == (Status.ASSIGNED, True, "pickup")
    act(Unassign(reason="Shop is closed"), order, dispatcher)
    assert Order.objects.get().attempt_failed  # nobody has decided yet
    assigned = act(Assign(driver_id=factories.make_driver(tenant).pk), order, dispatcher)
    assert (assigned.attempt_failed, assigned.failed_attempts, assigned.arrived_pickup_at) == (False, 1, None)
    act(FailAttempt(reason="Shop is closed"), order, factories.make_driver_actor(assigned.driver))
    switched = act(Switch(driver_id=order.driver_id), order, dispatcher)
    assert (switched.attempt_failed, switched.failed_attempts) == (False, 2)
