"""Working through a plan run, here or in a worker: read, search without any lock, write what came of it."""

import logging
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from dispatch_console.core import access, clock, progress
from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import ApiKey, Membership, Tenant
from dispatch_console.core.retention import BATCH, cutoffs
from routes.models import PlanRun, PlanState, Trip, TripStatus
from routes.models.plan_run import AT_WORK
from routes.planning.tours.problem import Progress
from routes.plans.deciding import decide
from routes.plans.scene import read_scene
from routes.plans.telling import told

logger = logging.getLogger(__name__)

KIND = "plan"
LOOK_SECONDS = 0.5
LEASE = timedelta(seconds=60)
STEPS = 100  # of the progress bar


def abandoned() -> Q:
    """Runs whose worker was stopped, or that never reached one."""
    long_ago = clock.now() - LEASE
    unbegun = Q(state=PlanState.WAITING, created_at__lt=long_ago)
    return unbegun | Q(state=PlanState.RUNNING, heartbeat_at__lt=long_ago)


def address(run: PlanRun) -> str:
    """Where people look at the run; the console's own addresses are above this floor."""
    return f"/console/planning/{run.number}/"


def carry_on(run_id: int) -> None:
    """Work on a run in the name of who started it; nothing when another process has it, or it is over."""
    run = PlanRun.objects.filter(pk=run_id).first()
    if run is not None and run.is_at_work:
        work_on(run, actor_of(run))


def actor_of(run: PlanRun) -> Actor | None:
    """Who started the run, with the rights they have now; None when they may do nothing any more."""
    if run.actor_kind == ActorKind.USER:
        members = Membership.objects.select_related("tenant", "custom_role", "user")
        member = members.filter(tenant_id=run.tenant_id, user_id=run.actor_id, is_active=True).first()  # type: ignore[misc]
        return access.actor_for_member(member, source=run.source) if member else None
    if run.actor_kind == ActorKind.API_KEY:
        keys = ApiKey.objects.select_related("tenant", "customer", "membership__user", "membership__tenant")
        key = keys.filter(pk=run.actor_id, tenant_id=run.tenant_id, is_active=True).first()  # type: ignore[misc]
        return access.actor_for_key(key) if key else None
    return access.system_actor(run.tenant_id, label=run.actor_label)


def work_on(run: PlanRun, actor: Actor | None, *, iterations: int = 0) -> PlanRun:
    """Search, and leave the run ready, cancelled or failed; `run` is brought up to date. `iterations` is for tests."""
    now = clock.now()
    free = Q(state=PlanState.WAITING) | Q(state=PlanState.RUNNING, heartbeat_at__lt=now - LEASE)
    if not PlanRun.objects.filter(free, pk=run.pk).update(state=PlanState.RUNNING, started_at=now, heartbeat_at=now):
        run.refresh_from_db()
        return run
    run.refresh_from_db()
    if actor is None:
        return _ended(run, PlanState.FAILED, message="Who started this plan no longer has access to the company.")
    said = progress.Work(
        KIND,
        work_id=str(run.number),
        label=f"Plan {run.number}",
        actor=actor,
        total=STEPS,
        url=address(run),
        permission="groups.manage",
    )
    said.start()
    try:
        _search(run, actor, said, iterations)
    except DomainError as error:
        _ended(run, PlanState.FAILED, message=error.message)
    except Exception:
        _ended(run, PlanState.FAILED, message="Something went wrong. Try again, and tell an admin if it stays.")
        said.end("failed")
        logger.exception("%s failed.", run)
        return run
    endings: dict[str, progress.Ending] = {PlanState.CANCELLED: "cancelled", PlanState.FAILED: "failed"}
    said.reach(STEPS)
    said.end(endings.get(run.state, "success"))
    return run


def _search(run: PlanRun, actor: Actor, said: progress.Work, iterations: int) -> None:
    scene = read_scene(run, actor)
    watch = _Watch(run, said)
    decided = decide(scene, run.kind, told=watch.told, cancelled=watch.is_stopped, iterations=iterations)
    if watch.is_stopped():
        _ended(run, PlanState.CANCELLED)
        return
    zone = ZoneInfo(Tenant.objects.get(pk=run.tenant_id).timezone)
    result = told(scene, decided, zone)
    _ended(run, PlanState.READY, result=result, basis=scene.basis())


class _Watch:
    """Writes how far the search is, and asks whether somebody wants it stopped: both a few times a second."""

    def __init__(self, run: PlanRun, said: progress.Work) -> None:
        self.run, self.said = run, said
        self.looked_at = 0.0
        self.stopped = False

    def told(self, now: Progress) -> None:
        self.said.reach(min(round(now.share * STEPS), STEPS - 1))
        figures = {
            "share": round(now.share, 3),
            "iterations": now.iterations,
            "cost": now.cost,
            "drivers": now.vehicles,
            "unplanned": now.unplanned,
        }
        PlanRun.objects.filter(pk=self.run.pk, state=PlanState.RUNNING).update(
            progress=figures, heartbeat_at=clock.now()
        )

    def is_stopped(self) -> bool:
        if not self.stopped and time.monotonic() - self.looked_at >= LOOK_SECONDS:
            self.looked_at = time.monotonic()
            own = PlanRun.objects.filter(pk=self.run.pk)
            own.filter(state=PlanState.RUNNING).update(heartbeat_at=clock.now())
            self.stopped = own.filter(stop_wanted=True).exists()
        return self.stopped


def _ended(run: PlanRun, state: str, **values: object) -> PlanRun:
    PlanRun.objects.filter(pk=run.pk, state=PlanState.RUNNING).update(
        state=state, finished_at=clock.now(), heartbeat_at=None, stop_wanted=False, **values
    )
    run.refresh_from_db()
    return run


def prune() -> int:
    """Forget plans of long ago; how many. Never one that is at work, or whose trips can still be taken back."""
    removed = 0
    for tenant, before in cutoffs(settings.PLAN_RETENTION_DAYS):
        old = PlanRun.objects.filter(tenant=tenant, created_at__lt=before).exclude(state__in=AT_WORK)
        waiting = Trip.objects.filter(tenant=tenant, status=TripStatus.PLANNED).values_list("label", flat=True)
        for run in old.order_by("number").only("state", "applied")[: BATCH - removed]:
            if run.state == PlanState.APPLIED and waiting.filter(label__in=run.applied.get("trips", [])).exists():
                continue
            removed += PlanRun.objects.filter(pk=run.pk, state=run.state).delete()[0]
    return removed


def left_alone() -> list[int]:
    return list(PlanRun.objects.filter(abandoned(), state__in=AT_WORK).values_list("pk", flat=True)[:20])
