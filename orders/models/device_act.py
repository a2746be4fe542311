"""Acts that a driver's phone made, perhaps without network, and what became of each."""

from django.db import models

from dispatch_console.core.models import Tenant
from drivers.models import Device


class Verdict(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    ALREADY_DONE = "already_done", "Already done"
    CHANGED = "changed", "Changed meanwhile"
    REFUSED = "refused", "Refused"


class DeviceAct(models.Model):
    """One act of one device. It gets its final verdict once, in the device's own sequence, and keeps it.

    `made_at` is the device's clock as sent; `happened_at` is corrected by the clock skew measured when the act first
    came. `answer` holds what else is told with the verdict: code, message, version, status and what changed meanwhile.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="acts")
    act_id = models.UUIDField()
    sequence = models.BigIntegerField()
    name = models.CharField(max_length=40)
    order_code = models.CharField(max_length=24, blank=True)
    seen_version = models.PositiveIntegerField(null=True)
    input = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.WAITING)
    answer = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["device", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["device", "act_id"], name="one_act_per_device_and_id"),
            models.UniqueConstraint(fields=["device", "sequence"], name="one_act_per_device_and_sequence"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.order_code} ({self.sequence})"
