"""Old runs and files go by themselves: never one that is at work, or that can still be taken back."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from dispatch_console.core import clock
from dispatch_console.core.models import Event, Tenant
from orders import bulk, tasks
from orders.importing import jobs
from orders.models import BulkRow, BulkRun, BulkState, ImportFinding, ImportJob, ImportState, PrintJob, PrintState
from orders.models.bulk import OVER
from orders.printing import files
from tests import factories

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def tenant():
    return factories.make_tenant()


def days_ago(days: int, **more: int):
    return clock.now() - timedelta(days=days, **more)


# Bulk runs


@pytest.mark.parametrize("state", OVER)
def test_a_bulk_run_that_ended_goes_with_its_rows_after_its_days(tenant, settings, state):
    settings.BULK_RUN_RETENTION_DAYS = 10
    old = factories.make_bulk_run(tenant, state=state, finished_at=days_ago(10, minutes=1))
    new = factories.make_bulk_run(tenant, state=state, finished_at=days_ago(9))
    for run in (old, new):
        BulkRow.objects.create(run=run, position=1, code="D-1")
    tasks.prune_bulk_runs()
    assert list(BulkRun.objects.all()) == [new]
    assert [row.run for row in BulkRow.objects.all()] == [new]


def test_a_check_that_nobody_carried_out_is_forgotten_and_one_at_work_is_not(tenant, settings):
    settings.BULK_RUN_RETENTION_DAYS = 10
    runs = [factories.make_bulk_run(tenant, state=state) for state in BulkState if state not in OVER]
    BulkRun.objects.update(created_at=days_ago(11))
    tasks.prune_bulk_runs()
    left = set(BulkRun.objects.values_list("state", flat=True))
    assert (len(runs), left) == (3, {BulkState.VALIDATING, BulkState.RUNNING})


def test_a_run_stays_while_it_can_be_taken_back_or_is_being_taken_back(tenant, settings):
    settings.BULK_RUN_RETENTION_DAYS = 1
    Tenant.objects.filter(pk=tenant.pk).update(undo_window_minutes=3 * 24 * 60)
    run = factories.make_bulk_run(tenant, finished_at=days_ago(2))
    back = factories.make_bulk_run(tenant, state=BulkState.RUNNING, undo_of=run)
    tasks.prune_bulk_runs()
    assert BulkRun.objects.filter(pk=run.pk).exists()
    BulkRun.objects.filter(pk=run.pk).update(finished_at=days_ago(4))
    tasks.prune_bulk_runs()
    assert BulkRun.objects.filter(pk=run.pk).exists()
    BulkRun.objects.filter(pk=back.pk).update(state=BulkState.SUCCESS, finished_at=clock.now())
    tasks.prune_bulk_runs()
    assert list(BulkRun.objects.values_list("pk", "undo_of")) == [(back.pk, None)]


def test_the_history_of_an_order_outlives_the_run_that_made_it(tenant, settings, client):
    settings.BULK_RUN_RETENTION_DAYS = 1
    actor, order = factories.make_actor(tenant), factories.make_order(tenant)
    run, _ = bulk.create(actor, action="hold", params={"reason": "Flood"}, codes=[order.code], at_once=True)
    BulkRun.objects.update(finished_at=days_ago(2))
    tasks.prune_bulk_runs()
    event = Event.objects.get(stream="order", object_id=order.pk, kind="order.held")
    assert (event.source, event.source_id) == ("bulk", str(run.number))
    client.force_login(factories.make_member(tenant).user)
    assert client.get(f"/console/bulk/{run.number}/").status_code == 404
    assert "kept" in client.get(f"/api/v1/bulk-runs/{run.number}/").json()["error"]["message"]


def test_a_round_removes_a_batch_and_the_next_one_the_rest(tenant, settings, monkeypatch):
    monkeypatch.setattr("orders.bulk.retention.BATCH", 2)
    for _ in range(3):
        factories.make_bulk_run(tenant, finished_at=days_ago(400))
    tasks.prune_bulk_runs()
    assert BulkRun.objects.count() == 1
    tasks.prune_bulk_runs()
    assert not BulkRun.objects.exists()


# Imports


def test_an_import_loses_its_file_first_and_goes_later(tenant, settings):
    settings.IMPORT_JOB_RETENTION_DAYS = 100
    job = factories.make_import(tenant, state=ImportState.DONE)
    name, storage = job.file.name, job.file.storage
    ImportFinding.objects.create(job=job, row=2, is_error=False, code="x", message="x")
    ImportJob.objects.update(expires_at=days_ago(1), created_at=days_ago(31))
    assert storage.exists(name)
    assert jobs.prune() == 1
    assert not storage.exists(name)
    assert not ImportFinding.objects.exists()
    assert ImportJob.objects.get().file == ""
    ImportJob.objects.update(created_at=days_ago(101))
    jobs.prune()
    assert not ImportJob.objects.exists()


def test_an_import_at_work_stays_and_one_that_goes_takes_its_file_along(tenant, settings):
    settings.IMPORT_JOB_RETENTION_DAYS = 100
    running = factories.make_import(tenant, state=ImportState.RUNNING)
    kept_long = factories.make_import(tenant, state=ImportState.DONE)
    ImportJob.objects.update(created_at=days_ago(101), expires_at=clock.now() + DAY)
    jobs.prune()
    assert list(ImportJob.objects.all()) == [running]
    assert running.file.storage.exists(running.file.name)
    assert not kept_long.file.storage.exists(kept_long.file.name)


# Printed files


def test_a_printed_file_goes_from_the_storage_but_not_while_it_is_made(tenant):
    old = {"expires_at": days_ago(1)}
    made = factories.make_print_job(tenant, state=PrintState.SUCCESS, **old)
    made.file.save("labels.pdf", ContentFile(b"%PDF"))
    being_made = factories.make_print_job(tenant, state=PrintState.RUNNING, heartbeat_at=clock.now(), **old)
    stopped = factories.make_print_job(tenant, state=PrintState.RUNNING, heartbeat_at=days_ago(1), **old)
    assert files.prune() == 2
    assert list(PrintJob.objects.all()) == [being_made]
    assert not made.file.storage.exists(made.file.name)
    assert stopped.pk != being_made.pk
