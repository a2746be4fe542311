"""A route: the lane that the same driver goes again and again, with its schedule."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Warehouse
from drivers.models import Driver
from routes.models.group import Group, GroupQuerySet


class RouteKind(models.TextChoices):
    """The stream of a route's events; unlike the kinds of groups it is nothing that holds an order."""

    ROUTE = "route", "Route"


class RouteQuerySet(GroupQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Deleted routes are gone for everybody."""
        return super().visible_to(actor).filter(deleted_at__isnull=True)


def _end_is_one_place(end: str) -> models.Q:
    at_address = models.Q(**{f"{end}_warehouse__isnull": True}) & ~models.Q(**{f"{end}_address": ""})
    at_warehouse = models.Q(**{f"{end}_warehouse__isnull": False, f"{end}_address": ""})
    return at_address | at_warehouse


def _latitude() -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])


def _longitude() -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])


class Route(Group):
    """One lane; its `label` is like R0007. It has what groups have, but its sessions hold the orders.

    Each end is an address or a warehouse, never both; a warehouse end keeps a copy of the warehouse's coordinates.
    `schedule_days` are ISO weekdays (1 is Monday); with `schedule_time` they say, in the tenant's time zone, when a
    session opens by itself. `slots_after` is the moment up to which that has been looked after. `capacity` is in units
    of order size; none means that only the vehicle is a limit. `sessions_made` numbers the sessions.
    """

    KIND: ClassVar[RouteKind] = RouteKind.ROUTE  # type: ignore[assignment]

    name = models.CharField(max_length=120)

    pickup_address = models.CharField(max_length=300, blank=True)
    pickup_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    pickup_latitude = _latitude()
    pickup_longitude = _longitude()
    dropoff_address = models.CharField(max_length=300, blank=True)
    dropoff_warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, null=True, related_name="+")
    dropoff_latitude = _latitude()
    dropoff_longitude = _longitude()

    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, null=True, related_name="routes")
    starts_on = models.DateField(null=True)
    schedule_time = models.TimeField(null=True)
    schedule_days = ArrayField(models.PositiveSmallIntegerField(), default=list)
    slots_after = models.DateTimeField()
    capacity = models.PositiveIntegerField(null=True)
    is_active = models.BooleanField(default=True)
    deleted_at = models.DateTimeField(null=True)
    sessions_made = models.PositiveIntegerField(default=0)

    objects = RouteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "label"], name="route_label_once_per_tenant"),
            models.CheckConstraint(name="route_pickup_is_one_place", condition=_end_is_one_place("pickup")),
            models.CheckConstraint(name="route_dropoff_is_one_place", condition=_end_is_one_place("dropoff")),
        ]
        indexes = [models.Index("tenant", "name", "id", name="route_by_name")]

    @property
    def held_by(self) -> str:
        return ""

    @property
    def words(self) -> str:
        """For sentences: `route R0007`."""
        return f"route {self.label}"

    def member_codes(self) -> list[str]:
        return []

    @property
    def has_schedule(self) -> bool:
        return self.schedule_time is not None and bool(self.schedule_days)

    def slot_due(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Today's scheduled moment when it has come and nobody has looked after it yet."""
        today = now.astimezone(zone).date()
        slot = self._slot_on(today, zone)
        return slot if slot is not None and self.slots_after < slot <= now else None

    def next_slot(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The next moment at which a session will open by itself."""
        first = max(now.astimezone(zone).date(), self.starts_on or now.astimezone(zone).date())
        days = (first + timedelta(days=ahead) for ahead in range(8))
        slots = (self._slot_on(day, zone) for day in days)
        return next((slot for slot in slots if slot is not None and slot > now), None)

    def _slot_on(self, day: date, zone: ZoneInfo) -> datetime | None:
        if self.schedule_time is None or day.isoweekday() not in self.schedule_days:
            return None
        if self.starts_on is not None and day < self.starts_on:
            return None
        return datetime.combine(day, self.schedule_time, tzinfo=zone)
