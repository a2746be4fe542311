"""May this driver take this order? Every rule says block or warning, with its sentence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Case, F, Q, Sum, When

from dispatch_console.core.errors import Refused
from drivers.models import Driver, DriverStatus, Vehicle
from drivers.models.vehicle import LICENCE_RANK, LicenceClass
from orders.models import Order
from orders.states import MOVING, Status

ON_BOARD = (Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's answer. `details` holds the figures behind the sentence."""

    code: str
    level: Literal["block", "warning"]
    sentence: str
    details: dict[str, int | str] = field(default_factory=dict)


def units_on_board(driver: Driver, *, except_order_id: int | None = None) -> int:
    """Units of capacity in use: open work of the driver, and cancelled packages still in the driver's hands."""
    work = Q(driver=driver.pk, status__in=ON_BOARD) | Q(holder=driver.pk, status=Status.CANCELLED)
    found = Order.objects.filter(work, ~Q(pk=except_order_id)).aggregate(units=Sum("unit_size"))
    return found["units"] or 0


def codes_on_board(driver: Driver, *, at_most: int) -> list[str]:
    """The orders whose packages the driver has in hands, cancelled ones included."""
    on_board = Q(driver=driver.pk, status__in=MOVING) | Q(holder=driver.pk, status=Status.CANCELLED)
    return list(Order.objects.filter(on_board).order_by("pk").values_list("code", flat=True)[:at_most])


def loads(driver_ids: Iterable[int], *, except_order_id: int | None = None) -> dict[int, int]:
    """`units_on_board` of many drivers in one query; a driver who carries nothing is left out."""
    ids = list(driver_ids)
    kept = Q(status=Status.CANCELLED)
    work = Q(driver__in=ids, status__in=ON_BOARD) | Q(kept, holder__in=ids)
    found = (
        Order.objects.filter(work)  # type: ignore[misc]
        .exclude(pk=except_order_id)
        .annotate(carrier=Case(When(kept, then=F("holder_id")), default=F("driver_id")))
        .order_by()
        .values_list("carrier")
        .annotate(units=Sum("unit_size"))
    )
    return dict(found)


def verdicts(order: Order, driver: Driver, *, vehicle: Vehicle | None = None, used: int | None = None) -> list[Verdict]:
    """All rules on one order and one driver, blocks first. The driver row should be locked when the answer is used.

    `used` is the driver's load without this order where the caller knows it (see `loads`); for many drivers, prefetch
    their zones and this asks the database nothing.
    """
    vehicle = vehicle or driver.primary_vehicle
    found = [*_status(driver), *_zones(order, driver), *_vehicle(order, driver, vehicle, used)]
    return sorted(found, key=lambda verdict: verdict.level != "block")


def check_driver(order: Order, driver: Driver, *, vehicle: Vehicle | None = None) -> list[Verdict]:
    """Refuse when a rule blocks; otherwise return the warnings."""
    found = verdicts(order, driver, vehicle=vehicle)
    for verdict in found:
        if verdict.level == "block":
            raise Refused(verdict.sentence, code=verdict.code, details=dict(verdict.details))
    return found


def _status(driver: Driver) -> list[Verdict]:
    if driver.status != DriverStatus.ACTIVE:
        status = DriverStatus(driver.status).label.lower()
        return [
            Verdict("driver_unavailable", "block", f"{driver.name} is {status} and cannot take orders. Choose another.")
        ]
    if not driver.is_online:
        return [Verdict("driver_offline", "warning", f"{driver.name} is offline and may not see the order soon.")]
    return []


def _zones(order: Order, driver: Driver) -> list[Verdict]:
    found = []
    if not driver.all_zones:
        allowed = {zone.pk: zone.name for zone in driver.allowed_zones.all()}
        names = ", ".join(sorted(allowed.values())) or "no zone"
        for end, zone_id, zone in (
            ("pickup", order.pickup_zone_id, order.pickup_zone),
            ("delivery", order.dropoff_zone_id, order.dropoff_zone),
        ):
            if zone_id not in allowed:
                where = f"in {zone.name}" if zone else "in no zone"
                found.append(
                    Verdict(
                        f"driver_not_allowed_in_{end}_zone",
                        "block",
                        f"{driver.name} may not work in the {end} zone: the {end} is {where}, "
                        f"and {driver.name} is limited to {names}.",
                    )
                )
    preferred = {zone.pk for zone in driver.preferred_zones.all()}
    if preferred and not ({order.pickup_zone_id, order.dropoff_zone_id} & preferred):
        found.append(
            Verdict("outside_preferred_zones", "warning", f"The order is outside {driver.name}'s preferred zones.")
        )
    return found


def _vehicle(order: Order, driver: Driver, vehicle: Vehicle | None, used: int | None) -> list[Verdict]:
    service = order.service
    if vehicle is None:
        if service.requires_vehicle or service.vehicle_kinds:
            return [
                Verdict(
                    "vehicle_missing",
                    "block",
                    f"{service.name} needs a vehicle and {driver.name} has none. Ask an admin to set one.",
                )
            ]
        return []
    found = []
    if not vehicle.is_active:
        found.append(Verdict("vehicle_inactive", "block", f"{vehicle.name}, {driver.name}'s vehicle, is not in use."))
    if service.vehicle_kinds and vehicle.kind not in service.vehicle_kinds:
        found.append(
            Verdict(
                "vehicle_not_allowed",
                "block",
                f"{service.name} is not carried by {vehicle.get_kind_display().lower()}.",
            )
        )
    needed = max(LICENCE_RANK[LicenceClass(service.licence_class)], LICENCE_RANK[LicenceClass(vehicle.licence_class)])
    if LICENCE_RANK[LicenceClass(driver.licence_class)] < needed:
        found.append(
            Verdict(
                "licence_missing", "block", f"{driver.name}'s licence class does not cover this service or vehicle."
            )
        )
    if used is None:
        used = units_on_board(driver, except_order_id=order.pk)
    if used + order.unit_size > vehicle.capacity_units:
        found.append(
            Verdict(
                "over_capacity",
                "block",
                f"{driver.name} carries {used} of {vehicle.capacity_units} units; "
                f"this order needs {order.unit_size} more.",
                {"used": used, "needed": order.unit_size, "limit": vehicle.capacity_units},
            )
        )
    return found
