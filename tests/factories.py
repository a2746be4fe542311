"""Plain functions that make the things tests speak about; every argument has a sensible default."""

import itertools
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor, ActorKind, Source
from dispatch_console.core.models import (
    ApiKey,
    Customer,
    CustomerAddress,
    Membership,
    Team,
    Tenant,
    User,
    Warehouse,
    Zone,
)
from dispatch_console.core.permissions import BUILT_IN_ROLES, RoleKind
from drivers.models import Driver, Vehicle, VehicleKind
from orders import commands, evidence
from orders.actions import NewOrder
from orders.engine import Outcome
from orders.models import (
    BulkRun,
    BulkState,
    DeliveryService,
    FulfilmentPolicy,
    ImportJob,
    ImportState,
    Offer,
    OfferSearch,
    Order,
    PrintJob,
    Proof,
)
from orders.states import OrderType, Payer, PaymentMethod, ProofKind, Stage
from routes.commands import trips, waybills
from routes.commands.waybill_proofs import subject_of
from routes.models import PlanKind, PlanRun, PlanState, Trip, TripType, Waybill, WaybillProof
from routes.models.waybill import ENDS

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_tenant(**over: Any) -> Tenant:
    number = next(_numbers)
    return Tenant.objects.create(
        **{
            "name": f"Tenant {number}",
            "slug": f"tenant-{number}",
            "timezone": "Europe/Vaduz",
            "currency": "CHF",
            **over,
        }
    )


def make_user(**over: Any) -> User:
    number = next(_numbers)
    fields = {"email": f"user{number}@example.test", "password": PASSWORD, "first_name": "User", **over}
    return User.objects.create_user(**fields)


def make_member(tenant: Tenant, role: str = RoleKind.DISPATCHER, *, teams: list[Team] | None = None, **over: Any):
    """A membership with its user; `teams` limits it to those teams."""
    member = Membership.objects.create(
        **{"tenant": tenant, "user": over.pop("user", None) or make_user(), "role": role, "all_teams": teams is None}
        | over
    )
    if teams is not None:
        member.teams.set(teams)
    return member


def make_key(tenant: Tenant, role: str = RoleKind.PARTNER, **over: Any) -> tuple[ApiKey, str]:
    return ApiKey.issue(tenant=tenant, role=role, **{"name": f"Key {next(_numbers)}", **over})


def make_actor(tenant: Tenant, role: str = RoleKind.DISPATCHER, **over: Any) -> Actor:
    """An actor made of nothing but rights, for tests of commands."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "kind": ActorKind.USER,
        "id": number,
        "label": f"Actor {number}",
        "tenant_id": tenant.pk,
        "permissions": BUILT_IN_ROLES[role],
        "source": Source.API,
    }
    return Actor(**fields | over)


def make_team(tenant: Tenant, **over: Any) -> Team:
    return Team.objects.create(**{"tenant": tenant, "name": f"Team {next(_numbers)}", **over})


def make_customer(tenant: Tenant, **over: Any) -> Customer:
    number = next(_numbers)
    return Customer.objects.create(
        **{"tenant": tenant, "name": f"Customer {number}", "phone": f"+423 232 {number:04d}", **over}
    )


def make_address(customer: Customer, **over: Any) -> CustomerAddress:
    fields = {"text": f"Landstrasse {next(_numbers)}, Triesen", "latitude": 47.108, "longitude": 9.528}
    return CustomerAddress.objects.create(**{"tenant": customer.tenant, "customer": customer, **fields, **over})


def make_service(tenant: Tenant, **over: Any) -> DeliveryService:
    number = next(_numbers)
    fields = {
        "name": f"Service {number}",
        "code": f"S{number}",
        "promise_minutes": 60,
        "default_price": Decimal("9.50"),
    }
    return DeliveryService.objects.create(**{"tenant": tenant, **fields, **over})


def make_policy(tenant: Tenant, **over: Any) -> FulfilmentPolicy:
    return FulfilmentPolicy.objects.create(**{"tenant": tenant, "name": f"Policy {next(_numbers)}", **over})


def make_vehicle(tenant: Tenant, **over: Any) -> Vehicle:
    number = next(_numbers)
    fields = {"name": f"Bike {number}", "code": f"V{number}", "kind": VehicleKind.BIKE, "capacity_units": 10}
    return Vehicle.objects.create(**{"tenant": tenant, **fields, **over})


def make_driver(tenant: Tenant, *, zones: list[Zone] | None = None, preferred: list[Zone] | None = None, **over: Any):
    """An online, active driver with a vehicle; `zones` limits where the driver may work."""
    fields = {"name": f"Driver {next(_numbers)}", "is_online": True, "all_zones": zones is None}
    if "primary_vehicle" not in over:
        fields["primary_vehicle"] = make_vehicle(tenant)
    driver = Driver.objects.create(**{"tenant": tenant, **fields, **over})
    if driver.primary_vehicle is not None:
        driver.vehicles.add(driver.primary_vehicle)
    driver.allowed_zones.set(zones or [])
    driver.preferred_zones.set(preferred or [])
    return driver


def make_driver_actor(driver: Driver, **over: Any) -> Actor:
    """The driver as an actor through the driver app."""
    return make_actor(
        driver.tenant,
        RoleKind.DRIVER,
        **{"kind": ActorKind.DRIVER, "id": driver.pk, "label": driver.name, "driver_id": driver.pk}
        | {"source": Source.DRIVER_APP}
        | over,
    )


def make_warehouse(tenant: Tenant, **over: Any) -> Warehouse:
    number = next(_numbers)
    fields = {"name": f"Hub {number}", "code": f"H{number}", "address": "Industriering 1", "latitude": 47.16}
    return Warehouse.objects.create(**{"tenant": tenant, "longitude": 9.51, **fields, **over})


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def make_zone(tenant: Tenant, geometry: dict[str, Any] | None = None, **over: Any) -> Zone:
    number = next(_numbers)
    fields = {"name": f"Zone {number}", "code": f"Z{number}", "geometry": geometry or square(9.4, 47.0, 9.6, 47.3)}
    return Zone.objects.create(**{"tenant": tenant, **fields, **over})


def order_values(tenant: Tenant, **over: Any) -> dict[str, Any]:
    """Form values of a valid order between two addresses."""
    values: dict[str, Any] = {
        "pickup_address": "Städtle 12, Vaduz",
        "pickup_latitude": 47.1393,
        "pickup_longitude": 9.5228,
        "dropoff_address": "Landstrasse 98, Triesen",
        "dropoff_latitude": 47.1080,
        "dropoff_longitude": 9.5280,
        "payer": Payer.SENDER,
        "payment_method": PaymentMethod.ACCOUNT,
        "unit_size": 1,
    }
    if "customer_id" not in over:
        values["customer_id"] = make_customer(tenant).pk
    if "service_id" not in over:
        values["service_id"] = make_service(tenant).pk
    return values | over


def create_order(
    tenant: Tenant, *, actor: Actor | None = None, order_type: str = OrderType.ON_DEMAND, **over: Any
) -> Outcome:
    """An order made through the command, as every door makes it."""
    of_order = ("is_draft", "carrier_type", "barcode", "driver_id", "staging_warehouse_id", "wants_replacement")
    options = {name: over.pop(name) for name in of_order if name in over}
    new = NewOrder(type=order_type, values=order_values(tenant, **over), **options)
    return commands.create(new, actor=actor or make_actor(tenant))


def make_order(tenant: Tenant, *, status: str | None = None, driver: Driver | None = None, **over: Any) -> Order:
    """An order brought to `status` by real commands; a driver is made when the status needs one."""
    from tests.lifecycle import bring_to

    order = create_order(tenant, **over).order
    return order if status is None else bring_to(order, status, driver=driver)


def make_staged(tenant: Tenant, **over: Any) -> tuple[Order, Order, Order]:
    """A pickup & delivery order over a warehouse: the parent, its inbound and its outbound leg."""
    if "staging_warehouse_id" not in over:
        over["staging_warehouse_id"] = make_warehouse(tenant).pk
    items = over.pop("items", [{"name": "Box", "quantity": 2}])
    parent = create_order(tenant, order_type=OrderType.PICKUP_DELIVERY, items=items, **over).order
    inbound, outbound = parent.legs.order_by("leg")
    return parent, inbound, outbound


def make_waybill(tenant: Tenant, *, actor: Actor | None = None, **over: Any) -> Waybill:
    """A drafted waybill between two warehouses, without orders."""
    ends = {f"{end}_warehouse_id": make_warehouse(tenant).pk for end in ENDS}
    return waybills.create({**ends, "carrier_type": "internal", **over}, actor=actor or make_actor(tenant)).group


def make_picture(size: tuple[int, int] = (40, 30), file_format: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a small picture."""
    out = BytesIO()
    Image.new("RGB", size, "#c04020").save(out, file_format, **options)
    return out.getvalue()


def make_proof(order: Order, *, kind: str = ProofKind.PHOTO, stage: str = Stage.DELIVERY, **over: Any) -> Proof:
    """A picture that was uploaded and belongs to no act yet; there is no file behind it."""
    fields = {"file": "proofs/none.jpg", "actor_kind": ActorKind.USER, "actor_label": "Somebody"}
    created_at = clock.now()
    return Proof.objects.create(
        **{"tenant": order.tenant, "order": order, "kind": kind, "stage": stage, "created_at": created_at, **fields}
        | over
    )


def make_waybill_proof(waybill: Waybill, *, data: bytes | None = None, **over: Any) -> WaybillProof:
    """A photo of its receipt that a dispatcher uploaded and no act has named yet."""
    given = {"kind": ProofKind.PHOTO, "stage": Stage.DELIVERY, "data": data or make_picture(), **over}
    actor = given.pop("actor", None) or make_actor(waybill.tenant)
    return evidence.upload(subject_of(waybill), actor, **given)[0]


def make_bulk_run(tenant: Tenant, **over: Any) -> BulkRun:
    """A run that is over; it changed nothing."""
    number, now = next(_numbers), clock.now()
    fields = {"action": "hold", "label": "Hold", "state": BulkState.SUCCESS, "source": Source.API}
    who = {"actor_kind": ActorKind.USER, "actor_label": "Somebody"}
    return BulkRun.objects.create(tenant=tenant, number=number, created_at=now, started_at=now, **fields | who | over)


def make_import(tenant: Tenant, **over: Any) -> ImportJob:
    """A file with one order that has no customer; its columns are mapped."""
    number, now = next(_numbers), clock.now()
    job = ImportJob(
        **{
            "tenant": tenant,
            "number": number,
            "label": f"IMP-{number:05d}",
            "state": ImportState.MAPPED,
            "name": "orders.csv",
            "format": "csv",
            "encoding": "utf-8-sig",
            "delimiter": ",",
            "size": 20,
            "headings": ["Reference"],
            "mapping": {"external_reference": {"column": 0, "value": ""}},
            "total": 1,
            "source": Source.API,
            "actor_kind": ActorKind.USER,
            "actor_label": "Somebody",
            "created_at": now,
            "expires_at": now + timedelta(days=30),
        }
        | over
    )
    job.file.save("orders.csv", ContentFile(b"Reference\nR1\n"))
    return job


def make_plan_run(tenant: Tenant, **over: Any) -> PlanRun:
    """A plan that was thrown away; it changed nothing."""
    number, now = next(_numbers), clock.now()
    fields = {"kind": PlanKind.BUILD, "state": PlanState.DISCARDED, "source": Source.API}
    who = {"actor_kind": ActorKind.USER, "actor_label": "Somebody"}
    return PlanRun.objects.create(tenant=tenant, number=number, created_at=now, **fields | who | over)


def make_print_job(tenant: Tenant, **over: Any) -> PrintJob:
    """A file that nobody has made yet."""
    fields = {"form": "labels", "paper": "a4", "expires_at": minutes_from_now(60), "created_at": clock.now()}
    who = {"actor_kind": ActorKind.USER, "actor_label": "Somebody"}
    return PrintJob.objects.create(tenant=tenant, **fields | who | over)


def minutes_from_now(minutes: int):
    return clock.now() + timedelta(minutes=minutes)


def make_offer(driver: Driver, order: Order | None = None) -> Offer:
    """An order that is offered to the driver in a first wave."""
    order = order or make_order(driver.tenant)
    now, ends = clock.now(), minutes_from_now(2)
    search = OfferSearch.objects.create(
        tenant=driver.tenant,
        order=order,
        order_version=order.version,
        started_by="Somebody",
        started_at=now,
        radius=2000,
        wave_ends_at=ends,
    )
    return Offer.objects.create(
        tenant=driver.tenant, search=search, order=order, driver=driver, wave=1, offered_at=now, expires_at=ends
    )


def make_trip(tenant: Tenant, orders: Iterable[Order | str] = (), *, driver: Driver | None = None, **over: Any) -> Trip:
    """A planned trip made through the command; orders by themselves or by code."""
    fields = {"trip_type": TripType.MULTI_DROPOFF, "actor": over.pop("actor", None) or make_actor(tenant), **over}
    codes = [order if isinstance(order, str) else order.code for order in orders]
    return trips.create(orders=codes, driver_id=driver.pk if driver else None, **fields).trip
