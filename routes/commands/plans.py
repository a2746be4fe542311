"""What people do with plan runs: start one, stop it, throw it away. A run changes no order.

Applying one is `plan_apply`, taking it back `plan_back`.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from celery import current_app
from django.db import IntegrityError

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import Counter
from orders.rearrange import require_assign
from routes.commands import grouping
from routes.models import PlanRun, PlanState
from routes.models.plan_run import AT_WORK

logger = logging.getLogger(__name__)

TASK = "routes.tasks.work_on_plan"


def find(number: int, actor: Actor) -> PlanRun:
    grouping.require(actor)
    run = PlanRun.objects.visible_to(actor).filter(number=number).first()
    if run is None:
        raise NotVisible(f"There is no plan {number}.")
    return run


def start(
    *,
    kind: str,
    codes: Sequence[str],
    driver_ids: Sequence[int],
    options: Mapping[str, Any],
    actor: Actor,
    key: str = "",
    asked: Mapping[str, Any] | None = None,
) -> tuple[PlanRun, bool]:
    """Make a run; True with it when the same key made it before. `enqueue` or `routes.plans.work` does the rest.

    `asked` is what the key stands for, where orders and drivers were found by it.
    """
    grouping.require(actor)
    require_assign(actor)
    content = {"kind": kind, "codes": list(codes), "driver_ids": list(driver_ids), "options": dict(options)}
    asked = content if asked is None else asked
    if earlier := made_before(actor, key, asked):
        return earlier, True
    run = PlanRun(
        tenant_id=actor.tenant_id,
        number=Counter.objects.next_value(actor.tenant_id, "plan"),
        token=key,
        fingerprint=_fingerprint(asked) if key else "",
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        source=actor.source,
        created_at=clock.now(),
        **content,
    )
    try:
        run.save(force_insert=True)
    except IntegrityError:
        if earlier := made_before(actor, key, asked):
            return earlier, True
        raise
    return run, False


def made_before(actor: Actor, key: str, asked: Mapping[str, Any]) -> PlanRun | None:
    """The run that this key made; KeyReused when it stood for something else."""
    return events.made_before(PlanRun.objects.all(), actor, key, column="token", fingerprint=_fingerprint(asked))


def _fingerprint(asked: Mapping[str, Any]) -> str:
    return events.fingerprint("plan", dict(asked))


def enqueue(run: PlanRun) -> None:
    """Hand a waiting run to a worker; when no queue can be reached, the clock finds it (`resume_plans`)."""
    try:
        current_app.send_task(TASK, args=[run.pk])
    except Exception:
        logger.exception("%s could not be handed to a worker; it is found and carried on later.", run)


def cancel(number: int, *, actor: Actor) -> PlanRun:
    """Stop a search; it ends within a second and keeps nothing. A run that is over is answered as it is."""
    run = find(number, actor)
    waiting = PlanRun.objects.filter(pk=run.pk, state=PlanState.WAITING)
    if not waiting.update(state=PlanState.CANCELLED, finished_at=clock.now()):
        PlanRun.objects.filter(pk=run.pk, state__in=AT_WORK).update(stop_wanted=True)
    run.refresh_from_db()
    return run


def discard(number: int, *, actor: Actor) -> PlanRun:
    """Throw a plan away that was not applied."""
    run = find(number, actor)
    PlanRun.objects.filter(pk=run.pk, state=PlanState.READY).update(state=PlanState.DISCARDED)
    run.refresh_from_db()
    return run
