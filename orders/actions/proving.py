"""Proof of an act: what the policy asks for, what was shown, what is missing, and attaching it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders import evidence
from orders.actions.base import Action, CannotUndo, require_note
from orders.actions.rules import INTERNAL_CARRIER, NOT_IN_WAYBILL, Guard, status_in
from orders.legs import whole_code
from orders.models import Order, Proof
from orders.states import Leg, ProofKind, Stage, Status

FAILED_ATTEMPT = "fail-attempt"
WORDS = {
    ProofKind.PHOTO: "a photo",
    ProofKind.SIGNATURE: "a signature",
    ProofKind.BARCODE: "the scanned barcode",
    ProofKind.PIN: "the receiver's PIN",
}


def needed(order: Order, stage: str) -> tuple[ProofKind, ...]:
    """The kinds the order's policy asks for at this stage; of a staged order at its sender and at its receiver."""
    policy = order.service.policy
    at_warehouse = (order.leg, stage) in ((Leg.INBOUND, Stage.DELIVERY), (Leg.OUTBOUND, Stage.PICKUP))
    return () if policy is None or at_warehouse or order.is_parent else policy.needed(stage)


def missing(order: Order, stage: str, *, shown: Collection[str] = ()) -> list[ProofKind]:
    """What the stage asks for and neither an earlier act nor `shown` brings."""
    wanted = [kind for kind in needed(order, stage) if kind not in shown]
    if not wanted:
        return []
    have = set(
        Proof.objects.filter(order=order, stage=stage, attached_at__isnull=False, superseded_at__isnull=True)
        .exclude(act=FAILED_ATTEMPT)  # a photo of the closed door does not show that anything was handed over
        .values_list("kind", flat=True)
    )
    return [kind for kind in wanted if kind not in have]


def is_incomplete(order: Order, *stages: str) -> bool:
    return any(missing(order, stage) for stage in stages)


def in_words(kinds: Iterable[str]) -> str:
    """`a photo and a signature`; nothing for nothing."""
    *first, last = [WORDS[ProofKind(kind)] for kind in kinds] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def subject_of(order: Order) -> evidence.Subject:
    """For the pictures of an order."""
    return evidence.Subject(Proof, "order", order, f"order {order.code}", order.code, permission="orders.status")


def named(order: Order, actor: Actor, proof_ids: Collection[str], *, stage: str) -> list[Proof]:
    """The uploaded pictures with these ids, or a refusal that says which one is wrong."""
    return evidence.named(subject_of(order), actor, proof_ids, stage=stage)


def require_proof(
    order: Order, actor: Actor, *, stage: str, proof_ids: Collection[str], barcode: str, pin: str = "", note: str
) -> None:
    """Refuse a driver's act without the proof its policy asks for; others must note how they know."""
    shown = {proof.kind for proof in named(order, actor, proof_ids, stage=stage)}
    if barcode:
        _require_own_barcode(order, barcode)
        shown.add(ProofKind.BARCODE)
    if pin:  # a wrong one has turned into a refusal before it gets here
        shown.add(ProofKind.PIN)
    lacking = missing(order, stage, shown=shown)
    if not lacking:
        return
    if actor.driver_id is not None:
        what = "pickup" if stage == Stage.PICKUP else "delivery"
        raise Refused(
            f"{order.service.name} needs {in_words(lacking)} at the {what}. Add it and try again.",
            code="proof_missing",
            details={"missing": list(lacking), "stage": stage},
        )
    what = "proof of pickup" if stage == Stage.PICKUP else "proof of delivery"
    require_note(
        note,
        why=f"{order.service.name} needs {what} ({in_words(lacking)}) and order {order.code} lacks it. "
        "Note how you know.",
    )


def attach(
    order: Order,
    actor: Actor,
    *,
    act: str,
    stage: str,
    proof_ids: Collection[str],
    barcode: str = "",
    pin: bool = False,
    note: str = "",
) -> None:
    """Tie the uploaded pictures to the act, and keep the scan, the PIN's passing and the note that stands for proof."""
    now = clock.now()
    evidence.attach(subject_of(order), proof_ids, act=act)
    texts = {ProofKind.BARCODE: barcode, ProofKind.NOTE: note}
    kinds = [kind for kind, text in texts.items() if text] + ([ProofKind.PIN] if pin else [])
    Proof.objects.bulk_create(
        Proof(
            tenant_id=order.tenant_id,
            order=order,
            kind=kind,
            stage=stage,
            text=texts.get(kind, ""),
            driver_id=actor.driver_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label,
            created_at=now,
            attached_at=now,
            act=act,
        )
        for kind in kinds
    )


def supersede(order: Order, *stages: str) -> None:
    """What was shown for a stage that is taken back proves nothing any more; it stays in the record."""
    attached = Proof.objects.filter(
        order=order, stage__in=stages, attached_at__isnull=False, superseded_at__isnull=True
    )
    attached.exclude(act=FAILED_ATTEMPT).update(superseded_at=clock.now())


def _require_own_barcode(order: Order, barcode: str) -> None:
    own = (order.barcode, order.code)
    if barcode.strip() in (*own, *map(whole_code, own if order.leg else ())):  # the label may be that of the whole
        return
    sentence = f"The scanned code {barcode[:40]} is not that of order {order.code}. Check the package."
    raise Refused(sentence, code="barcode_mismatch", details={"fields": {"barcode": [sentence]}})


@dataclass(frozen=True, kw_only=True)
class AddProof(Action):
    """Attach proof that comes after its act, for example a photo that the dispatcher received by mail."""

    name: ClassVar[str] = "add-proof"
    label: ClassVar[str] = "Add proof"
    event: ClassVar[str] = "order.proof_added"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED), NOT_IN_WAYBILL)
    )

    stage: str = Stage.DELIVERY
    proof_ids: tuple[str, ...] = ()
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        if not self.proof_ids:
            raise Invalid.fields(proof_ids="Name at least one uploaded photo or signature.")
        if self.stage == Stage.DELIVERY and order.status != Status.DELIVERED:
            raise Refused(
                f"Order {order.code} is not delivered yet. Give this proof together with the delivery.",
                code="status_locked",
            )
        named(order, actor, self.proof_ids, stage=self.stage)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        attach(order, actor, act=self.name, stage=self.stage, proof_ids=self.proof_ids)
        reached = (Stage.PICKUP, Stage.DELIVERY) if order.status == Status.DELIVERED else (Stage.PICKUP,)
        order.proof_missing = is_incomplete(order, *reached)
        return ["proof_missing"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("What was shown stays in the record. Add the right proof as well.")
