"""Orders and drivers as numbers: points by number, tasks and vehicles, seconds from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import numpy as np

from orders import groups
from orders.actions.eligibility import Verdict
from orders.models import Order
from orders.sequence import is_under_way
from orders.states import GroupKind
from routes.models import DispatchSettings
from routes.planning.tours.problem import FAR, Break, Roads, Stop, Task, Vehicle
from routes.plans.duties import Duty
from routes.plans.wishes import Options
from routes.roads.base import Point
from routes.roads.base import Roads as Network
from routes.stops import point_of

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole plan. The clock stands at `now`, where its seconds begin; work begins at `begins_at`."""

    now: datetime
    begins_at: datetime
    settings: DispatchSettings
    options: Options

    def seconds(self, moment: datetime) -> int:
        return ceil((moment - self.now).total_seconds())


class Places:
    """Numbers for points: pickups and dropoffs apart, because a pickup's counter takes its time once a visit."""

    def __init__(self) -> None:
        self.points: list[Point | None] = []
        self.kinds: list[str] = []
        self._numbers: dict[tuple[str, Point | None], int] = {}

    def number(self, kind: str, point: Point | None) -> int:
        key = (kind, None if point is None else (round(point[0], 5), round(point[1], 5)))
        if key not in self._numbers:
            self._numbers[key] = len(self.points)
            self.points.append(point)
            self.kinds.append(kind)
        return self._numbers[key]

    def roads(self, network: Network, settings: DispatchSettings) -> tuple[Roads, bool]:
        """Whole seconds and metres; to and from "anywhere" it takes no time."""
        known = [number for number, point in enumerate(self.points) if point is not None]
        size = len(self.points)
        seconds, metres = np.zeros((size, size), dtype=np.int64), np.zeros((size, size), dtype=np.int64)
        estimated = False
        if known:
            found = network.matrix([self.points[number] for number in known])  # type: ignore[misc]
            where = np.ix_(known, known)
            seconds[where] = np.rint(found.minutes * MINUTE).astype(np.int64)
            metres[where] = np.rint(found.metres).astype(np.int64)
            estimated = bool(found.is_estimate.any())
        counter = round(settings.pickup_minutes * MINUTE)
        visit = tuple(counter if kind == "pickup" else 0 for kind in self.kinds)
        return Roads(seconds, metres, visit), estimated


def task(
    order: Order,
    places: Places,
    terms: Terms,
    against: Mapping[str, list[Verdict]],
    owner: str | None,
    duties: Mapping[str, Duty],
) -> Task:
    """`against`: what speaks against each driver that cannot; `owner`: whose work it is already."""
    settings, options = terms.settings, terms.options
    counter = round(settings.pickup_minutes * MINUTE)
    ready = 0 if order.scheduled_pickup_at is None else max(terms.seconds(order.scheduled_pickup_at), 0)
    allowed = frozenset(duties) - set(against)
    in_trip = groups.is_in(order.held_by, GroupKind.TRIP)
    if owner is not None:
        # A trip keeps its orders; so does a driver, unless the dispatcher lets them be shuffled.
        allowed = frozenset({owner}) if in_trip or not options.reshuffle else allowed | {owner}
    return Task(
        order.code,
        # Service at the counter lies in the way there, so that it is spent once a visit.
        pickup=None
        if is_under_way(order)
        else Stop(places.number("pickup", point_of(order, "pickup")), early=ready + counter if ready else 0),
        dropoff=Stop(
            places.number("dropoff", point_of(order, "dropoff")),
            service=round(settings.dropoff_minutes * MINUTE),
            promise=FAR if order.due_at is None else terms.seconds(order.due_at),
        ),
        units=order.unit_size,
        priority=order.priority,
        vehicles=allowed,
        required=owner is not None and (in_trip or not options.reshuffle),
        may_be_late=options.may_be_late * MINUTE,
    )


def vehicle(duty: Duty, places: Places, roads: Roads, terms: Terms) -> Vehicle:
    """The driver from where and when the fixed part is done, which also becomes `duty.free_at`; `roads` are its own."""
    options = terms.options
    start = places.number("", duty.start)
    here, moment = start, terms.seconds(terms.begins_at)
    for stop in duty.fixed:
        there = places.number("", stop.point)
        moment += int(roads.seconds[here, there]) + round(stop.service * MINUTE)
        here = there
    duty.free_at = moment
    ends_at = Options.moment(options.ends_at) or duty.standing.shift_end
    primary = duty.driver.primary_vehicle
    units = 0 if primary is None else primary.capacity_units
    movable = sum(order.unit_size for order in duty.movable)
    room = max(units - (duty.standing.used - movable), 0)
    rest_from, rest_until = Options.moment(options.rest_from), Options.moment(options.rest_until)
    breaks: tuple[Break, ...] = ()
    if options.rest_minutes and rest_from and rest_until and terms.seconds(rest_until) > moment:
        duration = options.rest_minutes * MINUTE
        breaks = (Break(max(terms.seconds(rest_from), 0), terms.seconds(rest_until), duration),)
    return Vehicle(
        duty.id,
        start=here,
        end=start if options.returns and duty.start is not None else None,
        capacity=room,
        total=room,
        earliest=moment,
        latest=FAR if ends_at is None else max(terms.seconds(ends_at), 0),
        breaks=breaks,
        present=duty.present,
        network=duty.network,
    )
