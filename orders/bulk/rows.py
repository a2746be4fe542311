"""One row of a bulk run: its order's change and its own verdict are one transaction, so neither is there alone."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, NotVisible, Refused
from dispatch_console.core.models import Event
from orders import commands
from orders.actions import creating
from orders.bulk.registry import BulkAction, Step
from orders.commands import Outcome
from orders.models import BulkRow, RowOutcome

DUPLICATE = "duplicate_code"
OPEN = (RowOutcome.WAITING, RowOutcome.POSSIBLE)
MESSAGE_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one code, or would. A failed one changed nothing; `error_code` is stable, `message` for people."""

    outcome: RowOutcome
    error_code: str = ""
    message: str = ""
    version: int | None = None
    status: str = ""
    event_id: int | None = None


class _AlreadyClosed(Exception):
    """Another process was faster with this row: what was just done is taken back with its transaction."""


def duplicate(code: str) -> Verdict:
    return Verdict(RowOutcome.FAILED, DUPLICATE, f"Order {code} is in the list twice.")


def rehearse(step: Step, code: str, actor: Actor) -> Verdict:
    """What carrying it out would answer now, by the same checks; nothing is written."""
    try:
        with transaction.atomic(durable=True):
            outcome = step(code, actor)
            transaction.set_rollback(True)
    except (DomainError, IntegrityError) as error:
        return _failed(error)
    if outcome.refusal is not None:
        return _failed(outcome.refusal)
    return Verdict(
        RowOutcome.POSSIBLE,
        version=outcome.order.version - 1,
        status=outcome.event.data["before"].get("status", outcome.order.status),
    )


def check(row: BulkRow, step: Step, actor: Actor) -> Verdict:
    """Rehearse a stored row and keep the verdict with it."""
    verdict = rehearse(step, row.code, actor)
    _store(row, verdict, among=(RowOutcome.WAITING,), version=verdict.version)
    return verdict


def carry_out(row: BulkRow, step: Step, actor: Actor) -> Verdict:
    """Do it, once: a row that was carried out before, here or elsewhere, is left as it is."""
    try:
        with transaction.atomic(durable=True):
            outcome = step(row.code, actor)
            verdict = _done(outcome)
            if not _store(row, verdict, among=OPEN, version_after=verdict.version):
                raise _AlreadyClosed
    except _AlreadyClosed:
        row.refresh_from_db()
        return Verdict(
            RowOutcome(row.outcome), row.error_code, row.message, row.version_after, row.status, row.event_id
        )
    except (DomainError, IntegrityError) as error:
        verdict = _failed(error)
        _store(row, verdict, among=OPEN)
    return verdict


def undoing(row: BulkRow, undone: BulkAction | None) -> Step:
    """The step that takes a row's event back, where nobody has changed the order since. `undone` made the event."""

    def step(code: str, actor: Actor) -> Outcome:
        if undone is not None and undone.take_back is not None:
            return undone.take_back(Event.objects.get(pk=row.undoes), actor)  # type: ignore[misc]
        return commands.undo_here(code=code, actor=actor, version=row.version)

    return step


def _done(outcome: Outcome) -> Verdict:
    if outcome.refusal is not None:
        return _failed(outcome.refusal)
    order = outcome.order
    return Verdict(RowOutcome.DONE, version=order.version, status=order.status, event_id=outcome.event.pk)


def _failed(error: DomainError | IntegrityError) -> Verdict:
    if isinstance(error, IntegrityError):
        meaning = creating.understood(error, {})
        if not isinstance(meaning, DomainError):
            meaning = Refused("Somebody changed this at the same moment. Try again.", code="changed_at_the_same_moment")
        error = meaning
    code = "unknown_code" if isinstance(error, NotVisible) else error.code
    return Verdict(RowOutcome.FAILED, code, error.message[:MESSAGE_LENGTH])


def _store(row: BulkRow, verdict: Verdict, *, among: tuple[RowOutcome, ...], **versions: int | None) -> bool:
    """Write the verdict, unless the row has left these outcomes meanwhile."""
    values = {
        "outcome": verdict.outcome,
        "error_code": verdict.error_code,
        "message": verdict.message,
        "status": verdict.status,
        "event_id": verdict.event_id,
        **versions,
    }
    return BulkRow.objects.filter(pk=row.pk, outcome__in=among).update(**values) == 1
