"""Uploading, listing and pruning the pictures that prove a pickup or a delivery."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, KeyReused, NotVisible, Refused
from orders import pictures
from orders.actions import proving
from orders.actions.cash import due
from orders.models import Order, Proof
from orders.models.proof import PICTURES
from orders.states import MOVING, CashStage, Stage

MOST_WAITING = 30
KEEP_UNATTACHED = timedelta(days=3)


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
    """Store one picture for an act that will name it; True with it when it was stored before.

    `order` is one the actor may see. Nothing is locked: the act decides whether the picture fits. Raises Invalid
    (`not_an_image`), KeyReused, Forbidden or Refused.
    """
    if not (actor.may("orders.status") or (actor.driver_id is not None and actor.may("work.own"))):
        raise Forbidden("Your role does not allow adding proof.", details={"permission": "orders.status"})
    digest = hashlib.sha256(data).hexdigest()
    same = {"order_id": order.pk, "kind": kind, "stage": stage, "digest": digest}
    if earlier := _earlier(actor, proof_id, key):
        return _repeated(earlier, actor, same), True
    if Proof.objects.filter(order=order, attached_at__isnull=True).count() >= MOST_WAITING:
        raise Refused(
            f"Order {order.code} has {MOST_WAITING} pictures that no act has used yet. Use them first.",
            code="too_many_proofs",
        )
    picture = pictures.clean(data, kind)
    proof = Proof(
        **same,
        id=proof_id or uuid.uuid4(),
        tenant_id=order.tenant_id,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        driver_id=actor.driver_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        key=key,
        created_at=clock.now(),
    )
    proof.file.save("picture", ContentFile(picture.content), save=False)
    proof.thumbnail.save("picture", ContentFile(picture.thumbnail), save=False)
    try:
        with transaction.atomic():
            proof.save(force_insert=True)
    except BaseException as error:
        _remove_files(proof)
        if not isinstance(error, IntegrityError) or (earlier := _earlier(actor, proof_id, key)) is None:
            raise
        return _repeated(earlier, actor, same), True
    return proof, False


def get_proof(order: Order, proof_id: uuid.UUID, *, actor: Actor) -> Proof:
    """One picture of an order the actor may see; a driver gets only the own ones."""
    rows = Proof.objects.filter(order=order, pk=proof_id, kind__in=PICTURES)
    if actor.driver_id is not None:
        rows = rows.filter(driver_id=actor.driver_id)
    proof = rows.first()
    if proof is None:
        raise NotVisible(f"There is no such picture for order {order.code}.")
    return proof


def proof_item(proof: Proof) -> dict[str, Any]:
    """One proof as every JSON answer tells it; pictures are fetched under the order's address by `id`."""
    return {
        "id": str(proof.pk),
        "kind": proof.kind,
        "stage": proof.stage,
        "is_picture": proof.is_picture,
        "width": proof.width,
        "height": proof.height,
        "size": proof.size or None,
        "text": proof.text,
        "by": proof.actor_label,
        "created_at": clock.iso(proof.created_at),
        "attached_at": clock.iso(proof.attached_at),
        "act": proof.act,
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


def prune(*, older_than: timedelta = KEEP_UNATTACHED) -> int:
    """Remove pictures that no act has named in time, rows and files; how many."""
    old = Proof.objects.filter(attached_at__isnull=True, created_at__lt=clock.now() - older_than)
    removed = 0
    for proof in old.order_by("created_at").iterator(chunk_size=200):
        # Asked again in the deletion itself: an act may have taken it in between.
        count, _ = Proof.objects.filter(pk=proof.pk, attached_at__isnull=True).delete()
        if count:
            _remove_files(proof)
            removed += 1
    return removed


def _earlier(actor: Actor, proof_id: uuid.UUID | None, key: str) -> Proof | None:
    if proof_id is not None and (found := Proof.objects.filter(pk=proof_id).first()):
        return found
    if not key:
        return None
    return Proof.objects.filter(tenant_id=actor.tenant_id, actor_kind=actor.kind, actor_id=actor.id, key=key).first()


def _repeated(proof: Proof, actor: Actor, same: dict[str, Any]) -> Proof:
    is_own = (proof.tenant_id, proof.actor_kind, proof.actor_id) == (actor.tenant_id, actor.kind, actor.id)
    if not is_own or any(getattr(proof, name) != value for name, value in same.items()):
        raise KeyReused("This id or idempotency key was used before for another picture. Use a new one.")
    return proof


def _remove_files(proof: Proof) -> None:
    for file in (proof.file, proof.thumbnail):
        if file.name:
            file.storage.delete(file.name)
