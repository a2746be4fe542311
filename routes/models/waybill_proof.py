"""What shows that a waybill's packages changed hands: photos and signatures of its pick-up and of its receipt."""

from typing import Self

from django.db import models
from django.db.models import Q

from dispatch_console.core.actor import Actor
from dispatch_console.core.scoping import VisibleQuerySet
from orders.models.evidence import Evidence
from routes.models.waybill import Waybill


class WaybillProofQuerySet(VisibleQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        # As with orders: whoever sees the waybill sees what proves its hand-overs.
        return super().visible_to(actor).filter(waybill__in=Waybill.objects.visible_to(actor).values("pk"))


class WaybillProof(Evidence):
    """One picture of a hand-over. `version` is that of the waybill which the act made, and thereby names its event.

    Acts on waybills are not taken back, so nothing here is ever superseded.
    """

    waybill = models.ForeignKey(Waybill, on_delete=models.CASCADE, related_name="proofs")
    version = models.PositiveIntegerField(null=True)

    objects = WaybillProofQuerySet.as_manager()

    class Meta(Evidence.Meta):
        constraints = [
            *Evidence.Meta.constraints,
            models.CheckConstraint(
                name="waybillproof_attached_by_an_act",
                condition=Q(attached_at__isnull=True, act="", version__isnull=True)
                | (Q(attached_at__isnull=False, version__isnull=False) & ~Q(act="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.get_stage_display().lower()} of {self.waybill_id}"
