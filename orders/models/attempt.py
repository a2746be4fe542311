"""Failed attempts: when a driver stood at a door and could not collect or deliver, and why."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models.order import Order
from orders.states import Stage


class Attempt(models.Model):
    """One failed try. `withdrawn_at`: it was reported by mistake and does not count."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=8, choices=Stage.choices)
    reason = models.CharField(max_length=200)
    note = models.CharField(max_length=2000, blank=True)
    reported_by = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order_id} failed at {self.get_stage_display().lower()}: {self.reason}"
