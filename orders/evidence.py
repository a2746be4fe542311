"""Pictures that prove something: uploaded first, attached by the act that names them, pruned when no act does.

One way for every kind of proof: a `Subject` says what the pictures are of and in which table they stand.
"""

import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Invalid, KeyReused, NotVisible, Refused
from orders import pictures
from orders.models.evidence import PICTURES, Evidence

MOST_PROOFS = 12
MOST_WAITING = 30
KEEP_UNATTACHED = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Subject:
    """What pictures are of. `field` is its column in `model`, `words` its name in sentences, `code` in file names.

    `permission` is what uploading takes of whoever is not a driver.
    """

    model: type[Evidence]
    field: str
    of: Model
    words: str
    code: str
    permission: str

    @property
    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(**{self.field: self.of})

    def known_to(self, actor: Actor) -> QuerySet[Any]:
        """Its pictures; a driver knows only the own ones."""
        return self.rows if actor.driver_id is None else self.rows.filter(driver_id=actor.driver_id)


def upload(
    subject: Subject,
    actor: Actor,
    *,
    kind: str,
    stage: str,
    data: bytes,
    proof_id: uuid.UUID | None = None,
    key: str = "",
) -> tuple[Any, bool]:
    """Store one picture for an act that will name it; True with it when it was stored before.

    The subject is one the actor may see. Nothing is locked: the act decides whether the picture fits. Raises Invalid
    (`not_an_image`), KeyReused, Forbidden or Refused.
    """
    if not (actor.may(subject.permission) or (actor.driver_id is not None and actor.may("work.own"))):
        raise Forbidden("Your role does not allow adding proof.", details={"permission": subject.permission})
    digest = hashlib.sha256(data).hexdigest()
    same = {f"{subject.field}_id": subject.of.pk, "kind": kind, "stage": stage, "digest": digest}
    if earlier := _earlier(subject, actor, proof_id, key):
        return _repeated(earlier, actor, same), True
    if subject.rows.filter(attached_at__isnull=True).count() >= MOST_WAITING:
        raise Refused(
            f"{_start(subject)} has {MOST_WAITING} pictures that no act has used yet. Use them first.",
            code="too_many_proofs",
        )
    picture = pictures.clean(data, kind)
    proof = subject.model(
        **same,
        id=proof_id or uuid.uuid4(),
        tenant_id=actor.tenant_id,
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
        if not isinstance(error, IntegrityError) or (earlier := _earlier(subject, actor, proof_id, key)) is None:
            raise
        return _repeated(earlier, actor, same), True
    return proof, False


def stored(subject: Subject, proof_id: uuid.UUID, *, actor: Actor) -> Any:
    """One picture of what the actor may see; a driver gets only the own ones."""
    proof = subject.known_to(actor).filter(pk=proof_id, kind__in=PICTURES).first()
    if proof is None:
        raise NotVisible(f"There is no such picture for {subject.words}.")
    return proof


def named(subject: Subject, actor: Actor, proof_ids: Collection[str], *, stage: str) -> list[Any]:
    """The uploaded pictures with these ids, or a refusal that says which one is wrong."""
    if not proof_ids:
        return []
    if len(proof_ids) > MOST_PROOFS:
        raise Invalid.fields(proof_ids=f"Name {MOST_PROOFS} proofs at most.")
    ids = [_id(text) for text in proof_ids]
    found = {proof.pk: proof for proof in subject.known_to(actor).filter(pk__in=ids)}
    for pk in ids:
        proof = found.get(pk)
        if proof is None:
            sentence = f"There is no proof {pk} for {subject.words}. Upload it first."
            raise Invalid(sentence, code="proof_unknown", details={"fields": {"proof_ids": [sentence]}})
        if proof.attached_at is not None:
            raise Refused(
                f"The {proof.get_kind_display().lower()} {pk} already belongs to an earlier act. Take a new one.",
                code="proof_used",
                details={"fields": {"proof_ids": ["Used before."]}},
            )
        if proof.stage != stage:
            raise Invalid.fields(proof_ids=f"The proof {pk} was made for the {proof.get_stage_display().lower()}.")
    return list(found.values())


def attach(subject: Subject, proof_ids: Collection[str], *, act: str, **more: Any) -> None:
    """Tie the pictures that `named` found to the act; `more` are columns that are written with it."""
    if not proof_ids:
        return
    waiting = subject.rows.filter(pk__in=proof_ids, attached_at__isnull=True)
    if waiting.update(attached_at=clock.now(), act=act, **more) != len(set(proof_ids)):
        raise Refused("A picture was removed because it had waited too long. Send it again.", code="proof_gone")


def picture_item(proof: Evidence) -> dict[str, Any]:
    """One picture as every JSON answer tells it; it is fetched under the address of what it is of, by `id`."""
    return {
        "id": str(proof.pk),
        "kind": proof.kind,
        "stage": proof.stage,
        "width": proof.width,
        "height": proof.height,
        "size": proof.size or None,
        "by": proof.actor_label,
        "created_at": clock.iso(proof.created_at),
        "attached_at": clock.iso(proof.attached_at),
        "act": proof.act,
    }


def prune(*, older_than: timedelta = KEEP_UNATTACHED) -> int:
    """Remove pictures that no act has named in time, rows and files, of every kind of proof; how many."""
    before = clock.now() - older_than
    return sum(_prune(model, before) for model in apps.get_models() if issubclass(model, Evidence))


def _prune(model: type[Evidence], before: Any) -> int:
    old = model._default_manager.filter(attached_at__isnull=True, created_at__lt=before)
    removed = 0
    for proof in old.order_by("created_at").iterator(chunk_size=200):
        # Asked again in the deletion itself: an act may have taken it in between.
        count, _ = model._default_manager.filter(pk=proof.pk, attached_at__isnull=True).delete()
        if count:
            _remove_files(proof)
            removed += 1
    return removed


def _earlier(subject: Subject, actor: Actor, proof_id: uuid.UUID | None, key: str) -> Evidence | None:
    proofs = subject.model._default_manager
    if proof_id is not None and (found := proofs.filter(pk=proof_id).first()):
        return found
    if not key:
        return None
    return proofs.filter(tenant_id=actor.tenant_id, actor_kind=actor.kind, actor_id=actor.id, key=key).first()


def _repeated(proof: Evidence, actor: Actor, same: dict[str, Any]) -> Evidence:
    is_own = (proof.tenant_id, proof.actor_kind, proof.actor_id) == (actor.tenant_id, actor.kind, actor.id)
    if not is_own or any(getattr(proof, name) != value for name, value in same.items()):
        raise KeyReused("This id or idempotency key was used before for another picture. Use a new one.")
    return proof


def _remove_files(proof: Evidence) -> None:
    for file in (proof.file, proof.thumbnail):
        if file.name:
            file.storage.delete(file.name)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise Invalid.fields(proof_ids=f"“{str(text)[:40]}” is not the id of a proof.") from None


def _start(subject: Subject) -> str:
    return f"{subject.words[:1].upper()}{subject.words[1:]}"
