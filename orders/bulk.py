"""One action on many orders: a command per row, each in its own transaction, with a verdict per row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import DomainError, Forbidden, Invalid, NotVisible
from orders import commands
from orders.actions import ACTIONS, Action

MOST_CODES = 500
# Edits differ per order, corrections want a look at each one, and a driver's answers are the driver's own.
DRIVERS_OWN = ("accept", "reject", "self-assign", "self-unassign")
# What happens at one door, or with one picture.
AT_ONE_DOOR = ("arrive", "fail-attempt", "withdraw-attempt", "add-proof", "unlock-pin")
BULK_ACTIONS = [name for name in ACTIONS if name not in ("edit", "correct", *DRIVERS_OWN, *AT_ONE_DOOR)]

Verdict = Literal["done", "possible", "failed"]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one code. A failed row changed nothing; `error_code` is stable, `message` is for a person."""

    code: str
    verdict: Verdict
    error_code: str = ""
    message: str = ""
    version: int | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    rows: list[Row]

    @property
    def state(self) -> Literal["success", "partial", "failed"]:
        failed = sum(row.verdict == "failed" for row in self.rows)
        if failed == len(self.rows):
            return "failed"
        return "partial" if failed else "success"


def run(action: Action, *, codes: Sequence[str], actor: Actor, rehearse: bool = False, key: str = "") -> Run:
    """Do the action on every code, or only say what would happen.

    One failing row never touches another; every row is checked again when it is done. `key` makes a repeat of the
    whole run harmless, because each row carries it.
    """
    if not codes:
        raise Invalid.fields(codes="Name at least one order.")
    if len(codes) > MOST_CODES:
        raise Invalid(
            f"A bulk run takes {MOST_CODES} orders at most; these are {len(codes)}. Split them.",
            code="too_many_codes",
            details={"fields": {"codes": [f"{MOST_CODES} at most."]}, "limit": MOST_CODES},
        )
    if not actor.may(action.permission):
        raise Forbidden(
            f"Your role does not allow “{action.label.lower()}”. Ask a tenant admin for the right.",
            details={"permission": action.permission},
        )
    seen: set[str] = set()
    rows = []
    for code in codes:
        if code in seen:
            rows.append(Row(code, "failed", "duplicate_code", f"Order {code} is in the list twice."))
            continue
        seen.add(code)
        rows.append(_row(action, code=code, actor=actor.through(Source.BULK), rehearse=rehearse, key=key))
    return Run(rows)


def _row(action: Action, *, code: str, actor: Actor, rehearse: bool, key: str) -> Row:
    try:
        if rehearse:
            outcome = commands.rehearse(action, code=code, actor=actor)
        else:
            outcome = commands.perform(action, code=code, actor=actor, key=f"{key}:{code}" if key else "")
    except NotVisible as refusal:
        return Row(code, "failed", "unknown_code", refusal.message)
    except DomainError as refusal:
        return Row(code, "failed", refusal.code, refusal.message)
    order = outcome.order
    return Row(code, "possible" if rehearse else "done", version=order.version, status=order.status)
