"""The two demo companies: a busy one to work in, and a small one behind the wall."""

from dispatch_console.core.models import Tenant
from dispatch_console.core.permissions import RoleKind
from dispatch_console.region.demo import company, people
from dispatch_console.region.demo.company import Profile
from dispatch_console.region.demo.names import DRIVERS, SECOND_COMPANY_DRIVERS
from dispatch_console.region.demo.people import Person
from drivers.models import VehicleKind

RHEINTAL = Profile(
    slug="rheintal-kurier",
    name="Rheintal Kurier",
    order_prefix="D-",
    teams=("Oberland", "Unterland"),
    warehouses=(
        ("SCHAAN", "Hub Schaan", "Im alten Riet 121, 9494 Schaan", 47.17905, 9.51245),
        ("BALZERS", "Depot Balzers", "Industriestrasse 20, 9496 Balzers", 47.0727, 9.4987),
    ),
    vehicles={
        VehicleKind.BIKE: 12,
        VehicleKind.CARGO_BIKE: 6,
        VehicleKind.SCOOTER: 4,
        VehicleKind.CAR: 9,
        VehicleKind.VAN: 8,
        VehicleKind.TRUCK: 1,
    },
)
ALPEN = Profile(
    slug="alpen-express",
    name="Alpen Express",
    order_prefix="AX-",
    zones=("Vaduz", "Triesen", "Triesenberg", "Balzers"),
    warehouses=(("TRIESEN", "Lager Triesen", "Landstrasse 300, 9495 Triesen", 47.0985, 9.5256),),
    vehicles={VehicleKind.CAR: 4, VehicleKind.VAN: 2},
    map_view=(47.112, 9.535, 13),
    drivers_accept=False,
)
RHEINTAL_DOMAIN, ALPEN_DOMAIN = "rheintal.example", "alpen.example"
BOTH_DOMAIN = "demo.example"

ALPEN_MEMBERS = (
    Person("dispatcher", "Seraina Caviezel", RoleKind.DISPATCHER),
    Person("admin", "Andri Tuor", RoleKind.TENANT_ADMIN),
)


def build_rheintal() -> Tenant:
    tenant = company.build(RHEINTAL)
    people.build_members(tenant, people.MEMBERS, domain=RHEINTAL_DOMAIN)
    people.build_drivers(tenant, DRIVERS, domain=RHEINTAL_DOMAIN)
    people.build_customers(tenant, count=40, seed=tenant.slug)
    return tenant


def build_alpen() -> Tenant:
    tenant = company.build(ALPEN)
    people.build_members(tenant, ALPEN_MEMBERS, domain=ALPEN_DOMAIN)
    people.build_drivers(tenant, SECOND_COMPANY_DRIVERS, domain=ALPEN_DOMAIN)
    people.build_customers(tenant, count=12, seed=tenant.slug)
    return tenant


def build_people_of_both(*tenants: Tenant) -> None:
    """Somebody who dispatches for both companies, one at a time; and the owner of the installation."""
    for tenant in tenants:
        people.join(tenant, people.user("both", "Aurelia Wenzel", domain=BOTH_DOMAIN), RoleKind.DISPATCHER)
    people.user("owner", "Theo Matt", domain=BOTH_DOMAIN, is_superuser=True)
