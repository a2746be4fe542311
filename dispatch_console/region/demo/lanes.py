"""Lanes of the demo companies: routes with a schedule, and sessions in every state, run by real commands."""

import random
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from dispatch_console.core import access, clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Customer, Tenant, Warehouse
from dispatch_console.region.demo import streets
from dispatch_console.region.demo.names import RECEIVERS
from drivers.models import Driver, DriverStatus
from orders import commands
from orders.actions import Deliver, NewOrder, Return
from orders.models import DeliveryService
from orders.states import OrderType, Payer, PaymentMethod
from routes.commands import routes, session_opening, session_steps
from routes.models import Route, RouteSession

WORKDAYS, WEEKEND, DAILY = [1, 2, 3, 4, 5], [6, 7], [1, 2, 3, 4, 5, 6, 7]
STEPS = (session_steps.start, session_steps.pick_up, session_steps.depart, session_steps.complete)
# Somebody who signs in as this driver finds a session on the phone.
DRIVER_OF_THE_TOUR = "driver03@"


@dataclass(frozen=True)
class Lane:
    """`town` is where it ends, or nothing for another warehouse. `sessions` are orders and steps done."""

    name: str
    town: str
    at: time | None = None
    days: list[int] = field(default_factory=list)
    capacity: int | None = None
    sessions: tuple[tuple[int, int], ...] = ()
    has_driver: bool = True
    is_active: bool = True
    notes: str = ""


LANES = (
    Lane("Hub to Balzers", "Balzers", time(7, 30), WORKDAYS, 40, ((5, 4), (6, 3))),
    Lane("Evening round Unterland", "Eschen", time(17, 0), DAILY, 30, ((4, 1),), notes="The gate closes at 19:00."),
    Lane("Exchange between the hubs", "", time(12, 15), WORKDAYS, 60, ((4, 4), (5, 2))),
    Lane("Mauren and Ruggell", "Mauren", time(9, 0), [2, 4], None, ((3, 0),)),
    Lane("Triesenberg on Saturdays", "Triesenberg", time(10, 0), WEEKEND, 20, has_driver=False),
    Lane("Planken in summer", "Planken", is_active=False, notes="From May to September."),
)


def live(tenant: Tenant, now: datetime) -> int:
    """Make the lanes of a company that has none, and let their sessions happen; how many routes were made."""
    hubs = sorted(
        Warehouse.objects.filter(tenant=tenant, is_active=True), key=lambda hub: not hub.name.startswith("Hub")
    )
    service = DeliveryService.objects.filter(tenant=tenant, code="STANDARD").first()
    if Route.objects.filter(tenant=tenant).exists() or len(hubs) < 2 or service is None:
        return 0
    actor = access.system_actor(tenant.pk, label="Planning")
    chance = random.Random(f"{tenant.slug} lanes")
    drivers = _drivers(tenant)
    for lane in LANES:
        driver = drivers.pop(0) if lane.has_driver and drivers else None
        route = _route(lane, hubs, driver, actor, now, chance)
        for place, (count, steps) in enumerate(lane.sessions, start=1):
            age = len(lane.sessions) - place
            began = now - timedelta(days=age, minutes=50 + 7 * steps)
            _session(route, count, steps, began, service, actor, chance)
        if not lane.is_active:
            routes.deactivate(route.label, actor=actor)
    return len(LANES)


def _drivers(tenant: Tenant) -> list[Driver]:
    """Those who can carry much, the one of the phone second, where the session waits for its pickup."""
    able = Driver.objects.filter(tenant=tenant, status=DriverStatus.ACTIVE, all_zones=True)
    found = list(able.select_related("user").order_by("-primary_vehicle__capacity_units", "pk")[:12])
    known = Driver.objects.filter(tenant=tenant, user__email__startswith=DRIVER_OF_THE_TOUR).first()
    if known is not None:
        found = [driver for driver in found if driver != known]
        found.insert(1, known)
    return found


def _route(
    lane: Lane, hubs: list[Warehouse], driver: Driver | None, actor: Actor, now: datetime, chance: random.Random
) -> Route:
    values: dict[str, Any] = {"name": lane.name, "pickup_warehouse_id": hubs[0].pk, "notes": lane.notes}
    if lane.town:
        place = streets.draw(chance, towns=(lane.town,))
        values |= {
            "dropoff_address": place.label,
            "dropoff_latitude": place.lat,
            "dropoff_longitude": place.lng,
        }
    else:
        values["dropoff_warehouse_id"] = hubs[1].pk
    if driver is not None:
        values |= {"driver_id": driver.pk}
    with clock.at(now - timedelta(days=20)):
        route = routes.create(values, actor=actor).group
    # A schedule counts from the moment it is set: what is past today stays past.
    schedule = {"schedule_time": lane.at, "schedule_days": lane.days, "capacity": lane.capacity}
    with clock.at(now):
        return routes.edit(route.label, schedule, actor=actor).group


def _session(
    route: Route,
    count: int,
    steps: int,
    began: datetime,
    service: DeliveryService,
    actor: Actor,
    chance: random.Random,
) -> None:
    with clock.at(began):
        codes = [_order(route, service, actor, chance) for _ in range(count)]
        session = _fill(route, codes, actor)
    for number, step in enumerate(STEPS[:steps], start=1):
        if session is None:
            return
        with clock.at(began + timedelta(minutes=9 * number)):
            if number == len(STEPS):
                _end_one(codes, actor, chance)
                session_steps.complete(session.label, actor=actor, note="Counted at the door", cash_confirmed=True)
            else:
                step(session.label, actor=actor)


def _fill(route: Route, codes: list[str], actor: Actor) -> RouteSession | None:
    """Put the orders on the route, as many of them as fit its driver's vehicle."""
    session = None
    try:
        return session_opening.add_orders(route.label, codes, actor=actor).group
    except DomainError:
        pass  # one by one, then
    for code in codes:
        try:
            session = session_opening.add_orders(route.label, [code], actor=actor).group
        except DomainError:
            continue
    return session


def _end_one(codes: list[str], actor: Actor, chance: random.Random) -> None:
    """One of them ended on its own before the rest."""
    action = chance.choice([Deliver(note="Left with the neighbour"), Return(reason="Nobody at home")])
    commands.perform(action, code=codes[0], actor=actor)


def _order(route: Route, service: DeliveryService, actor: Actor, chance: random.Random) -> str:
    customer = chance.choice(
        list(Customer.objects.filter(tenant_id=route.tenant_id, is_active=True).order_by("pk")[:20])
    )
    values: dict[str, Any] = {
        "customer_id": customer.pk,
        "service_id": service.pk,
        "pickup_warehouse_id": route.pickup_warehouse_id,
        "unit_size": chance.choice((1, 1, 2)),
        "payer": Payer.SENDER,
        "payment_method": PaymentMethod.ACCOUNT,
    }
    if route.dropoff_warehouse_id is not None:
        values["dropoff_warehouse_id"] = route.dropoff_warehouse_id
    else:
        door = streets.draw_near(chance, (route.dropoff_latitude, route.dropoff_longitude))
        values |= {
            "dropoff_address": door.label,
            "dropoff_latitude": door.lat,
            "dropoff_longitude": door.lng,
            "dropoff_contact": chance.choice(RECEIVERS),
        }
    return commands.create(NewOrder(type=OrderType.DELIVERY, values=values), actor=actor).order.code
