"""More drivers than the demo needs, made in bulk: for playing the region at a large scale."""

import itertools

from dispatch_console.core.models import Membership, Tenant, User
from dispatch_console.core.permissions import RoleKind
from dispatch_console.region.demo.names import DRIVERS
from dispatch_console.region.demo.people import password_hash
from drivers.models import Driver, Vehicle, VehicleKind

CARRIES = 24


def build(tenant: Tenant, *, total: int, domain: str) -> None:
    """Fill the company up to so many drivers; each has an account, a car, and may go everywhere."""
    missing = range(Driver.objects.filter(tenant=tenant).count() + 1, total + 1)
    if not missing:
        return
    users = User.objects.bulk_create(
        User(email=f"driver{number:04d}@{domain}", first_name=first, last_name=last, password=password_hash())
        for number, (first, last) in zip(missing, itertools.cycle(_names()), strict=False)
    )
    Membership.objects.bulk_create(Membership(tenant=tenant, user=user, role=RoleKind.DRIVER) for user in users)
    vehicles = Vehicle.objects.bulk_create(
        Vehicle(
            tenant=tenant, name=f"Car {number}", code=f"X{number:04d}", kind=VehicleKind.CAR, capacity_units=CARRIES
        )
        for number in missing
    )
    drivers = Driver.objects.bulk_create(
        Driver(tenant=tenant, user=user, name=user.get_full_name(), primary_vehicle=vehicle)
        for user, vehicle in zip(users, vehicles, strict=True)
    )
    Driver.vehicles.through.objects.bulk_create(
        Driver.vehicles.through(driver=driver, vehicle=vehicle)
        for driver, vehicle in zip(drivers, vehicles, strict=True)
    )


def _names() -> list[tuple[str, str]]:
    """Every first name of the staff with every family name but its own."""
    parts = [name.partition(" ") for name in DRIVERS]
    return [(first, last) for _, _, last in parts for first, _, own in parts if own != last]
