"""Waybills under races with real commits: one winner, and nobody waits for ever."""

from contextlib import suppress

import pytest

from dispatch_console.core.errors import DomainError
from orders import commands
from orders.actions import Assign
from orders.models import Order
from routes.commands import waybill_ends, waybill_members, waybill_steps
from routes.models import Waybill, WaybillItem
from tests import factories
from tests.orders.test_races import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_orders_wanted_by_two_waybills_and_by_drivers_end_up_in_one_place_each():
    tenant = factories.make_tenant()
    codes = [factories.make_order(tenant).code for _ in range(4)]
    labels = [factories.make_waybill(tenant).label for _ in range(2)]
    driver = factories.make_driver(tenant)
    actor = factories.make_actor(tenant)

    def act(index: int) -> None:
        if index % 3 == 2:
            commands.perform(Assign(driver_id=driver.pk), code=codes[index % 4], actor=actor)
        else:
            # In opposite sequences: locks must not meet in a circle.
            wanted = codes if index % 3 == 0 else list(reversed(codes))
            waybill_members.add(labels[index % 3], wanted, actor=actor)

    results = race(6, act)
    assert all(result is None or isinstance(result, DomainError) for result in results)
    carried = dict(WaybillItem.objects.values_list("order__code", "waybill__label"))
    for order in Order.objects.filter(code__in=codes):
        held = order.held_by.removeprefix("waybill:")
        assert carried.get(order.code, "") == held
        assert (held == "") == (order.driver_id is not None)


def test_a_hand_over_and_a_cancellation_at_the_same_moment_have_one_winner():
    tenant = factories.make_tenant()
    van = factories.make_vehicle(tenant, capacity_units=50)
    driver, actor = factories.make_driver(tenant, primary_vehicle=van), factories.make_actor(tenant)
    codes = [factories.make_order(tenant).code for _ in range(3)]
    label = factories.make_waybill(tenant).label
    waybill_members.add(label, codes, actor=actor)
    waybill_steps.seal(label, actor=actor)
    waybill_steps.assign(label, driver_id=driver.pk, actor=actor)
    waybill_steps.pick_up(label, actor=actor)
    waybill_steps.depart(label, actor=actor)
    acts = [
        lambda: waybill_ends.receive(label, actor=actor),
        lambda: waybill_ends.cancel(label, reason="x", actor=actor),
    ]
    results = race(4, lambda index: acts[index % 2]())
    assert sum(not isinstance(result, DomainError) for result in results) == 1
    with suppress(DomainError):
        waybill_ends.close(label, actor=actor)
    expected = {"closed": "pending", "cancelled": "in_transit"}[Waybill.objects.get(label=label).status]
    assert set(Order.objects.filter(code__in=codes).values_list("status", "held_by")) == {(expected, "")}
