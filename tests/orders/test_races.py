"""Races with real commits on PostgreSQL: one winner, one event, a sentence for everybody else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Event
from orders import commands, fleet, legs
from orders.actions import Assign, Cancel, Deliver, Edit, Hold, NewOrder, PickUp, StageAtWarehouse
from orders.models import Assignment, Order
from tests import factories
from tests.phones import Phone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def race(count, act):
    """Run `act(i)` in `count` threads from one starting line; outcomes and refusals in the order of `i`."""
    barrier = threading.Barrier(count)

    def runner(index):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return act(index)
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(runner, range(count)))


def test_eight_dispatchers_assign_one_order_and_exactly_one_wins():
    tenant = factories.make_tenant()
    order = factories.make_order(tenant)
    drivers = [factories.make_driver(tenant) for _ in range(8)]
    actors = [factories.make_actor(tenant) for _ in range(8)]
    results = race(8, lambda i: commands.perform(Assign(driver_id=drivers[i].pk), code=order.code, actor=actors[i]))
    wins = [result for result in results if not isinstance(result, DomainError)]
    losses = [result for result in results if isinstance(result, DomainError)]
    assert (len(wins), len(losses)) == (1, 7)
    winner = wins[0].order.driver
    assert all(loss.code == "already_assigned" and winner.name in loss.message for loss in losses)
    assert Assignment.objects.filter(order=order, ended_at__isnull=True).count() == 1
    assert Event.objects.filter(object_id=order.pk, stream="order").count() == 2
    assert Order.objects.get(pk=order.pk).version == 2


def test_two_orders_race_for_the_last_of_a_vehicle_and_one_is_refused():
    tenant = factories.make_tenant()
    driver = factories.make_driver(tenant)
    orders = [factories.make_order(tenant, unit_size=6) for _ in range(2)]
    actor = factories.make_actor(tenant)
    results = race(2, lambda i: commands.perform(Assign(driver_id=driver.pk), code=orders[i].code, actor=actor))
    assert sorted(getattr(result, "code", "won") for result in results) == ["over_capacity", "won"]


def test_the_same_key_sent_four_times_at_once_has_one_effect():
    tenant = factories.make_tenant()
    order = factories.make_order(tenant)
    actor = factories.make_actor(tenant)
    results = race(
        4, lambda i: commands.perform(Hold(reason="Customer asked"), code=order.code, actor=actor, key="once")
    )
    assert sorted(result.is_replay for result in results) == [False, True, True, True]
    assert Event.objects.filter(object_id=order.pk, kind="order.held").count() == 1


def test_creating_with_one_key_four_times_at_once_makes_one_order():
    tenant = factories.make_tenant()
    actor = factories.make_actor(tenant)
    new = NewOrder(type="on_demand", values=factories.order_values(tenant))
    results = race(4, lambda i: commands.create(new, actor=actor, key="once"))
    assert len({result.order.code for result in results}) == 1
    assert Order.objects.filter(tenant=tenant).count() == 1


def test_one_reference_created_twice_at_once_is_refused_once():
    tenant = factories.make_tenant()
    actor = factories.make_actor(tenant)
    values = factories.order_values(tenant, external_reference="SHOP-1")
    results = race(2, lambda i: commands.create(NewOrder(type="on_demand", values=values), actor=actor))
    assert sorted(getattr(result, "code", "made") for result in results) == ["duplicate_reference", "made"]


def test_nobody_goes_off_duty_past_a_pickup_that_happens_at_the_same_moment():
    tenant = factories.make_tenant()
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status="assigned", driver=driver)
    actor = factories.make_driver_actor(driver)
    acts = [
        lambda: commands.perform(PickUp(), code=order.code, actor=actor),
        lambda: fleet.set_online(driver.pk, online=False, actor=actor),
    ]
    picked_up, offline = race(2, lambda i: acts[i]())
    assert not isinstance(picked_up, DomainError)
    if isinstance(offline, DomainError):
        assert offline.code == "work_in_progress"
    else:  # was first: then the pickup is the later of the two
        gone = Event.objects.get(stream="driver", object_id=driver.pk, kind="driver.offline")
        assert gone.pk < picked_up.event.pk


def test_one_batch_sent_four_times_at_once_has_one_effect():
    tenant = factories.make_tenant()
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status="assigned", driver=driver)
    phone = Phone(driver)
    acts = [phone.made(name, order.code) for name in ("arrive", "pick-up", "depart")]
    answers = race(4, lambda i: phone.sync(*acts))
    final = phone.sync(*acts)["verdicts"]
    assert [row["verdict"] for row in final] == ["done", "done", "done"]
    told = [(row, final[i]) for found in answers for i, row in enumerate(found["verdicts"])]
    assert all(row == last or row["verdict"] == "waiting" for row, last in told)
    kinds = Event.objects.filter(object_id=order.pk, stream="order").order_by("version").values_list("kind", flat=True)
    assert list(kinds)[2:] == ["order.arrived", "order.picked_up", "order.departed"]


@pytest.mark.parametrize("_", range(4))
def test_a_leg_is_staged_and_the_whole_cancelled_at_once(_):
    tenant = factories.make_tenant()
    parent, inbound, outbound = factories.make_staged(tenant)
    driver, actor = factories.make_driver(tenant), factories.make_actor(tenant)
    acts = [(StageAtWarehouse(driver_id=driver.pk), inbound.code), (Cancel(reason="Shop closed"), parent.code)]
    staged, cancelled = race(2, lambda i: commands.perform(acts[i][0], code=acts[i][1], actor=actor))
    assert not isinstance(cancelled, DomainError)
    statuses = [Order.objects.get(pk=order.pk).status for order in (inbound, outbound, parent)]
    if isinstance(staged, DomainError):
        assert statuses == ["cancelled"] * 3
    else:
        assert statuses == ["staged", "cancelled", "cancelled"]
    assert not Assignment.objects.filter(driver=driver, ended_at__isnull=True).exists()


def test_both_legs_and_the_whole_are_worked_at_once_without_a_deadlock():
    tenant = factories.make_tenant()
    driver, actor = factories.make_driver(tenant), factories.make_actor(tenant)
    families = [factories.make_staged(tenant) for _ in range(2)]
    for _, inbound, _ in families:
        commands.perform(StageAtWarehouse(driver_id=driver.pk), code=inbound.code, actor=actor)
    acts = [
        act
        for parent, inbound, outbound in families
        for act in (
            lambda code=outbound.code: commands.perform(Assign(driver_id=driver.pk), code=code, actor=actor),
            lambda code=inbound.code: commands.undo(code=code, actor=actor),
            lambda code=parent.code: commands.perform(Edit(changes={"notes": "Ring"}), code=code, actor=actor),
            lambda code=parent.code: commands.perform(Hold(reason="x"), code=code, actor=actor),
        )
    ]
    results = race(len(acts), lambda i: acts[i]())
    assert all(result is not None for result in results)
    for parent, inbound, outbound in families:
        final = [Order.objects.get(pk=order.pk) for order in (parent, inbound, outbound)]
        assert final[0].status == legs.status_of(final[1].status, final[2].status)
        assert final[2].awaits_staging == (final[1].status != "staged")
        assert final[2].driver_id is None or not final[2].awaits_staging


def test_a_replacement_delivered_four_times_at_once_brings_one_return():
    tenant = factories.make_tenant()
    driver, actor = factories.make_driver(tenant), factories.make_actor(tenant)
    order = factories.create_order(tenant, order_type="pickup_delivery", wants_replacement=True).order
    for action in (Assign(driver_id=driver.pk), PickUp()):
        commands.perform(action, code=order.code, actor=actor)
    race(4, lambda i: commands.perform(Deliver(), code=order.code, actor=actor, key=f"try-{i % 2}"))
    assert Order.objects.filter(source_order=order).count() == 1


def test_a_cancel_and_an_assignment_at_once_leave_one_consistent_order():
    tenant = factories.make_tenant()
    order, driver = factories.make_order(tenant), factories.make_driver(tenant)
    actor = factories.make_actor(tenant)
    acts = [Cancel(reason="Shop closed"), Assign(driver_id=driver.pk)]
    race(2, lambda i: commands.perform(acts[i], code=order.code, actor=actor))
    final = Order.objects.get(pk=order.pk)
    assert final.status == "cancelled"
    assert final.driver is None
    assert not Assignment.objects.filter(order=order, ended_at__isnull=True).exists()
