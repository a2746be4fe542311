"""The people of a demo company: members of every role, drivers with vehicles and zones, customers with addresses."""

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from dispatch_console.core.models import (
    ApiKey,
    Customer,
    CustomerAddress,
    CustomRole,
    Membership,
    Team,
    Tenant,
    User,
    Zone,
)
from dispatch_console.core.permissions import BUILT_IN_ROLES, RoleKind
from dispatch_console.region.demo import streets
from dispatch_console.region.demo.names import SHOPS
from drivers.models import Driver, DriverStatus, LicenceClass, Vehicle, VehicleKind

PASSWORD = "demo-dispatch"  # noqa: S105 (printed at start; never created outside a demo)
SHIFT_LEAD = "Shift lead"


@dataclass(frozen=True)
class Person:
    """A member to create: the part of the address before the @, full name, role."""

    account: str
    name: str
    role: str
    team: str = ""


MEMBERS = (
    Person("dispatcher", "Mirjam Keller", RoleKind.DISPATCHER),
    Person("dispatcher2", "Daniel Ospelt", RoleKind.DISPATCHER),
    Person("unterland", "Sabrina Nigg", RoleKind.DISPATCHER, team="Unterland"),
    Person("admin", "Regula Frommelt", RoleKind.TENANT_ADMIN),
    Person("lead", "Christoph Lampert", RoleKind.CUSTOM),
    Person("observer", "Ingrid Beck", RoleKind.OBSERVER),
    Person("support", "Jasmin Hilty", RoleKind.SUPPORT),
    Person("warehouse", "Erwin Sprenger", RoleKind.WAREHOUSE),
)


@cache
def password_hash() -> str:
    # One slow hash for all: hashing each person's password would take longer than everything else here.
    return make_password(PASSWORD)


def user(account: str, name: str, *, domain: str, is_superuser: bool = False) -> User:
    first, _, last = name.partition(" ")
    fields: dict[str, Any] = {"first_name": first, "last_name": last, "password": password_hash()}
    if is_superuser:
        fields |= {"is_staff": True, "is_superuser": True}
    return User.objects.get_or_create(email=f"{account}@{domain}", defaults=fields)[0]


def build_members(tenant: Tenant, people: tuple[Person, ...], *, domain: str) -> None:
    for person in people:
        member = user(person.account, person.name, domain=domain)
        join(tenant, member, person.role, team=person.team)
        if person.role == RoleKind.TENANT_ADMIN and not member.is_staff:
            member.is_staff = True
            member.save(update_fields=["is_staff"])


def join(tenant: Tenant, member: User, role: str, *, team: str = "") -> Membership:
    custom = None
    if role == RoleKind.CUSTOM:
        rights = sorted(BUILT_IN_ROLES[RoleKind.DISPATCHER] | {"orders.correct_closed"})
        custom, _ = CustomRole.objects.get_or_create(tenant=tenant, name=SHIFT_LEAD, defaults={"permissions": rights})
    membership, is_new = Membership.objects.get_or_create(
        tenant=tenant, user=member, defaults={"role": role, "custom_role": custom, "all_teams": not team}
    )
    if is_new and team:
        membership.teams.set(Team.objects.filter(tenant=tenant, name=team))
    return membership


def build_drivers(tenant: Tenant, names: tuple[str, ...], *, domain: str) -> list[Driver]:
    """One driver per vehicle, most of them everywhere, some only in a part of the country; a few are not at work."""
    vehicles = list(Vehicle.objects.filter(tenant=tenant).order_by("id"))
    # Dealt out with a step, so that neighbours in the list do not all ride bikes.
    dealt = [vehicles[position * 7 % len(vehicles)] for position in range(len(names))] if vehicles else []
    zones = {zone.code: zone for zone in Zone.objects.filter(tenant=tenant)}
    return [_driver(tenant, number, name, dealt[number], zones, domain=domain) for number, name in enumerate(names)]


def _driver(tenant: Tenant, number: int, name: str, vehicle: Vehicle, zones: dict[str, Zone], *, domain: str) -> Driver:
    member = user(f"driver{number + 1:02d}", name, domain=domain)
    join(tenant, member, RoleKind.DRIVER)
    known = Driver.objects.filter(tenant=tenant, user=member).first()
    if known is not None:
        return known
    rides = vehicle.kind in (VehicleKind.BIKE, VehicleKind.CARGO_BIKE, VehicleKind.SCOOTER)
    heavy = vehicle.licence_class == LicenceClass.COMMERCIAL
    driver = Driver.objects.create(
        tenant=tenant,
        user=member,
        name=name,
        phone=f"+423 79{number % 10} {number * 37 % 90 + 10:02d} {number * 53 % 90 + 10:02d}",
        status={37: DriverStatus.ON_LEAVE, 38: DriverStatus.SUSPENDED, 39: DriverStatus.INACTIVE}.get(
            number, DriverStatus.ACTIVE
        ),
        licence_number=f"FL {20_000 + number * 37}",
        licence_class=LicenceClass.COMMERCIAL if heavy or number % 5 == 0 else LicenceClass.STANDARD,
        primary_vehicle=vehicle,
        all_zones=number % 5 != 1,
    )
    driver.vehicles.add(vehicle)
    north = [zones[code] for code in NORTH if code in zones]
    south = [zones[code] for code in SOUTH if code in zones]
    home = north if number % 2 else south
    if not driver.all_zones:
        driver.allowed_zones.set(home or zones.values())
    elif rides and number % 3 == 0:
        driver.preferred_zones.set(home)
    return driver


NORTH = ("ESCHEN", "GAMPRIN", "MAUREN", "RUGGELL", "SCHELLENBERG", "SCHAAN", "SCHAAN-IND", "PLANKEN", "UNTERLAND")
SOUTH = ("VADUZ", "VADUZ-Z", "SCHAAN", "SCHAAN-IND", "TRIESEN", "TRIESENBERG", "BALZERS")
NORTHERN_TOWNS = {"Eschen", "Gamprin", "Mauren", "Ruggell", "Schellenberg"}


def build_customers(tenant: Tenant, *, count: int, seed: str) -> None:
    """Shops with their own door, a back door and a regular receiver each."""
    chance = random.Random(f"customers of {seed}")
    teams = {team.name: team for team in Team.objects.filter(tenant=tenant)}
    known = set(Customer.objects.filter(tenant=tenant).values_list("external_reference", flat=True))
    for number, (name, kind) in enumerate(SHOPS[:count]):
        door, elsewhere = streets.draw(chance), streets.draw(chance)
        reference = f"{kind.upper()}-{number + 1:03d}"
        if reference in known:
            continue
        team = teams.get("Unterland" if door.city in NORTHERN_TOWNS else "Oberland") if number % 2 else None
        customer = Customer.objects.create(
            tenant=tenant,
            team=team,
            name=name,
            phone=f"+423 2{number % 9 + 30} {number * 31 % 90 + 10:02d} {number * 17 % 90 + 10:02d}",
            email=f"orders@{slugify(name)}.example",
            external_reference=reference,
        )
        CustomerAddress.objects.bulk_create(
            CustomerAddress(
                tenant=tenant,
                customer=customer,
                label=label,
                text=place.label,
                latitude=place.lat,
                longitude=place.lng,
                contact_name=contact,
                contact_phone=customer.phone,
                notes=notes,
            )
            for label, place, contact, notes in (
                ("Shop", door, "Counter", "Ring at the side entrance after 18:00." if number % 3 == 0 else ""),
                ("Storage", elsewhere, "Storage", ""),
            )
        )


def partner_key(tenant: Tenant, *, name: str, customer: Customer | None = None) -> tuple[ApiKey, str]:
    """A fresh key; an older one of the same name is switched off, because its secret is not known any more."""
    ApiKey.objects.filter(tenant=tenant, name=name).update(is_active=False)
    return ApiKey.issue(tenant=tenant, name=name, role=RoleKind.PARTNER, customer=customer)


def member_key(membership: Membership, *, name: str) -> tuple[ApiKey, str]:
    ApiKey.objects.filter(tenant=membership.tenant, name=name).update(is_active=False)
    return ApiKey.issue(tenant=membership.tenant, name=name, role=membership.role, membership=membership)
