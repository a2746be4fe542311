"""Working through a run's rows: here, or in a worker, and on from where another process was stopped."""

import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from dispatch_console.core import access, clock, progress
from dispatch_console.core.actor import Actor, ActorKind, Source
from dispatch_console.core.models import ApiKey, Membership
from orders.bulk import rows
from orders.bulk.registry import REGISTRY, Step
from orders.bulk.rows import Verdict
from orders.models import BulkRow, BulkRun, BulkState, PrintJob, RowOutcome
from orders.models.bulk import AT_WORK

logger = logging.getLogger(__name__)

KIND = "bulk"
UNDO = "undo"
BATCH = 200
# Between two looks at whether somebody wants the run stopped; the lease of a process that was killed runs out later.
LOOK_SECONDS = 1.0
LEASE = timedelta(seconds=30)
PENDING = {
    BulkState.VALIDATING: (RowOutcome.WAITING,),
    BulkState.RUNNING: (RowOutcome.WAITING, RowOutcome.POSSIBLE),
}


def abandoned() -> Q:
    """Runs that somebody should go on with."""
    long_ago = clock.now() - LEASE
    unbegun = Q(heartbeat_at__isnull=True, created_at__lt=long_ago)
    return Q(state__in=AT_WORK) & (unbegun | Q(heartbeat_at__lt=long_ago))


def carry_on(run_id: int) -> None:
    """Work on a run in the name of who started it; does nothing when another process is at it, or it is over."""
    run = BulkRun.objects.select_related("tenant").filter(pk=run_id).first()
    if run is None or not run.is_at_work:
        return
    work_on(run, actor_of(run))


def actor_of(run: BulkRun | PrintJob) -> Actor | None:
    """Who started it, with the rights they have now; None when they may do nothing any more."""
    actor: Actor | None = None
    if run.actor_kind == ActorKind.USER:
        members = Membership.objects.select_related("tenant", "custom_role", "user")
        own = members.filter(tenant_id=run.tenant_id, user_id=run.actor_id, is_active=True)  # type: ignore[misc]
        member = own.first()
        actor = access.actor_for_member(member, source=Source.CONSOLE) if member else None
    elif run.actor_kind == ActorKind.API_KEY:
        keys = ApiKey.objects.select_related("tenant", "customer", "membership__user", "membership__tenant")
        key = keys.filter(pk=run.actor_id, tenant_id=run.tenant_id, is_active=True).first()  # type: ignore[misc]
        actor = access.actor_for_key(key) if key else None
    elif run.actor_kind == ActorKind.SYSTEM:
        actor = access.system_actor(run.tenant_id, label=run.actor_label)
    return actor


def work_on(run: BulkRun, actor: Actor | None) -> None:
    """Judge or carry out every row that is still open, then say how the run ended. `run` is brought up to date."""
    worker = str(uuid.uuid4())
    if not _take(run, worker):
        run.refresh_from_db()
        return
    told = _progress(run, actor)
    shift = _Shift(run, worker, told)
    told.start()
    try:
        stopped = shift.through(actor)
    except _Superseded:
        run.refresh_from_db()
        return
    _close(run, worker, stopped=stopped)
    told.reach(told.total or 0)
    told.end(_ending(run))


class _Superseded(Exception):
    """The lease ran out and another process has the run now."""


@dataclass(slots=True)
class _Shift:
    """One process at one run."""

    run: BulkRun
    worker: str
    told: progress.Work
    looked_at: float = 0.0

    def through(self, actor: Actor | None) -> bool:
        """True when somebody wanted it stopped."""
        run = self.run
        step = None if run.action == UNDO else REGISTRY[run.action].prepare(run.params)
        undone = REGISTRY.get(run.undo_of.action) if run.undo_of is not None else None
        acting = actor.through(Source.BULK, source_id=str(run.number)) if actor else None
        for row in self._open_rows():
            if self._is_stopped():
                return True
            if acting is None:
                _refuse(row)
            else:
                self._one(row, step or rows.undoing(row, undone), acting)
            self.told.advance()
        return False

    def _one(self, row: BulkRow, step: Step, actor: Actor) -> Verdict:
        if self.run.state == BulkState.VALIDATING:
            return rows.check(row, step, actor)
        return rows.carry_out(row, step, actor)

    def _open_rows(self) -> Iterator[BulkRow]:
        """In their sequence, a batch at a time: a long run must not fill the memory."""
        wanted, last = PENDING[BulkState(self.run.state)], 0
        while True:
            found = BulkRow.objects.filter(run=self.run, outcome__in=wanted, position__gt=last).order_by("position")
            batch = list(found[:BATCH])
            yield from batch
            if len(batch) < BATCH:
                return
            last = batch[-1].position

    def _is_stopped(self) -> bool:
        """Keeps the lease, and asks whether to go on; at most once a second."""
        if time.monotonic() - self.looked_at < LOOK_SECONDS:
            return False
        self.looked_at = time.monotonic()
        mine = BulkRun.objects.filter(pk=self.run.pk, worker=self.worker, state=self.run.state)
        if not mine.update(heartbeat_at=clock.now(), **counts_of(self.run)):
            raise _Superseded
        return mine.filter(stop_wanted=True).exists()


def counts_of(run: BulkRun) -> dict[str, int]:
    """The run's counts as its rows stand now."""
    found = dict(BulkRow.objects.filter(run=run).order_by().values_list("outcome").annotate(Count("pk")))
    return {
        "total": sum(found.values()),
        "possible": found.get(RowOutcome.POSSIBLE, 0),
        "done": found.get(RowOutcome.DONE, 0),
        "failed": found.get(RowOutcome.FAILED, 0),
    }


def _take(run: BulkRun, worker: str) -> bool:
    now = clock.now()
    free = Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=now - LEASE)
    return bool(
        BulkRun.objects.filter(free, pk=run.pk, state=run.state, state__in=AT_WORK).update(
            worker=worker, heartbeat_at=now
        )
    )


def _progress(run: BulkRun, actor: Actor | None) -> progress.Work:
    counts = counts_of(run)
    wanted = PENDING[BulkState(run.state)]
    to_do = BulkRow.objects.filter(run=run, outcome__in=wanted).count()
    words = "Check: " if run.state == BulkState.VALIDATING else ""
    return progress.Work(
        KIND,
        work_id=str(run.number),
        label=f"{words}{run.label}",
        actor=actor or access.system_actor(run.tenant_id),
        total=counts["total"],
        done=counts["total"] - to_do,
        url=address(run),
    )


def address(run: BulkRun) -> str:
    """Where people look at the run; the console's own addresses are above this floor."""
    return f"/console/bulk/{run.number}/"


def _refuse(row: BulkRow) -> None:
    BulkRow.objects.filter(pk=row.pk, outcome__in=rows.OPEN).update(
        outcome=RowOutcome.FAILED,
        error_code="forbidden",
        message="Who started this run no longer has access to the company.",
    )


def _close(run: BulkRun, worker: str, *, stopped: bool) -> None:
    """Write how it ended; the rows are the truth, whoever did them."""
    if stopped:
        left = BulkRow.objects.filter(run=run, outcome__in=rows.OPEN)
        left.update(outcome=RowOutcome.SKIPPED, message="The run was cancelled before this order.")
    counts = counts_of(run)
    state = _state_of(run, counts, stopped=stopped)
    finished = clock.now() if state != BulkState.VALIDATED else None
    BulkRun.objects.filter(pk=run.pk, worker=worker, state=run.state).update(
        **counts, state=state, worker="", heartbeat_at=None, stop_wanted=False, finished_at=finished
    )
    run.refresh_from_db()


def _state_of(run: BulkRun, counts: dict[str, int], *, stopped: bool) -> BulkState:
    if stopped:
        return BulkState.CANCELLED
    if run.state == BulkState.VALIDATING:
        return BulkState.VALIDATED
    if counts["done"] == counts["total"] > 0:
        return BulkState.SUCCESS
    return BulkState.PARTIAL if counts["done"] else BulkState.FAILED


def _ending(run: BulkRun) -> progress.Ending:
    endings: dict[str, progress.Ending] = {
        BulkState.PARTIAL: "partial",
        BulkState.FAILED: "failed",
        BulkState.CANCELLED: "cancelled",
    }
    return endings.get(run.state, "success")
