"""What a driver's times of arrival rest on, so that they are reckoned anew only when something has changed."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver


class EtaBasis(models.Model):
    """Where the driver was then, and `work`, a digest of the open orders, their versions and their sequence."""

    driver = models.OneToOneField(Driver, on_delete=models.CASCADE, primary_key=True, related_name="+")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    work = models.CharField(max_length=32)
    latitude = models.FloatField()
    longitude = models.FloatField()
    computed_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"driver {self.driver_id} at {self.computed_at:%H:%M:%S}"
