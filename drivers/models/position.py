"""Where drivers are: the latest position of each, and the samples behind it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dispatch_console.core.models import Tenant
from drivers.models.driver import Driver


class PositionFields(models.Model):
    """One reading. Speed in metres per second, heading in degrees from north, accuracy in metres, battery 0 to 1.

    `flags` says what to doubt about it: bits of `drivers.trust`.
    """

    latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    heading = models.FloatField(null=True)
    speed = models.FloatField(null=True)
    accuracy = models.FloatField(null=True)
    battery = models.FloatField(null=True)
    flags = models.PositiveSmallIntegerField(default=0, db_default=0)
    recorded_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        abstract = True


class DriverPosition(PositionFields):
    """The latest position by device time that is believed: one row per driver, moved forward only.

    A fix that the driver cannot have reached waits in the `suspect_…` fields until a second one nearby confirms it.
    """

    driver = models.OneToOneField(Driver, on_delete=models.CASCADE, primary_key=True, related_name="position")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    suspect_latitude = models.FloatField(null=True, editable=False)
    suspect_longitude = models.FloatField(null=True, editable=False)
    suspect_accuracy = models.FloatField(null=True, editable=False)
    suspect_recorded_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"driver {self.driver_id} at {self.recorded_at:%H:%M:%S}"


class PositionSample(PositionFields):
    """One sample of the track, kept for the retention time and never updated.

    A phone that got no answer sends its batch again: one row per driver and device time, however often it comes. The
    table is partitioned by day of device time in UTC (`drivers.partitions`), and this key is its only index.
    """

    pk = models.CompositePrimaryKey("driver_id", "recorded_at")
    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return f"driver {self.driver_id} at {self.recorded_at:%H:%M:%S}"
