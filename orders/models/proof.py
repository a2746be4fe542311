"""Proofs: what shows that a package was taken or handed over, and who showed it."""

import secrets
import uuid
from typing import Self

from django.db import models

from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models.order import Order
from orders.states import ProofKind, Stage

PICTURES = (ProofKind.PHOTO, ProofKind.SIGNATURE)


def _stored_as(folder: str, proof: "Proof") -> str:
    ending = "png" if proof.kind == ProofKind.SIGNATURE else "jpg"
    return f"{folder}/{proof.tenant_id}/{secrets.token_hex(2)}/{secrets.token_urlsafe(24)}.{ending}"


def picture_name(proof: "Proof", filename: str) -> str:
    """A random name: nothing of the phone's file name, the order or the person is in it."""
    return _stored_as("proofs", proof)


def thumbnail_name(proof: "Proof", filename: str) -> str:
    return _stored_as("thumbnails", proof)


class ProofQuerySet(VisibleQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        # What an actor may know of a proof follows the order: whoever sees the one sees the other.
        return super().visible_to(actor).filter(order__in=Order.objects.visible_to(actor).values("pk"))


class Proof(models.Model):
    """One photo, signature, scanned barcode, checked PIN or note for one stage of an order.

    A picture is uploaded first and belongs to nothing yet; the act that names its id attaches it (`attached_at`,
    `act`). What is never attached is pruned. `superseded_at`: its act was taken back, so it proves nothing now.
    The id may be chosen by the phone, so that an act made without network can name a picture that is still to be sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=10, choices=ProofKind.choices)
    stage = models.CharField(max_length=8, choices=Stage.choices)
    file = models.FileField(upload_to=picture_name, max_length=120, blank=True)
    thumbnail = models.FileField(upload_to=thumbnail_name, max_length=120, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes, as stored.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was sent.")
    text = models.CharField(max_length=2000, blank=True, help_text="The scanned code, or the note.")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    attached_at = models.DateTimeField(null=True)
    act = models.CharField(max_length=20, blank=True)
    superseded_at = models.DateTimeField(null=True)

    objects = ProofQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "key"],
                condition=~models.Q(key=""),
                nulls_distinct=False,
                name="one_proof_per_idempotency_key",
            ),
            models.CheckConstraint(
                name="proof_picture_has_a_file",
                condition=(models.Q(kind__in=PICTURES) & ~models.Q(file="")) | ~models.Q(kind__in=PICTURES),
            ),
            models.CheckConstraint(
                name="proof_attached_by_an_act",
                condition=models.Q(attached_at__isnull=True, act="", superseded_at__isnull=True)
                | (models.Q(attached_at__isnull=False) & ~models.Q(act="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=models.Q(attached_at__isnull=True), name="proof_never_attached"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.get_stage_display().lower()} of {self.order_id}"

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURES
