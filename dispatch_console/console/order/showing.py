"""What an order has to show in the drawer: proof, arrivals and failed attempts, and the cash that was taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.states import (
    SETTLED_EXCEPTION,
    CashStage,
    CollectionStatus,
    ExceptionStage,
    ExceptionStatus,
    ProofKind,
    Resolution,
    Stage,
)

PROOF_FIELDS = {
    name: name
    for name in ("id", "kind", "stage", "text", "act", "actor_label", "created_at", "attached_at", "superseded_at")
}
ATTEMPT_FIELDS = {
    "driver": "driver__name",
    **{name: name for name in ("stage", "reason", "note", "created_at", "withdrawn_at")},
}
EXCEPTION_FIELDS = {
    name: name
    for name in (
        *("id", "type", "status", "stage", "note", "resolution", "resolution_note"),
        *("raised_by", "raised_at", "settled_by", "settled_at"),
    )
}
COLLECTION_FIELDS = {
    "driver": "driver__name",
    **{
        name: name for name in ("stage", "status", "amount", "goods", "fee", "due", "difference_reason", "collected_at")
    },
}
PICTURES = (ProofKind.PHOTO, ProofKind.SIGNATURE)


@dataclass(frozen=True, slots=True)
class Shown:
    """One proof. Only those that an act has named are shown; `is_past`: that act was taken back."""

    id: str
    kind: str
    stage: str
    text: str
    by: str
    at: datetime
    is_past: bool
    is_of_failure: bool

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURES

    @property
    def word(self) -> str:
        return ProofKind(self.kind).label

    @property
    def place(self) -> str:
        if self.is_of_failure:
            return "failed attempt"
        return Stage(self.stage).label.lower()


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    driver: str
    stage: str
    reason: str
    note: str
    at: datetime
    is_withdrawn: bool

    @property
    def place(self) -> str:
        return "at the pickup" if self.stage == Stage.PICKUP else "at the door"


@dataclass(frozen=True, slots=True)
class Cash:
    driver: str
    stage: str
    status: str
    amount: Decimal
    goods: Decimal
    fee: Decimal
    due: Decimal
    difference_reason: str
    at: datetime

    @property
    def word(self) -> str:
        return CollectionStatus(self.status).label

    @property
    def tone(self) -> str:
        return {CollectionStatus.COLLECTED: "warn", CollectionStatus.VOID: "quiet"}.get(
            CollectionStatus(self.status), "good"
        )

    @property
    def place(self) -> str:
        return CashStage(self.stage).label

    @property
    def is_void(self) -> bool:
        return self.status == CollectionStatus.VOID

    @property
    def differs(self) -> bool:
        return bool(self.amount != self.due)


def proofs_of(lines: list[Mapping[str, Any]]) -> list[Shown]:
    found = [
        Shown(
            id=line["id"],
            kind=line["kind"],
            stage=line["stage"],
            text=line["text"],
            by=line["actor_label"],
            at=datetime.fromisoformat(line["created_at"]),
            is_past=line["superseded_at"] is not None,
            is_of_failure=line["act"] == "fail-attempt",
        )
        for line in lines
        if line["attached_at"] is not None
    ]
    return sorted(found, key=lambda each: each.at)


def attempts_of(lines: list[Mapping[str, Any]]) -> list[FailedAttempt]:
    return [
        FailedAttempt(
            driver=line["driver"],
            stage=line["stage"],
            reason=line["reason"],
            note=line["note"],
            at=datetime.fromisoformat(line["created_at"]),
            is_withdrawn=line["withdrawn_at"] is not None,
        )
        for line in lines
    ]


EXCEPTION_TONES = {
    ExceptionStatus.PENDING: "warn",
    ExceptionStatus.ESCALATED: "bad",
    ExceptionStatus.RESOLVED: "good",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One exception of the order."""

    id: int
    type: str
    status: str
    stage: str
    note: str
    resolution: str
    resolution_note: str
    raised_by: str
    raised_at: datetime
    settled_by: str
    settled_at: datetime | None

    @property
    def word(self) -> str:
        if self.resolution:
            return f"Resolved: {Resolution(self.resolution).label.lower()}"
        return ExceptionStatus(self.status).label

    @property
    def tone(self) -> str:
        return {
            ExceptionStatus.PENDING: "warn",
            ExceptionStatus.ESCALATED: "bad",
            ExceptionStatus.RESOLVED: "good",
        }.get(ExceptionStatus(self.status), "quiet")

    @property
    def place(self) -> str:
        return ExceptionStage(self.stage).label

    @property
    def is_open(self) -> bool:
        return self.status not in SETTLED_EXCEPTION


def exceptions_of(lines: list[Mapping[str, Any]]) -> list[Trouble]:
    """Newest first."""
    return [
        Trouble(
            **{
                **line,
                "raised_at": datetime.fromisoformat(line["raised_at"]),
                "settled_at": datetime.fromisoformat(line["settled_at"]) if line["settled_at"] else None,
            }
        )
        for line in reversed(lines)
    ]


def cash_of(lines: list[Mapping[str, Any]]) -> list[Cash]:
    # JSON has brought the amounts as numbers of at most two decimals.
    return [
        Cash(
            **{name: Decimal(str(line[name])).quantize(Decimal("0.01")) for name in ("amount", "goods", "fee", "due")},
            driver=line["driver"],
            stage=line["stage"],
            status=line["status"],
            difference_reason=line["difference_reason"],
            at=datetime.fromisoformat(line["collected_at"]),
        )
        for line in lines
    ]
