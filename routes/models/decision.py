"""What the last automatic round decided about an order that still waits."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models import Order


class AutomaticDecision(models.Model):
    """One row per order that a round has looked at; it says why the order waits, or why giving it away was refused.

    `sentence` is for people; `code` and `figures` say the same for programs. `decide_by` is when the plan
    must be final.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="automatic_decision")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=10)
    code = models.CharField(max_length=40)
    sentence = models.CharField(max_length=500)
    figures = models.JSONField(default=dict)
    driver = models.ForeignKey(Driver, on_delete=models.SET_NULL, null=True, related_name="+")
    decide_by = models.DateTimeField(null=True)
    decided_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.order_id}: {self.action}, {self.code}"
