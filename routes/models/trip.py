"""Trips: one driver's plan over several stops; every order on it keeps its own life, proof and outcome."""

from typing import ClassVar

from django.db import models
from django.db.models import Deferrable, F

from drivers.models import Driver, Vehicle
from orders.models import Order
from orders.states import DONE, GroupKind
from routes.models.group import Group, GroupQuerySet


class TripType(models.TextChoices):
    """The two multi types fetch everything before they bring anything; a mixed trip alternates as it likes."""

    MULTI_PICKUP = "multi_pickup", "Multi pickup"
    MULTI_DROPOFF = "multi_dropoff", "Multi dropoff"
    MIXED = "mixed", "Mixed"


class TripStatus(models.TextChoices):
    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


class StopKind(models.TextChoices):
    PICKUP = "pickup", "Pickup"
    DROPOFF = "dropoff", "Dropoff"


LIVE = (TripStatus.PLANNED, TripStatus.IN_PROGRESS)


class Trip(Group):
    """`status` follows the orders (`routes.commands.trip_status`) and is stored for lists; only `cancelled` is an act.

    `number` is the figure in the label, for sorting. `vehicle` is the driver's when the driver was chosen.
    `order_count` counts the orders on it, whatever became of them.
    """

    KIND: ClassVar[GroupKind] = GroupKind.TRIP

    number = models.PositiveIntegerField()
    type = models.CharField(max_length=16, choices=TripType.choices)
    status = models.CharField(max_length=12, choices=TripStatus.choices, default=TripStatus.PLANNED)
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="trips")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, related_name="+")
    order_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "label"], name="trip_label_once_per_tenant")]
        indexes = [
            models.Index("tenant", F("created_at").desc(), F("id").desc(), name="trip_newest"),
            models.Index("tenant", "status", F("created_at").desc(), F("id").desc(), name="trip_by_status"),
            models.Index(fields=["driver", "status"], name="trip_of_driver"),
        ]

    def member_codes(self) -> list[str]:
        """The orders on it that are not over: those that its driver still has to drive."""
        return list(
            self.stops.filter(kind=StopKind.DROPOFF)
            .exclude(order__status__in=DONE)
            .order_by("order_id")
            .values_list("order__code", flat=True)
        )


class TripStop(models.Model):
    """One end of one order on a trip, at its place in the sequence (from 1). Every order on a trip has both ends."""

    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="stops")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=StopKind.choices)
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["trip", "place"]
        constraints = [
            models.UniqueConstraint(fields=["trip", "order", "kind"], name="trip_stop_once"),
            # Deferred: while stops change places, two of them share one for a moment.
            models.UniqueConstraint(fields=["trip", "place"], name="trip_place_once", deferrable=Deferrable.DEFERRED),
        ]

    def __str__(self) -> str:
        return f"{self.trip_id} {self.place}: {self.kind} of {self.order_id}"
