"""Making a bulk run: what it is about is checked, its orders are fixed, and it is begun."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Invalid
from dispatch_console.core.keyset import count_up_to
from dispatch_console.core.models import Counter
from orders.bulk import rows, work
from orders.bulk.registry import BulkAction, known
from orders.legs import working_codes
from orders.models import BulkRow, BulkRun, BulkState
from orders.selectors import filtered_orders

logger = logging.getLogger(__name__)

# What one request answers for itself; longer runs go to a worker.
MOST_CODES = 500
MOST_ORDERS = 50_000
CHUNK = 1000
TASK = "orders.tasks.carry_on_bulk_run"


def action_for(actor: Actor, name: str) -> BulkAction:
    action = known(name)
    require_right(actor, action)
    return action


def begin(
    run: BulkRun, wanted: Iterable[BulkRow], actor: Actor, token: str, content: dict[str, Any]
) -> tuple[BulkRun, bool]:
    now = clock.now()
    run.tenant_id = actor.tenant_id
    run.number = Counter.objects.next_value(actor.tenant_id, "bulk_run")
    run.token, run.fingerprint = token, events.fingerprint("bulk", content) if token else ""
    run.actor_kind, run.actor_id, run.actor_label, run.source = actor.kind, actor.id, actor.label, actor.source
    run.created_at = now
    run.started_at = now if run.state == BulkState.RUNNING else None
    try:
        with transaction.atomic(durable=True):
            run.save(force_insert=True)
            total = _insert(run, wanted)
            counts = work.counts_of(run)
            BulkRun.objects.filter(pk=run.pk).update(**counts)
            if not total:
                raise Invalid("There is no order in this set.", code="no_orders")
    except IntegrityError:
        earlier = earlier_run(actor, token, content)
        if earlier is None:
            raise
        return earlier, True
    run.refresh_from_db()
    start_work(run, actor)
    return run, False


def _insert(run: BulkRun, wanted: Iterable[BulkRow]) -> int:
    """The rows in their sequence; a piece at a time, so that a large set need not be in memory."""
    position, found = 0, iter(wanted)
    while chunk := list(islice(found, CHUNK)):
        for row in chunk:
            position += 1
            row.run, row.position = run, position
        BulkRow.objects.bulk_create(chunk)
    return position


def worked(action: BulkAction, codes: Sequence[str], actor: Actor) -> Sequence[str]:
    found = working_codes(actor, codes[:MOST_CODES]) if action.means_legs else {}
    return [found.get(code, code) for code in codes]


def fixed(codes: Sequence[str]) -> Iterator[BulkRow]:
    check_number(codes)
    seen: set[str] = set()
    found = []
    for code in codes:
        twin = rows.duplicate(code) if code in seen else None
        seen.add(code)
        if twin is None:
            found.append(BulkRow(code=code))
        else:
            found.append(BulkRow(code=code, outcome=twin.outcome, error_code=twin.error_code, message=twin.message))
    return iter(found)


def plain(codes: Iterable[str]) -> Iterator[BulkRow]:
    return (BulkRow(code=code) for code in codes)


def matching(actor: Actor, filters: Mapping[str, str]) -> Iterator[BulkRow]:
    found = filtered_orders(actor, filters)
    count, is_more = count_up_to(found, MOST_ORDERS)
    if is_more:
        raise Invalid(
            f"A bulk run takes {MOST_ORDERS:,} orders at most. Narrow the filters.",
            code="too_many_orders",
            details={"limit": MOST_ORDERS},
        )
    if not count:
        raise Invalid("No order matches these filters.", code="no_orders")
    return plain(found.order_by("pk").values_list("code", flat=True).iterator(chunk_size=CHUNK))


def start_work(run: BulkRun, actor: Actor) -> None:
    """Short runs here, long ones in a worker; when no queue can be reached, the clock finds the run."""
    if run.total <= MOST_CODES:
        work.work_on(run, actor)
        return
    try:
        current_app.send_task(TASK, args=[run.pk])
    except Exception:
        logger.exception("%s could not be handed to a worker; it is found and carried on later.", run)


def finished_if_left(run: BulkRun, actor: Actor) -> BulkRun:
    """A repeat of a short run whose process was stopped goes on with it."""
    if run.is_at_work and run.total <= MOST_CODES:
        work.work_on(run, actor)
    return run


def require_right(actor: Actor, action: BulkAction) -> None:
    if not actor.may(action.permission):
        raise Forbidden(
            f"Your role does not allow “{action.label.lower()}”. Ask a tenant admin for the right.",
            details={"permission": action.permission},
        )


def checked(action: BulkAction, params: Mapping[str, Any], actor: Actor) -> str:
    for name in action.required:
        if not str(params.get(name) or "").strip():
            sentence = f"Say why: {action.label.lower()} needs a reason."
            if name != "reason":
                sentence = f"Fill this in: {action.label.lower()} needs it."
            raise Invalid(sentence, code=f"{name}_required", details={"fields": {name: [sentence]}})
    return action.check(params, actor)


def check_number(codes: Sequence[str]) -> None:
    if not codes:
        raise Invalid.fields(codes="Name at least one order.")
    if len(codes) > MOST_CODES:
        raise Invalid(
            f"A bulk run takes {MOST_CODES} codes at most; these are {len(codes)}. Split them, or select by filters.",
            code="too_many_codes",
            details={"fields": {"codes": [f"{MOST_CODES} at most."]}, "limit": MOST_CODES},
        )


def earlier_run(actor: Actor, token: str, content: dict[str, Any]) -> BulkRun | None:
    """The run this actor made with this token before; KeyReused when it was for something else."""
    asked = events.fingerprint("bulk", content)
    return events.made_before(BulkRun.objects.all(), actor, token, column="token", fingerprint=asked)
