"""What an order has to show in the drawer: proof, arrivals and failed attempts, and the cash that was taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.states import CashStage, CollectionStatus, ProofKind, Stage

PROOF_FIELDS = {
    name: name
    for name in ("id", "kind", "stage", "text", "act", "actor_label", "created_at", "attached_at", "superseded_at")
}
ATTEMPT_FIELDS = {
    "driver": "driver__name",
    **{name: name for name in ("stage", "reason", "note", "created_at", "withdrawn_at")},
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
