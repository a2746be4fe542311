"""When the driver of an open order is expected at its ends: written in bulk as drivers move, no event, no version."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models.order import Order


class OrderEta(models.Model):
    """Arrivals by the run of `driver`; of no worth once the order has another one. Only orders in work have a row.

    `pickup_at` is empty once the package is on board, and an end without a point has no time. `is_estimate`: some leg
    up to there is a straight line, or the driver was not seen lately.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="eta")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="+")
    pickup_at = models.DateTimeField(null=True)
    dropoff_at = models.DateTimeField(null=True)
    is_estimate = models.BooleanField(default=False)
    computed_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "dropoff_at"], name="eta_by_time")]

    def __str__(self) -> str:
        return f"order {self.order_id}: {self.dropoff_at:%H:%M}" if self.dropoff_at else f"order {self.order_id}"
