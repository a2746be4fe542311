"""How a waybill's packages changed hands and what came back: told from its events and the pictures of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.evidence import picture_item
from routes.commands.waybill_proofs import STAGES, subject_of
from routes.models import Waybill, WaybillOutcome, WaybillProof

# By which act each event came. An own driver who departs is in transit too, but hands nothing over.
HAND_OVERS = {"waybill.picked_up": "pick-up", "waybill.in_transit": "dispatch", "waybill.received": "receive"}
RETURNS = {"waybill.returned": WaybillOutcome.RETURNED, "waybill.let_go": WaybillOutcome.RELEASED}


@dataclass(frozen=True, slots=True)
class HandOver:
    """One change of hands. `name` is who gave the packages away or took them over, as it was told; `codes` are the
    orders where the event names them."""

    act: str
    stage: str
    name: str
    note: str
    by: str
    at: datetime
    codes: list[str]
    proofs: list[WaybillProof]


@dataclass(frozen=True, slots=True)
class Return:
    """Orders that went back to their senders (`returned`), or left the waybill because they never came (`released`)."""

    outcome: str
    codes: list[str]
    reason: str
    note: str
    by: str
    at: datetime


def hand_overs_and_returns(waybill: Waybill, actor: Actor) -> tuple[list[HandOver], list[Return]]:
    """Both oldest first. Two queries; a driver gets the own pictures only."""
    events = Event.objects.filter(
        tenant_id=waybill.tenant_id, stream=waybill.KIND, object_id=waybill.pk, kind__in=(*HAND_OVERS, *RETURNS)
    )
    proofs: dict[int, list[WaybillProof]] = {}
    pictures = subject_of(waybill).known_to(actor).filter(attached_at__isnull=False)
    for proof in pictures.order_by("kind", "created_at", "pk"):  # photos, then the signature
        proofs.setdefault(proof.version, []).append(proof)
    given, returned = [], []
    for event in events.order_by("version"):
        if event.kind in RETURNS:
            returned.append(_return(event))
        elif event.kind != "waybill.in_transit" or not waybill.is_internal:
            given.append(_hand_over(event, proofs.get(event.version, [])))
    return given, returned


def hand_over_item(each: HandOver) -> dict[str, Any]:
    return {
        "act": each.act,
        "stage": each.stage,
        "name": each.name,
        "note": each.note,
        "by": each.by,
        "at": clock.iso(each.at),
        "codes": each.codes,
        "proofs": [picture_item(proof) for proof in each.proofs],
    }


def return_item(each: Return) -> dict[str, Any]:
    return {
        "outcome": each.outcome,
        "codes": each.codes,
        "reason": each.reason,
        "note": each.note,
        "by": each.by,
        "at": clock.iso(each.at),
    }


def _hand_over(event: Event, proofs: list[WaybillProof]) -> HandOver:
    act, content = HAND_OVERS[event.kind], event.data.get("input", {})
    return HandOver(
        act=act,
        stage=STAGES[act],
        name=str(content.get("received_by" if act == "receive" else "handed_over_by", "")).strip(),
        note=str(content.get("note", "")).strip(),
        by=event.actor_label,
        at=event.occurred_at,
        codes=event.data.get("after", {}).get("codes") or [],
        proofs=proofs,
    )


def _return(event: Event) -> Return:
    data = event.data
    return Return(
        outcome=str(RETURNS[event.kind]),
        codes=data.get("after", {}).get("codes") or data.get("before", {}).get("codes") or [],
        reason=event.reason,
        note=str(data.get("input", {}).get("note", "")).strip(),
        by=event.actor_label,
        at=event.occurred_at,
    )
