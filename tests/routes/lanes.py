"""Routes and sessions for tests, made by their commands."""

from typing import Any

from dispatch_console.core.models import Tenant
from drivers.models import Driver
from orders.models import Order
from routes.commands import routes, session_opening, session_steps
from routes.models import Route, RouteSession, SessionStatus
from tests.factories import make_actor, make_driver, make_order, make_vehicle

LANE = {
    "name": "Vaduz to Triesen",
    "pickup_address": "Städtle 12, Vaduz",
    "pickup_latitude": 47.1393,
    "pickup_longitude": 9.5228,
    "dropoff_address": "Landstrasse 98, Triesen",
    "dropoff_latitude": 47.1080,
    "dropoff_longitude": 9.5280,
}


def make_van_driver(tenant: Tenant, *, units: int = 100, **over: Any) -> Driver:
    return make_driver(tenant, primary_vehicle=make_vehicle(tenant, capacity_units=units), **over)


def make_route(tenant: Tenant, *, driver: Driver | str | None = "new", **over: Any) -> Route:
    """A route between two addresses with a driver of its own; `driver=None` leaves it without."""
    if driver == "new":
        driver = make_van_driver(tenant)
    values = {**LANE, **({"driver_id": driver.pk} if isinstance(driver, Driver) else {}), **over}
    return routes.create(values, actor=make_actor(tenant)).group


def make_session(
    tenant: Tenant, *, orders: int = 2, status: str = SessionStatus.OPEN, route: Route | None = None, **over: Any
) -> tuple[RouteSession, list[Order]]:
    """A session with so many orders, brought to its status by its own steps."""
    actor = make_actor(tenant)
    route = route or make_route(tenant, **over)
    members = [make_order(tenant) for _ in range(orders)]
    if members:
        session = session_opening.add_orders(route.label, [order.code for order in members], actor=actor).group
    else:
        session = session_opening.open_session(route.label, actor=actor).group
    steps = {
        SessionStatus.STARTED: session_steps.start,
        SessionStatus.PICKED_UP: session_steps.pick_up,
        SessionStatus.IN_TRANSIT: session_steps.depart,
        SessionStatus.COMPLETED: session_steps.complete,
    }
    for reached, step in steps.items():
        if session.status == status:
            break
        session = step(session.label, actor=actor).group
        assert session.status == reached
    return session, [fresh(order) for order in members]


def fresh(row: Any) -> Any:
    """The row as the database has it now."""
    return type(row)._default_manager.get(pk=row.pk)
