"""Builds a demo company: zones, warehouses, services, vehicles, reasons. Every step may run again."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dispatch_console.core.models import Team, Tenant, Warehouse, Zone
from dispatch_console.core.models.places import ZoneShape
from dispatch_console.region.demo.names import REASONS
from dispatch_console.region.demo.streets import DATA
from drivers.models import LicenceClass, Vehicle, VehicleKind
from orders.models import DeliveryService, FulfilmentPolicy, Reason
from orders.models.service import AssignmentMode, ServiceLevel, StagingRule
from orders.states import OrderType

TWO_WHEELS = [VehicleKind.BIKE, VehicleKind.CARGO_BIKE, VehicleKind.SCOOTER]

SERVICES: dict[str, dict[str, Any]] = {
    "EXPRESS": {
        "name": "Express 60",
        "level": ServiceLevel.EXPRESS,
        "order_types": [OrderType.ON_DEMAND, OrderType.PICKUP_DELIVERY],
        "promise_minutes": 60,
        "max_units": 8,
        "default_price": Decimal("14.50"),
    },
    "FOOD": {
        "name": "Hot food 45",
        "level": ServiceLevel.EXPRESS,
        "order_types": [OrderType.ON_DEMAND],
        "promise_minutes": 45,
        "max_units": 4,
        "default_price": Decimal("6.90"),
        "requires_vehicle": True,
        "vehicle_kinds": [*TWO_WHEELS, VehicleKind.CAR],
    },
    "PHARMA": {
        "name": "Pharmacy, signed",
        "level": ServiceLevel.STANDARD,
        "order_types": [OrderType.ON_DEMAND, OrderType.DELIVERY],
        "promise_minutes": 120,
        "max_units": 6,
        "default_price": Decimal("11.00"),
        "policy": "Signature at the door",
    },
    "STANDARD": {
        "name": "Standard 3 h",
        "level": ServiceLevel.STANDARD,
        "promise_minutes": 180,
        "max_units": 20,
        "default_price": Decimal("9.80"),
    },
    "SAMEDAY": {
        "name": "Same day",
        "level": ServiceLevel.SAME_DAY,
        "order_types": [OrderType.PICKUP, OrderType.DELIVERY, OrderType.PICKUP_DELIVERY],
        "promise_minutes": 420,
        "max_units": 30,
        "default_price": Decimal("7.20"),
        "policy": "Photo at the door",
    },
    "BULKY": {
        "name": "Bulky goods",
        "level": ServiceLevel.SCHEDULED,
        "order_types": [OrderType.PICKUP, OrderType.DELIVERY],
        "promise_minutes": 300,
        "min_units": 10,
        "max_units": 80,
        "default_price": Decimal("39.00"),
        "requires_vehicle": True,
        "vehicle_kinds": [VehicleKind.VAN, VehicleKind.TRUCK],
    },
    "VIAHUB": {
        "name": "Overnight via hub",
        "level": ServiceLevel.NEXT_DAY,
        "order_types": [OrderType.PICKUP_DELIVERY],
        "promise_minutes": 1440,
        "max_units": 30,
        "default_price": Decimal("5.90"),
        "requires_staging": True,
        "staging_rule": StagingRule.DEFAULT,
    },
}
POLICIES: dict[str, dict[str, Any]] = {
    "Plain": {"assignment_mode": AssignmentMode.MANUAL},
    "Photo at the door": {"assignment_mode": AssignmentMode.HYBRID, "delivery_photo": True},
    "Signature at the door": {"assignment_mode": AssignmentMode.MANUAL, "delivery_signature": True},
}
FLEET: tuple[tuple[str, str, int, str], ...] = (
    (VehicleKind.BIKE, "Bike", 6, LicenceClass.STANDARD),
    (VehicleKind.CARGO_BIKE, "Cargo bike", 14, LicenceClass.STANDARD),
    (VehicleKind.SCOOTER, "Scooter", 8, LicenceClass.STANDARD),
    (VehicleKind.CAR, "Car", 24, LicenceClass.STANDARD),
    (VehicleKind.VAN, "Van", 80, LicenceClass.STANDARD),
    (VehicleKind.TRUCK, "Truck", 240, LicenceClass.COMMERCIAL),
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What distinguishes one demo company from another."""

    slug: str
    name: str
    order_prefix: str
    zones: tuple[str, ...] | None = None
    """Names of its zones; None means all of the region's."""
    teams: tuple[str, ...] = ()
    warehouses: tuple[tuple[str, str, str, float, float], ...] = ()
    """Code, name, address, latitude, longitude."""
    vehicles: dict[str, int] = field(default_factory=dict)
    map_view: tuple[float, float, int] = (47.168, 9.527, 12)
    drivers_accept: bool = True


def build(profile: Profile) -> Tenant:
    """The company with everything but its people."""
    latitude, longitude, zoom = profile.map_view
    tenant, _ = Tenant.objects.get_or_create(
        slug=profile.slug,
        defaults={
            "name": profile.name,
            "timezone": "Europe/Vaduz",
            "currency": "CHF",
            "order_prefix": profile.order_prefix,
            "drivers_accept": profile.drivers_accept,
            "map_latitude": latitude,
            "map_longitude": longitude,
            "map_zoom": zoom,
        },
    )
    for name in profile.teams:
        Team.objects.get_or_create(tenant=tenant, name=name)
    for number, (code, name, address, latitude, longitude) in enumerate(profile.warehouses):
        place = {"name": name, "address": address, "latitude": latitude, "longitude": longitude}
        place["is_default_staging"] = number == 0
        Warehouse.objects.get_or_create(tenant=tenant, code=code, defaults=place)
    _build_zones(tenant, profile)
    _build_services(tenant)
    _build_reasons(tenant)
    _build_vehicles(tenant, profile)
    return tenant


def _build_zones(tenant: Tenant, profile: Profile) -> None:
    hub = tenant.warehouses.order_by("code").first()
    known = set(tenant.zones.values_list("code", flat=True))
    document = json.loads((DATA / "zones.geojson").read_text(encoding="utf-8"))
    for feature in document["features"]:
        properties = feature["properties"]
        is_wanted = profile.zones is None or properties["name"] in profile.zones
        if not is_wanted or properties["code"] in known:
            continue
        zone = Zone(
            tenant=tenant,
            name=properties["name"],
            code=properties["code"],
            colour=properties["colour"],
            shape=properties["shape"],
            geometry=feature["geometry"],
            hub_warehouse=hub,
        )
        if zone.shape == ZoneShape.CIRCLE:
            zone.centre_longitude, zone.centre_latitude = feature["geometry"]["coordinates"]
            zone.radius_metres = properties["radius"]
        zone.clean()
        zone.save()


def _build_services(tenant: Tenant) -> None:
    policies = {
        name: FulfilmentPolicy.objects.get_or_create(tenant=tenant, name=name, defaults=fields)[0]
        for name, fields in POLICIES.items()
    }
    for code, fields in SERVICES.items():
        policy = policies[fields.get("policy", "Plain")]
        DeliveryService.objects.get_or_create(tenant=tenant, code=code, defaults={**fields, "policy": policy})


def _build_reasons(tenant: Tenant) -> None:
    for kind, labels in REASONS.items():
        for position, label in enumerate(labels):
            Reason.objects.get_or_create(tenant=tenant, kind=kind, label=label, defaults={"position": position})


def _build_vehicles(tenant: Tenant, profile: Profile) -> None:
    known = set(tenant.vehicles.values_list("code", flat=True))
    for kind, name, units, licence in FLEET:
        for number in range(1, profile.vehicles.get(kind, 0) + 1):
            code = f"{kind[:2].upper()}{'C' if kind == VehicleKind.CARGO_BIKE else ''}{number:02d}"
            if code not in known:
                Vehicle.objects.create(
                    tenant=tenant,
                    name=f"{name} {number}",
                    code=code,
                    kind=kind,
                    capacity_units=units,
                    licence_class=licence,
                )
