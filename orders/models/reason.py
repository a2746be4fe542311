"""Managed reasons: the words a tenant offers when an action asks why."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from orders.states import ReasonKind


class Reason(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="reasons")
    kind = models.CharField(max_length=16, choices=ReasonKind.choices)
    label = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "position", "label"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "label"], name="reason_once_per_tenant_and_kind")
        ]

    def __str__(self) -> str:
        return self.label
