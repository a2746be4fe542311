"""Bulk runs as the doors use them: make one, carry it out, stop it, try its failures again, take it back."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import NotVisible, Refused
from orders.access import require
from orders.bulk import rows, work
from orders.bulk.builtin import read
from orders.bulk.making import (
    CHUNK,
    action_for,
    begin,
    check_number,
    checked,
    earlier_run,
    finished_if_left,
    fixed,
    matching,
    plain,
    require_right,
    start_work,
    worked,
)
from orders.bulk.registry import REGISTRY
from orders.bulk.work import UNDO
from orders.models import BulkRow, BulkRun, BulkState, RowOutcome
from orders.models.bulk import OVER


def rehearse(
    actor: Actor, *, action: str, params: Mapping[str, Any], codes: Sequence[str]
) -> list[tuple[str, rows.Verdict]]:
    """Per code what a run would answer now; nothing is written, not even that somebody asked."""
    declared = action_for(actor, action)
    check_number(codes)
    checked(declared, params, actor)
    step, acting = declared.prepare(params), actor.through(Source.BULK)
    seen: set[str] = set()
    found = []
    for code in worked(declared, codes, actor):
        verdict = rows.duplicate(code) if code in seen else rows.rehearse(step, code, acting)
        seen.add(code)
        found.append((code, verdict))
    return found


def create(
    actor: Actor,
    *,
    action: str,
    params: Mapping[str, Any],
    codes: Sequence[str] | None = None,
    filters: Mapping[str, str] | None = None,
    token: str = "",
    at_once: bool = False,
    retry_of: BulkRun | None = None,
) -> tuple[BulkRun, bool]:
    """A run over these codes, or over every order that the filters leave; True with it when it was there before.

    It is checked first, and waits to be carried out; `at_once` carries it out without. Up to 500 orders are done when
    this returns, more are done by a worker. `token` is the caller's idempotency key: the same one gives the same run.
    Raises Invalid, Forbidden, Refused or KeyReused; no run is made then.
    """
    declared = action_for(actor, action)
    params = dict(read(declared.input_class, params).validated_data)
    params = events.plain({name: value for name, value in params.items() if name not in ("codes", "rehearse")})
    content = {"action": action, "params": params, "codes": codes, "filters": filters, "at_once": at_once}
    if earlier := earlier_run(actor, token, content):
        return finished_if_left(earlier, actor), True
    about = checked(declared, params, actor)
    wanted = fixed(worked(declared, codes, actor)) if codes is not None else matching(actor, filters or {})
    run = BulkRun(
        action=action,
        label=f"{declared.label}: {about}"[:160] if about else declared.label,
        params=params,
        filters=urlencode(filters)[:2000] if filters else "",
        state=BulkState.RUNNING if at_once else BulkState.VALIDATING,
        retry_of=retry_of,
    )
    return begin(run, wanted, actor, token, content)


def execute(actor: Actor, number: int, *, count: int | None = None) -> BulkRun:
    """Carry out what the check found possible. A run that was carried out already is answered as it is.

    `count` is the number of orders that the person confirmed; it is refused when the run has another one.
    """
    run = get_run(actor, number)
    if run.state == BulkState.RUNNING or (run.is_over and run.started_at is not None):
        return run
    if run.state != BulkState.VALIDATED:
        raise Refused(f"{run} is {run.get_state_display().lower()}. Wait for its check.", code="bulk_run_not_checked")
    _own(actor, run)
    _made_by(actor, run)
    if not run.possible:
        raise Refused("No order of this run can be changed. Look at the reasons.", code="nothing_possible")
    if count is not None and count != run.possible:
        raise Refused(
            f"You confirmed {count}, but {run.possible} orders can be changed now. Look at them again.",
            code="count_changed",
            details={"count": run.possible},
        )
    # Of two who press at once, one begins it.
    begun = BulkRun.objects.filter(pk=run.pk, state=BulkState.VALIDATED)
    if begun.update(state=BulkState.RUNNING, started_at=clock.now(), heartbeat_at=None, stop_wanted=False):
        run.refresh_from_db()
        start_work(run, actor)
    run.refresh_from_db()
    return run


def remove(actor: Actor, number: int, *, codes: Sequence[str] = (), failed: bool = False) -> BulkRun:
    """Take orders out of a run that was checked and not carried out: these codes, or all that cannot be done."""
    run = get_run(actor, number)
    _own(actor, run)
    _made_by(actor, run)
    with transaction.atomic(durable=True):
        if not BulkRun.objects.filter(pk=run.pk, state=BulkState.VALIDATED).update(stop_wanted=False):
            raise Refused(f"{run} is {run.get_state_display().lower()}: its orders are fixed.", code="bulk_run_begun")
        found = BulkRow.objects.filter(run=run)
        (found.filter(outcome=RowOutcome.FAILED) if failed else found.filter(code__in=codes)).delete()
        BulkRun.objects.filter(pk=run.pk).update(**work.counts_of(run))
    run.refresh_from_db()
    return run


def cancel(actor: Actor, number: int) -> BulkRun:
    """Stop a run before its next order; what was done stays done. A run that is over is answered as it is."""
    run = get_run(actor, number)
    _own(actor, run)
    drafts = BulkRun.objects.filter(pk=run.pk, state=BulkState.VALIDATED)
    if drafts.update(state=BulkState.CANCELLED, finished_at=clock.now()):
        BulkRow.objects.filter(run=run, outcome__in=rows.OPEN).update(outcome=RowOutcome.SKIPPED)
    else:
        BulkRun.objects.filter(pk=run.pk).exclude(state__in=OVER).update(stop_wanted=True)
    run.refresh_from_db()
    return run


def retry(actor: Actor, number: int, *, token: str = "", at_once: bool = True) -> tuple[BulkRun, bool]:
    """A new run over the orders that failed, with the same action and input."""
    run = get_run(actor, number)
    _own(actor, run)
    if not run.is_over:
        raise Refused(f"{run} is {run.get_state_display().lower()}. Wait for its end.", code="bulk_run_not_over")
    failed = BulkRow.objects.filter(run=run, outcome__in=(RowOutcome.FAILED, RowOutcome.SKIPPED))
    codes = list(failed.exclude(error_code=rows.DUPLICATE).order_by("position").values_list("code", flat=True))
    content = {"retry_of": run.number, "at_once": at_once}
    if earlier := earlier_run(actor, token, content):
        return finished_if_left(earlier, actor), True
    if not codes or run.action == UNDO:
        raise Refused(f"{run} has no failure that could be tried again.", code="nothing_to_retry")
    declared = action_for(actor, run.action)
    again = BulkRun(
        action=run.action,
        label=run.label,
        params=run.params,
        state=BulkState.RUNNING if at_once else BulkState.VALIDATING,
        retry_of=run,
    )
    checked(declared, run.params, actor)
    return begin(again, plain(codes), actor, token, content)


def undo(actor: Actor, number: int, *, token: str = "") -> tuple[BulkRun, bool]:
    """A new run that takes every change of this one back, the last first, where nobody changed the order since."""
    run = get_run(actor, number)
    _own(actor, run)
    content = {"undo_of": run.number}
    if earlier := earlier_run(actor, token, content):
        return finished_if_left(earlier, actor), True
    if not run.is_over:
        raise Refused(f"{run} is {run.get_state_display().lower()}. Wait for its end.", code="bulk_run_not_over")
    taken_back = BulkRow.objects.filter(run__undo_of=run, outcome=RowOutcome.DONE).values("undoes")
    done = BulkRow.objects.filter(run=run, outcome=RowOutcome.DONE, event_id__isnull=False)
    wanted = done.exclude(event_id__in=taken_back).order_by("-position")
    if not wanted.exists():
        raise Refused(f"{run} has no change that could be taken back.", code="nothing_to_undo")
    back = BulkRun(
        action=UNDO,
        label=f"Undo of bulk run {run.number}: {run.label}"[:160],
        params={},
        state=BulkState.RUNNING,
        undo_of=run,
    )
    found = (
        BulkRow(code=row.code, version=row.version_after, undoes=row.event_id)
        for row in wanted.iterator(chunk_size=CHUNK)
    )
    return begin(back, found, actor, token, content)


def get_run(actor: Actor, number: int) -> BulkRun:
    require(actor, "orders.view")
    run = BulkRun.objects.visible_to(actor).filter(number=number).select_related("retry_of", "undo_of").first()
    if run is None:
        days = settings.BULK_RUN_RETENTION_DAYS
        raise NotVisible(f"There is no bulk run {number}. Runs are kept for {days} {'day' if days == 1 else 'days'}.")
    return run


def _own(actor: Actor, run: BulkRun) -> None:
    """Who looks on may carry out, stop or thin out a run of a colleague only with the right to its action."""
    if run.action in REGISTRY:
        require_right(actor, REGISTRY[run.action])


def _made_by(actor: Actor, run: BulkRun) -> None:
    """A run is carried out with the rights of who made it, so nobody else presses its button."""
    if (run.actor_kind, run.actor_id) != (actor.kind, actor.id):
        raise Refused(
            f"{run} was made by {run.actor_label}, who alone can change it or carry it out. Make a run of your own.",
            code="not_your_run",
        )
