"""Exceptions: what went wrong with an order, and how it was settled."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models.order import Order
from orders.states import SETTLED_EXCEPTION, ExceptionStage, ExceptionStatus, Resolution


class OrderException(models.Model):
    """Something that went wrong with one order. It changes only through the order's actions.

    `type` is one of the tenant's own words (reasons of the kind exception). `stage` is how far the order was when it
    was raised. `settled_by` and `settled_at` belong to the status it has now; the order's history tells the rest.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="exceptions")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="+")
    type = models.CharField(max_length=120)
    stage = models.CharField(max_length=14, choices=ExceptionStage.choices)
    status = models.CharField(max_length=10, choices=ExceptionStatus.choices, default=ExceptionStatus.PENDING)
    note = models.CharField(max_length=2000, blank=True)
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True)
    resolution_note = models.CharField(max_length=2000, blank=True)
    raised_by = models.CharField(max_length=160)
    raised_at = models.DateTimeField()
    settled_by = models.CharField(max_length=160, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["tenant", "status", "-id"], name="exception_by_status")]
        constraints = [
            models.CheckConstraint(
                name="exception_resolved_how",
                condition=~models.Q(status=ExceptionStatus.RESOLVED) | ~models.Q(resolution=""),
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.status not in SETTLED_EXCEPTION

    def __str__(self) -> str:
        return f"{self.type} on {self.order_id}"
