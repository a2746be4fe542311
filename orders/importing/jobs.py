"""What people and integrations do to an import: upload, map, check, confirm, cancel. Each change is one statement."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import F

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, NotVisible, Refused, Stale
from dispatch_console.core.retention import BATCH
from orders.access import require
from orders.importing import mapping as mappings
from orders.importing import work
from orders.importing.cells import Layout
from orders.importing.looking import Look, look
from orders.importing.reading import local_copy
from orders.models import ImportJob, ImportState
from orders.models.import_job import AT_WORK, CHANGEABLE

logger = logging.getLogger(__name__)

MAY_IMPORT = "orders.import"
TASK = "orders.tasks.carry_on_import"
# Rows that are not worth a worker.
AT_ONCE = 150
LONGEST_NAME = 160
LONGEST_GROUP = 60


def jobs(actor: Actor) -> Any:
    require(actor, MAY_IMPORT)
    return ImportJob.objects.visible_to(actor)


def get_job(actor: Actor, label: str) -> ImportJob:
    job: ImportJob | None = jobs(actor).select_related("tenant").filter(label=label).first()
    if job is None:
        raise NotVisible(f"There is no import {label[:20]}.")
    return job


def preview(actor: Actor, label: str, *, asked: Mapping[str, Any]) -> tuple[ImportJob, Look]:
    """The first rows and a guess of the mapping, with another sheet, encoding, delimiter or heading row if asked."""
    job = get_job(actor, label)
    with _file_of(job) as path:
        return job, look(path, _layout(job, asked), tenant_id=job.tenant_id, heading_row=_heading_row(job, asked))


def map_columns(actor: Actor, label: str, *, asked: Mapping[str, Any], version: int | None) -> ImportJob:
    """Say which column fills which field. It is remembered for the company's next file with these headings."""
    job = get_job(actor, label)
    _check_version(job, version)
    _check_state(job, CHANGEABLE, "Its columns can no longer be mapped.")
    layout = _layout(job, asked)
    with _file_of(job) as path:
        seen = look(path, layout, tenant_id=job.tenant_id, heading_row=_heading_row(job, asked))
    lay_out(job, layout, seen)
    job.mapping = mappings.checked(asked["fields"], seen.headings)
    job.date_order = asked.get("date_order") or job.date_order
    job.finds_places = bool(asked.get("finds_places", job.finds_places))
    job.bulk_group = str(asked.get("bulk_group") or job.label)[:LONGEST_GROUP]
    _change(
        job,
        CHANGEABLE,
        state=ImportState.MAPPED,
        encoding=job.encoding,
        delimiter=job.delimiter,
        sheet=job.sheet,
        heading_row=job.heading_row,
        headings=job.headings,
        mapping=job.mapping,
        date_order=job.date_order,
        finds_places=job.finds_places,
        bulk_group=job.bulk_group,
        total=seen.estimate,
        checked=0,
        valid=0,
        invalid=0,
        warned=0,
        problems={},
    )
    mappings.remember(job.tenant_id, job.headings, job.mapping)
    return job


def review(actor: Actor, label: str, *, version: int | None) -> ImportJob:
    """Have every row checked, in the background; nothing is created."""
    job = get_job(actor, label)
    if job.state == ImportState.REVIEWING:
        return job
    _check_version(job, version)
    if faults := mappings.missing(job.mapping):
        raise Invalid.fields(**faults)
    states = (*CHANGEABLE, ImportState.FAILED)
    _check_state(job, states, "It is not checked any more.")
    if job.state == ImportState.FAILED and job.position:
        raise Refused("Some of its orders are created. Go on with the import instead of checking it again.")
    require_file(job)
    _change(job, states, state=ImportState.REVIEWING, started_at=clock.now(), heartbeat_at=None, worker="", checked=0)
    _work(job, asks_network=job.finds_places and settings.GEOCODER != "region")
    return job


def confirm(actor: Actor, label: str, *, version: int | None) -> ImportJob:
    """Have the orders of all valid rows created, in the background. A failed run goes on where it stopped."""
    job = get_job(actor, label)
    require(actor, "orders.create")
    if job.state in (ImportState.RUNNING, ImportState.DONE):
        return job
    _check_version(job, version)
    is_interrupted = job.state == ImportState.FAILED and job.position > 0
    if not is_interrupted:
        _check_state(job, (ImportState.REVIEWED,), "Check it first.", code="not_reviewed")
        if not job.valid:
            raise Refused("No row of this file can be imported. Correct the file or the mapping.", code="no_valid_rows")
    require_file(job)
    states = (ImportState.REVIEWED, ImportState.FAILED)
    _change(job, states, state=ImportState.RUNNING, started_at=clock.now(), heartbeat_at=None, worker="", problem="")
    _work(job)
    return job


def cancel(actor: Actor, label: str, *, version: int | None = None) -> ImportJob:
    """Stop it. Orders that are created stay; the batch that is being written is not."""
    job = get_job(actor, label)
    if job.state == ImportState.CANCELLED:
        return job
    _check_version(job, version)
    states = (*CHANGEABLE, *AT_WORK)
    _check_state(job, states, "It is over.")
    _change(job, states, state=ImportState.CANCELLED, finished_at=clock.now(), worker="")
    return job


def prune() -> int:
    """Remove the files of imports that are old, and what was wrong with their rows; how many files.

    What was imported by them stays on the orders; the imports themselves go later.
    """
    old = ImportJob.objects.filter(expires_at__lt=clock.now()).exclude(file="").exclude(state__in=AT_WORK)
    removed = 0
    for job in old.order_by("expires_at")[:BATCH]:
        _remove_files(job)
        state = job.state if job.is_over else ImportState.CANCELLED
        ImportJob.objects.filter(pk=job.pk).update(file="", places="", state=state)
        job.findings.all().delete()
        removed += 1
    _forget()
    return removed


def _forget() -> None:
    """Remove imports of long ago."""
    before = clock.now() - timedelta(days=settings.IMPORT_JOB_RETENTION_DAYS)
    for job in ImportJob.objects.filter(created_at__lt=before).exclude(state__in=AT_WORK).order_by("pk")[:BATCH]:
        if ImportJob.objects.filter(pk=job.pk).exclude(state__in=AT_WORK).delete()[0]:
            _remove_files(job)


def _remove_files(job: ImportJob) -> None:
    for file in (job.file, job.places):
        if file:
            file.storage.delete(str(file.name))


def _work(job: ImportJob, *, asks_network: bool = False) -> None:
    """Short files here, long ones in a worker; when no queue can be reached, the clock finds the job."""
    try:
        if 0 < job.total <= AT_ONCE and not asks_network:
            work.carry_on(job.pk)
        else:
            current_app.send_task(TASK, args=[job.pk])
    except Exception:
        logger.exception("%s is found and carried on later, or says itself why not.", job.label)
    job.refresh_from_db()


def lay_out(job: ImportJob, layout: Layout, seen: Look) -> None:
    job.encoding, job.delimiter, job.sheet = layout.encoding, layout.delimiter, layout.sheet[:100]
    job.heading_row, job.headings = seen.heading_row, seen.headings


def _layout(job: ImportJob, asked: Mapping[str, Any]) -> Layout:
    sheet = str(asked.get("sheet") or job.sheet)
    if job.sheets and sheet not in job.sheets:
        raise Invalid.fields(sheet=f"There is no such sheet. Choose one of: {', '.join(job.sheets)}.")
    return Layout(
        job.format,
        encoding=str(asked.get("encoding") or job.encoding),
        delimiter=str(asked.get("delimiter") or job.delimiter),
        sheet=sheet,
    )


def _heading_row(job: ImportJob, asked: Mapping[str, Any]) -> int | None:
    """As asked; as it was; or to be guessed where another sheet or encoding is looked at."""
    if asked.get("heading_row"):
        return int(asked["heading_row"])
    is_other = any(asked.get(name) not in (None, "", getattr(job, name)) for name in ("sheet", "encoding", "delimiter"))
    return None if is_other else job.heading_row


def _file_of(job: ImportJob) -> Any:
    require_file(job)
    return local_copy(job.file)


def require_file(job: ImportJob) -> None:
    if not job.has_file:
        raise Refused("The file of this import is no longer kept. Upload it again.", code="file_expired")


def _check_version(job: ImportJob, version: int | None) -> None:
    if version is not None and version != job.version:
        raise Stale(
            f"Import {job.label} was changed since you opened it. Look at it again.",
            details={"version": job.version, "your_version": version},
        )


def _check_state(job: ImportJob, states: tuple[ImportState, ...], sentence: str, *, code: str = "wrong_state") -> None:
    if job.state not in states:
        word = ImportState(job.state).label.lower()
        raise Refused(f"Import {job.label} is {word}. {sentence}", code=code, details={"state": job.state})


def _change(job: ImportJob, states: tuple[ImportState, ...], **changes: Any) -> None:
    """Decided by the row as it is now: of two who change it at once, the second is told."""
    mine = ImportJob.objects.filter(pk=job.pk, version=job.version, state__in=states)
    if not mine.update(**changes, version=F("version") + 1):
        job.refresh_from_db()
        raise Stale(
            f"Import {job.label} was changed by somebody else just now. Look at it again.",
            details={"version": job.version},
        )
    job.refresh_from_db()
