"""Bulk runs: checked without a write, carried out row by row, stored with every verdict, retried and taken back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.core import clock
from dispatch_console.core.errors import Forbidden, Invalid, KeyReused, NotVisible, Refused
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders import bulk, commands, tasks
from orders.actions import Assign, Hold, Reopen, Unassign
from orders.bulk import rows as bulk_rows
from orders.bulk import work
from orders.models import BulkRow, BulkRun, BulkState, Order
from orders.states import Status
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def dispatcher(tenant):
    """An actor with a member behind it, so that a worker can act in the same name."""
    member = factories.make_member(tenant)
    return factories.make_actor(tenant, id=member.user_id, label=str(member.user))


@pytest.fixture
def make(tenant):
    """Orders of one customer and service, quick to make in numbers."""
    shared = {"customer_id": factories.make_customer(tenant).pk, "service_id": factories.make_service(tenant).pk}
    return lambda **over: factories.make_order(tenant, **shared, **over)


def created(actor, action, orders, *, at_once=False, token="", **params):
    codes = [order if isinstance(order, str) else order.code for order in orders]
    return bulk.create(actor, action=action, params=params, codes=codes, at_once=at_once, token=token)[0]


def verdicts(run):
    return {row.code: (row.outcome, row.error_code) for row in BulkRow.objects.filter(run=run)}


def codes_of(run, outcome):
    return [row.code for row in BulkRow.objects.filter(run=run, outcome=outcome).order_by("position")]


@pytest.fixture
def short_requests(monkeypatch):
    """What is longer than this goes to a worker; the queue is the list that is returned."""
    monkeypatch.setattr("orders.bulk.making.MOST_CODES", 2)
    queue = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args: queue.append((name, *args)))
    return queue


# Acceptance statements 12 and 13


def test_sixty_codes_of_which_ten_cannot_be_done(tenant, dispatcher, make):
    fine = [make() for _ in range(50)]
    closed = [make(status=Status.DELIVERED) for _ in range(4)] + [make(status=Status.CANCELLED) for _ in range(3)]
    orders = [*fine[:25], *closed, "D-404", "D-405", *fine[25:], fine[0]]
    assert len(orders) == 60
    before = (Event.objects.count(), list(Order.objects.order_by("pk").values_list("pk", "version", "status")))

    run = created(dispatcher, "cancel", orders, reason="Shop closed")
    assert (run.state, run.total, run.possible, run.failed) == (BulkState.VALIDATED, 60, 50, 10)
    failed = {row.position: row for row in BulkRow.objects.filter(run=run, outcome="failed")}
    assert [row.error_code for row in failed.values()] == ["status_locked"] * 7 + ["unknown_code"] * 2 + [
        "duplicate_code"
    ]
    assert all(row.message for row in failed.values())
    assert before == (Event.objects.count(), list(Order.objects.order_by("pk").values_list("pk", "version", "status")))

    done = bulk.execute(dispatcher, run.number, count=50)
    assert (done.state, done.done, done.failed) == (BulkState.PARTIAL, 50, 10)
    assert Order.objects.filter(status=Status.CANCELLED).count() == 53
    for order in closed:
        assert Order.objects.get(pk=order.pk).version == order.version
    event = Event.objects.get(kind="order.cancelled", object_id=fine[0].pk)
    assert (event.source, event.source_id) == ("bulk", str(run.number))
    assert BulkRow.objects.get(run=run, position=1).event_id == event.pk


def test_an_order_that_became_ineligible_after_the_check_fails_alone(tenant, dispatcher, make):
    orders = [make() for _ in range(3)]
    driver, other = factories.make_driver(tenant), factories.make_driver(tenant)
    run = created(dispatcher, "assign", orders, driver_id=driver.pk)
    assert run.possible == 3
    commands.perform(Assign(driver_id=other.pk), code=orders[1].code, actor=dispatcher)
    assert bulk.execute(dispatcher, run.number).state == BulkState.PARTIAL
    assert [row.outcome for row in run.rows.order_by("position")] == ["done", "failed", "done"]
    late = run.rows.get(position=2)
    assert late.error_code == "already_assigned"
    assert other.name in late.message
    assert Order.objects.filter(driver=driver).count() == 2


def test_a_zone_is_checked_again_when_the_row_is_carried_out(tenant, dispatcher, make):
    order = make()
    driver = factories.make_driver(tenant)
    run = created(dispatcher, "assign", [order], driver_id=driver.pk)
    elsewhere = factories.make_zone(tenant, factories.square(8.0, 46.0, 8.1, 46.1))
    driver.all_zones = False
    driver.save()
    driver.allowed_zones.set([elsewhere])
    assert run.possible == 1
    assert bulk.execute(dispatcher, run.number).state == BulkState.FAILED
    assert run.rows.get().error_code == "driver_not_allowed_in_pickup_zone"


# Making and carrying out


def test_a_run_at_once_counts_capacity_row_by_row(tenant, dispatcher, make):
    driver = factories.make_driver(tenant)
    run = created(dispatcher, "assign", [make(unit_size=4) for _ in range(3)], at_once=True, driver_id=driver.pk)
    assert [row.error_code for row in run.rows.order_by("position")] == ["", "", "over_capacity"]


def test_failures_are_taken_out_and_the_count_is_confirmed(dispatcher, make):
    fine, closed = [make(), make()], make(status=Status.DELIVERED)
    run = created(dispatcher, "hold", [*fine, closed], reason="Flood")
    run = bulk.remove(dispatcher, run.number, failed=True)
    assert (run.total, run.possible, run.failed) == (2, 2, 0)
    with pytest.raises(Refused) as changed:
        bulk.execute(dispatcher, run.number, count=3)
    assert changed.value.code == "count_changed"
    run = bulk.execute(dispatcher, run.number, count=2)
    assert run.state == BulkState.SUCCESS
    with pytest.raises(Refused) as begun:
        bulk.remove(dispatcher, run.number, codes=[fine[0].code])
    assert begun.value.code == "bulk_run_begun"


def test_more_than_500_codes_are_refused(dispatcher):
    codes = [f"D-{number}" for number in range(501)]
    with pytest.raises(Invalid) as too_many:
        bulk.create(dispatcher, action="hold", params={"reason": "x"}, codes=codes)
    assert too_many.value.code == "too_many_codes"
    assert not BulkRun.objects.exists()


def test_a_role_without_the_right_gets_no_run(tenant, make):
    observer = factories.make_actor(tenant, RoleKind.OBSERVER)
    with pytest.raises(Forbidden):
        created(observer, "hold", [make()], reason="x")


def test_what_an_action_needs_is_asked_once_for_all(tenant, dispatcher, make):
    order = make()
    with pytest.raises(Invalid) as missing:
        created(dispatcher, "cancel", [order])
    assert missing.value.code == "reason_required"
    stranger = factories.make_driver(factories.make_tenant())
    with pytest.raises(Invalid) as unknown:
        created(dispatcher, "assign", [order], driver_id=stranger.pk)
    assert "driver_id" in unknown.value.details["fields"]


def test_another_tenants_order_is_an_unknown_code_and_its_run_is_not_there(dispatcher, make):
    run = created(dispatcher, "hold", [make()], reason="x")
    stranger = factories.make_actor(factories.make_tenant())
    assert verdicts(created(stranger, "hold", [codes_of(run, "possible")[0]], reason="x")) == {
        codes_of(run, "possible")[0]: ("failed", "unknown_code")
    }
    with pytest.raises(NotVisible):
        bulk.get_run(stranger, 99)


def test_somebody_limited_to_teams_sees_only_own_runs_and_carries_out_nobody_elses(tenant, dispatcher, make):
    run = created(dispatcher, "hold", [make()], reason="x")
    limited = factories.make_actor(tenant, team_ids=frozenset({1}))
    with pytest.raises(NotVisible):
        bulk.get_run(limited, run.number)
    with pytest.raises(Refused) as refused:
        bulk.execute(factories.make_actor(tenant), run.number)
    assert refused.value.code == "not_your_run"


# Inputs of many orders


def test_progress_in_bulk_needs_the_order_to_have_its_own_driver(tenant, dispatcher, make):
    waiting, given, on_the_way = make(), make(status=Status.ASSIGNED), make(status=Status.PICKED_UP)
    run = created(dispatcher, "in-transit", [waiting, given, on_the_way], at_once=True, note="Seen at the depot")
    assert verdicts(run) == {
        waiting.code: ("failed", "no_active_assignment"),
        given.code: ("done", ""),
        on_the_way.code: ("done", ""),
    }


def test_pending_and_returned_need_no_reason_in_bulk(dispatcher, make):
    given, on_the_way = make(status=Status.ASSIGNED), make(status=Status.PICKED_UP)
    assert created(dispatcher, "pending", [given], at_once=True).state == BulkState.SUCCESS
    assert created(dispatcher, "return", [on_the_way], at_once=True).state == BulkState.SUCCESS
    assert set(Order.objects.values_list("status", flat=True)) == {Status.PENDING, Status.RETURNED}


def test_reassign_works_for_an_order_whose_driver_dropped_it_on_the_way(tenant, dispatcher, make):
    given, dropped, pending = make(status=Status.ASSIGNED), make(status=Status.PICKED_UP), make()
    commands.perform(Unassign(reason="Fault", note="Waits"), code=dropped.code, actor=dispatcher)
    driver = factories.make_driver(tenant)
    run = created(dispatcher, "reassign", [given, dropped, pending], at_once=True, driver_id=driver.pk)
    assert [row.outcome for row in run.rows.order_by("position")] == ["done", "done", "failed"]
    carried_on = Order.objects.get(pk=dropped.pk)
    assert (carried_on.status, carried_on.driver, carried_on.holder) == (Status.PICKED_UP, driver, driver)


# Repeats, workers, and what is stopped


def test_a_repeat_with_the_same_token_is_the_same_run(dispatcher, make):
    orders = [make() for _ in range(2)]
    first = created(dispatcher, "hold", orders, at_once=True, token="run-1", reason="Flood")
    again = created(dispatcher, "hold", orders, at_once=True, token="run-1", reason="Flood")
    assert again.number == first.number
    assert Event.objects.filter(kind="order.held").count() == 2
    with pytest.raises(KeyReused):
        created(dispatcher, "hold", orders, at_once=True, token="run-1", reason="Fire")
    draft = created(dispatcher, "release", orders)
    for _ in range(2):
        assert bulk.execute(dispatcher, draft.number).done == 2
    assert Event.objects.filter(kind="order.released").count() == 2


class Killed(BaseException):
    """The process is gone: nothing after this line of it ran."""


def test_a_run_whose_process_was_killed_is_carried_on_without_doing_a_row_twice(dispatcher, make, monkeypatch):
    orders = [make() for _ in range(6)]
    run = created(dispatcher, "hold", orders, reason="Flood")
    carry_out, done = bulk_rows.carry_out, []

    def killed_at_the_fourth(row, step, actor):
        if len(done) == 3:
            raise Killed
        done.append(row.code)
        return carry_out(row, step, actor)

    monkeypatch.setattr("orders.bulk.rows.carry_out", killed_at_the_fourth)
    with pytest.raises(Killed):
        bulk.execute(dispatcher, run.number)
    monkeypatch.setattr("orders.bulk.rows.carry_out", carry_out)
    run.refresh_from_db()
    assert run.state == BulkState.RUNNING

    tasks.carry_on_bulk_run(run.pk)  # too early: the lease of the dead process has not run out
    assert Event.objects.filter(kind="order.held").count() == 3
    with clock.at(clock.now() + 2 * work.LEASE):
        assert list(BulkRun.objects.filter(work.abandoned())) == [run]
        tasks.carry_on_bulk_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.done) == (BulkState.SUCCESS, 6)
    assert Event.objects.filter(kind="order.held").count() == 6


def test_a_row_that_two_processes_reach_is_done_once(dispatcher, make):
    order = make()
    run = created(dispatcher, "note", [order], note="Ring twice")
    row = run.rows.get()
    step = bulk.REGISTRY["note"].prepare(run.params)
    first = bulk_rows.carry_out(row, step, dispatcher)
    second = bulk_rows.carry_out(row, step, dispatcher)
    assert first == second
    assert Order.objects.get(pk=order.pk).version == order.version + 1


def test_a_set_by_filters_is_fixed_when_it_is_made_and_worked_on_by_a_worker(dispatcher, make, short_requests):
    customer = make().customer
    for _ in range(3):
        make()
    run, _ = bulk.create(
        dispatcher, action="hold", params={"reason": "Flood"}, filters={"status": "open", "customer": str(customer.pk)}
    )
    make()  # comes too late to be part of it
    assert short_requests == [("orders.tasks.carry_on_bulk_run", run.pk)]
    assert (run.state, run.total, run.possible) == (BulkState.VALIDATING, 4, 0)
    tasks.carry_on_bulk_run(run.pk)
    run = bulk.execute(dispatcher, run.number, count=4)
    assert (run.state, len(short_requests)) == (BulkState.RUNNING, 2)
    tasks.carry_on_bulk_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.done) == (BulkState.SUCCESS, 4)
    assert Event.objects.filter(kind="order.held", actor_id=dispatcher.id, source_id=str(run.number)).count() == 4


def test_a_run_is_stopped_before_its_next_order(dispatcher, make, short_requests, monkeypatch):
    monkeypatch.setattr(work, "LOOK_SECONDS", 0)
    orders = [make() for _ in range(4)]
    run = bulk.create(dispatcher, action="hold", params={"reason": "x"}, filters={"status": "open"}, at_once=True)[0]
    carry_out = bulk_rows.carry_out

    def somebody_presses_stop(row, step, actor):
        bulk.cancel(dispatcher, run.number)
        return carry_out(row, step, actor)

    monkeypatch.setattr("orders.bulk.rows.carry_out", somebody_presses_stop)
    tasks.carry_on_bulk_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.done) == (BulkState.CANCELLED, 1)
    assert [row.outcome for row in run.rows.order_by("position")] == ["done", "skipped", "skipped", "skipped"]
    assert len(orders) == 4


def test_a_worker_does_nothing_for_somebody_who_has_lost_access(tenant, make, short_requests):
    member = factories.make_member(tenant)
    actor = factories.make_actor(tenant, id=member.user_id)
    for _ in range(3):
        make()
    run = bulk.create(actor, action="hold", params={"reason": "x"}, filters={"status": "open"}, at_once=True)[0]
    member.is_active = False
    member.save()
    tasks.carry_on_bulk_run(run.pk)
    run.refresh_from_db()
    assert run.state == BulkState.FAILED
    assert {row.error_code for row in run.rows.all()} == {"forbidden"}
    assert not Order.objects.filter(on_hold=True).exists()


def test_the_queries_of_a_run_grow_by_the_same_number_for_each_order(dispatcher, make):
    def queries(count):
        orders = [make() for _ in range(count)]
        with CaptureQueriesContext(connection) as found:
            created(dispatcher, "hold", orders, at_once=True, reason="x")
        return len(found)

    two, four, eight = queries(2), queries(4), queries(8)
    assert (four - two) * 2 == eight - four


# Again, and back


def test_only_the_failures_are_tried_again(dispatcher, make):
    orders = [make() for _ in range(3)]
    commands.perform(Hold(reason="Mine"), code=orders[1].code, actor=dispatcher)
    run = created(dispatcher, "hold", [*orders, orders[0]], at_once=True, reason="Flood")
    assert run.state == BulkState.PARTIAL
    commands.undo(code=orders[1].code, actor=dispatcher)
    again, _ = bulk.retry(dispatcher, run.number, token="again")
    assert bulk.retry(dispatcher, run.number, token="again")[0].number == again.number
    assert (again.state, again.retry_of_id) == (BulkState.SUCCESS, run.pk)
    assert verdicts(again) == {orders[1].code: ("done", "")}


def test_a_run_is_taken_back_as_one_where_nobody_changed_the_orders_since(tenant, dispatcher, make):
    orders = [make() for _ in range(3)]
    run = created(dispatcher, "cancel", orders, at_once=True, reason="Shop closed")
    commands.perform(Reopen(), code=orders[1].code, actor=factories.make_actor(tenant))
    back, _ = bulk.undo(dispatcher, run.number)
    assert (back.state, back.done, back.failed) == (BulkState.PARTIAL, 2, 1)
    assert verdicts(back)[orders[1].code] == ("failed", "stale_version")
    assert not Order.objects.filter(status=Status.CANCELLED).exists()
    event = Event.objects.filter(object_id=orders[0].pk).latest("id")
    assert (event.kind, event.source_id, "undoes" in event.data) == ("order.reopened", str(back.number), True)
    with pytest.raises(Refused) as nothing:
        bulk.undo(dispatcher, created(dispatcher, "release", orders, at_once=True).number)
    assert nothing.value.code == "nothing_to_undo"


# The API


def test_the_api_rehearses_and_runs_in_one_request(tenant, make):
    api, order = Api(tenant), make()
    body = {"codes": [order.code, "D-404"], "reason": "Customer asked", "rehearse": True}
    answer = api.post("orders/bulk/hold/", body).json()
    assert [row["verdict"] for row in answer["rows"]] == ["possible", "failed"]
    assert not BulkRun.objects.exists()
    answer = api.post("orders/bulk/hold/", body | {"rehearse": False}, Idempotency_Key="one").json()
    assert answer["state"] == "partial"
    assert api.post("orders/bulk/hold/", body | {"rehearse": False}, Idempotency_Key="one").json() == answer
    assert Order.objects.get(pk=order.pk).on_hold
    assert api.get(f"bulk-runs/{answer['run']}/").json()["done"] == 1


def test_the_api_checks_carries_out_retries_and_takes_back_a_stored_run(tenant, make):
    api, orders = Api(tenant), [make(), make(), make(status=Status.DELIVERED)]
    body = {"action": "cancel", "params": {"reason": "Shop closed"}, "codes": [order.code for order in orders]}
    made = api.post("bulk-runs/", body, Idempotency_Key="check")
    assert made.status_code == 201
    assert api.post("bulk-runs/", body, Idempotency_Key="check").status_code == 200
    number = made.json()["number"]
    assert [row["verdict"] for row in api.get(f"bulk-runs/{number}/rows/").json()["results"]] == [
        "possible",
        "possible",
        "failed",
    ]
    refusal(api.post(f"bulk-runs/{number}/execute/", {"count": 3}), 409, "count_changed")
    assert api.post(f"bulk-runs/{number}/execute/", {"count": 2}).json()["state"] == "partial"
    file = api.get(f"bulk-runs/{number}/file/").content.decode()
    assert "status_locked" in file.splitlines()[3]
    assert api.post(f"bulk-runs/{number}/retry/").json()["state"] == "failed"
    assert api.get(f"bulk-runs/{number}/").json()["undone_by"] == []
    assert api.post(f"bulk-runs/{number}/undo/").json()["done"] == 2
    assert api.get(f"bulk-runs/{number}/").json()["undone_by"] == [number + 2]
    assert [run["number"] for run in api.get("bulk-runs/").json()["results"]] == [number + 2, number + 1, number]
    refusal(Api(factories.make_tenant()).get(f"bulk-runs/{number}/"), 404)


@pytest.mark.parametrize(
    "body",
    [
        {"codes": ["D-1"], "params": {"reason": "x"}},
        {"action": "explode", "codes": ["D-1"]},
        {"action": "hold", "params": {"reason": "x"}},
        {"action": "hold", "params": {"reason": "x"}, "codes": [], "filters": {}},
        {"action": "hold", "params": {"reason": 5}, "codes": ["D-1"]},
        {"action": "hold", "params": {"reason": "x", "surprise": 1}, "codes": ["D-1"]},
        {"action": "hold", "params": [], "codes": ["D-1"]},
        {"action": "hold", "params": {"reason": "x"}, "codes": ["D-1"] * 501},
        {"action": "hold", "params": {"reason": "x"}, "codes": [{"a": 1}]},
        {"action": "hold", "params": {"reason": "x"}, "filters": {"no_such": "1"}},
        {"action": "hold", "params": {"reason": "x"}, "filters": {"status": "open"}},
        {"action": "reschedule", "params": {"day": "tomorrow"}, "codes": ["D-1"]},
    ],
)
def test_bad_input_for_a_run_is_a_clear_400(tenant, body):
    refusal(Api(tenant).post("bulk-runs/", body), 400)
    assert not BulkRun.objects.exists()
