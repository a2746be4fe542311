"""The engine's order of steps, seen from the command: visibility, rights, version, guard, event, repeat."""

import pytest
from django.db import DatabaseError, connection, transaction

from dispatch_console.core.actor import Source
from dispatch_console.core.errors import Forbidden, Invalid, KeyReused, NotVisible, Refused, Stale
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders import commands
from orders.actions import Assign, Cancel, ChangeStatus, Edit, Hold, PickUp, Switch, Unassign
from orders.models import Assignment, Order
from orders.states import AssignmentStatus, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def dispatcher(tenant):
    return factories.make_actor(tenant, label="Mara Keller")


def events_of(order):
    return list(Event.objects.filter(stream="order", object_id=order.pk).order_by("version"))


def assert_untouched(order):
    """Nothing was written: same version, same events."""
    fresh = Order.objects.get(pk=order.pk)
    assert fresh.version == order.version
    assert len(events_of(order)) == order.version


def test_a_new_order_is_pending_with_one_event(tenant, dispatcher):
    outcome = factories.create_order(tenant, actor=dispatcher)
    assert outcome.order.status == Status.PENDING
    assert outcome.order.code == "D-10001"
    assert [event.kind for event in events_of(outcome.order)] == ["order.created"]


def test_assigning_writes_order_assignment_and_one_event(tenant, dispatcher):
    order = factories.make_order(tenant)
    driver = factories.make_driver(tenant)
    outcome = commands.perform(Assign(driver_id=driver.pk), code=order.code, actor=dispatcher, version=1)
    assert (outcome.order.status, outcome.order.driver, outcome.order.version) == (Status.ASSIGNED, driver, 2)
    assert Assignment.objects.get(order=order).status == AssignmentStatus.ASSIGNED
    event = outcome.event
    assert (event.kind, event.actor_label, event.version) == ("order.assigned", "Mara Keller", 2)
    assert event.data["before"]["status"] == "pending"
    assert event.data["after"] == {
        "assignment_status": "assigned",
        "driver": driver.pk,
        "status": "assigned",
        "vehicle": driver.primary_vehicle_id,
    }


def test_another_tenants_order_is_not_found(tenant):
    order = factories.make_order(tenant)
    stranger = factories.make_actor(factories.make_tenant())
    with pytest.raises(NotVisible):
        commands.perform(Cancel(reason="x"), code=order.code, actor=stranger)
    assert_untouched(order)


def test_an_order_of_another_team_is_not_found(tenant):
    ours, theirs = factories.make_team(tenant), factories.make_team(tenant)
    order = factories.make_order(tenant, customer_id=factories.make_customer(tenant, team=theirs).pk)
    limited = factories.make_actor(tenant, team_ids=frozenset({ours.pk}))
    with pytest.raises(NotVisible):
        commands.perform(Cancel(reason="x"), code=order.code, actor=limited)


def test_an_observer_may_look_but_not_act(tenant):
    order = factories.make_order(tenant)
    observer = factories.make_actor(tenant, RoleKind.OBSERVER)
    with pytest.raises(Forbidden, match="Your role does not allow"):
        commands.perform(Cancel(reason="x"), code=order.code, actor=observer)
    assert_untouched(order)


def test_an_old_version_is_refused_and_told_who_changed_what(tenant, dispatcher):
    order = factories.make_order(tenant)
    commands.perform(Edit(changes={"notes": "Ring twice"}), code=order.code, actor=dispatcher, version=1)
    other = factories.make_actor(tenant)
    with pytest.raises(Stale) as refusal:
        commands.perform(Cancel(reason="x"), code=order.code, actor=other, version=1)
    details = refusal.value.details
    assert details["version"] == 2
    assert details["changes"][0]["actor"] == "Mara Keller"
    assert {"field": "notes", "before": "", "after": "Ring twice"} in details["changes"][0]["changes"]
    assert Order.objects.get(pk=order.pk).status == Status.PENDING


def test_the_same_key_twice_has_one_effect_and_the_same_answer(tenant, dispatcher):
    order = factories.make_order(tenant)
    first = commands.perform(Hold(reason="Customer asked"), code=order.code, actor=dispatcher, key="k1")
    again = commands.perform(Hold(reason="Customer asked"), code=order.code, actor=dispatcher, key="k1")
    assert not first.is_replay
    assert again.is_replay
    assert again.event == first.event
    assert len(events_of(order)) == 2


def test_a_key_used_for_something_else_is_refused(tenant, dispatcher):
    order = factories.make_order(tenant)
    commands.perform(Hold(reason="Customer asked"), code=order.code, actor=dispatcher, key="k1")
    with pytest.raises(KeyReused):
        commands.perform(Cancel(reason="Customer asked"), code=order.code, actor=dispatcher, key="k1")


def test_creating_twice_with_one_key_makes_one_order(tenant, dispatcher):
    from orders.actions import NewOrder

    new = NewOrder(type="on_demand", values=factories.order_values(tenant))
    first = commands.create(new, actor=dispatcher, key="create-1")
    again = commands.create(new, actor=dispatcher, key="create-1")
    assert again.is_replay
    assert again.order == first.order
    assert Order.objects.filter(tenant=tenant).count() == 1


def test_the_same_key_of_two_people_does_not_collide(tenant, dispatcher):
    order = factories.make_order(tenant)
    other = factories.make_actor(tenant)
    commands.perform(Hold(reason="Customer asked"), code=order.code, actor=dispatcher, key="k1")
    outcome = commands.perform(Edit(changes={"notes": "n"}), code=order.code, actor=other, key="k1")
    assert not outcome.is_replay


def test_a_refused_action_writes_nothing(tenant, dispatcher):
    order = factories.make_order(tenant, status=Status.DELIVERED)
    with pytest.raises(Refused, match="already delivered"):
        commands.perform(Cancel(reason="Late"), code=order.code, actor=dispatcher)
    assert_untouched(order)


@pytest.mark.parametrize("statement", ["UPDATE core_event SET note = 'forged'", "DELETE FROM core_event"])
def test_the_database_itself_refuses_to_change_history(tenant, statement):
    factories.make_order(tenant)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_event_keeps_actor_source_request_and_reason(tenant):
    order = factories.make_order(tenant)
    actor = factories.make_actor(tenant, source=Source.BULK, source_id="run-7", request_id="req-1")
    event = commands.perform(Cancel(reason="Shop closed", note="By phone"), code=order.code, actor=actor).event
    assert (event.source, event.source_id, event.request_id) == ("bulk", "run-7", "req-1")
    assert (event.reason, event.note, event.actor_id) == ("Shop closed", "By phone", actor.id)


def test_a_driver_acts_on_own_work_only(tenant):
    driver, other = factories.make_driver(tenant), factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver)
    with pytest.raises(NotVisible):
        commands.perform(PickUp(), code=order.code, actor=factories.make_driver_actor(other))
    outcome = commands.perform(PickUp(), code=order.code, actor=factories.make_driver_actor(driver))
    assert outcome.order.status == Status.PICKED_UP
    with pytest.raises(Forbidden):
        commands.perform(Unassign(reason="Tired"), code=order.code, actor=factories.make_driver_actor(driver))


def test_switching_closes_one_assignment_opens_another_and_tells_both_names(tenant, dispatcher):
    first, second = factories.make_driver(tenant), factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.PICKED_UP, driver=first)
    outcome = commands.perform(Switch(driver_id=second.pk, reason="Vehicle fault"), code=order.code, actor=dispatcher)
    assert outcome.order.status == Status.PICKED_UP
    assert outcome.order.holder == second
    rows = list(Assignment.objects.filter(order=order).values_list("driver_id", "status", "reason"))
    assert rows == [(first.pk, "unassigned", "Vehicle fault"), (second.pk, "assigned", "")]
    assert set(outcome.event.data["names"].values()) == {first.name, second.name}


def test_an_unknown_field_of_an_edit_is_named(tenant, dispatcher):
    order = factories.make_order(tenant)
    with pytest.raises(Invalid) as refusal:
        commands.perform(Edit(changes={"status": "delivered"}), code=order.code, actor=dispatcher)
    assert "status" in refusal.value.details["fields"]


def test_a_wish_for_a_status_becomes_the_action_that_leads_there(tenant, dispatcher):
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant)
    kinds = []
    for target in (Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED):
        wish = ChangeStatus(target=target, driver_id=driver.pk if target == Status.ASSIGNED else None)
        kinds.append(commands.perform(wish, code=order.code, actor=dispatcher).event.kind)
    assert kinds == ["order.assigned", "order.picked_up", "order.departed", "order.delivered"]
