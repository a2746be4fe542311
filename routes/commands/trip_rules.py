"""What trips ask of orders, drivers and the people who plan them."""

from collections.abc import Iterable

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, NotVisible, Refused
from drivers import commands as driver_commands
from drivers.models import Driver, DriverStatus
from orders.actions.rules import BEING_WORKED, INTERNAL_CARRIER, NOT_IN_GROUP, NOT_ON_HOLD, Guard, Why, status_in
from orders.models import Order
from orders.states import Status
from routes.commands import grouping
from routes.models.trip import Trip, TripStatus

ELIGIBLE = Guard(
    (*BEING_WORKED, INTERNAL_CARRIER, status_in(Status.PENDING, Status.ASSIGNED), NOT_ON_HOLD, *NOT_IN_GROUP)
)


def visible_trip(label: str, actor: Actor) -> Trip:
    trip = Trip.objects.visible_to(actor).filter(label=label).first()
    if trip is None:
        raise NotVisible(f"There is no trip {label[:24]}.")
    return trip


def require_open(trip: Trip, *, in_progress: bool = False) -> None:
    """Refuse a change of a plan that is being driven or is over."""
    if trip.status == TripStatus.PLANNED or (in_progress and trip.status == TripStatus.IN_PROGRESS):
        return
    status = TripStatus(trip.status).label.lower()
    if trip.status == TripStatus.IN_PROGRESS:
        raise Refused(
            f"Trip {trip.label} is {status}: its plan is closed. Act on its orders one by one, change its driver, "
            "put what is left in another sequence, or take an order out.",
            code="trip_started",
        )
    raise Refused(f"Trip {trip.label} is {status} and does not change any more.", code="trip_over")


def usable_driver(driver: Driver) -> Driver:
    """Refuse a driver who could not drive a trip: out of service, or without a vehicle in use."""
    if driver.status != DriverStatus.ACTIVE:
        status = DriverStatus(driver.status).label.lower()
        raise Refused(f"{driver.name} is {status} and cannot drive a trip. Choose another.", code="driver_unavailable")
    vehicle = driver.primary_vehicle
    if vehicle is None:
        raise Refused(
            f"{driver.name} has no vehicle, and a trip needs one. Ask an admin to set one, or choose another driver.",
            code="vehicle_missing",
        )
    if not vehicle.is_active:
        raise Refused(
            f"{vehicle.name}, {driver.name}'s vehicle, is not in use. Ask an admin to set another, "
            "or choose another driver.",
            code="vehicle_inactive",
        )
    return driver


def locked_drivers(ids: Iterable[int | None], actor: Actor, *, chosen: int | None = None) -> dict[int, Driver]:
    """The drivers by id, locked by id. Only `chosen` comes from a form: for it, not to exist is a wrong input."""
    found = {}
    for pk in sorted({pk for pk in ids if pk is not None}):
        try:
            found[pk] = driver_commands.locked(pk, actor)
        except NotVisible:
            if pk != chosen:
                raise Refused(
                    "The driver of the trip is not one of your teams'. Ask a colleague who sees the driver.",
                    code="hidden_driver",
                ) from None
            raise Invalid.fields(driver_id="There is no such driver. Choose one from the list.") from None
    return found


def require_seen(codes: Iterable[str], actor: Actor, trip: Trip) -> None:
    """Refuse to act for orders of teams that the actor does not see, without telling which they are."""
    if grouping.known_codes(codes, actor)[1]:
        raise Refused(
            f"Trip {trip.label} has orders of teams that you do not see. Ask a colleague who sees them all.",
            code="hidden_orders",
        )


def why_not_on(order: Order, trip: Trip, *, may_switch: bool = False) -> Why | None:
    """Why an order cannot come onto the trip. `may_switch`: it may change its driver."""
    if order.held_by == trip.held_by:
        return Why("already_in_trip", f"Order {order.code} is on this trip already.")
    if why := ELIGIBLE.why_not(order):
        return why
    if order.driver_id in (None, trip.driver_id) or (may_switch and trip.driver_id is not None):
        return None
    advice = f"give the trip to {order.driver}" if trip.driver_id is None else "leave it out"
    return Why("with_another_driver", f"Order {order.code} is with {order.driver}. Unassign it first, or {advice}.")
