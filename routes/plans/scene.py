"""A company's orders and drivers as a planning problem, and what was left out and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Warehouse
from drivers.models import Driver, DriverStatus
from orders import groups
from orders.actions.eligibility import Verdict, verdicts
from orders.models import Order
from routes.commands.trip_rules import ELIGIBLE
from routes.models import DispatchSettings, PlanKind, PlanRun
from routes.models.settings import settings_of
from routes.picture import read_picture
from routes.planning.tours.problem import Goal, Problem
from routes.plans.duties import Duty, read_trips, split
from routes.plans.posing import Places, Terms, task, vehicle
from routes.plans.wishes import Options
from routes.roads.base import Point
from routes.roads.base import Roads as Network
from routes.roads.choosing import kind_of, roads_of
from routes.stops import point_of

RELATED = (
    *("service", "pickup_zone", "dropoff_zone", "driver", "tenant", "parent"),
    *("pickup_warehouse", "dropoff_warehouse"),
)


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
    networks: list[Network]
    points: list[Point | None]
    problem: Problem
    left_out: dict[str, tuple[str, str]]
    asked: dict[str, Order]
    verdicts: dict[str, dict[str, list[Verdict]]]
    estimated: bool

    @property
    def source(self) -> str:
        """What travel times rest on."""
        return " and ".join(dict.fromkeys(network.source for network in self.networks))

    def basis(self) -> dict[str, object]:
        """The versions the plan is made on, to see later whether the world has moved."""
        in_plan = {each.id for each in self.problem.tasks}
        return {
            "orders": {code: order.version for code, order in self.orders.items() if code in in_plan},
            "work": {duty.id: sorted(order.code for order in duty.standing.work) for duty in self.duties.values()},
            "trips": {duty.trip.label: duty.trip.version for duty in self.duties.values() if duty.trip},
        }


def read_scene(run: PlanRun, actor: Actor) -> Scene:
    """A number of queries that depends on nothing but whether there are trips; roads are asked once, without a lock."""
    now, options = clock.now(), Options.of(run.options)
    begins_at = max(options.moment(options.begins_at) or now, now)
    terms = Terms(now, begins_at, settings_of(run.tenant_id), options)
    standings = read_picture(_drivers(run, actor))
    duties = {str(pk): Duty(standing) for pk, standing in standings.items()}
    read_trips(duties, actor, started=run.kind == PlanKind.RESEQUENCE)
    asked = {order.code: order for order in _whole(Order.objects.visible_to(actor).filter(code__in=run.codes))}
    wanted, left_out = _wanted(run, asked)
    orders = {order.code: order for order in wanted}
    work = [order.pk for duty in duties.values() for order in duty.standing.work]
    known = {order.pk: order for order in _whole(Order.objects.visible_to(actor).filter(pk__in=work))}
    in_trips = groups.places([order for duty in duties.values() for order in duty.standing.work])
    for duty in duties.values():
        split(duty, known, in_trips, terms.settings)
    return _scene(terms, duties, orders, left_out, asked, _base(options, actor))


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
    terms: Terms,
    duties: dict[str, Duty],
    orders: dict[str, Order],
    left_out: dict[str, tuple[str, str]],
    asked: dict[str, Order],
    base: Point | None,
) -> Scene:
    """`orders` are the new ones; those that may move join them."""
    settings, options, places, new = terms.settings, terms.options, Places(), list(orders)
    for duty in duties.values():
        orders |= {order.code: order for order in duty.movable}
    for duty in duties.values():
        position = duty.standing.position
        duty.start = base or (None if position is None else (position.latitude, position.longitude))
        for point in [duty.start, *(stop.point for stop in duty.fixed)]:
            places.number("", point)
    for code in sorted(orders):
        for end in ("pickup", "dropoff"):
            places.number(end, point_of(orders[code], end))
    networks = _networks(duties.values(), settings)
    tables = [places.roads(network, settings) for network in networks]
    roads = [each for each, _ in tables]
    judged = {code: _judged(orders[code], duties) for code in new}
    owners = {order.code: duty.id for duty in duties.values() for order in duty.movable}
    for code in owners:
        judged[code] = _judged(orders[code], duties) if options.reshuffle else {}
    tasks = tuple(task(orders[code], places, terms, judged[code], owners.get(code), duties) for code in orders)
    vehicles = tuple(vehicle(duty, places, roads[duty.network], terms) for duty in duties.values())
    goal: Goal = options.goal if options.goal in ("time", "distance", "drivers") else "time"  # type: ignore[assignment]
    problem = Problem(tasks, vehicles, roads[0], goal, tuple(roads[1:]))
    return Scene(
        terms.now,
        settings,
        options,
        duties,
        orders,
        new,
        networks,
        places.points,
        problem,
        left_out,
        asked,
        judged,
        any(estimated for _, estimated in tables),
    )


def _base(options: Options, actor: Actor) -> Point | None:
    if options.warehouse_id is None:
        return None
    found = Warehouse.objects.visible_to(actor).filter(pk=options.warehouse_id).first()
    if found is None or found.latitude is None or found.longitude is None:
        raise Invalid.fields(warehouse_id="There is no such warehouse on the map. Choose one from the list.")
    return (found.latitude, found.longitude)


def _networks(duties: Iterable[Duty], settings: DispatchSettings) -> list[Network]:
    """The roads of every kind of vehicle, each once; a duty gets the number of its own."""
    found: list[Network] = []
    for duty in duties:
        network = roads_of(settings, kind_of(duty.driver))
        found += [] if network in found else [network]
        duty.network = found.index(network)
    return found or [roads_of(settings)]


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
