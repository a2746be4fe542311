"""What proves an order's pickup and delivery: the pictures uploaded for it, and what is still asked for."""

import uuid
from typing import Any

from dispatch_console.core.actor import Actor
from orders import evidence
from orders.actions import proving
from orders.actions.cash import due
from orders.models import Order, Proof
from orders.states import MOVING, CashStage, Stage


def upload(
    order: Order,
    actor: Actor,
    *,
    kind: str,
    stage: str,
    data: bytes,
    proof_id: uuid.UUID | None = None,
    key: str = "",
) -> tuple[Proof, bool]:
    """Store one picture of an order the actor may see, see `evidence.upload`."""
    subject = proving.subject_of(order)
    return evidence.upload(subject, actor, kind=kind, stage=stage, data=data, proof_id=proof_id, key=key)


def proof_item(proof: Proof) -> dict[str, Any]:
    """One proof as every JSON answer tells it; pictures are fetched under the order's address by `id`."""
    return {
        **evidence.picture_item(proof),
        "is_picture": proof.is_picture,
        "text": proof.text,
        "is_superseded": proof.superseded_at is not None,
    }


def what_is_needed(order: Order) -> dict[str, Any]:
    """What the next handing over of this order asks for: kinds of proof still missing, and cash due, as text."""
    is_moving = order.status in MOVING
    stage = Stage.DELIVERY if is_moving else Stage.PICKUP
    money = due(order, CashStage.DROPOFF if is_moving else CashStage.PICKUP)
    return {
        "stage": str(stage),
        "proof": [str(kind) for kind in proving.missing(order, stage)],
        "cash": {"amount": str(money.amount), "goods": str(money.goods), "fee": str(money.fee)},
    }
