"""Status × action × role, generated from the declarations: what is offered, what is refused, and that both agree."""

import pytest
from django.db import transaction

from dispatch_console.core.errors import DomainError, Forbidden, NotVisible
from dispatch_console.core.permissions import BUILT_IN_ROLES, RoleKind
from orders import commands
from orders.actions import (
    ACTIONS,
    Accept,
    AddNote,
    AddProof,
    ApproveReturn,
    Arrive,
    Assign,
    Cancel,
    ChangeStatus,
    Confirm,
    Correct,
    Deliver,
    Depart,
    Edit,
    FailAttempt,
    Hold,
    PickUp,
    RaiseException,
    Reject,
    RejectReturn,
    Release,
    Reopen,
    RequestReturn,
    Reschedule,
    Return,
    SelfAssign,
    SelfUnassign,
    SettleException,
    StageAtWarehouse,
    Switch,
    TryAgain,
    Unassign,
    UnlockPin,
    WithdrawAttempt,
    WithdrawReturn,
)
from orders.actions.pin import MOST_TRIES
from orders.actions.trouble import CORRECTIONS
from orders.bulk import DRIVERS_OWN
from orders.models import Order
from orders.states import Leg, Stage, Status
from tests import factories

pytestmark = pytest.mark.django_db

STATUSES = [
    Status.DRAFT,
    Status.PENDING,
    Status.ASSIGNED,
    Status.PICKED_UP,
    Status.IN_TRANSIT,
    Status.DELIVERED,
    Status.CANCELLED,
    Status.RETURNED,
]

# The table of the specification for an internal order with a driver where its status has one, in no group, not held.
LEGAL = {
    "assign": {Status.PENDING},
    "switch": {Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT},
    "unassign": {Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT},
    "accept": set(),
    "reject": set(),
    "self-assign": set(),
    "self-unassign": set(),
    "confirm": {Status.DRAFT},
    "pick-up": {Status.ASSIGNED},
    "arrive": {Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT},
    "fail-attempt": {Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT},
    "try-again": set(),
    "withdraw-attempt": set(),
    "unlock-pin": set(),
    "add-proof": {Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED},
    "stage": set(),
    "request-return": {Status.DELIVERED},
    "approve-return": set(),
    "reject-return": set(),
    "withdraw-return": set(),
    "depart": {Status.PICKED_UP},
    "deliver": {Status.PICKED_UP, Status.IN_TRANSIT},
    "correct": {Status.PENDING, Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED},
    "return": {Status.PICKED_UP, Status.IN_TRANSIT},
    "hold": {Status.DRAFT, Status.PENDING, Status.ASSIGNED},
    "release": set(),
    "edit": {Status.DRAFT, Status.PENDING, Status.ASSIGNED},
    "reschedule": {Status.DRAFT, Status.PENDING, Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT},
    "cancel": {Status.DRAFT, Status.PENDING, Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT},
    "reopen": {Status.CANCELLED},
    "status": set(STATUSES),
    "raise-exception": set(STATUSES) - {Status.DRAFT},
    "settle-exception": set(),
    "note": set(STATUSES),
}


# What went wrong is said and settled wherever the order is.
RETURNS = {"request-return", "approve-return", "reject-return", "withdraw-return"}
ALSO_IN_GROUPS = {"raise-exception", "settle-exception", "note", *RETURNS}


def sample(name, order, driver_id):
    """The action with input that is complete for every state it is legal in."""
    target = (CORRECTIONS.get(order.status) or (Status.DELIVERED,))[-1]
    following = {
        Status.DRAFT: Status.PENDING,
        Status.PENDING: Status.ASSIGNED,
        Status.ASSIGNED: Status.PICKED_UP,
        Status.PICKED_UP: Status.IN_TRANSIT,
        Status.IN_TRANSIT: Status.DELIVERED,
        Status.CANCELLED: Status.PENDING,
    }.get(order.status, Status.DELIVERED)
    stage = Stage.DELIVERY if order.status == Status.DELIVERED else Stage.PICKUP
    return {
        "assign": lambda: Assign(driver_id=driver_id),
        "switch": lambda: Switch(driver_id=driver_id, reason="Fault"),
        "unassign": lambda: Unassign(reason="Fault", note="At the depot"),
        "accept": Accept,
        "reject": lambda: Reject(reason="Too far"),
        "self-assign": SelfAssign,
        "self-unassign": lambda: SelfUnassign(reason="Fault", note="At the depot"),
        "confirm": Confirm,
        "arrive": Arrive,
        "fail-attempt": lambda: FailAttempt(reason="Nobody at home"),
        "try-again": TryAgain,
        "withdraw-attempt": WithdrawAttempt,
        "unlock-pin": UnlockPin,
        "add-proof": lambda: AddProof(stage=stage, proof_ids=(str(factories.make_proof(order, stage=stage).pk),)),
        "pick-up": PickUp,
        "stage": StageAtWarehouse,
        "request-return": lambda: RequestReturn(reason="Does not fit"),
        "approve-return": ApproveReturn,
        "reject-return": lambda: RejectReturn(reason="Used"),
        "withdraw-return": WithdrawReturn,
        "depart": Depart,
        "deliver": lambda: Deliver(note="Seen"),
        "correct": lambda: Correct(target=target, note="By phone", driver_id=None if order.driver_id else driver_id),
        "return": lambda: Return(reason="Refused"),
        "hold": lambda: Hold(reason="Customer asked"),
        "release": Release,
        "edit": lambda: Edit(changes={"notes": "Ring twice"}),
        "reschedule": Reschedule,
        "cancel": lambda: Cancel(reason="Shop closed"),
        "reopen": Reopen,
        "raise-exception": lambda: RaiseException(reason="Damage"),
        "settle-exception": lambda: SettleException(status="resolved", resolution="redelivered"),
        "note": lambda: AddNote(note="Ring twice"),
        "status": lambda: ChangeStatus(
            target=following, driver_id=driver_id if following == Status.ASSIGNED else None, note="By phone"
        ),
    }[name]()


def make_in(tenant, status):
    if status == Status.DRAFT:
        return factories.make_order(tenant, is_draft=True)
    return factories.make_order(tenant, status=status)


def test_the_table_speaks_of_every_action():
    assert set(LEGAL) == set(ACTIONS)


@pytest.mark.parametrize("status", STATUSES)
def test_what_a_status_offers_is_what_the_command_accepts(status):
    tenant = factories.make_tenant()
    order, driver = make_in(tenant, status), factories.make_driver(tenant)
    admin = factories.make_actor(tenant, permissions=frozenset().union(*BUILT_IN_ROLES.values()))
    for name, action_class in ACTIONS.items():
        if name == "status" and status in (Status.DELIVERED, Status.RETURNED):
            continue  # the wish to be what it is, or to leave a return: refused by the resolved action's own rules
        fresh = Order.objects.get(pk=order.pk)
        offered = action_class.guard.why_not(fresh) is None
        selected = Order.objects.filter(action_class.guard.q(), pk=order.pk).exists()
        done = False
        try:
            with transaction.atomic():
                commands.engine.run(sample(name, fresh, driver.pk), code=order.code, actor=admin)
                done = True
                transaction.set_rollback(True)
        except DomainError:
            pass
        expected = status in LEGAL[name]
        assert (offered, selected, done) == (expected, expected, expected), f"{name} on {status}"


@pytest.mark.parametrize("role", [role for role in RoleKind if role != RoleKind.CUSTOM])
@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_a_role_may_do_exactly_what_its_permissions_say(role, name):
    tenant = factories.make_tenant()
    status = min(LEGAL[name] or {Status.ASSIGNED}, key=STATUSES.index)
    order, driver = make_in(tenant, status), factories.make_driver(tenant)
    actor = factories.make_actor(tenant, role)
    may = actor.may(ACTIONS[name].permission)
    if role == RoleKind.DRIVER:
        actor = factories.make_driver_actor(order.driver or driver)
        may = ACTIONS[name].own_work or actor.may(ACTIONS[name].permission)
    version = order.version
    refusal = None
    try:
        with transaction.atomic():
            commands.engine.run(sample(name, order, driver.pk), code=order.code, actor=actor)
    except DomainError as error:
        refusal = error
    if may:
        assert not isinstance(refusal, Forbidden)
    else:
        assert isinstance(refusal, (Forbidden, NotVisible)), refusal
        assert Order.objects.get(pk=order.pk).version == version


@pytest.mark.parametrize(
    "name", sorted(set(ACTIONS) - {"release", "edit", "status", "return", *ALSO_IN_GROUPS, *DRIVERS_OWN})
)
def test_a_group_lock_is_named_in_the_refusal(name):
    action = ACTIONS[name]
    status = min(LEGAL[name] or {Status.ASSIGNED}, key=STATUSES.index)
    order = Order(code="D-1", status=status, held_by="waybill:WB00012", driver_id=1)
    if name == "assign":
        order.driver_id = None
    if name in ("try-again", "withdraw-attempt"):
        order.attempt_failed = True
    if name == "stage":
        order.leg = Leg.INBOUND
    if name == "unlock-pin":
        order.pin_tries = MOST_TRIES
    if name == "confirm":
        return
    why = action.guard.why_not(order)
    assert why is not None
    assert "WB00012" in why.sentence
