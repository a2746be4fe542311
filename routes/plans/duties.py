"""What each driver has to do already: what a plan leaves as it is, and what it may put in another sequence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dispatch_console.core.actor import Actor
from drivers.models import Driver
from orders import groups
from orders.models import Order
from orders.sequence import is_at_door, is_under_way, why_fixed
from routes.models import DispatchSettings, Trip, TripStatus
from routes.models.trip import LIVE
from routes.picture import Standing, is_moving
from routes.planning.tours.problem import Step
from routes.roads.base import Point
from routes.stops import Stop, point_of, stops_of


@dataclass
class Duty:
    """One driver's part: `fixed` is done first and not planned, `movable` what waits and may be put in sequence.

    `trip` is the trip that the plan changes; `later` are planned trips after it, which stay as they are. Of a trip that
    is driven only the sequence changes, and everything that is left of it is movable, also what is on board.
    """

    standing: Standing
    fixed: list[Stop] = field(default_factory=list)
    movable: list[Order] = field(default_factory=list)
    present: tuple[Step, ...] = ()
    trip: Trip | None = None
    later: list[Trip] = field(default_factory=list)
    start: Point | None = None
    free_at: int = 0
    network: int = 0

    @property
    def driver(self) -> Driver:
        return self.standing.driver

    @property
    def is_started(self) -> bool:
        return self.trip is not None and self.trip.status == TripStatus.IN_PROGRESS

    @property
    def id(self) -> str:
        return str(self.driver.pk)


def read_trips(duties: dict[str, Duty], actor: Actor, *, started: bool) -> None:
    """Give each duty the planned trips among its driver's work: the first is planned anew, the others stay.

    `started`: also those that are driven, which come first.
    """
    wanted = LIVE if started else (TripStatus.PLANNED,)
    rows = Trip.objects.visible_to(actor).filter(driver__in=[d.driver.pk for d in duties.values()])
    found: dict[int, dict[str, Trip]] = {}
    for trip in rows.filter(status__in=wanted).order_by("pk"):
        found.setdefault(trip.driver_id or 0, {})[trip.held_by] = trip
    for duty in duties.values():
        own = found.get(duty.driver.pk, {})
        in_sequence = [own[label] for label in _labels(duty.standing.work) if label in own]
        if in_sequence:
            duty.trip, duty.later = in_sequence[0], in_sequence[1:]


def split(
    duty: Duty, known: Mapping[int, Order], in_trips: Mapping[int, groups.Places], settings: DispatchSettings
) -> None:
    """`known` are the orders that the actor may see: the others stay where they are."""
    if duty.is_started and not _split_started(duty, known, in_trips, settings):
        planned = [trip for trip in duty.later if trip.status == TripStatus.PLANNED]
        duty.trip, duty.later = (planned[0], planned[1:]) if planned else (None, [])
    if not duty.is_started:
        _split_waiting(duty, known, in_trips, settings)


def _split_started(
    duty: Duty, known: Mapping[int, Order], in_trips: Mapping[int, groups.Places], settings: DispatchSettings
) -> bool:
    """Only the stops that are left of the trip; False where there is nothing to put in sequence."""
    assert duty.trip is not None
    work = [known.get(order.pk, order) for order in duty.standing.work]
    left = stops_of((order for order in work if order.held_by == duty.trip.held_by), settings, in_trips)
    doors = [stop for stop in left if is_at_door(stop.order) and stop.kind == _next_end(stop.order)]
    at_receiver = {stop.order.pk for stop in doors if stop.kind == "dropoff"}
    movable = {
        stop.order.pk: stop.order
        for stop in left
        if stop.order.pk in known and stop.order.pk not in at_receiver and _is_on_the_map(stop.order)
    }
    present = [stop for stop in left if stop.order.pk in movable and stop not in doors]
    if len(present) < 2:
        return False
    others = [order for order in work if order.held_by != duty.trip.held_by and is_under_way(order)]
    duty.fixed = [*stops_of(others, settings, in_trips), *doors]
    duty.movable = list(movable.values())
    duty.present = tuple((stop.order.code, stop.kind) for stop in present)
    return True


def _split_waiting(
    duty: Duty, known: Mapping[int, Order], in_trips: Mapping[int, groups.Places], settings: DispatchSettings
) -> None:
    label = duty.trip.held_by if duty.trip else ""
    later = {trip.held_by for trip in duty.later}
    work = [known.get(order.pk, order) for order in duty.standing.work]
    duty.movable = [order for order in work if order.pk in known and _is_movable(order, label)]
    waiting = {order.pk for order in duty.movable}
    duty.fixed = stops_of((o for o in work if o.pk not in waiting and o.held_by not in later), settings, in_trips)
    duty.present = tuple((stop.order.code, stop.kind) for stop in stops_of(duty.movable, settings, in_trips))


def _labels(work: Iterable[Order]) -> list[str]:
    return list(dict.fromkeys(order.held_by for order in work))


def _next_end(order: Order) -> str:
    return "dropoff" if is_moving(order) else "pickup"


def _is_on_the_map(order: Order) -> bool:
    return point_of(order, "pickup") is not None and point_of(order, "dropoff") is not None


def _is_movable(order: Order, trip: str) -> bool:
    """Not begun, known on the map, and either in nothing or in the trip that is planned anew."""
    if is_under_way(order) or not _is_on_the_map(order):
        return False
    return order.held_by == trip if order.held_by else not why_fixed(order)
