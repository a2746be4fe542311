"""Drivers: who they are, where and with what they may work."""

from typing import Self

from django.conf import settings
from django.db import models

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Team, Tenant, Zone
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models.vehicle import LicenceClass, Vehicle


class DriverStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    ON_LEAVE = "on_leave", "On leave"
    SUSPENDED = "suspended", "Suspended"


class DriverQuerySet(VisibleQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        rows = super().visible_to(actor)
        if actor.driver_id is not None:
            return rows.filter(pk=actor.driver_id)
        if actor.customer_id is not None:
            return rows.none()
        if actor.team_ids is not None:
            rows = rows.filter(models.Q(all_teams=True) | models.Q(teams__in=actor.team_ids)).distinct()
        return rows


class Driver(models.Model):
    """A driver's profile. `all_zones` False limits work to `allowed_zones`; `preferred_zones` only warn.

    `version` rises with every change that consoles are told of (see `drivers.commands`).
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="drivers")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="driver"
    )
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, choices=DriverStatus.choices, default=DriverStatus.ACTIVE)
    is_online = models.BooleanField(default=False)
    online_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    licence_number = models.CharField(max_length=40, blank=True)
    licence_class = models.CharField(max_length=12, choices=LicenceClass.choices, default=LicenceClass.STANDARD)
    vehicles = models.ManyToManyField(Vehicle, blank=True, related_name="drivers")
    primary_vehicle = models.ForeignKey(
        Vehicle, on_delete=models.SET_NULL, null=True, blank=True, related_name="primary_of"
    )
    all_zones = models.BooleanField(default=True)
    allowed_zones = models.ManyToManyField(Zone, blank=True, related_name="allowed_drivers")
    preferred_zones = models.ManyToManyField(Zone, blank=True, related_name="preferred_drivers")
    all_teams = models.BooleanField(default=True)
    teams = models.ManyToManyField(Team, blank=True, related_name="drivers")
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = DriverQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["tenant", "name"], name="driver_by_name")]

    def __str__(self) -> str:
        return self.name
