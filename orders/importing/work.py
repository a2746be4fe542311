"""Working through a file: every row is checked, then orders are created batch by batch, on from where it stopped."""

import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import OperationalError, reset_queries, transaction
from django.db.models import F, Q

from dispatch_console.core import access, clock, progress
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import DomainError
from orders import batches
from orders.batches import Result, Wanted
from orders.bulk.work import actor_of
from orders.importing.cells import Layout, Line
from orders.importing.judging import judge
from orders.importing.places import Places
from orders.importing.reading import lines, local_copy
from orders.importing.rows import Row, RowReader
from orders.models import ImportFinding, ImportJob, ImportState
from orders.models.import_job import AT_WORK

logger = logging.getLogger(__name__)

KIND = "import"
BATCH = 500
LEASE = timedelta(seconds=60)
# Of warnings the first are enough to see what is going on; of errors every one is kept for the error file.
MOST_WARNINGS = 2_000
ATTEMPTS = 3


class Superseded(Exception):
    """The job is somebody else's now, or it was cancelled; what this batch would have done is not done."""


def abandoned() -> Q:
    """Jobs that somebody should go on with."""
    return Q(state__in=AT_WORK) & (Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=clock.now() - LEASE))


def carry_on(job_id: int) -> None:
    """Work on a job in the name of who started it; does nothing when another process is at it, or it is over."""
    job = ImportJob.objects.select_related("tenant").filter(pk=job_id).first()
    worker = str(uuid.uuid4())
    if job is None or not job.is_at_work or not _take(job, worker):
        return
    job.refresh_from_db()
    if job.worker != worker:  # taken over already
        return
    actor = actor_of(job)  # type: ignore[arg-type]
    told = _progress(job, actor)
    told.start()
    try:
        if actor is None or not (actor.may("orders.import") and actor.may("orders.create")):
            _fail(job, "forbidden", "Who started this import has no longer the right to import orders.")
        else:
            shift = _Review if job.state == ImportState.REVIEWING else _Run
            shift(job, actor.through(Source.IMPORT, source_id=job.label), told).work()
    except Superseded:
        pass
    except DomainError as refusal:
        _fail(job, refusal.code, refusal.message)
    except FileNotFoundError:
        _fail(job, "file_gone", "The file is no longer stored. Upload it again.")
    except OperationalError:
        # The database or its network: the lease runs out, and somebody goes on behind the last batch.
        logger.exception("An import was interrupted.", extra={"job": job.pk})
        raise
    except Exception:
        _fail(job, "server_error", "Something went wrong on our side while the file was read. Tell support the time.")
        raise
    finally:
        job.refresh_from_db()
        _tell_end(job, told)


class _Shift:
    """One process at one job. Everything it writes is written only while the job is still its own."""

    def __init__(self, job: ImportJob, actor: Actor, told: progress.Work) -> None:
        self.job, self.actor, self.told = job, actor, told

    def batches(self, path: Path, *, after: int) -> Iterator[list[Line]]:
        found = (
            line
            for line in lines(path, layout_of(self.job))
            if line.number > self.job.heading_row and line.number > after
        )
        while batch := list(islice(found, BATCH)):
            yield batch
            # While developing, Django remembers every statement, and these are long.
            reset_queries()

    def store(self, **changes: Any) -> None:
        mine = ImportJob.objects.filter(pk=self.job.pk, worker=self.job.worker, state=self.job.state)
        if not mine.update(heartbeat_at=clock.now(), **changes):
            raise Superseded
        for name, value in changes.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.job, name, value)


class _Review(_Shift):
    """Checks all rows and writes nothing but what it found."""

    def work(self) -> None:
        job = self.job
        ImportFinding.objects.filter(job=job).delete()
        places = Places(near=(job.tenant.map_latitude, job.tenant.map_longitude), may_ask=job.finds_places)
        reader = RowReader(job, self.actor, places)
        self.seen: dict[tuple[str, str], int] = {}
        self.counts: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.store(checked=0, valid=0, invalid=0, warned=0, problems={}, position=0)
        with local_copy(job.file) as path:
            for batch in self.batches(path, after=0):
                self._check(reader, batch)
        if not self.counts["checked"]:
            raise _no_rows()
        self._close(places)

    def _check(self, reader: RowReader, batch: list[Line]) -> None:
        rows = reader.read(batch)
        judge(rows, reader, self.actor, self.seen)
        findings = []
        for row in rows:
            self.counts["checked"] += 1
            self.counts["valid" if row.is_valid else "invalid"] += 1
            self.counts["warned"] += row.is_valid and bool(row.findings)
            self.problems.update({finding.code for finding in row.findings})
            if not row.is_valid or self.counts["warned"] <= MOST_WARNINGS:
                findings += row.findings
        with transaction.atomic():
            ImportFinding.objects.bulk_create(findings)
            self.store(**self.counts, total=max(self.job.total, self.counts["checked"]), problems=dict(self.problems))
        self.told.reach(self.counts["checked"], total=self.job.total)

    def _close(self, places: Places) -> None:
        job = self.job
        job.places.save("places.json", ContentFile(places.as_json()), save=False)
        self.store(
            state=ImportState.REVIEWED,
            places=job.places.name,
            total=self.counts["checked"],
            worker="",
            problem="",
            problem_code="",
            version=F("version") + 1,
        )


class _Run(_Shift):
    """Creates the orders of the rows that are right. Where it has got to is stored in the transaction of each batch."""

    def work(self) -> None:
        job = self.job
        if job.position == 0:
            with transaction.atomic():
                ImportFinding.objects.filter(job=job).delete()
                self.store(created=0, held=0, problems={})
        self.problems: Counter[str] = Counter(job.problems)
        reader = RowReader(job, self.actor, self._places())
        with local_copy(job.file) as path:
            for batch in self.batches(path, after=job.position):
                self._create(reader.read(batch), reader)
        self.store(state=ImportState.DONE, finished_at=clock.now(), worker="", problem="", problem_code="")

    def _places(self) -> Places:
        """What the check has shown, and nothing else: no network here."""
        if not self.job.places:
            return Places()
        with self.job.places.open("rb") as stored:
            return Places.from_json(stored.read())

    def _create(self, rows: list[Row], reader: RowReader) -> None:
        wanted = [(row, Wanted(row.new, self._key(row))) for row in rows if row.new is not None]
        created_before, held_before = self.job.created, self.job.held

        def keep(results: list[Result]) -> None:
            for (row, one), result in zip(wanted, results, strict=True):
                row.new, row.findings = one.new, []
                if isinstance(result, DomainError):
                    reader.refuse(row, result)
            held = [row for row in rows if not row.is_valid]
            findings = [finding for row in held for finding in row.findings if finding.is_error]
            problems = Counter(self.problems) + Counter(
                code for row in held for code in {each.code for each in row.findings}
            )
            ImportFinding.objects.bulk_create(findings)
            self.store(
                position=rows[-1].number,
                created=created_before + len(rows) - len(held),
                held=held_before + len(held),
                problems=dict(problems),
            )

        # A deadlock with somebody who writes the same references is nobody's fault: once more.
        for attempt in range(ATTEMPTS):
            try:
                batches.create_many([one for _, one in wanted], actor=self.actor, keep=keep)
                break
            except OperationalError:
                if attempt == ATTEMPTS - 1:
                    raise
        self.problems = Counter(self.job.problems)
        self.told.reach(self.job.created + self.job.held, total=self.job.total)

    def _key(self, row: Row) -> str:
        return f"{self.job.label}:{row.number}"


def layout_of(job: ImportJob) -> Layout:
    return Layout(job.format, encoding=job.encoding, delimiter=job.delimiter, sheet=job.sheet)


def address(job: ImportJob) -> str:
    """Where people look at the import; the console's own addresses are above this floor."""
    return f"/console/import/{job.label}/"


def _no_rows() -> DomainError:
    return DomainError("There is no row with an order below the headings.", code="no_rows")


def _take(job: ImportJob, worker: str) -> bool:
    now = clock.now()
    free = Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=now - LEASE)
    mine = ImportJob.objects.filter(free, pk=job.pk, state=job.state)
    return bool(mine.update(worker=worker, heartbeat_at=now))


def _fail(job: ImportJob, code: str, sentence: str) -> None:
    ImportJob.objects.filter(pk=job.pk, worker=job.worker, state=job.state).update(
        state=ImportState.FAILED,
        problem=sentence[:600],
        problem_code=code[:40],
        worker="",
        finished_at=clock.now(),
        version=F("version") + 1,
    )


def _progress(job: ImportJob, actor: Actor | None) -> progress.Work:
    is_review = job.state == ImportState.REVIEWING
    return progress.Work(
        KIND,
        work_id=job.label,
        label=f"{'Check' if is_review else 'Import'} of {job.name}",
        actor=actor or access.system_actor(job.tenant_id),
        total=job.total or None,
        done=0 if is_review else job.created + job.held,
        url=address(job),
    )


def _tell_end(job: ImportJob, told: progress.Work) -> None:
    match job.state:
        case ImportState.REVIEWED:
            told.end("success")
        case ImportState.DONE:
            told.end("success" if not job.held else "partial" if job.created else "failed")
        case ImportState.FAILED:
            told.end("failed")
        case ImportState.CANCELLED:
            told.end("cancelled")
