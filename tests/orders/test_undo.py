"""Undo: the inverse of the last change, through the same engine, with a reason when it cannot be."""

from datetime import timedelta

import pytest

from dispatch_console.core import clock
from dispatch_console.core.errors import Forbidden, Refused, Stale
from dispatch_console.core.permissions import RoleKind
from orders import commands
from orders.actions import (
    ACTIONS,
    Assign,
    Cancel,
    ChangeStatus,
    Correct,
    Deliver,
    Depart,
    Edit,
    Hold,
    PickUp,
    Release,
    Reopen,
    Return,
    Switch,
    Unassign,
)
from orders.models import Order
from orders.states import PaymentMethod, Status
from tests import factories

pytestmark = pytest.mark.django_db

BOOKKEEPING = {"version", "updated_at"}


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def dispatcher(tenant):
    return factories.make_actor(tenant)


def picture(order):
    """Everything an order says about itself, but for its bookkeeping."""
    row = Order.objects.filter(pk=order.pk).values().get()
    items = list(order.items.values("name", "quantity"))
    return {name: value for name, value in row.items() if name not in BOOKKEEPING} | {"items": items}


CASES = {
    "assign": (Status.PENDING, lambda tenant: Assign(driver_id=factories.make_driver(tenant).pk)),
    "switch": (Status.ASSIGNED, lambda tenant: Switch(driver_id=factories.make_driver(tenant).pk)),
    "switch after pickup": (
        Status.PICKED_UP,
        lambda tenant: Switch(driver_id=factories.make_driver(tenant).pk, reason="Fault"),
    ),
    "unassign": (Status.ASSIGNED, lambda tenant: Unassign(reason="Fault")),
    "unassign after pickup": (Status.PICKED_UP, lambda tenant: Unassign(reason="Fault", note="At the depot")),
    "pick up": (Status.ASSIGNED, lambda tenant: PickUp()),
    "depart": (Status.PICKED_UP, lambda tenant: Depart()),
    "deliver": (Status.IN_TRANSIT, lambda tenant: Deliver()),
    "deliver without departing": (Status.PICKED_UP, lambda tenant: Deliver()),
    "skip to delivered": (Status.ASSIGNED, lambda tenant: Correct(target=Status.DELIVERED, note="By phone")),
    "go back": (Status.IN_TRANSIT, lambda tenant: Correct(target=Status.PICKED_UP, note="By phone")),
    "cancel": (Status.PENDING, lambda tenant: Cancel(reason="Mistake")),
    "cancel assigned": (Status.ASSIGNED, lambda tenant: Cancel(reason="Mistake")),
    "cancel after pickup": (Status.IN_TRANSIT, lambda tenant: Cancel(reason="Mistake")),
    "hold": (Status.PENDING, lambda tenant: Hold(reason="Customer asked")),
    "reopen": (Status.CANCELLED, lambda tenant: Reopen()),
    "edit": (
        Status.PENDING,
        lambda tenant: Edit(
            changes={
                "notes": "Ring twice",
                "unit_size": 3,
                "items": [{"name": "Box", "quantity": 2}],
                "pickup_address": "",
                "pickup_warehouse_id": factories.make_warehouse(tenant).pk,
                "scheduled_delivery_at": factories.minutes_from_now(90),
            }
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_undo_restores_the_order_exactly(tenant, dispatcher, case):
    status, make_action = CASES[case]
    order = factories.make_order(tenant, status=status)
    before = picture(order)
    outcome = commands.perform(make_action(tenant), code=order.code, actor=dispatcher)
    assert picture(order) != before
    undone = commands.undo(code=order.code, actor=dispatcher, version=outcome.order.version)
    after = picture(order)
    moved = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert set(moved) <= {"closed_at", "picked_up_at"} or moved == {}, moved
    assert undone.event.data["undoes"] == outcome.event.pk
    assert undone.order.version == outcome.order.version + 1


def test_undoing_a_hold_release_holds_again_for_the_same_reason(tenant, dispatcher):
    order = factories.make_order(tenant)
    commands.perform(Hold(reason="Customer asked"), code=order.code, actor=dispatcher)
    commands.perform(Release(), code=order.code, actor=dispatcher)
    assert commands.undo(code=order.code, actor=dispatcher).order.hold_reason == "Customer asked"


def test_undoing_a_creation_closes_the_order_as_cancelled(tenant, dispatcher):
    order = factories.create_order(tenant, actor=dispatcher).order
    undone = commands.undo(code=order.code, actor=dispatcher).order
    assert (undone.status, undone.closed_at is None, undone.closing_reason) == (
        Status.CANCELLED,
        False,
        "Created by mistake",
    )


def test_undo_of_a_cash_delivery_takes_the_payment_back(tenant, dispatcher):
    order = factories.make_order(
        tenant,
        status=Status.IN_TRANSIT,
        payment_method=PaymentMethod.COD,
        payer="receiver",
        cod_amount=48,
    )
    assert commands.perform(Deliver(), code=order.code, actor=dispatcher).order.payment_status == "paid"
    assert commands.undo(code=order.code, actor=dispatcher).order.payment_status == "pending"


def test_a_wish_for_a_status_is_undone_like_the_action_it_became(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.ASSIGNED)
    commands.perform(ChangeStatus(target=Status.PICKED_UP), code=order.code, actor=dispatcher)
    assert commands.undo(code=order.code, actor=dispatcher).order.status == Status.ASSIGNED


def test_undo_refuses_when_the_world_has_moved_on(tenant, dispatcher):
    order = factories.make_order(tenant)
    version = commands.perform(Hold(reason="x"), code=order.code, actor=dispatcher).order.version
    commands.perform(Edit(changes={"notes": "n"}), code=order.code, actor=factories.make_actor(tenant))
    with pytest.raises(Stale):
        commands.undo(code=order.code, actor=dispatcher, version=version)


def test_undo_refuses_when_the_former_driver_can_no_longer_take_the_order(tenant, dispatcher):
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver, unit_size=6)
    commands.perform(Unassign(reason="Fault"), code=order.code, actor=dispatcher)
    factories.make_order(tenant, status=Status.ASSIGNED, driver=driver, unit_size=6)
    with pytest.raises(Refused) as refusal:
        commands.undo(code=order.code, actor=dispatcher)
    assert refusal.value.code == "over_capacity"


def test_undo_closes_after_the_tenants_window(tenant, dispatcher):
    with clock.at(clock.now() - timedelta(minutes=20)):
        order = factories.make_order(tenant)
    with pytest.raises(Refused, match="Undo is open for 15 minutes"):
        commands.undo(code=order.code, actor=dispatcher)


def test_a_return_cannot_be_undone_and_says_why(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.IN_TRANSIT)
    event = commands.perform(Return(reason="Refused"), code=order.code, actor=dispatcher).event
    with pytest.raises(Refused, match="Create a new order") as refusal:
        commands.undo(code=order.code, actor=dispatcher)
    assert refusal.value.code == "cannot_undo"
    assert "Create a new order" in commands.why_not_undo(event, Order.objects.get(pk=order.pk))


def test_undo_needs_the_rights_of_the_act_it_becomes(tenant, dispatcher):
    order = factories.make_order(tenant)
    commands.perform(Hold(reason="x"), code=order.code, actor=dispatcher)
    with pytest.raises(Forbidden):
        commands.undo(code=order.code, actor=factories.make_actor(tenant, RoleKind.OBSERVER))


def test_somebody_elses_delivery_takes_the_higher_right_to_undo(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.IN_TRANSIT)
    commands.perform(Deliver(), code=order.code, actor=dispatcher)
    with pytest.raises(Forbidden):
        commands.undo(code=order.code, actor=factories.make_actor(tenant))
    admin = factories.make_actor(tenant, RoleKind.TENANT_ADMIN)
    assert commands.undo(code=order.code, actor=admin).order.status == Status.IN_TRANSIT


def test_undo_with_a_key_has_one_effect(tenant, dispatcher):
    order = factories.make_order(tenant)
    commands.perform(Hold(reason="x"), code=order.code, actor=dispatcher)
    first = commands.undo(code=order.code, actor=dispatcher, key="u1")
    again = commands.undo(code=order.code, actor=dispatcher, key="u1")
    assert again.is_replay
    assert again.event == first.event


def test_the_last_act_is_the_actors_own(tenant, dispatcher):
    order = factories.make_order(tenant)
    mine = commands.perform(Hold(reason="x"), code=order.code, actor=dispatcher).event
    factories.make_order(tenant)
    assert commands.last_act(dispatcher) == mine


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_action_knows_its_inverse_or_says_why_it_has_none(name):
    assert name == "status" or "inverse" in vars(ACTIONS[name])
