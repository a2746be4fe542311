"""What is offered is what the engine allows, and what is not offered it refuses with the same words."""

from collections.abc import Iterator

import pytest

from dispatch_console.core.errors import DomainError, Forbidden, Refused
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from orders import commands
from orders.access import get_order
from orders.actions import ACTIONS
from orders.bulk import DRIVERS_OWN
from orders.inputs import INPUTS
from orders.offers import offers, undo_offer
from orders.states import CarrierType, Status
from tests import factories

pytestmark = pytest.mark.django_db

ROLES = [RoleKind.TENANT_ADMIN, RoleKind.DISPATCHER, RoleKind.OBSERVER, RoleKind.SUPPORT, RoleKind.WAREHOUSE]
STATES = [
    Status.PENDING,
    Status.ASSIGNED,
    Status.PICKED_UP,
    Status.IN_TRANSIT,
    Status.DELIVERED,
    Status.CANCELLED,
    Status.RETURNED,
]


def inputs_for(name: str, driver_id: int) -> dict[str, object]:
    """Values that satisfy every input rule, so that only state and role can refuse."""
    known = INPUTS[name]().fields
    values = {"driver_id": driver_id, "reason": "Because", "note": "Because", "notes": "Changed", "status": "closed"}
    return {field: value for field, value in values.items() if field in known}


def tries(order, actor, driver_id: int) -> Iterator[tuple[str, str]]:
    """Each action as the engine decides it, every one on the order as it is: nothing is kept."""
    from django.db import transaction

    for name in ACTIONS:
        if name in (*DRIVERS_OWN, "status", "correct", "add-proof"):  # the last one wants a picture of its own
            continue
        serializer = INPUTS[name](data=inputs_for(name, driver_id), partial=name == "edit")
        serializer.is_valid(raise_exception=True)
        point = transaction.savepoint()
        try:
            commands.perform(serializer.to_action(), code=order.code, actor=actor)
            yield name, ""
        except (Refused, Forbidden) as refusal:
            yield name, refusal.code
        finally:
            transaction.savepoint_rollback(point)


@pytest.mark.parametrize("status", STATES)
def test_an_action_is_offered_exactly_where_the_engine_allows_it(status):
    tenant = factories.make_tenant()
    order = factories.make_order(tenant, status=status)
    driver = factories.make_driver(tenant)
    for role in ROLES:
        actor = factories.make_actor(tenant, role)
        offered = {offer["name"]: offer["is_allowed"] for offer in offers(get_order(actor, order.code), actor)}
        decided = {name: not code for name, code in tries(order, actor, driver.pk)}
        assert {name: offered[name] for name in decided} == decided, role


@pytest.mark.parametrize("status", STATES)
def test_every_status_on_offer_can_be_set_and_no_other(status):
    from django.db import transaction

    tenant = factories.make_tenant()
    order = factories.make_order(tenant, status=status)
    driver = factories.make_driver(tenant)
    actor = factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))
    offer = next(offer for offer in offers(get_order(actor, order.code), actor) if offer["name"] == "status")
    possible = {}
    for target in Status:
        needs = {found["status"]: found["needs"] for found in offer["targets"]}.get(target, [])
        values = {"driver_id": driver.pk, "reason": "Because", "note": "Because"}
        body = {"target": target, **{name: values[name] for name in needs}}
        serializer = INPUTS["status"](data=body)
        serializer.is_valid(raise_exception=True)
        point = transaction.savepoint()
        try:
            possible[target.value] = (
                commands.perform(serializer.to_action(), code=order.code, actor=actor).order.status == target
            )
        except DomainError:
            possible[target.value] = False
        finally:
            transaction.savepoint_rollback(point)
    assert {target["status"] for target in offer["targets"]} == {name for name, can in possible.items() if can}
    assert offer["is_allowed"] == any(possible.values())


def test_outside_carriers_get_no_driver_actions():
    tenant = factories.make_tenant()
    order = factories.make_order(tenant, carrier_type=CarrierType.PRIME)
    actor = factories.make_actor(tenant)
    offered = {offer["name"]: offer for offer in offers(get_order(actor, order.code), actor)}
    for name in ("assign", "switch", "unassign", "pick-up", "deliver"):
        assert not offered[name]["is_allowed"]
        assert offered[name]["code"] == "carrier_not_internal"


def test_a_refused_action_says_why_in_a_sentence():
    tenant = factories.make_tenant()
    order = factories.make_order(tenant, status="delivered")
    actor = factories.make_actor(tenant)
    for offer in offers(get_order(actor, order.code), actor):
        assert offer["is_allowed"] == (not offer["why_not"]) == (not offer["code"])
        assert not offer["why_not"] or offer["why_not"].endswith(".")


def test_undo_is_offered_with_the_reason_where_it_is_not_possible():
    tenant = factories.make_tenant()
    assert undo_offer(factories.make_order(tenant, status="assigned"))["is_possible"]
    returned = undo_offer(factories.make_order(tenant, status="returned"))
    assert not returned["is_possible"]
    assert "new order" in returned["why_not"]
