"""What each driver has to do already: what a plan leaves as it is, and what it may put in another sequence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch_console.core.actor import Actor
from drivers.models import Driver
from orders import groups
from orders.models import Order
from orders.sequence import is_under_way, why_fixed
from routes.models import DispatchSettings, Trip, TripStatus
from routes.picture import Standing
from routes.planning.tours.problem import Step
from routes.roads.base import Point
from routes.stops import Stop, point_of, stops_of


@dataclass
class Duty:
    """One driver's part: `fixed` is done first and not planned, `movable` what waits and may be put in sequence.

    `trip` is the planned trip that the plan changes; `later` are planned trips after it, which stay as they are.
    """

    standing: Standing
    fixed: list[Stop] = field(default_factory=list)
    movable: list[Order] = field(default_factory=list)
    present: tuple[Step, ...] = ()
    trip: Trip | None = None
    later: list[Trip] = field(default_factory=list)
    start: Point | None = None
    free_at: int = 0

    @property
    def driver(self) -> Driver:
        return self.standing.driver

    @property
    def id(self) -> str:
        return str(self.driver.pk)


def read_trips(duties: dict[str, Duty], actor: Actor) -> None:
    """Give each duty the planned trips among its driver's work: the first is planned anew, the others stay."""
    rows = Trip.objects.visible_to(actor).filter(driver__in=[d.driver.pk for d in duties.values()])
    planned: dict[int, dict[str, Trip]] = {}
    for trip in rows.filter(status=TripStatus.PLANNED).order_by("pk"):
        planned.setdefault(trip.driver_id or 0, {})[trip.held_by] = trip
    for duty in duties.values():
        own = planned.get(duty.driver.pk, {})
        in_sequence = list(dict.fromkeys(order.held_by for order in duty.standing.work if order.held_by in own))
        if in_sequence:
            duty.trip, duty.later = own[in_sequence[0]], [own[label] for label in in_sequence[1:]]


def split(
    duty: Duty, known: Mapping[int, Order], in_trips: Mapping[int, groups.Places], settings: DispatchSettings
) -> None:
    """`known` are the orders that the actor may see: the others stay where they are."""
    label = duty.trip.held_by if duty.trip else ""
    later = {trip.held_by for trip in duty.later}
    work = [known.get(order.pk, order) for order in duty.standing.work]
    duty.movable = [order for order in work if order.pk in known and _is_movable(order, label)]
    waiting = {order.pk for order in duty.movable}
    duty.fixed = stops_of((o for o in work if o.pk not in waiting and o.held_by not in later), settings, in_trips)
    duty.present = tuple((stop.order.code, stop.kind) for stop in stops_of(duty.movable, settings, in_trips))


def _is_movable(order: Order, trip: str) -> bool:
    """Not begun, known on the map, and either in nothing or in the trip that is planned anew."""
    if is_under_way(order) or point_of(order, "pickup") is None or point_of(order, "dropoff") is None:
        return False
    return order.held_by == trip if order.held_by else not why_fixed(order)
