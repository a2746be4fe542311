"""What any picture that proves something has: its file, who made it, and the act that names it."""

import secrets
import uuid

from django.db import models

from dispatch_console.core.actor import ActorKind
from dispatch_console.core.models import Tenant
from drivers.models import Driver
from orders.states import ProofKind, Stage

PICTURES = (ProofKind.PHOTO, ProofKind.SIGNATURE)


def _stored_as(folder: str, proof: "Evidence") -> str:
    ending = "png" if proof.kind == ProofKind.SIGNATURE else "jpg"
    return f"{folder}/{proof.tenant_id}/{secrets.token_hex(2)}/{secrets.token_urlsafe(24)}.{ending}"


def picture_name(proof: "Evidence", filename: str) -> str:
    """A random name: nothing of the phone's file name, of what it proves or of the person is in it."""
    return _stored_as("proofs", proof)


def thumbnail_name(proof: "Evidence", filename: str) -> str:
    return _stored_as("thumbnails", proof)


class Evidence(models.Model):
    """Base of the proofs of orders and of groups; `orders.evidence` stores, attaches and prunes them.

    A picture is uploaded first and belongs to nothing yet; the act that names its id attaches it (`attached_at`,
    `act`). What is never attached is pruned. The id may be chosen by the phone, so that an act made without network
    can name a picture that is still to be sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=ProofKind.choices)
    stage = models.CharField(max_length=8, choices=Stage.choices)
    file = models.FileField(upload_to=picture_name, max_length=120, blank=True)
    thumbnail = models.FileField(upload_to=thumbnail_name, max_length=120, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes, as stored.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was sent.")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    attached_at = models.DateTimeField(null=True)
    act = models.CharField(max_length=20, blank=True)

    class Meta:
        abstract = True
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "key"],
                condition=~models.Q(key=""),
                nulls_distinct=False,
                name="one_%(class)s_per_idempotency_key",
            ),
            models.CheckConstraint(
                name="%(class)s_picture_has_a_file",
                condition=(models.Q(kind__in=PICTURES) & ~models.Q(file="")) | ~models.Q(kind__in=PICTURES),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=models.Q(attached_at__isnull=True), name="%(class)s_never_attached"
            )
        ]

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURES
