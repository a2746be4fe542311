"""Devices: the phones a driver is signed in on, each with a token of its own."""

from django.db import models

from dispatch_console.core.models import ApiKey, Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models.driver import Driver


class Device(models.Model):
    """One sign-in of a driver's app. Its token is an API key (stored as a digest) that lives until it is revoked.

    `last_sequence` is the number of the last act of this device that got its final verdict; the next one to be carried
    out has the number after it. `skew_seconds` is how far the device's clock was behind ours at the last sync
    (negative: ahead).
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="devices")
    key = models.OneToOneField(ApiKey, on_delete=models.SET_NULL, null=True, related_name="device")
    name = models.CharField(max_length=80)
    app_version = models.CharField(max_length=40, blank=True)
    signed_in_at = models.DateTimeField()
    signed_out_at = models.DateTimeField(null=True)
    signed_out_by = models.CharField(max_length=160, blank=True)
    skew_seconds = models.FloatField(null=True)
    synced_at = models.DateTimeField(null=True)
    last_sequence = models.BigIntegerField(default=0)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_in_at", "-id"]
        indexes = [models.Index(fields=["driver", "-signed_in_at"], name="device_of_driver")]

    def __str__(self) -> str:
        return f"{self.name} of {self.driver}"
