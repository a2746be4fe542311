"""Proofs: what shows that a package was taken or handed over, and who showed it."""

from typing import Self

from django.db import models

from dispatch_console.core.actor import Actor
from dispatch_console.core.scoping import VisibleQuerySet
from orders.models.evidence import PICTURES, Evidence, picture_name, thumbnail_name
from orders.models.order import Order

# Migrations name the last two here.
__all__ = ["PICTURES", "Proof", "picture_name", "thumbnail_name"]


class ProofQuerySet(VisibleQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        # What an actor may know of a proof follows the order: whoever sees the one sees the other.
        return super().visible_to(actor).filter(order__in=Order.objects.visible_to(actor).values("pk"))


class Proof(Evidence):
    """One photo, signature, scanned barcode, checked PIN or note for one stage of an order.

    `superseded_at`: its act was taken back, so it proves nothing now.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="proofs")
    text = models.CharField(max_length=2000, blank=True, help_text="The scanned code, or the note.")
    superseded_at = models.DateTimeField(null=True)

    objects = ProofQuerySet.as_manager()

    class Meta(Evidence.Meta):
        constraints = [
            *Evidence.Meta.constraints,
            models.CheckConstraint(
                name="proof_attached_by_an_act",
                condition=models.Q(attached_at__isnull=True, act="", superseded_at__isnull=True)
                | (models.Q(attached_at__isnull=False) & ~models.Q(act="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.get_stage_display().lower()} of {self.order_id}"
