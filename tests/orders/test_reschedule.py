"""Rescheduling: the next working day of the company, the time of day kept, and back again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch_console.core import clock
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Holiday
from orders import bulk, commands
from orders.actions import Reschedule
from orders.models import Order
from orders.states import Status
from tests import factories

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def tenant():
    """Monday to Friday in Vaduz, where the clocks go back on Sunday the 25th; Monday the 26th is a day off."""
    tenant = factories.make_tenant(timezone="Europe/Vaduz", working_weekdays=[1, 2, 3, 4, 5])
    Holiday.objects.create(tenant=tenant, day=date(2026, 10, 26), name="Fair day")
    return tenant


def local(order, name):
    return getattr(Order.objects.get(pk=order.pk), name).astimezone(order.tenant.zone_info).strftime("%a %d %b %H:%M")


def rescheduled(order, **over):
    return commands.perform(Reschedule(**over), code=order.code, actor=factories.make_actor(order.tenant))


def test_leftovers_go_to_the_next_working_day_at_the_same_time_of_day(tenant):
    with clock.at(FRIDAY - timedelta(days=1)):
        planned = factories.make_order(
            tenant, scheduled_pickup_at=FRIDAY + timedelta(hours=1), scheduled_delivery_at=FRIDAY + timedelta(hours=3)
        )
        promised = factories.make_order(tenant)  # due an hour after it was made, on Thursday
    with clock.at(FRIDAY):
        actor = factories.make_actor(tenant)
        run, _ = bulk.create(actor, action="reschedule", params={}, codes=[planned.code, promised.code], at_once=True)
    assert (run.state, run.label) == ("success", "Reschedule: to the next working day")
    assert [local(planned, name) for name in ("scheduled_pickup_at", "scheduled_delivery_at", "due_at")] == [
        "Tue 27 Oct 12:00",
        "Tue 27 Oct 14:00",
        "Tue 27 Oct 14:00",
    ]
    assert local(promised, "scheduled_delivery_at") == local(promised, "due_at") == "Tue 27 Oct 12:00"
    assert Order.objects.get(pk=promised.pk).scheduled_pickup_at is None
    with clock.at(FRIDAY + timedelta(minutes=5)):
        assert bulk.undo(actor, run.number)[0].state == "success"
    for order in (planned, promised):
        now = Order.objects.get(pk=order.pk)
        assert (now.scheduled_pickup_at, now.scheduled_delivery_at, now.due_at) == (
            order.scheduled_pickup_at,
            order.scheduled_delivery_at,
            order.due_at,
        )


def test_what_happened_stays_and_the_driver_keeps_the_order(tenant):
    with clock.at(FRIDAY):
        order = factories.make_order(
            tenant, status=Status.PICKED_UP, scheduled_pickup_at=FRIDAY, scheduled_delivery_at=FRIDAY
        )
        rescheduled(order, day=date(2026, 10, 28))
    assert local(order, "scheduled_pickup_at") == "Fri 23 Oct 11:00"
    assert local(order, "scheduled_delivery_at") == "Wed 28 Oct 11:00"
    assert Order.objects.get(pk=order.pk).driver == order.driver


def test_an_order_of_a_later_day_goes_on_from_its_own_day(tenant):
    with clock.at(FRIDAY):
        order = factories.make_order(tenant, scheduled_delivery_at=FRIDAY + timedelta(days=5))
        rescheduled(order)
    assert local(order, "due_at") == "Thu 29 Oct 10:00" or local(order, "due_at") == "Thu 29 Oct 11:00"


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 10, 24), "not_a_working_day"),
        (date(2026, 10, 26), "not_a_working_day"),
        (date(2026, 10, 22), "invalid"),
        (date(2028, 1, 3), "invalid"),
    ],
)
def test_a_day_off_and_a_day_that_is_over_are_refused(tenant, day, code):
    with clock.at(FRIDAY):
        order = factories.make_order(tenant)
        with pytest.raises(Invalid) as refused:
            rescheduled(order, day=day)
    assert refused.value.code == code
    assert "day" in refused.value.details["fields"]


def test_an_order_without_any_time_and_one_that_is_over_are_refused(tenant):
    service = factories.make_service(tenant, promise_minutes=None)
    with pytest.raises(Refused) as nothing:
        rescheduled(factories.make_order(tenant, service_id=service.pk))
    assert nothing.value.code == "nothing_to_reschedule"
    with pytest.raises(Refused) as over:
        rescheduled(factories.make_order(tenant, status=Status.DELIVERED))
    assert over.value.code == "status_locked"
