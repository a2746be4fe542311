"""Shifts: when a driver began and ended work, and when they mean to end it."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models.driver import Driver


class Shift(models.Model):
    """One stretch of work. A driver has one open shift at most; breaks in between are being offline."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="shifts")
    started_at = models.DateTimeField()
    planned_end = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["driver"], condition=models.Q(ended_at__isnull=True), name="one_open_shift_per_driver"
            ),
            models.CheckConstraint(
                name="shift_ends_after_it_starts",
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("started_at")),
            ),
        ]
        indexes = [models.Index(fields=["driver", "-started_at"], name="shift_of_driver")]

    def __str__(self) -> str:
        return f"{self.driver_id} from {self.started_at:%Y-%m-%d %H:%M}"
