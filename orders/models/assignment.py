"""Assignments: which driver had which order, when, and how it ended."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver, Vehicle
from orders.models.order import Order
from orders.states import AssignmentStatus


class Assignment(models.Model):
    """One driver's hold on one order. The database allows one open assignment per order.

    `explanation` says why this driver, where a person or the automatic dispatch chose among several: the best of the
    ranking at that moment. `is_automatic`: the installation itself gave the order, and may plan it anew until pickup.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="assignments")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="assignments")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=12, choices=AssignmentStatus.choices)
    assigned_by = models.CharField(max_length=160)
    reason = models.CharField(max_length=200, blank=True)
    warnings = models.JSONField(default=list)
    explanation = models.JSONField(null=True)
    is_automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # an offer that nobody answered by then goes back to the queue
    responded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(ended_at__isnull=True), name="one_live_assignment_per_order"
            )
        ]
        indexes = [
            models.Index(fields=["driver", "-created_at"], name="assignment_of_driver"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status=AssignmentStatus.PENDING, ended_at__isnull=True),
                name="assignment_offer_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} to {self.driver_id}: {self.status}"
