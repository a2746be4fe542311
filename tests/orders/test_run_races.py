"""Races for a driver's run with real commits: nothing is lost between two hands, nothing is moved twice."""

import pytest

from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Event
from orders import commands, handover
from orders.actions import Assign, PickUp, Switch
from orders.models import Assignment, Order
from orders.sequence import work_in_order
from orders.states import Status
from tests import factories
from tests.orders.test_races import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_hand_overs_new_work_and_progress_at_once_end_in_one_consistent_picture():
    tenant = factories.make_tenant()
    dana, ben, cleo = (factories.make_driver(tenant, name=name) for name in ("Dana", "Ben", "Cleo"))
    orders = [factories.make_order(tenant, status=Status.ASSIGNED, driver=dana) for _ in range(3)]
    waiting = factories.make_order(tenant)
    actor = factories.make_actor(tenant)
    acts = [
        lambda: handover.hand_over(dana.pk, to_driver_id=ben.pk, reason="Fell ill", actor=actor),
        lambda: handover.hand_over(dana.pk, to_driver_id=cleo.pk, reason="Fell ill", actor=actor),
        lambda: handover.hand_over(ben.pk, to_driver_id=dana.pk, reason="Back again", actor=actor),
        lambda: commands.perform(Assign(driver_id=dana.pk), code=waiting.code, actor=actor),
        lambda: commands.perform(PickUp(), code=orders[0].code, actor=actor),
        lambda: commands.perform(Switch(driver_id=cleo.pk, reason="Nearer"), code=orders[2].code, actor=actor),
    ]
    results = race(len(acts), lambda i: acts[i]())
    # Refusals are sentences; a deadlock or a broken constraint would have been raised here.
    assert all(isinstance(result, DomainError) or result is not None for result in results)
    live = Assignment.objects.filter(ended_at__isnull=True)
    assert {row.order_id: row.driver_id for row in live} == {
        order.pk: order.driver_id for order in Order.objects.filter(driver__isnull=False)
    }
    found = [order.pk for driver in (dana, ben, cleo) for order in work_in_order(driver.pk)]
    assert sorted(found) == sorted(order.pk for order in [*orders, waiting])
    for order in Order.objects.all():
        assert Event.objects.filter(stream="order", object_id=order.pk).count() == order.version
