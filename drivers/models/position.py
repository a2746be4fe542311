"""Where drivers are: the latest position of each, and the samples behind it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dispatch_console.core.models import Tenant
from drivers.models.driver import Driver


class PositionFields(models.Model):
    """One reading. Speed in metres per second, heading in degrees from north, accuracy in metres, battery 0 to 1."""

    latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    heading = models.FloatField(null=True)
    speed = models.FloatField(null=True)
    accuracy = models.FloatField(null=True)
    battery = models.FloatField(null=True)
    recorded_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        abstract = True


class DriverPosition(PositionFields):
    """The latest position by device time: one row per driver, moved forward only."""

    driver = models.OneToOneField(Driver, on_delete=models.CASCADE, primary_key=True, related_name="position")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"driver {self.driver_id} at {self.recorded_at:%H:%M:%S}"


class PositionSample(PositionFields):
    """One sample of the track, kept for the retention time and never updated.

    A phone that got no answer sends its batch again: one row per driver and device time, however often it comes.
    """

    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["driver", "recorded_at"], name="one_sample_per_driver_and_time")]

    def __str__(self) -> str:
        return f"driver {self.driver_id} at {self.recorded_at:%H:%M:%S}"
