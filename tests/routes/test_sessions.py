"""A session of a route: which orders it takes, how it moves them, and how it follows what happens to them alone."""

from decimal import Decimal

import pytest

from dispatch_console.core.errors import Forbidden, Invalid, Refused, Stale
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from orders import commands
from orders.actions import (
    Assign,
    Cancel,
    Correct,
    Deliver,
    FailAttempt,
    Hold,
    PickUp,
    Reopen,
    Return,
    Switch,
    Unassign,
)
from orders.models import Collection, Order
from orders.states import CarrierType, Payer, PaymentMethod, Status
from routes.commands import routes, session_members, session_opening, session_steps, waybill_members, waybills
from routes.models import RouteSession, SessionItem, SessionStatus
from tests.factories import (
    make_actor,
    make_driver,
    make_driver_actor,
    make_order,
    make_policy,
    make_service,
    make_staged,
    make_tenant,
)
from tests.routes.lanes import fresh, make_route, make_session, make_van_driver

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def alice(tenant):
    return make_actor(tenant, permissions=frozenset(PERMISSIONS), label="Alice")


def statuses(orders: list[Order]) -> list[str]:
    return [fresh(order).status for order in orders]


def do(action, order: Order, actor):
    return commands.perform(action, code=order.code, actor=actor)


# Acceptance 19


def test_a_second_open_session_is_refused_and_adding_reuses_the_open_one(tenant, alice):
    route = make_route(tenant)
    first = session_opening.open_session(route.label, actor=alice).group
    assert first.label == f"{route.label}-1"
    with pytest.raises(Refused, match=f"{first.label} is still open") as refusal:
        session_opening.open_session(route.label, actor=alice)
    assert refusal.value.code == "session_open"

    order = make_order(tenant)
    added = session_opening.add_orders(route.label, [order.code], actor=alice)
    order = fresh(order)
    assert added.group.pk == first.pk
    assert (order.status, order.driver_id, order.held_by) == (Status.ASSIGNED, route.driver_id, first.held_by)


def test_removing_from_a_started_session_returns_the_order_to_the_queue(tenant, alice):
    session, (one, two) = make_session(tenant, status=SessionStatus.STARTED)
    session_members.remove_orders(session.label, [one.code], actor=alice, reason="Not at the hub")
    one, two = fresh(one), fresh(two)
    assert (one.status, one.driver_id, one.held_by) == (Status.PENDING, None, "")
    assert (two.status, two.held_by) == (Status.ASSIGNED, session.held_by)
    assert SessionItem.objects.get(session=session, order=one).removed_by == "Alice"
    told = Event.objects.get(object_code=one.code, kind="order.unassigned")
    assert (told.reason, told.source, told.source_id) == ("Not at the hub", "session", session.label)


@pytest.mark.parametrize("status", [SessionStatus.PICKED_UP, SessionStatus.IN_TRANSIT])
def test_after_pickup_nothing_is_removed_and_nothing_called_off(tenant, alice, status):
    session, orders = make_session(tenant, status=status)
    with pytest.raises(Refused, match="packages are with the driver") as removing:
        session_members.remove_orders(session.label, [orders[0].code], actor=alice)
    with pytest.raises(Refused, match="packages are with the driver") as cancelling:
        session_steps.cancel(session.label, reason="Snow", actor=alice)
    assert removing.value.code == cancelling.value.code == "after_pickup"
    assert statuses(orders) == [status, status]


# Adding orders


def test_an_order_that_does_not_fit_stops_all_and_every_reason_is_named(tenant, alice):
    route = make_route(tenant, capacity=3)
    held_session, (held, _) = make_session(tenant)
    good, big = make_order(tenant), make_order(tenant, unit_size=3)
    foreign = make_order(tenant, carrier_type=CarrierType.EXTERNAL)
    draft, moving = make_order(tenant, is_draft=True), make_order(tenant, status=Status.PICKED_UP)
    on_hold = make_order(tenant)
    do(Hold(reason="Address unclear"), on_hold, alice)
    codes = [o.code for o in (good, big, held, foreign, draft, moving, on_hold)] + ["NOBODY"]
    with pytest.raises(Refused) as refusal:
        session_opening.add_orders(route.label, codes, actor=alice)
    told = {row["code"]: row for row in refusal.value.details["blocked"]}
    assert {code: row["error_code"] for code, row in told.items()} == {
        big.code: "over_capacity",
        held.code: "in_session",
        foreign.code: "carrier_not_internal",
        draft.code: "status_locked",
        moving.code: "status_locked",
        on_hold.code: "on_hold",
        "NOBODY": "unknown_code",
    }
    assert held_session.label in told[held.code]["message"]
    assert fresh(good).status == Status.PENDING
    assert not RouteSession.objects.filter(route=route).exists()


def test_a_route_without_an_able_driver_takes_no_orders(tenant, alice):
    order = make_order(tenant)
    route = make_route(tenant, driver=None)
    with pytest.raises(Refused, match="has no driver") as refusal:
        session_opening.add_orders(route.label, [order.code], actor=alice)
    assert refusal.value.code == "route_unassigned"
    with pytest.raises(Refused, match="on leave"):
        routes.switch_driver(route.label, make_driver(tenant, status="on_leave").pk, actor=alice)
    no_van = make_driver(tenant, primary_vehicle=None)
    with pytest.raises(Refused, match="no vehicle in use"):
        make_route(tenant, driver=no_van, capacity=5)


def test_a_waybill_keeps_its_orders_off_the_routes(tenant, alice):
    order = make_order(tenant)
    ends = {
        "origin_address": "Vaduz", "origin_latitude": 47.1393, "origin_longitude": 9.5228,
        "destination_address": "Triesen", "destination_latitude": 47.108, "destination_longitude": 9.528,
    }  # fmt: skip
    waybill = waybills.create(ends, actor=alice).group
    waybill_members.add(waybill.label, [order.code], actor=alice)
    with pytest.raises(Refused, match=waybill.label) as refusal:
        session_opening.add_orders(make_route(tenant).label, [order.code], actor=alice)
    assert refusal.value.code == "in_active_waybill"


# The steps


def test_a_session_moves_its_orders_step_by_step_and_leaves_alone_who_is_ahead(tenant, alice):
    session, (one, two, three) = make_session(tenant, orders=3, status=SessionStatus.STARTED)
    do(PickUp(), three, alice)
    assert fresh(session).status == SessionStatus.STARTED
    with pytest.raises(Refused) as early:
        session_steps.depart(session.label, actor=alice)
    assert early.value.code == "step_not_allowed"

    session_steps.pick_up(session.label, actor=alice)
    assert statuses([one, two, three]) == [Status.PICKED_UP] * 3
    session_steps.depart(session.label, actor=alice)
    do(Deliver(), one, alice)
    do(Return(reason="Refused at the door"), two, alice)
    done = session_steps.complete(session.label, actor=alice)
    assert done.group.status == SessionStatus.COMPLETED
    assert statuses([one, two, three]) == [Status.DELIVERED, Status.RETURNED, Status.DELIVERED]
    assert done.group.started_at <= done.group.picked_up_at <= done.group.in_transit_at <= done.group.completed_at


def test_an_empty_session_is_not_started_and_says_whom_to_ask(tenant, alice):
    route = make_route(tenant)
    session = session_opening.open_session(route.label, actor=alice).group
    with pytest.raises(Refused, match="Add orders") as refusal:
        session_steps.start(session.label, actor=alice)
    assert refusal.value.code == "session_empty"
    with pytest.raises(Refused, match="Call dispatch"):
        session_steps.start(session.label, actor=make_driver_actor(route.driver))


def test_one_order_in_the_way_stops_the_step_and_is_named(tenant, alice):
    session, (one, two) = make_session(tenant, status=SessionStatus.STARTED)
    do(FailAttempt(reason="Not ready"), one, alice)
    with pytest.raises(Refused, match=one.code) as refusal:
        session_steps.pick_up(session.label, actor=alice)
    assert refusal.value.code == "attempt_failed"
    assert statuses([one, two]) == [Status.ASSIGNED] * 2


def test_completing_books_the_cash_and_needs_a_word_for_it(tenant, alice):
    route = make_route(tenant)
    money = {"cod_amount": Decimal("40.00"), "delivery_fee": Decimal("9.50")}
    paid = make_order(tenant, payment_method=PaymentMethod.COD, payer=Payer.RECEIVER, **money)
    label = session_opening.add_orders(route.label, [paid.code], actor=alice).group.label
    for step in (session_steps.start, session_steps.pick_up, session_steps.depart):
        step(label, actor=alice)
    with pytest.raises(Refused, match=r"CHF 49\.50") as refusal:
        session_steps.complete(label, actor=alice)
    assert refusal.value.code == "cash_not_confirmed"
    session_steps.complete(label, actor=alice, cash_confirmed=True)
    row = Collection.objects.get(order=paid)
    assert (str(row.goods), str(row.fee), row.driver_id) == ("40.00", "9.50", route.driver_id)


def test_where_the_policy_asks_for_proof_a_dispatcher_notes_and_a_driver_delivers_each(tenant, alice):
    service = make_service(tenant, policy=make_policy(tenant, delivery_photo=True))
    route = make_route(tenant)
    order = make_order(tenant, service_id=service.pk)
    label = session_opening.add_orders(route.label, [order.code], actor=alice).group.label
    for step in (session_steps.start, session_steps.pick_up, session_steps.depart):
        step(label, actor=alice)
    with pytest.raises(Refused) as from_driver:
        session_steps.complete(label, actor=make_driver_actor(route.driver))
    assert from_driver.value.code == "proof_missing"
    with pytest.raises(Invalid) as without_note:
        session_steps.complete(label, actor=alice)
    assert "note" in without_note.value.details["fields"]
    session_steps.complete(label, actor=alice, note="Counted in at the hub")
    assert fresh(order).proof_missing


def test_a_leg_that_ends_at_the_warehouse_is_staged_there(tenant, alice):
    parent, inbound, outbound = make_staged(tenant)
    label = make_route(tenant).label
    with pytest.raises(Refused) as refusal:
        session_opening.add_orders(label, [parent.code, outbound.code], actor=alice)
    assert [row["error_code"] for row in refusal.value.details["blocked"]] == ["act_on_leg", "awaits_staging"]
    session = session_opening.add_orders(label, [inbound.code], actor=alice).group
    for step in (session_steps.start, session_steps.pick_up, session_steps.depart, session_steps.complete):
        session = step(session.label, actor=alice).group
    assert session.status == SessionStatus.COMPLETED
    assert fresh(inbound).status == Status.STAGED
    assert not fresh(outbound).awaits_staging


def test_calling_off_an_open_session_gives_its_orders_back(tenant, alice):
    session, (one, two) = make_session(tenant, status=SessionStatus.STARTED)
    do(PickUp(), two, alice)
    with pytest.raises(Invalid, match="Say why"):
        session_steps.cancel(session.label, reason=" ", actor=alice)
    session_steps.cancel(session.label, reason="Road closed", actor=alice)
    one, two = fresh(one), fresh(two)
    assert (one.status, one.driver_id, one.held_by) == (Status.PENDING, None, "")
    assert (two.status, two.driver_id, two.held_by) == (Status.PICKED_UP, session.driver_id, "")
    assert fresh(session).cancelled_at is not None


# The driver


def test_a_started_session_decides_who_drives_and_passes_on_as_a_whole(tenant, alice):
    session, orders = make_session(tenant, status=SessionStatus.PICKED_UP)
    other = make_van_driver(tenant)
    for action in (Switch(driver_id=other.pk, reason="Ill"), Unassign(reason="Ill", note="At the hub")):
        with pytest.raises(Refused, match=session.label) as refusal:
            do(action, orders[0], alice)
        assert refusal.value.code == "in_session"
    with pytest.raises(Invalid, match="already has packages"):
        session_members.switch_driver(session.label, other.pk, actor=alice)
    session_members.switch_driver(session.label, other.pk, actor=alice, reason="Ill")
    assert {fresh(order).driver_id for order in orders} == {other.pk}
    assert statuses(orders) == [Status.PICKED_UP] * 2


def test_another_driver_of_the_route_takes_its_open_session_along_or_nothing_happens(tenant, alice):
    session, orders = make_session(tenant)
    small, able = make_van_driver(tenant, units=1), make_van_driver(tenant)
    with pytest.raises(Refused) as refusal:
        routes.switch_driver(session.route.label, small.pk, actor=alice)
    assert refusal.value.code == "over_capacity"
    assert fresh(session).driver_id == session.driver_id
    route = routes.switch_driver(session.route.label, able.pk, actor=alice).group
    assert {route.driver_id, fresh(session).driver_id, *(fresh(o).driver_id for o in orders)} == {able.pk}


def test_drivers_run_their_own_sessions_and_no_other(tenant):
    session, _ = make_session(tenant)
    own = make_driver_actor(session.driver)
    assert session_steps.start(session.label, actor=own).group.status == SessionStatus.STARTED
    with pytest.raises(Forbidden):
        session_steps.cancel(session.label, reason="No", actor=own)
    with pytest.raises(Exception, match="There is no"):
        session_steps.pick_up(session.label, actor=make_driver_actor(make_driver(tenant)))
    with pytest.raises(Forbidden):
        session_steps.pick_up(session.label, actor=make_actor(tenant, RoleKind.OBSERVER))


# Following single changes


def test_the_last_order_to_end_completes_the_session_and_an_undo_brings_it_back(tenant, alice):
    session, (one, two) = make_session(tenant, status=SessionStatus.IN_TRANSIT)
    do(Deliver(), one, alice)
    assert fresh(session).status == SessionStatus.IN_TRANSIT
    do(Deliver(), two, alice)
    assert fresh(session).status == SessionStatus.COMPLETED
    commands.undo(code=two.code, actor=alice)
    back = fresh(session)
    assert (back.status, back.completed_at) == (SessionStatus.IN_TRANSIT, None)
    told = Event.objects.filter(stream="session", object_id=session.pk).order_by("version")
    assert [event.kind for event in told][-2:] == ["session.completed", "session.went_back"]


def test_single_pickups_carry_an_open_session_along(tenant, alice):
    session, (one, two) = make_session(tenant)
    do(PickUp(), one, alice)
    assert fresh(session).status == SessionStatus.STARTED
    do(PickUp(), two, alice)
    assert fresh(session).status == SessionStatus.PICKED_UP
    do(Correct(target=Status.ASSIGNED, note="Wrong box"), two, alice)
    assert fresh(session).status == SessionStatus.STARTED


def test_a_session_whose_orders_were_all_called_off_before_the_pickup_never_looks_finished(tenant, alice):
    session, orders = make_session(tenant, status=SessionStatus.STARTED)
    for order in orders:
        do(Cancel(reason="Shop closed"), order, alice)
    assert fresh(session).status == SessionStatus.STARTED
    session_steps.cancel(session.label, reason="Nothing left", actor=alice)
    assert fresh(session).status == SessionStatus.CANCELLED


def test_an_order_that_is_reopened_into_the_queue_leaves_its_session(tenant, alice):
    session, (one, two) = make_session(tenant, status=SessionStatus.STARTED)
    do(Cancel(reason="Shop closed"), one, alice)
    outcome = do(Reopen(), one, alice)
    one = fresh(one)
    assert (one.status, one.held_by) == (Status.PENDING, "")
    assert outcome.order.version == one.version
    do(Assign(driver_id=make_driver(tenant).pk), one, alice)
    assert fresh(session).member_codes() == [two.code]


# Repeats and old pictures


def test_a_repeated_key_answers_again_and_an_old_version_is_refused(tenant, alice):
    session, _ = make_session(tenant)
    first = session_steps.start(session.label, actor=alice, key="k1", version=session.version)
    again = session_steps.start(session.label, actor=alice, key="k1", version=session.version)
    assert again.is_replay
    assert again.event == first.event
    with pytest.raises(Stale):
        session_steps.pick_up(session.label, actor=alice, version=session.version)
