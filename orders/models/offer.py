"""Offers of one order to several drivers, wave by wave: the first to accept gets it."""

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models.order import Order


class SearchOutcome(models.TextChoices):
    TAKEN = "taken", "Taken"
    STOPPED = "stopped", "Stopped"
    NOBODY = "nobody", "Nobody took it"
    CHANGED = "changed", "The order changed"


class OfferAnswer(models.TextChoices):
    OPEN = "open", "Waiting"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "No answer"
    WITHDRAWN = "withdrawn", "Withdrawn"


class OfferSearch(models.Model):
    """One order looking for a driver. It is about the order as it was at `order_version`: any change ends it.

    `wave` counts from 1, `radius` is that of the present wave in metres from the pickup.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="offer_searches")
    order_version = models.PositiveIntegerField()
    started_by = models.CharField(max_length=160)
    started_at = models.DateTimeField()
    wave = models.PositiveSmallIntegerField(default=1)
    radius = models.PositiveIntegerField()
    wave_ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=SearchOutcome.choices, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(ended_at__isnull=True), name="one_live_search_per_order"
            )
        ]
        indexes = [
            models.Index(
                fields=["wave_ends_at"], condition=models.Q(ended_at__isnull=True), name="live_search_by_wave_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id}, wave {self.wave}: {self.outcome or 'running'}"


class Offer(models.Model):
    """One driver asked in one wave."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    search = models.ForeignKey(OfferSearch, on_delete=models.CASCADE, related_name="offers")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="offers")
    wave = models.PositiveSmallIntegerField()
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=OfferAnswer.choices, default=OfferAnswer.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["search", "driver"], name="driver_asked_once_per_search")]
        indexes = [models.Index(fields=["driver", "-offered_at"], name="offer_of_driver")]

    def __str__(self) -> str:
        return f"{self.order_id} to {self.driver_id}: {self.answer}"
