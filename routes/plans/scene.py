"""A company's orders and drivers as a planning problem: numbers instead of names, and what was left out and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

import numpy as np
from django.db.models import QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Warehouse
from drivers.models import Driver, DriverStatus
from orders import groups
from orders.actions.eligibility import Verdict, verdicts
from orders.models import Order
from orders.sequence import is_under_way, why_fixed
from orders.states import GroupKind
from routes.commands.trip_rules import ELIGIBLE
from routes.models import DispatchSettings, PlanRun, Trip, TripStatus
from routes.models.settings import settings_of
from routes.picture import Standing, read_picture
from routes.planning.tours.problem import FAR, Break, Goal, Problem, Roads, Step, Stop, Task, Vehicle
from routes.plans.wishes import Options
from routes.roads.base import Point
from routes.roads.base import Roads as Network
from routes.roads.choosing import kind_of, profile_of, roads_of
from routes.stops import Stop as WorkStop
from routes.stops import point_of, stops_of

MINUTE = 60
RELATED = (
    *("service", "pickup_zone", "dropoff_zone", "driver", "tenant", "parent"),
    *("pickup_warehouse", "dropoff_warehouse"),
)


@dataclass
class Duty:
    """One driver's part: `fixed` is done first and not planned, `movable` what waits and may be put in sequence.

    `trip` is the planned trip that the plan changes; `later` are planned trips after it, which stay as they are.
    """

    standing: Standing
    fixed: list[WorkStop] = field(default_factory=list)
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


@dataclass
class Scene:
    """Everything a planning is about. Seconds count from `now`; `points[i]` is location i, None for "anywhere".

    `left_out` are (code, sentence) by order code, of what could not even be tried; `asked` are all orders that were
    asked for and can be seen; `verdicts` by order and driver.
    """

    now: datetime
    settings: DispatchSettings
    options: Options
    duties: dict[str, Duty]
    orders: dict[str, Order]
    new: list[str]
    network: Network
    points: list[Point | None]
    problem: Problem
    left_out: dict[str, tuple[str, str]]
    asked: dict[str, Order]
    verdicts: dict[str, dict[str, list[Verdict]]]
    estimated: bool

    def basis(self) -> dict[str, object]:
        """The versions the plan is made on, to see later whether the world has moved."""
        in_plan = {task.id for task in self.problem.tasks}
        return {
            "orders": {code: order.version for code, order in self.orders.items() if code in in_plan},
            "work": {duty.id: sorted(order.code for order in duty.standing.work) for duty in self.duties.values()},
            "trips": {duty.trip.label: duty.trip.version for duty in self.duties.values() if duty.trip},
        }


def read_scene(run: PlanRun, actor: Actor) -> Scene:
    """A number of queries that depends on nothing but whether there are trips; roads are asked once, without a lock."""
    now, settings, options = clock.now(), settings_of(run.tenant_id), Options.of(run.options)
    begins_at = max(options.moment(options.begins_at) or now, now)
    standings = read_picture(_drivers(run, actor))
    duties = {str(pk): Duty(standing) for pk, standing in standings.items()}
    _read_trips(duties, actor)
    asked = {order.code: order for order in _whole(Order.objects.visible_to(actor).filter(code__in=run.codes))}
    wanted, left_out = _wanted(run, asked)
    orders = {order.code: order for order in wanted}
    work = [order.pk for duty in duties.values() for order in duty.standing.work]
    known = {order.pk: order for order in _whole(Order.objects.visible_to(actor).filter(pk__in=work))}
    in_trips = groups.places([order for duty in duties.values() for order in duty.standing.work])
    for duty in duties.values():
        _split(duty, known, in_trips, settings)
    return _scene(
        now, begins_at, settings, options, duties, orders, [order.code for order in wanted], left_out, asked, actor
    )


def _drivers(run: PlanRun, actor: Actor) -> Iterable[Driver]:
    drivers = Driver.objects.visible_to(actor).filter(pk__in=run.driver_ids, status=DriverStatus.ACTIVE)
    return (
        drivers.select_related("primary_vehicle", "position")
        .prefetch_related("allowed_zones", "preferred_zones", "teams")
        .order_by("pk")
    )


def _whole(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With everything that rules ask of an order."""
    return orders.select_related(*RELATED).order_by()


def _read_trips(duties: dict[str, Duty], actor: Actor) -> None:
    """Split each driver's work: what is under way or held by something else comes first and stays as it is."""
    rows = Trip.objects.visible_to(actor).filter(driver__in=[d.driver.pk for d in duties.values()])
    planned: dict[int, dict[str, Trip]] = {}
    for trip in rows.filter(status=TripStatus.PLANNED).order_by("pk"):
        planned.setdefault(trip.driver_id or 0, {})[trip.held_by] = trip
    for duty in duties.values():
        own = planned.get(duty.driver.pk, {})
        in_sequence = list(dict.fromkeys(order.held_by for order in duty.standing.work if order.held_by in own))
        if in_sequence:
            duty.trip, duty.later = own[in_sequence[0]], [own[label] for label in in_sequence[1:]]


def _wanted(run: PlanRun, by_code: Mapping[str, Order]) -> tuple[list[Order], dict[str, tuple[str, str]]]:
    wanted, left_out = [], {}
    for code in run.codes:
        order = by_code.get(code)
        if order is None:
            left_out[code] = ("unknown_code", f"There is no order {code}.")
        elif why := ELIGIBLE.why_not(order):
            left_out[code] = (why.code, why.sentence)
        elif order.driver_id is not None:
            left_out[code] = ("has_driver", f"{order.driver} has it already.")
        elif point_of(order, "pickup") is None or point_of(order, "dropoff") is None:
            end = "pickup" if point_of(order, "pickup") is None else "dropoff"
            left_out[code] = ("no_coordinates", f"Its {end} has no place on the map. Edit the order and choose one.")
        else:
            wanted.append(order)
    return wanted, left_out


def _scene(
    now: datetime,
    begins_at: datetime,
    settings: DispatchSettings,
    options: Options,
    duties: dict[str, Duty],
    orders: dict[str, Order],
    new: list[str],
    left_out: dict[str, tuple[str, str]],
    asked: dict[str, Order],
    actor: Actor,
) -> Scene:
    places = _Places()
    for duty in duties.values():
        orders |= {order.code: order for order in duty.movable}
    base = _base(options, actor)
    for duty in duties.values():
        position = duty.standing.position
        duty.start = base or (None if position is None else (position.latitude, position.longitude))
        for point in [duty.start, *(stop.point for stop in duty.fixed)]:
            places.number("", point)
    for code in sorted(orders):
        for end in ("pickup", "dropoff"):
            places.number(end, point_of(orders[code], end))
    network = roads_of(settings, _common_kind(duties.values()))
    roads, estimated = places.roads(network, settings)
    judged = {code: _judged(orders[code], duties) for code in new}
    owners = {order.code: duty.id for duty in duties.values() for order in duty.movable}
    for code in owners:
        judged[code] = _judged(orders[code], duties) if options.reshuffle else {}
    tasks = tuple(
        _task(orders[code], places, settings, options, judged[code], owners.get(code), duties, now) for code in orders
    )
    vehicles = tuple(
        _vehicle(duty, places, roads, options, now=now, begins_at=begins_at, settings=settings)
        for duty in duties.values()
    )
    goal: Goal = options.goal if options.goal in ("time", "distance", "drivers") else "time"  # type: ignore[assignment]
    problem = Problem(tasks, vehicles, roads, goal)
    return Scene(
        now, settings, options, duties, orders, new, network, places.points, problem, left_out, asked, judged, estimated
    )


def _split(
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


def _base(options: Options, actor: Actor) -> Point | None:
    if options.warehouse_id is None:
        return None
    found = Warehouse.objects.visible_to(actor).filter(pk=options.warehouse_id).first()
    if found is None or found.latitude is None or found.longitude is None:
        raise Invalid.fields(warehouse_id="There is no such warehouse on the map. Choose one from the list.")
    return (found.latitude, found.longitude)


def _common_kind(duties: Iterable[Duty]) -> str:
    """One network for a plan: the bicycles' where all go by bicycle, else the cars'."""
    kinds = {profile_of(kind_of(duty.driver)): kind_of(duty.driver) for duty in duties}
    return next(iter(kinds.values())) if len(kinds) == 1 else ""


def _judged(order: Order, duties: Mapping[str, Duty]) -> dict[str, list[Verdict]]:
    """What speaks against each driver, by the engine's own rules; how much is on board, the planning counts itself."""
    found = {}
    for duty in duties.values():
        driver = duty.driver
        blocks = [each for each in verdicts(order, driver, used=0) if each.level == "block"]
        in_team = driver.all_teams or order.team_id is None or order.team_id in {team.pk for team in driver.teams.all()}
        if not in_team:
            blocks.append(Verdict("other_team", "block", f"{driver.name} is in none of the order's teams."))
        if driver.primary_vehicle is None:
            blocks.append(Verdict("vehicle_missing", "block", f"{driver.name} has no vehicle, and a trip needs one."))
        if blocks:
            found[duty.id] = blocks
    return found


class _Places:
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


def _task(
    order: Order,
    places: _Places,
    settings: DispatchSettings,
    options: Options,
    against: Mapping[str, list[Verdict]],
    owner: str | None,
    duties: Mapping[str, Duty],
    now: datetime,
) -> Task:
    counter = round(settings.pickup_minutes * MINUTE)
    ready = 0 if order.scheduled_pickup_at is None else max(_seconds(order.scheduled_pickup_at, now), 0)
    allowed = frozenset(duties) - set(against)
    in_trip = groups.is_in(order.held_by, GroupKind.TRIP)
    if owner is not None:
        # A trip keeps its orders; so does a driver, unless the dispatcher lets them be shuffled.
        allowed = frozenset({owner}) if in_trip or not options.reshuffle else allowed | {owner}
    return Task(
        order.code,
        # Service at the counter lies in the way there, so that it is spent once a visit.
        pickup=Stop(places.number("pickup", point_of(order, "pickup")), early=ready + counter if ready else 0),
        dropoff=Stop(
            places.number("dropoff", point_of(order, "dropoff")),
            service=round(settings.dropoff_minutes * MINUTE),
            promise=FAR if order.due_at is None else _seconds(order.due_at, now),
        ),
        units=order.unit_size,
        priority=order.priority,
        vehicles=allowed,
        required=owner is not None and (in_trip or not options.reshuffle),
        may_be_late=options.may_be_late * MINUTE,
    )


def _vehicle(
    duty: Duty,
    places: _Places,
    roads: Roads,
    options: Options,
    *,
    now: datetime,
    begins_at: datetime,
    settings: DispatchSettings,
) -> Vehicle:
    start = places.number("", duty.start)
    here, moment = start, _seconds(begins_at, now)
    for stop in duty.fixed:
        there = places.number("", stop.point)
        moment += int(roads.seconds[here, there]) + round(stop.service * MINUTE)
        here = there
    duty.free_at = moment
    ends_at = Options.moment(options.ends_at) or duty.standing.shift_end
    vehicle = duty.driver.primary_vehicle
    units = 0 if vehicle is None else vehicle.capacity_units
    movable = sum(order.unit_size for order in duty.movable)
    room = max(units - (duty.standing.used - movable), 0)
    rest_from, rest_until = Options.moment(options.rest_from), Options.moment(options.rest_until)
    breaks: tuple[Break, ...] = ()
    if options.rest_minutes and rest_from and rest_until and _seconds(rest_until, now) > moment:
        duration = options.rest_minutes * MINUTE
        breaks = (Break(max(_seconds(rest_from, now), 0), _seconds(rest_until, now), duration),)
    return Vehicle(
        duty.id,
        start=here,
        end=start if options.returns and duty.start is not None else None,
        capacity=room,
        total=room,
        earliest=moment,
        latest=FAR if ends_at is None else max(_seconds(ends_at, now), 0),
        breaks=breaks,
        present=duty.present,
    )


def _seconds(moment: datetime, now: datetime) -> int:
    return ceil((moment - now).total_seconds())
