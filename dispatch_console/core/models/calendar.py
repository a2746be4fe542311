"""The days on which a company works."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models

from dispatch_console.core.models.tenancy import Tenant
from dispatch_console.core.scoping import VisibleQuerySet

if TYPE_CHECKING:
    from collections.abc import Collection

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_BREAK = 60


class Holiday(models.Model):
    """One day off, whatever weekday it is."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=80)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="one_holiday_per_day")]

    def __str__(self) -> str:
        return f"{self.day:%d %b %Y} {self.name}"


class WorkingDays:
    """A company's calendar: its weekdays (ISO numbers, Monday is 1) without its holidays."""

    def __init__(self, weekdays: "Collection[int]", holidays: dict[date, str]) -> None:
        self.weekdays, self.holidays = frozenset(weekdays), holidays

    @classmethod
    def of(cls, tenant: Tenant) -> "WorkingDays":
        return cls(tenant.working_weekdays, dict(Holiday.objects.filter(tenant=tenant).values_list("day", "name")))

    def why_not(self, day: date) -> str:
        """Why this is no working day, as a noun (“a Sunday”, “Christmas Day”), or nothing."""
        if name := self.holidays.get(day):
            return name
        return "" if day.isoweekday() in self.weekdays else f"a {WEEKDAYS[day.weekday()]}"

    def after(self, day: date) -> date:
        """The first working day after this one."""
        for ahead in range(1, LONGEST_BREAK + 1):
            following = day + timedelta(days=ahead)
            if not self.why_not(following):
                return following
        raise ValidationError("The calendar has no working day within two months.")

    def from_day(self, day: date) -> date:
        """This day, or the first working day after it."""
        return self.after(day) if self.why_not(day) else day
