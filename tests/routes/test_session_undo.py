"""Undo in sessions: a whole step, and a bulk run that put orders on a route."""

from decimal import Decimal

import pytest

from dispatch_console.core import clock
from dispatch_console.core.errors import Forbidden, NotVisible, Refused, Stale
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from drivers.models import Driver
from orders import bulk, commands
from orders.actions import Cancel, Depart, PickUp
from orders.models import BulkRow, BulkState, Collection, Order
from orders.states import Payer, PaymentMethod, Status
from routes.commands import session_members, session_opening, session_steps, session_undo
from routes.commands.session_status import derived
from routes.models import RouteSession, SessionItem, SessionStatus
from tests.factories import (
    make_actor,
    make_driver_actor,
    make_member,
    make_order,
    make_staged,
    make_tenant,
    make_user,
)
from tests.orders.api import Api, refusal
from tests.orders.test_bulk_undo import picture
from tests.orders.test_races import race
from tests.routes.lanes import fresh, make_route, make_session, make_van_driver

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def alice(tenant):
    return make_actor(tenant, permissions=frozenset(PERMISSIONS), label="Alice")


def do(action, order: Order, actor):
    return commands.perform(action, code=order.code, actor=actor)


def moments(session: RouteSession) -> dict[str, object]:
    row = RouteSession.objects.filter(pk=session.pk).values().get()
    return {name: value for name, value in row.items() if name not in ("version", "updated_at")}


def put_on(route, orders, actor):
    codes = [order.code for order in orders]
    params = {"route_id": route.pk}
    return bulk.create(actor, action="assign-to-route", params=params, codes=codes, at_once=True)[0]


def verdicts(run):
    return dict(BulkRow.objects.filter(run=run).values_list("code", "error_code"))


# A bulk run that put orders on a route


def test_undoing_the_run_takes_its_orders_out_of_the_session_and_only_them(tenant, alice):
    session, others = make_session(tenant, status=SessionStatus.OPEN)
    orders = [make_order(tenant) for _ in range(3)]
    before = [picture(order) for order in orders]
    run = put_on(session.route, orders, alice)
    assert run.state == BulkState.SUCCESS
    assert {fresh(order).held_by for order in orders} == {session.held_by}
    back, _ = bulk.undo(alice, run.number)
    assert (back.state, back.done) == (BulkState.SUCCESS, 3)
    assert [picture(order) for order in orders] == before
    assert {fresh(order).held_by for order in others} == {session.held_by}
    told = Event.objects.filter(stream="session", object_id=session.pk, kind="session.orders_removed")
    assert [event.data["after"]["codes"] for event in told] == [[order.code] for order in reversed(orders)]
    with pytest.raises(Refused) as nothing:
        bulk.undo(alice, run.number)
    assert nothing.value.code == "nothing_to_undo"


def test_a_started_session_still_gives_them_back_and_what_moved_on_says_why(tenant, alice):
    route = make_route(tenant)
    orders = [make_order(tenant) for _ in range(4)]
    run = put_on(route, orders, alice)
    session = RouteSession.objects.get(route=route)
    session_steps.start(session.label, actor=alice)
    do(PickUp(), orders[0], alice)
    do(Cancel(reason="Not wanted"), orders[1], alice)
    session_members.remove_orders(session.label, [orders[2].code], actor=alice)
    session_opening.add_orders(make_route(tenant, name="Other").label, [orders[2].code], actor=alice)
    back, _ = bulk.undo(alice, run.number)
    assert (back.state, back.done, back.failed) == (BulkState.PARTIAL, 1, 3)
    assert verdicts(back) == {
        orders[0].code: "after_pickup",
        orders[1].code: "stale_version",
        orders[2].code: "stale_version",
        orders[3].code: "",
    }
    assert (fresh(orders[3]).status, fresh(orders[3]).held_by) == (Status.PENDING, "")
    assert fresh(orders[1]).status == Status.CANCELLED


def test_after_the_pickup_of_the_session_none_is_taken_out(tenant, alice):
    route = make_route(tenant)
    orders = [make_order(tenant) for _ in range(2)]
    run = put_on(route, orders, alice)
    session = RouteSession.objects.get(route=route)
    session_steps.start(session.label, actor=alice)
    session_steps.pick_up(session.label, actor=alice)
    back, _ = bulk.undo(alice, run.number)
    assert (back.state, set(verdicts(back).values())) == (BulkState.FAILED, {"after_pickup"})
    assert {fresh(order).status for order in orders} == {Status.PICKED_UP}


def test_an_order_that_was_touched_in_the_session_is_left_alone(tenant, alice):
    route, order = make_route(tenant), make_order(tenant)
    run = put_on(route, [order], alice)
    session = RouteSession.objects.get(route=route)
    session_members.remove_orders(session.label, [order.code], actor=alice)
    session_opening.add_orders(route.label, [order.code], actor=alice)
    back, _ = bulk.undo(alice, run.number)
    assert verdicts(back) == {order.code: "stale_version"}
    assert fresh(order).held_by == session.held_by


def test_a_run_on_a_route_is_taken_back_within_the_companys_time_only(tenant, alice):
    order = make_order(tenant)
    run = put_on(make_route(tenant), [order], alice)
    Tenant.objects.filter(pk=tenant.pk).update(undo_window_minutes=0)
    back, _ = bulk.undo(alice, run.number)
    assert verdicts(back) == {order.code: "cannot_undo"}
    assert fresh(order).status == Status.ASSIGNED


# A whole step


STEPS = {
    "start": (SessionStatus.OPEN, lambda label, actor: session_steps.start(label, actor=actor)),
    "pick up": (SessionStatus.STARTED, lambda label, actor: session_steps.pick_up(label, actor=actor)),
    "depart": (SessionStatus.PICKED_UP, lambda label, actor: session_steps.depart(label, actor=actor)),
    "complete": (SessionStatus.IN_TRANSIT, lambda label, actor: session_steps.complete(label, actor=actor)),
    "cancel": (SessionStatus.OPEN, lambda label, actor: session_steps.cancel(label, reason="Snow", actor=actor)),
    "cancel started": (
        SessionStatus.STARTED,
        lambda label, actor: session_steps.cancel(label, reason="Snow", actor=actor),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_back_with_all_of_its_orders(tenant, alice, name):
    status, step = STEPS[name]
    session, orders = make_session(tenant, orders=3, status=status)
    before, was = [picture(order) for order in orders], moments(session)
    done = step(session.label, alice)
    assert done.group.status != status
    undone = session_undo.undo(session.label, actor=alice, version=done.group.version)
    assert [picture(order) for order in orders] == before
    assert moments(session) == was
    assert undone.event.kind == "session.step_undone"
    if name != "start":
        last = Event.objects.filter(stream="order", object_id=orders[0].pk).latest("id")
        assert (last.source, last.source_id, "undoes" in last.data) == ("session", session.label, True)
    with pytest.raises(Refused, match="taken back already") as again:
        session_undo.undo(session.label, actor=alice)
    assert again.value.code == "cannot_undo"
    assert step(session.label, alice).group.status == done.group.status


def test_a_leg_that_was_staged_with_the_session_leaves_the_warehouse_again(tenant, alice):
    parent, inbound, outbound = make_staged(tenant)
    route, plain = make_route(tenant), make_order(tenant)
    label = session_opening.add_orders(route.label, [inbound.code, plain.code], actor=alice).group.label
    for step in (session_steps.start, session_steps.pick_up, session_steps.depart):
        step(label, actor=alice)
    orders = (parent, inbound, outbound, plain)
    before = [picture(order) for order in orders]
    session_steps.complete(label, actor=alice)
    assert [fresh(order).status for order in orders] == ["staged", "staged", "pending", "delivered"]
    session_undo.undo(label, actor=alice)
    assert [picture(order) for order in orders] == before


def test_the_cash_of_a_completed_session_is_taken_back_or_all_of_it_stays(tenant, alice):
    route = make_route(tenant)
    cod = {"payer": Payer.RECEIVER, "payment_method": PaymentMethod.COD, "cod_amount": Decimal(40)}
    orders = [make_order(tenant, **cod) for _ in range(2)]
    label = session_opening.add_orders(route.label, [order.code for order in orders], actor=alice).group.label
    for step in (session_steps.start, session_steps.pick_up, session_steps.depart):
        step(label, actor=alice)
    before = [picture(order) for order in orders]
    session_steps.complete(label, actor=alice, cash_confirmed=True)
    session_undo.undo(label, actor=alice)
    assert [picture(order) for order in orders] == before
    assert not Collection.objects.exclude(status="void").exists()

    session_steps.complete(label, actor=alice, cash_confirmed=True)
    collected = Collection.objects.exclude(status="void").get(order=orders[1])
    collected.status, collected.remitted_at = "remitted", clock.now()
    collected.save()
    with pytest.raises(Refused) as refusal:
        session_undo.undo(label, actor=alice)
    assert refusal.value.code == "cash_handed_over"
    assert [each["code"] for each in refusal.value.details["blocked"]] == [orders[1].code]
    assert [fresh(order).status for order in orders] == ["delivered", "delivered"]
    assert RouteSession.objects.get(label=label).status == SessionStatus.COMPLETED


def test_one_order_that_moved_on_keeps_the_whole_step_and_is_named(tenant, alice):
    session, orders = make_session(tenant, orders=3, status=SessionStatus.STARTED)
    session_steps.pick_up(session.label, actor=alice)
    driver = make_driver_actor(orders[0].driver)
    do(Depart(), orders[1], driver)
    with pytest.raises(Refused, match=f"{orders[1].code} was changed by {driver.label} since and is in transit") as no:
        session_undo.undo(session.label, actor=alice)
    assert no.value.code == "stale_version"
    assert [each["code"] for each in no.value.details["blocked"]] == [orders[1].code]
    assert [fresh(order).status for order in orders] == ["picked_up", "in_transit", "picked_up"]
    assert fresh(session).status == SessionStatus.PICKED_UP


def test_a_start_after_which_a_package_was_picked_up_stays(tenant, alice):
    session, orders = make_session(tenant)
    session_steps.start(session.label, actor=alice)
    do(PickUp(), orders[0], alice)
    with pytest.raises(Refused, match="left the pickup") as no:
        session_undo.undo(session.label, actor=alice)
    assert no.value.code == "after_pickup"
    assert fresh(session).status == SessionStatus.STARTED


def test_a_start_stays_once_the_route_has_another_open_session(tenant, alice):
    session, _ = make_session(tenant)
    session_steps.start(session.label, actor=alice)
    later = session_opening.open_session(session.route.label, actor=alice).group
    with pytest.raises(Refused, match=later.label) as no:
        session_undo.undo(session.label, actor=alice)
    assert no.value.code == "session_open"


def test_a_cancelled_session_comes_back_with_orders_that_ended_in_it(tenant, alice):
    session, orders = make_session(tenant, orders=3)
    do(Cancel(reason="Not wanted"), orders[0], alice)
    before = [picture(order) for order in orders]
    session_steps.cancel(session.label, reason="Snow", actor=alice)
    session_undo.undo(session.label, actor=alice)
    assert [picture(order) for order in orders] == before
    assert {item.order_id for item in fresh(session).held_items()} == {order.pk for order in orders}
    assert SessionItem.objects.filter(session=session, removed_at__isnull=True).count() == 3


def test_a_cancelled_session_stays_so_when_one_of_its_orders_is_with_somebody_else(tenant, alice):
    session, orders = make_session(tenant)
    session_steps.cancel(session.label, reason="Snow", actor=alice)
    session_opening.add_orders(make_route(tenant, name="Other").label, [orders[0].code], actor=alice)
    with pytest.raises(Refused) as no:
        session_undo.undo(session.label, actor=alice)
    assert no.value.code == "stale_version"
    assert [fresh(order).status for order in orders] == ["assigned", "pending"]


def test_what_was_no_step_is_not_taken_back_as_one(tenant, alice):
    session, orders = make_session(tenant)
    with pytest.raises(Refused, match="was no step") as added:
        session_undo.undo(session.label, actor=alice)
    assert added.value.code == "cannot_undo"
    for order in orders:
        do(PickUp(), order, alice)
    assert fresh(session).status == SessionStatus.PICKED_UP
    with pytest.raises(Refused, match=f"order {orders[1].code} was changed. Undo that order") as followed:
        session_undo.undo(session.label, actor=alice)
    assert followed.value.code == "cannot_undo"


def test_the_companys_time_for_undoing_holds_for_steps(tenant, alice):
    session, _ = make_session(tenant)
    session_steps.start(session.label, actor=alice)
    Tenant.objects.filter(pk=tenant.pk).update(undo_window_minutes=0)
    with pytest.raises(Refused, match="Undo is open for 0 minutes") as late:
        session_undo.undo(session.label, actor=alice)
    assert late.value.code == "cannot_undo"


def test_an_old_picture_is_refused_and_a_repeated_key_answers_again(tenant, alice):
    session, _ = make_session(tenant)
    started = session_steps.start(session.label, actor=alice).group
    with pytest.raises(Stale, match="Alice"):
        session_undo.undo(session.label, actor=alice, version=started.version - 1)
    first = session_undo.undo(session.label, actor=alice, version=started.version, key="back")
    again = session_undo.undo(session.label, actor=alice, version=started.version, key="back")
    assert (again.is_replay, again.event) == (True, first.event)


def test_a_driver_takes_back_own_steps_only_and_nobody_else_touches_them(tenant, alice):
    session, orders = make_session(tenant, status=SessionStatus.STARTED)
    driver = make_driver_actor(session.driver)
    before = [picture(order) for order in orders]
    session_steps.pick_up(session.label, actor=driver)
    stranger = make_driver_actor(make_van_driver(tenant))
    for actor in (stranger, make_actor(make_tenant())):
        with pytest.raises(NotVisible):
            session_undo.undo(session.label, actor=actor)
    session_undo.undo(session.label, actor=driver)
    assert [picture(order) for order in orders] == before
    session_steps.pick_up(session.label, actor=alice)
    with pytest.raises(Forbidden, match="Alice did this step"):
        session_undo.undo(session.label, actor=driver)


def test_the_answer_of_a_step_offers_its_undo_to_dispatchers_and_drivers(tenant):
    session, orders = make_session(tenant)
    user = make_user()
    Driver.objects.filter(pk=session.driver_id).update(user=user)
    api = Api(tenant)
    own = Api(tenant, membership=make_member(tenant, RoleKind.DRIVER, user=user))
    for door, address in ((api, f"sessions/{session.label}"), (own, f"driver/sessions/{session.label}")):
        started = door.post(f"{address}/start/").json()
        offered = started["undo"]
        assert offered["url"] == f"/api/v1/{address}/undo/"
        assert offered["body"] == {"version": started["session"]["version"]}
        back = door.client.post(offered["url"], offered["body"], content_type="application/json").json()
        assert (back["session"]["status"], back["undo"]) == ("open", None)
        refusal(door.post(f"{address}/undo/"), 409, "cannot_undo")
    assert api.post(f"sessions/{session.label}/remove-orders/", {"codes": [orders[0].code]}).json()["undo"] is None


def test_the_toast_of_a_step_in_the_console_offers_its_undo_through_the_same_command(tenant, client):
    session, _ = make_session(tenant)
    client.force_login(make_member(tenant).user)
    page = f"/console/sessions/{session.label}/acts"
    started = client.post(f"{page}/start/", {}, content_type="application/json").json()
    assert started["undo"]["url"] == f"/api/v1/sessions/{session.label}/undo/"
    undone = client.post(started["undo"]["url"], started["undo"]["body"], content_type="application/json")
    assert undone.json()["session"]["status"] == "open"
    assert client.post(f"{page}/start/", {}, content_type="application/json").status_code == 200
    undone = client.post(f"{page}/undo/", {}, content_type="application/json").json()
    assert undone["message"] == f"{session.label}: step taken back: open again."
    assert undone["undo"] is None
    assert "Step taken back" in client.get(f"/console/sessions/{session.label}/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_an_undo_and_a_drivers_act_at_once_end_in_one_of_the_two():
    tenant = make_tenant()
    alice = make_actor(tenant, permissions=frozenset(PERMISSIONS), label="Alice")
    for _ in range(5):
        session, orders = make_session(tenant, orders=3, status=SessionStatus.STARTED)
        session_steps.pick_up(session.label, actor=alice)
        driver = make_driver_actor(orders[0].driver)
        acts = [
            lambda label=session.label: session_undo.undo(label, actor=alice),
            lambda order=orders[1], driver=driver: do(Depart(), order, driver),
            lambda label=session.label: session_undo.undo(label, actor=alice),
        ]
        found = race(len(acts), lambda i, acts=acts: acts[i]())
        now = [fresh(order).status for order in orders]
        session = fresh(session)
        if now == ["assigned"] * 3:
            assert session.status == SessionStatus.STARTED
            assert sum(isinstance(each, Exception) for each in found) == 2
        else:
            assert now == ["picked_up", "in_transit", "picked_up"]
            assert session.status == SessionStatus.PICKED_UP
            assert [isinstance(each, Refused) for each in found] == [True, False, True]
        assert derived(session.status, [item.order for item in session.held_items()]) == session.status
