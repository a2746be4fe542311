"""Trips of the demo companies: planned ones with and without a driver, two on the road, one done, one called off."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch_console.core import access, clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Customer, Tenant, Warehouse
from dispatch_console.region.demo import streets
from dispatch_console.region.demo.names import RECEIVERS
from drivers.models import Driver, DriverStatus
from orders import commands
from orders.actions import Deliver, Depart, NewOrder, PickUp, Return
from orders.models import DeliveryService, Order
from orders.states import OrderType, Payer, PaymentMethod, Status
from routes.commands import trip_stops, trips
from routes.commands.trip_layout import PlannedStop
from routes.models import Trip, TripType
from routes.models.trip import LIVE

# Somebody who signs in as this driver finds a trip on the phone.
DRIVER_OF_A_TRIP = "driver04@"
A_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Tour:
    """Planned so many `minutes` ago. `delivered`: all is fetched, and so many are brought; None is not begun.

    `collects`: from doors to the hub.
    """

    type: str
    orders: int
    delivered: int | None = None
    minutes: int = 30
    has_driver: bool = True
    is_cancelled: bool = False
    collects: bool = False
    notes: str = ""


TOURS = (
    Tour(TripType.MULTI_DROPOFF, 5, delivered=2, minutes=95, notes="Cool boxes first"),
    Tour(TripType.MIXED, 4, delivered=0, minutes=60),
    Tour(TripType.MULTI_DROPOFF, 4, delivered=4, minutes=190),
    Tour(TripType.MULTI_DROPOFF, 6, minutes=25, notes="Leaves when the 11 o'clock truck is unloaded"),
    Tour(TripType.MULTI_PICKUP, 4, minutes=18, collects=True),
    Tour(TripType.MIXED, 3, minutes=12, has_driver=False, notes="Needs somebody with a van"),
    Tour(TripType.MULTI_DROPOFF, 2, minutes=150, is_cancelled=True, notes="The shop closed for the day"),
)


def live(tenant: Tenant, now: datetime) -> int:
    """Plan the trips of a company's day, once, and let happen what has happened; how many were made."""
    hub = Warehouse.objects.filter(tenant=tenant, is_active=True).order_by("code").first()
    service = DeliveryService.objects.filter(tenant=tenant, code="STANDARD").first()
    today = Trip.objects.filter(tenant=tenant, created_at__gt=now - A_DAY)
    if today.exists() or hub is None or service is None:
        return 0
    actor = access.system_actor(tenant.pk, label="Planning")
    chance = random.Random(f"{tenant.slug} trips")
    drivers = _drivers(tenant)
    for tour in TOURS:
        began = now - timedelta(minutes=tour.minutes)
        if tour.has_driver and not drivers:
            continue
        driver = drivers.pop(0) if tour.has_driver else None
        with clock.at(began):
            codes = [_order(tour, hub, service, actor, chance) for _ in range(tour.orders)]
            trip = _planned(tour, codes, driver, actor, chance)
        _drive(trip, tour, began, actor)
        if tour.is_cancelled:
            with clock.at(began + timedelta(minutes=20)):
                trips.cancel(trip.label, reason=tour.notes, actor=actor)
    return today.count()


def _drivers(tenant: Tenant) -> list[Driver]:
    """Those with much room and no trip, the one of the phone first, who is on the road."""
    able = Driver.objects.filter(tenant=tenant, status=DriverStatus.ACTIVE, all_zones=True, is_online=True)
    able = able.filter(primary_vehicle__is_active=True).exclude(trips__status__in=LIVE)
    # The largest vehicles go with the routes.
    found = list(able.order_by("-primary_vehicle__capacity_units", "pk")[8:20])
    known = able.filter(user__email__startswith=DRIVER_OF_A_TRIP).first()
    return [known, *(driver for driver in found if driver != known)] if known is not None else found


def _planned(tour: Tour, codes: list[str], driver: Driver | None, actor: Actor, chance: random.Random) -> Trip:
    """The trip with as many of the orders as fit its driver's vehicle."""
    driver_id = driver.pk if driver else None
    trip = trips.create(trip_type=tour.type, driver_id=driver_id, notes=tour.notes, actor=actor).trip
    try:
        trip_stops.add(trip.label, orders=codes, actor=actor)
    except DomainError:
        for code in codes:
            with suppress(DomainError):
                trip_stops.add(trip.label, orders=[code], actor=actor)
    if tour.type == TripType.MIXED:
        stops = [PlannedStop(*row) for row in trip.stops.order_by("place").values_list("order__code", "kind")]
        pickups = [stop for stop in stops if stop.kind == "pickup"]
        rest = [stop for stop in stops if stop.kind == "dropoff"]
        chance.shuffle(rest)
        trip_stops.reorder(trip.label, stops=[*pickups[:2], *_after(pickups[2:], rest)], actor=actor)
    return trip


def _after(pickups: Sequence[PlannedStop], dropoffs: Sequence[PlannedStop]) -> list[PlannedStop]:
    """The dropoffs in their sequence, each pickup right before its own."""
    own = {stop.code: stop for stop in pickups}
    found = []
    for stop in dropoffs:
        if stop.code in own:
            found.append(own[stop.code])
        found.append(stop)
    return found


def _drive(trip: Trip, tour: Tour, began: datetime, actor: Actor) -> None:
    """The stops that were done, one after the other; the last package of a whole trip comes back."""
    if tour.delivered is None:
        return
    stops = list(trip.stops.order_by("place").values_list("order__code", "kind"))
    last = len(stops)
    done = 3 if tour.type == TripType.MIXED else len(stops) // 2 + tour.delivered
    for number, (code, kind) in enumerate(stops[:done], start=1):
        with clock.at(began + timedelta(minutes=10 + 8 * number)), suppress(DomainError):
            if kind == "pickup":
                commands.perform(PickUp(note="Counted at the hub"), code=code, actor=actor)
                continue
            if Order.objects.visible_to(actor).get(code=code).status == Status.PICKED_UP:
                commands.perform(Depart(), code=code, actor=actor)
            ends = Return(reason="Nobody at home") if number == last else Deliver(note="Handed over at the door")
            commands.perform(ends, code=code, actor=actor)
    on_board = Order.objects.visible_to(actor).filter(held_by=trip.held_by, status=Status.PICKED_UP).order_by("pk")
    if following := on_board.first():
        with clock.at(began + timedelta(minutes=14 + 8 * done)):
            commands.perform(Depart(), code=following.code, actor=actor)


def _order(tour: Tour, hub: Warehouse, service: DeliveryService, actor: Actor, chance: random.Random) -> str:
    customers = Customer.objects.filter(tenant_id=hub.tenant_id, is_active=True).order_by("pk")[:20]
    at_hub, at_door = ("dropoff", "pickup") if tour.collects else ("pickup", "dropoff")
    door = streets.draw_near(chance, (hub.latitude, hub.longitude))
    values: dict[str, Any] = {
        "customer_id": chance.choice(list(customers)).pk,
        "service_id": service.pk,
        "unit_size": 1,
        "payer": Payer.SENDER,
        "payment_method": PaymentMethod.ACCOUNT,
        f"{at_door}_address": door.label,
        f"{at_door}_latitude": door.lat,
        f"{at_door}_longitude": door.lng,
        f"{at_door}_contact": chance.choice(RECEIVERS),
    }
    if tour.type == TripType.MIXED:
        shop = streets.draw_near(chance, (door.lat, door.lng))
        values |= {"pickup_address": shop.label, "pickup_latitude": shop.lat, "pickup_longitude": shop.lng}
    else:
        values[f"{at_hub}_warehouse_id"] = hub.pk
    kind = OrderType.PICKUP if tour.collects else OrderType.DELIVERY
    return commands.create(NewOrder(type=kind, values=values), actor=actor).order.code
