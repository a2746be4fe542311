"""Undoing a bulk run: every order is as it was before, whichever action it was, or the run says why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from dispatch_console.core import clock
from dispatch_console.core.permissions import PERMISSIONS
from orders import bulk, cash, commands, sequence
from orders.actions import Accept, Arrive, Assign, Correct, FailAttempt, Hold, Unassign
from orders.models import Assignment, BulkRow, BulkState, Collection, Order
from orders.rearrange import change_sequence
from orders.states import Status
from tests import factories
from tests.lifecycle import bring_to

pytestmark = pytest.mark.django_db

COD = {"payment_method": "cod", "payer": "receiver", "cod_amount": 48, "delivery_fee": 9}


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def anybody(tenant):
    return factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))


def picture(order: Order) -> dict[str, Any]:
    """Everything that is said about an order: its row, who has it, what was collected for it."""
    row = Order.objects.filter(pk=order.pk).values().get()
    # The history keeps milliseconds.
    told = {
        name: value.replace(microsecond=value.microsecond // 1000 * 1000) if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in ("version", "updated_at")
    }
    live = Assignment.objects.filter(order=order, ended_at__isnull=True)
    collected = Collection.objects.filter(order=order).exclude(status="void")
    return told | {
        "with": list(live.values_list("driver_id", "vehicle_id", "status")),
        "cash": list(collected.values_list("stage", "amount", "driver_id")),
    }


@dataclass(frozen=True)
class Case:
    """A bulk action on an order that was made like this; `params` get the tenant."""

    action: str
    status: str = Status.PENDING
    order: dict[str, Any] = field(default_factory=dict)
    tenant: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Order, Any], None] | None = None
    params: Callable[[Any], dict[str, Any]] = lambda tenant: {}


def do(*actions):
    def act(order, actor):
        for action in actions:
            commands.perform(action, code=order.code, actor=actor)

    return act


def accepted(order, actor):
    driver = order.driver or factories.make_driver(order.tenant)
    if order.driver is None:
        commands.perform(Assign(driver_id=driver.pk), code=order.code, actor=actor)
    commands.perform(Accept(), code=order.code, actor=factories.make_driver_actor(driver))


def another_driver(tenant):
    return {"driver_id": factories.make_driver(tenant).pk}


def why(tenant):
    return {"reason": "Flood"}


FAILED = FailAttempt(reason="Nobody at home")
CASES = {
    "assign": Case("assign", params=another_driver),
    "assign what a driver asked waits for": Case("assign", tenant={"drivers_accept": True}, params=another_driver),
    "assign after a failed pickup": Case(
        "assign", Status.ASSIGNED, before=do(Arrive(), FAILED, Unassign(reason="Fault")), params=another_driver
    ),
    "assign what was dropped on the way": Case(
        "assign", Status.IN_TRANSIT, before=do(Unassign(reason="Fault", note="Depot")), params=another_driver
    ),
    "reassign": Case("reassign", Status.ASSIGNED, before=do(Arrive()), params=another_driver),
    "reassign what waits for an answer": Case(
        "reassign", Status.ASSIGNED, tenant={"drivers_accept": True}, params=another_driver
    ),
    "reassign after pickup": Case("reassign", Status.IN_TRANSIT, before=do(Arrive(), FAILED), params=another_driver),
    "unassign": Case("unassign", Status.ASSIGNED, before=do(Arrive()), params=why),
    "hold": Case("hold", Status.ASSIGNED, params=why),
    "release": Case("release", before=do(Hold(reason="Customer away"))),
    "pending from assigned": Case("pending", Status.ASSIGNED),
    "pending from cancelled": Case("pending", Status.CANCELLED),
    "picked up": Case("picked-up", Status.ASSIGNED, before=do(Arrive())),
    "picked up against cash": Case(
        "picked-up", Status.ASSIGNED, {"payment_method": "cash", "payer": "sender", "delivery_fee": 9}
    ),
    "picked up and left out": Case("picked-up", Status.DELIVERED, COD, params=lambda tenant: {"note": "By phone"}),
    "in transit": Case("in-transit", Status.PICKED_UP),
    "in transit by a skip": Case("in-transit", Status.ASSIGNED, params=lambda tenant: {"note": "By phone"}),
    "delivered": Case("delivered", Status.IN_TRANSIT, before=do(Arrive())),
    "delivered against cash": Case("delivered", Status.IN_TRANSIT, COD),
    "delivered by a skip against cash": Case(
        "delivered", Status.ASSIGNED, COD, params=lambda tenant: {"note": "By phone"}
    ),
    "cancel": Case("cancel", params=why),
    "cancel on hold": Case("cancel", Status.ASSIGNED, before=do(Hold(reason="Customer away")), params=why),
    "cancel after a failed delivery": Case("cancel", Status.IN_TRANSIT, before=do(Arrive(), FAILED), params=why),
    "reschedule": Case("reschedule", Status.ASSIGNED, {"due_at": "2026-11-23T10:00:00Z"}, before=do(FAILED)),
}


def run_and_undo(actor, case, order, tenant):
    run, _ = bulk.create(actor, action=case.action, params=case.params(tenant), codes=[order.code], at_once=True)
    assert run.state == BulkState.SUCCESS, list(BulkRow.objects.filter(run=run).values())
    changed = picture(order)
    back, _ = bulk.undo(actor, run.number)
    return changed, back


@pytest.mark.parametrize("name", CASES)
def test_undoing_a_run_restores_each_order_exactly(anybody, tenant, name):
    case = CASES[name]
    for column, value in case.tenant.items():
        setattr(tenant, column, value)
    tenant.save()
    order = factories.make_order(tenant, status=case.status if case.status != Status.PENDING else None, **case.order)
    if case.before is not None:
        case.before(order, anybody)
    before = picture(order)
    changed, back = run_and_undo(anybody, case, order, tenant)
    assert changed != before
    assert back.state == BulkState.SUCCESS, list(BulkRow.objects.filter(run=back).values())
    after = picture(order)
    assert {key: (before[key], after[key]) for key in before if before[key] != after[key]} == {}
    if order.driver_id is not None:
        assert cash.to_remit(order.driver_id) == cash.balance(order.driver_id)


def test_a_staged_leg_leaves_the_warehouse_again(anybody, tenant):
    for status, driver in ((Status.PICKED_UP, True), (Status.ASSIGNED, True), (None, False)):
        parent, inbound, outbound = factories.make_staged(tenant)
        bring_to(inbound, status) if status else None
        params = {} if driver else another_driver(tenant)
        legs = (parent, inbound, outbound)
        before = [picture(order) for order in legs]
        run, _ = bulk.create(anybody, action="stage", params=params, codes=[inbound.code], at_once=True)
        assert run.state == BulkState.SUCCESS
        assert not Order.objects.get(pk=outbound.pk).awaits_staging
        back, _ = bulk.undo(anybody, run.number)
        assert back.state == BulkState.SUCCESS, list(BulkRow.objects.filter(run=back).values())
        assert [picture(order) for order in legs] == before


def test_a_staged_order_is_cancelled_and_held_with_its_legs_and_comes_back_with_them(anybody, tenant):
    parent, inbound, outbound = factories.make_staged(tenant)
    bring_to(inbound, Status.ASSIGNED)
    commands.perform(Hold(reason="Customer away"), code=parent.code, actor=anybody)
    legs = (parent, inbound, outbound)
    before = [picture(order) for order in legs]
    for action, params in (("cancel", why(tenant)), ("release", {})):
        run, _ = bulk.create(anybody, action=action, params=params, codes=[parent.code], at_once=True)
        assert run.state == BulkState.SUCCESS
        assert [picture(order) for order in legs] != before
        back, _ = bulk.undo(anybody, run.number)
        assert back.state == BulkState.SUCCESS, list(BulkRow.objects.filter(run=back).values())
        assert [picture(order) for order in legs] == before


@pytest.mark.parametrize(
    ("action", "order"),
    [("return", {"status": Status.IN_TRANSIT}), ("pending", {"is_draft": True})],
)
def test_what_has_no_inverse_is_refused_with_its_reason_and_changes_nothing(anybody, tenant, action, order):
    order = factories.make_order(tenant, **order)
    run, _ = bulk.create(anybody, action=action, params={}, codes=[order.code], at_once=True)
    assert run.state == BulkState.SUCCESS
    before = picture(order)
    back, _ = bulk.undo(anybody, run.number)
    row = BulkRow.objects.get(run=back)
    assert (back.state, row.error_code) == (BulkState.FAILED, "cannot_undo")
    assert row.message
    assert picture(order) == before


def test_what_a_run_cannot_take_back_is_named_and_the_rest_is_taken_back(anybody, tenant):
    orders = [factories.make_order(tenant, status=Status.IN_TRANSIT, **COD) for _ in range(3)]
    run, _ = bulk.create(anybody, action="delivered", params={}, codes=[order.code for order in orders], at_once=True)
    collected = Collection.objects.get(order=orders[0])
    collected.status, collected.remitted_at = "remitted", clock.now()
    collected.save()
    commands.perform(Correct(target=Status.PICKED_UP, note="Not at home"), code=orders[1].code, actor=anybody)
    back, _ = bulk.undo(anybody, run.number)
    assert (back.state, back.done, back.failed) == (BulkState.PARTIAL, 1, 2)
    verdicts = dict(BulkRow.objects.filter(run=back).values_list("code", "error_code"))
    assert verdicts == {orders[0].code: "cash_handed_over", orders[1].code: "stale_version", orders[2].code: ""}
    again, _ = bulk.undo(anybody, run.number)
    assert (again.state, again.total) == (BulkState.FAILED, 2)


def test_the_place_in_the_drivers_sequence_comes_back_with_the_order(anybody, tenant):
    driver = factories.make_driver(tenant)
    orders = [factories.make_order(tenant, status=Status.ASSIGNED, driver=driver) for _ in range(3)]
    run_of = sequence.run_of(driver, anybody)
    arranged = [orders[2].code, orders[0].code, orders[1].code]
    change_sequence(driver.pk, codes=arranged, version=run_of.version, actor=anybody)
    run, _ = bulk.create(
        anybody, action="unassign", params={"reason": "Flood"}, codes=[orders[0].code, orders[2].code], at_once=True
    )
    assert sequence.run_of(driver, anybody).codes == [orders[1].code]
    bulk.undo(anybody, run.number)
    assert sequence.run_of(driver, anybody).codes == arranged
