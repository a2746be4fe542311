"""Drivers together with their work: the one row that the driver panel, the live frames and the API share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from django.db.models import Case, Count, F, Q, Sum, When

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.filtering import once_each
from dispatch_console.core.keyset import count_up_to, read_limit, read_page
from drivers import commands as driver_commands
from drivers import selectors as drivers
from drivers.models import Driver
from orders.models import Order
from orders.states import MOVING, Status

IN_WORK = (Status.ASSIGNED, *MOVING)
NAMED_AT_MOST = 3


class VehiclePart(TypedDict):
    id: int
    name: str
    kind: str
    capacity_units: int


class PositionPart(TypedDict):
    """`speed` in metres per second, `heading` in degrees from north; `flags` as in a position frame."""

    lat: float
    lng: float
    heading: float | None
    speed: float | None
    accuracy: float | None
    battery: float | None
    recorded_at: str
    flags: int


class FleetRow(TypedDict):
    """One driver in a list. `load_units` counts open work and cancelled packages still in the driver's hands."""

    id: int
    name: str
    phone: str
    licence_number: str
    status: str
    is_online: bool
    online_changed_at: str | None
    version: int
    vehicle: VehiclePart | None
    open_orders: int
    moving_orders: int
    load_units: int
    position: PositionPart | None


@dataclass(frozen=True, slots=True)
class Work:
    open_orders: int = 0
    moving_orders: int = 0
    load_units: int = 0


@dataclass(frozen=True, slots=True)
class FleetPage:
    rows: list[FleetRow]
    next_cursor: str | None
    total: int
    total_is_capped: bool


def fleet_page(actor: Actor, params: Mapping[str, str]) -> FleetPage:
    """One page of the drivers the actor may see, and how many the filters leave in all."""
    asked = once_each(params)
    found = drivers.filtered_drivers(actor, asked)
    page = read_page(
        found,
        drivers.SORTS,
        ordering=asked.get("ordering") or drivers.DEFAULT_ORDERING,
        cursor=asked.get("cursor", ""),
        limit=read_limit(asked.get("limit", "")),
    )
    rows = rows_for(page.ids)
    total, is_capped = count_up_to(found)
    return FleetPage([rows[pk] for pk in page.ids if pk in rows], page.next_cursor, total, is_capped)


def rows_for(driver_ids: Iterable[int]) -> dict[int, FleetRow]:
    """The rows of drivers known by id: the caller has already decided who may see them. Two queries."""
    ids = list(driver_ids)
    work = work_of(ids)
    found = Driver.objects.filter(pk__in=ids).select_related("primary_vehicle", "position").order_by()
    return {driver.pk: _row(driver, work.get(driver.pk, Work())) for driver in found}


def work_of(driver_ids: Iterable[int]) -> dict[int, Work]:
    """What each driver has to do and carries, in one query; a driver without work is left out."""
    ids = list(driver_ids)
    kept = Q(status=Status.CANCELLED)
    carried = Q(driver__in=ids, status__in=IN_WORK) | Q(kept, holder__in=ids)
    found = (
        Order.objects.filter(carried)
        .annotate(carrier=Case(When(kept, then=F("holder_id")), default=F("driver_id")))
        .order_by()
        .values_list("carrier")
        .annotate(
            open_orders=Count("pk", filter=~kept),
            moving_orders=Count("pk", filter=Q(status__in=MOVING)),
            load_units=Sum("unit_size"),
        )
    )
    return {driver_id: Work(*counts) for driver_id, *counts in found}


def set_online(driver_id: int, *, online: bool, actor: Actor) -> Driver:
    """Take a driver on or off duty, for every door: nobody goes off duty with packages on the way."""
    return driver_commands.set_online(driver_id, online=online, actor=actor, objection=work_in_progress)


def work_in_progress(driver: Driver) -> str:
    """The sentence against going offline, or nothing."""
    moving = Order.objects.filter(driver=driver, status__in=MOVING).order_by("pk")
    codes = list(moving.values_list("code", flat=True)[: NAMED_AT_MOST + 1])
    if not codes:
        return ""
    named = ", ".join(codes[:NAMED_AT_MOST]) + (" and more" if len(codes) > NAMED_AT_MOST else "")
    noun = "an order" if len(codes) == 1 else "orders"
    return (
        f"{driver.name} has {noun} on the way ({named}). "
        "Deliver, return or switch to another driver first, then go offline."
    )


def _row(driver: Driver, work: Work) -> FleetRow:
    vehicle = driver.primary_vehicle
    return {
        "id": driver.pk,
        "name": driver.name,
        "phone": driver.phone,
        "licence_number": driver.licence_number,
        "status": driver.status,
        "is_online": driver.is_online,
        "online_changed_at": clock.iso(driver.online_changed_at),
        "version": driver.version,
        "vehicle": None
        if vehicle is None
        else {
            "id": vehicle.pk,
            "name": vehicle.name,
            "kind": vehicle.kind,
            "capacity_units": vehicle.capacity_units,
        },
        "open_orders": work.open_orders,
        "moving_orders": work.moving_orders,
        "load_units": work.load_units,
        "position": _position(driver),
    }


def _position(driver: Driver) -> PositionPart | None:
    position = getattr(driver, "position", None)
    if position is None:
        return None
    return {
        "lat": position.latitude,
        "lng": position.longitude,
        "heading": position.heading,
        "speed": position.speed,
        "accuracy": position.accuracy,
        "battery": position.battery,
        "recorded_at": clock.iso(position.recorded_at),
        "flags": position.flags,
    }
