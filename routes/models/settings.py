"""How a company weighs its drivers against each other, how far offers go, and how its automatic dispatch plans."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from orders.models import AssignmentMode


def _number(name: str, default: float, help_text: str = "", *, least: float = 0, most: float = 1000) -> Any:
    validators = [MinValueValidator(least), MaxValueValidator(most)]
    return models.FloatField(name, default=default, validators=validators, help_text=help_text)


class DispatchSettings(models.Model):
    """A company without a row works with the defaults. Weights say how many minutes something is worth."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="dispatch_settings")
    speed = _number(
        "average speed",
        25,
        "Kilometres per hour from door to door, where no street network is known.",
        least=1,
        most=200,
    )
    detour = _number("detour factor", 1.3, "How much longer streets are than the straight line.", least=1, most=5)
    pace = _number(
        "pace on streets", 1, "How many times longer a drive takes than on empty streets.", least=0.2, most=5
    )
    pickup_minutes = _number("minutes at a pickup", 3, most=240)
    dropoff_minutes = _number("minutes at a door", 3, most=240)

    weight_pickup = _number("a minute to the pickup", 0.5)
    weight_door = _number("a minute to the door", 1)
    weight_late = _number("a minute that the order is late", 1)
    weight_risk = _number("a minute that other orders get later than promised", 2)
    weight_load = _number("an open order of the driver", 1)
    weight_capacity = _number("a full vehicle", 2, "Compared with an empty one.")
    weight_zone = _number("outside the preferred zones", 5)
    weight_shift = _number("a minute after the planned end of the shift", 2)
    weight_acceptance = _number("a driver who takes no offers", 10, "Compared with one who takes all.")
    weight_stale = _number("an old position", 40)
    weight_unknown = _number("no position", 50)
    weight_offline = _number("off duty", 60)

    wave_radius = _number("radius of the first wave", 2000, "Metres from the pickup.", least=50, most=200_000)
    wave_growth = _number("growth of each wave", 2, "The next wave reaches this many times as far.", least=1, most=10)
    wave_size = models.PositiveSmallIntegerField(
        "drivers in a wave", default=3, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    wave_seconds = models.PositiveSmallIntegerField(
        "seconds to answer", default=30, validators=[MinValueValidator(5), MaxValueValidator(3600)]
    )
    most_waves = models.PositiveSmallIntegerField(
        "waves at most", default=4, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )

    assignment_mode = models.CharField(
        max_length=10,
        choices=AssignmentMode.choices,
        default=AssignmentMode.MANUAL,
        help_text="For services whose policy does not say.",
    )
    head_start = _number(
        "minutes for dispatchers first",
        3,
        "In the mode “Both”, before the automatic dispatch takes an order.",
        most=1440,
    )
    replan_gain = _number("minutes gained before an order changes its driver", 5, "While it waits for its pickup.")
    send_ahead = _number("minutes a driver is told ahead", 5, "Until then a better choice may come up.", most=240)
    most_in_bundle = models.PositiveSmallIntegerField(
        "orders of one place at once", default=3, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )

    objects = VisibleQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "dispatch settings"

    def __str__(self) -> str:
        return f"Dispatch settings of {self.tenant}"


def settings_of(tenant_id: int) -> DispatchSettings:
    """The company's settings, or the defaults (a row that is not saved). One query."""
    return DispatchSettings.objects.filter(tenant=tenant_id).first() or DispatchSettings(tenant_id=tenant_id)
