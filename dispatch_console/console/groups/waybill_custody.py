"""A waybill's hand-overs with their pictures, and its returns, as its page shows them."""

from collections.abc import Sequence
from typing import Any

from dispatch_console.console.groups.kinds import OrderLine
from dispatch_console.core.actor import Actor
from orders.states import ProofKind, Stage
from routes.models import Waybill, WaybillOutcome, WaybillStatus
from routes.models.waybill import ON_THE_WAY
from routes.reading.hand_overs import HandOver, Return, hand_overs_and_returns

TITLES = {"pick-up": "Picked up", "dispatch": "Handed to the carrier", "receive": "Received"}
PLACES = {Stage.PICKUP: "pick-up", Stage.DELIVERY: "receipt"}


def custody(waybill: Waybill, actor: Actor, lines: Sequence[OrderLine]) -> dict[str, Any]:
    """What the templates of proof and returns show. Two queries."""
    given, returned = hand_overs_and_returns(waybill, actor)
    return {
        "hand_overs": [_hand_over(each) for each in given],
        "pictures": sum(len(each.proofs) for each in given),
        "nothing_given": _nothing_given(waybill),
        "returns": [_return(each) for each in returned],
        "returned": sum(len(each.codes) for each in returned),
        "may_have_returns": waybill.status in (*ON_THE_WAY, WaybillStatus.RECEIVED, WaybillStatus.CLOSED),
        # Orders of other teams are named, not linked.
        "shown_codes": {line.row["code"] for line in lines},
    }


def _hand_over(each: HandOver) -> dict[str, Any]:
    place = PLACES[Stage(each.stage)]
    return {
        "title": TITLES[each.act],
        "orders": len(each.codes),
        "name": each.name,
        "name_words": "Taken over by" if each.act == "receive" else "Handed over by",
        "note": each.note,
        "by": each.by,
        "at": each.at,
        "pictures": [
            {
                "id": proof.pk,
                "kind": ProofKind(proof.kind).label,
                "words": f"{ProofKind(proof.kind).label} of the {place}, by {proof.actor_label}",
            }
            for proof in each.proofs
        ],
    }


def _nothing_given(waybill: Waybill) -> str:
    if waybill.status == WaybillStatus.CANCELLED:
        return "The packages never changed hands."
    act = "picked up" if waybill.is_internal else "dispatched"
    return f"Photos, signatures and names come with the hand-overs: when it is {act}, and when it is received."


def _return(each: Return) -> dict[str, Any]:
    return {
        "word": WaybillOutcome(each.outcome).label,
        "codes": each.codes,
        "reason": each.reason,
        "note": each.note,
        "by": each.by,
        "at": each.at,
    }
