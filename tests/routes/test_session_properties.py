"""Whatever people do with routes, sessions and single orders, in any sequence or at once, the picture stays sound."""

from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import PERMISSIONS
from orders import commands, handover
from orders.actions import (
    Action,
    Assign,
    Cancel,
    Correct,
    Deliver,
    Depart,
    FailAttempt,
    Hold,
    PickUp,
    Release,
    Reopen,
    Return,
    Switch,
    TryAgain,
    Unassign,
)
from orders.models import Assignment, Order
from orders.states import Status
from routes.commands import routes, session_members, session_opening, session_steps
from routes.models import RouteSession, SessionItem, SessionStatus
from routes.models.session import LIVE
from tests.factories import make_actor, make_order, make_tenant
from tests.orders.test_races import race
from tests.routes.lanes import make_route, make_van_driver

ORDERS = 4


def assert_sound(tenant: Tenant) -> None:
    """An order is in the session that holds it and in no other; no session looks finished while it has live work."""
    orders = {order.pk: order for order in Order.objects.filter(tenant=tenant)}
    sessions = {session.held_by: session for session in RouteSession.objects.filter(tenant=tenant)}
    members = {
        held_by: set(SessionItem.objects.filter(session=s, removed_at__isnull=True).values_list("order_id", flat=True))
        for held_by, s in sessions.items()
        if s.status != SessionStatus.CANCELLED
    }
    for order in orders.values():
        inside = [held_by for held_by, ids in members.items() if order.pk in ids]
        assert inside == ([order.held_by] if order.held_by else []), order.code
    for held_by, session in sessions.items():
        own = [order for order in orders.values() if order.held_by == held_by]
        live = [order for order in own if order.status in LIVE]
        assert not [order for order in own if order.status == Status.PENDING]
        assert {order.driver_id for order in live} <= {session.driver_id}
        if session.status in (SessionStatus.COMPLETED, SessionStatus.CANCELLED):
            assert not live
        if session.status == SessionStatus.COMPLETED:
            assert any(order.picked_up_at for order in own)
        if session.status == SessionStatus.OPEN:
            assert not any(order.picked_up_at for order in own)
        if session.status == SessionStatus.IN_TRANSIT:
            assert {order.status for order in live} == {Status.IN_TRANSIT}
        if session.status == SessionStatus.PICKED_UP:
            assert Status.ASSIGNED not in {order.status for order in live}
        assert (session.completed_at is not None) == (session.status == SessionStatus.COMPLETED)
        assert Event.objects.filter(stream="session", object_id=session.pk).count() == session.version
    running = Assignment.objects.filter(tenant=tenant, ended_at__isnull=True)
    assert {row.order_id: row.driver_id for row in running} == {
        pk: order.driver_id
        for pk, order in orders.items()
        if order.driver_id and (order.status in LIVE or order.package_with_driver)
    }


class World:
    """Two routes, some orders, and everything that can be done with them."""

    def __init__(self) -> None:
        self.tenant = make_tenant()
        self.actor = make_actor(self.tenant, permissions=frozenset(PERMISSIONS))
        self.drivers = [make_van_driver(self.tenant) for _ in range(3)]
        self.routes = [make_route(self.tenant, driver=driver) for driver in self.drivers[:2]]
        self.orders = [make_order(self.tenant) for _ in range(ORDERS)]

    def act(self, random: Random) -> None:
        choices = [self.one_order] * 6 + [self.one_session] * 6 + [self.add] * 3 + [self.one_route]
        with suppress(DomainError):
            random.choice(choices)(random)

    def one_order(self, random: Random) -> None:
        code, driver = random.choice(self.orders).code, random.choice(self.drivers)
        if random.random() < 0.15:
            commands.undo(code=code, actor=self.actor)
            return
        target = random.choice([Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED])
        actions: list[Action] = [
            Assign(driver_id=driver.pk),
            Switch(driver_id=driver.pk, reason="Nearer"),
            Unassign(reason="Ill", note="At the hub"),
            *[PickUp(), Deliver()] * 4,
            *[Depart()] * 2,
            Return(reason="Refused"),
            Cancel(reason="Changed their mind"),
            Reopen(),
            Reopen(target=Status.ASSIGNED, driver_id=driver.pk),
            Correct(target=target, note="As it was"),
            Hold(reason="Unclear"),
            Release(),
            FailAttempt(reason="Nobody there"),
            TryAgain(),
        ]
        commands.perform(random.choice(actions), code=code, actor=self.actor)

    def add(self, random: Random) -> None:
        codes = [order.code for order in random.sample(self.orders, random.randint(1, ORDERS))]
        session_opening.add_orders(random.choice(self.routes).label, codes, actor=self.actor)

    def one_session(self, random: Random) -> None:
        labels = list(
            RouteSession.objects.filter(tenant=self.tenant).order_by("-pk").values_list("label", flat=True)[:3]
        )
        if not labels:
            return
        label, driver = random.choice(labels), random.choice(self.drivers)
        codes = [random.choice(self.orders).code]
        steps: list[Callable[[], object]] = [
            lambda: session_steps.start(label, actor=self.actor),
            lambda: session_steps.pick_up(label, actor=self.actor),
            lambda: session_steps.depart(label, actor=self.actor),
            lambda: session_steps.complete(label, actor=self.actor),
            lambda: session_steps.cancel(label, reason="Snow", actor=self.actor),
            lambda: session_members.remove_orders(label, codes, actor=self.actor),
            lambda: session_members.switch_driver(label, driver.pk, reason="Ill", actor=self.actor),
        ]
        random.choice([*steps, *steps[:4], *steps[:4]])()

    def one_route(self, random: Random) -> None:
        giver, taker = random.sample(self.drivers, 2)
        if random.random() < 0.4:
            handover.hand_over(giver.pk, to_driver_id=taker.pk, reason="Ill", leave_blocked=True, actor=self.actor)
            return
        routes.switch_driver(random.choice(self.routes).label, taker.pk, reason="Ill", actor=self.actor)


@pytest.mark.django_db
@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_no_sequence_of_acts_loses_an_order_or_ends_a_session_too_early(seed: int) -> None:
    world, random = World(), Random(seed)
    for _ in range(25):
        world.act(random)
        assert_sound(world.tenant)


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_two_dispatchers_who_add_at_once_meet_in_one_session() -> None:
    tenant = make_tenant()
    route = make_route(tenant)
    orders = [make_order(tenant) for _ in range(6)]
    actor = make_actor(tenant)
    results = race(6, lambda i: session_opening.add_orders(route.label, [orders[i].code], actor=actor))
    assert not [result for result in results if isinstance(result, DomainError)]
    (session,) = RouteSession.objects.filter(route=route)
    assert set(session.member_codes()) == {order.code for order in orders}


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_steps_single_acts_and_removals_at_once_end_in_one_consistent_picture() -> None:
    world = World()
    label = session_opening.add_orders(
        world.routes[0].label, [order.code for order in world.orders], actor=world.actor
    ).group.label
    codes, actor = [order.code for order in world.orders], world.actor
    acts: list[Callable[[], object]] = [
        lambda: session_steps.start(label, actor=actor),
        lambda: session_members.remove_orders(label, [codes[0]], actor=actor),
        lambda: commands.perform(PickUp(), code=codes[1], actor=actor),
        lambda: commands.perform(Cancel(reason="Closed"), code=codes[2], actor=actor),
        lambda: routes.switch_driver(world.routes[0].label, world.drivers[2].pk, reason="Ill", actor=actor),
        lambda: session_steps.cancel(label, reason="Snow", actor=actor),
        lambda: commands.perform(PickUp(), code=codes[3], actor=actor),
    ]
    race(len(acts), lambda i: acts[i]())
    assert_sound(world.tenant)
