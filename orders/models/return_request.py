"""Requests for the return of delivered orders, and how a company answers them."""

from django.db import models

from dispatch_console.core.models import Tenant, Warehouse
from dispatch_console.core.scoping import VisibleQuerySet
from orders.models.order import Order
from orders.models.service import DeliveryService
from orders.states import ReturnStatus


class ReturnDestination(models.TextChoices):
    PICKUP = "pickup", "Where it was picked up"
    WAREHOUSE = "warehouse", "The warehouse for returns"


class ReturnSettings(models.Model):
    """A company without a row approves by hand and brings things back to where they were picked up."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="return_settings")
    is_auto_approved = models.BooleanField("approve requests at once", default=False)
    service = models.ForeignKey(
        DeliveryService,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The delivery service of returns. Empty: that of the delivered order.",
    )
    destination = models.CharField(max_length=10, choices=ReturnDestination.choices, default=ReturnDestination.PICKUP)
    warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="warehouse for returns",
    )

    objects = VisibleQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "return settings"
        constraints = [
            models.CheckConstraint(
                name="return_warehouse_is_named",
                condition=~models.Q(destination=ReturnDestination.WAREHOUSE) | models.Q(warehouse__isnull=False),
                violation_error_message="Choose the warehouse that returns go to.",
            )
        ]

    def __str__(self) -> str:
        return f"Returns of {self.tenant}"


class ReturnRequest(models.Model):
    """One wish to send a delivered order back; `return_order` is the delivery that an approval made."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="return_requests")
    status = models.CharField(max_length=10, choices=ReturnStatus.choices, default=ReturnStatus.PENDING)
    reason = models.CharField(max_length=200)
    note = models.CharField(max_length=2000, blank=True)
    requested_by = models.CharField(max_length=160)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=2000, blank=True)
    return_order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=~models.Q(status=ReturnStatus.CANCELLED),
                name="one_return_request_per_order",
            )
        ]

    def __str__(self) -> str:
        return f"Return of {self.order}"
