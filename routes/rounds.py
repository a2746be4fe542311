"""The inputs of an automatic round: which orders and drivers it is about, and who may take what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

import numpy as np
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Tenant
from drivers.models import Driver, DriverPosition, DriverStatus
from orders.actions.eligibility import verdicts
from orders.actions.rules import READY
from orders.models import Assignment, AssignmentMode, OfferSearch, Order
from orders.states import AssignmentStatus, CarrierType, Status
from routes.models import DispatchSettings
from routes.picture import Standing, read_picture
from routes.planning import problem
from routes.roads.base import Point
from routes.roads.straight import metres_between
from routes.stops import minutes_until, point_of, stops_of

MOST_ORDERS = 300
MOST_DRIVERS = 450
REPLANNED = "Planned anew"
# An order that promises nothing is still wanted some time today.
PATIENCE_MINUTES = 180.0


class Wanted(NamedTuple):
    """An order of the round with both its ends; `told` is the driver who has it by an earlier round, or None."""

    order: Order
    pickup: Point
    dropoff: Point
    told: int | None


@dataclass(frozen=True, slots=True)
class Round:
    """`eligible[i]` are the driver ids that may take `wanted[i]`."""

    wanted: list[Wanted]
    standings: dict[int, Standing]
    eligible: list[frozenset[int]]


def of_mode(mode: AssignmentMode, settings: DispatchSettings) -> Q:
    """Orders that are dispatched so, by their service's policy or else by the company."""
    found = Q(service__policy__assignment_mode=mode)
    if settings.assignment_mode == mode:
        found |= Q(service__policy__isnull=True) | Q(service__policy__assignment_mode="")
    return found


def automatic_orders(settings: DispatchSettings, now: datetime) -> Q:
    """Which orders the automatic dispatch is for."""
    head_start = Q(created_at__lte=now - timedelta(minutes=settings.head_start))
    return of_mode(AssignmentMode.AUTOMATIC, settings) | (of_mode(AssignmentMode.HYBRID, settings) & head_start)


def open_to_rounds(orders: QuerySet[Order]) -> QuerySet[Order]:
    """What waits for a driver, and what an earlier round gave to a driver who is not at the pickup yet."""
    by_a_round = Assignment.objects.filter(order=OuterRef("pk"), ended_at__isnull=True, is_automatic=True)
    planned = Q(
        Exists(by_a_round),
        status=Status.ASSIGNED,
        arrived_pickup_at__isnull=True,
        assignment_status__in=(AssignmentStatus.ASSIGNED, AssignmentStatus.ACCEPTED),
    )
    offered = OfferSearch.objects.filter(order=OuterRef("pk"), ended_at__isnull=True)
    waiting = Q(~Exists(offered), status=Status.PENDING, driver__isnull=True)
    return orders.filter(waiting | planned, READY, carrier_type=CarrierType.INTERNAL, on_hold=False, held_by="")


def read_round(actor: Actor, tenant: Tenant, settings: DispatchSettings, now: datetime) -> Round:
    """Everything a round is about, in a number of queries that depends on nothing."""
    orders = open_to_rounds(Order.objects.visible_to(actor).filter(automatic_orders(settings, now)))
    urgent = orders.select_related("service__policy", "pickup_zone", "dropoff_zone")
    wanted = []
    for order in urgent.order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST_ORDERS]:
        order.tenant = tenant
        pickup, dropoff = point_of(order, "pickup"), point_of(order, "dropoff")
        if pickup is not None and dropoff is not None:
            wanted.append(Wanted(order, pickup, dropoff, order.driver_id))
    standings = read_picture(_drivers(actor, tenant, wanted, now)) if wanted else {}
    return Round(wanted, standings, _eligible(wanted, standings))


def _drivers(actor: Actor, tenant: Tenant, wanted: list[Wanted], now: datetime) -> Iterable[Driver]:
    """On duty, with a position that can be relied on; of a large fleet those nearest to some pickup."""
    known = DriverPosition.objects.filter(
        tenant_id=actor.tenant_id,
        driver__is_online=True,
        driver__status=DriverStatus.ACTIVE,
        recorded_at__gte=now - timedelta(minutes=tenant.stale_position_minutes),
    )
    places = list(known.order_by("driver_id").values_list("driver_id", "latitude", "longitude"))
    if len(places) > MOST_DRIVERS:
        metres = metres_between([place[1:] for place in places], [each.pickup for each in wanted]).min(axis=1)
        places = [places[number] for number in np.argsort(metres, kind="stable")[:MOST_DRIVERS]]
    drivers = Driver.objects.visible_to(actor).filter(pk__in=[place[0] for place in places])
    return (
        drivers.select_related("primary_vehicle", "position")
        .prefetch_related("allowed_zones", "preferred_zones", "teams")
        .order_by("pk")
    )


def _eligible(wanted: list[Wanted], standings: dict[int, Standing]) -> list[frozenset[int]]:
    """By the rules that the engine checks again; nobody is asked twice for what they refused or were taken off."""
    planned = planned_units(wanted)
    refused: dict[int, set[int]] = {}
    past = Assignment.objects.filter(
        order__in=[each.order.pk for each in wanted],
        ended_at__isnull=False,
        status__in=(AssignmentStatus.REJECTED, AssignmentStatus.UNASSIGNED),
    ).exclude(reason=REPLANNED)
    for order_id, driver_id in past.values_list("order_id", "driver_id"):
        refused.setdefault(order_id, set()).add(driver_id)
    judged: dict[tuple[int | None, ...], frozenset[int]] = {}
    found = []
    for order, *_ in wanted:
        # The rules speak of nothing else of an order, so alike ones are judged once.
        alike = (order.service_id, order.pickup_zone_id, order.dropoff_zone_id, order.unit_size, order.team_id)
        if alike not in judged:
            judged[alike] = frozenset(
                pk
                for pk, standing in standings.items()
                if _is_of_team(standing.driver, order)
                and not any(
                    verdict.level == "block"
                    for verdict in verdicts(order, standing.driver, used=standing.used - planned.get(pk, 0))
                )
            )
        found.append(judged[alike] - refused.get(order.pk, set()))
    return found


def _is_of_team(driver: Driver, order: Order) -> bool:
    return driver.all_teams or order.team_id is None or order.team_id in {team.pk for team in driver.teams.all()}


def planned_units(wanted: list[Wanted]) -> dict[int, int]:
    """Units that drivers have only by an earlier round, which this one may give to somebody else."""
    found: dict[int, int] = {}
    for order, _, _, told in wanted:
        if told is not None:
            found[told] = found.get(told, 0) + order.unit_size
    return found


# As numbers: minutes from now, ids as text.


def as_order(wanted: Wanted, settings: DispatchSettings, now: datetime) -> problem.Order:
    order = wanted.order
    ready = 0.0 if order.scheduled_pickup_at is None else max(minutes_until(order.scheduled_pickup_at, now), 0.0)
    return problem.Order(
        id=str(order.pk),
        ready=ready,
        promise=ready + PATIENCE_MINUTES if order.due_at is None else minutes_until(order.due_at, now),
        pickup=wanted.pickup,
        dropoff=wanted.dropoff,
        size=order.unit_size,
        place=f"{wanted.pickup[0]:.5f} {wanted.pickup[1]:.5f}",
        pickup_service=settings.pickup_minutes,
        dropoff_service=settings.dropoff_minutes,
        told=None if wanted.told is None else driver_id_of(wanted.told),
    )


def as_driver(
    standing: Standing, this_round: Round, settings: DispatchSettings, now: datetime, more: Iterable[problem.Stop] = ()
) -> problem.Driver:
    """`more` are stops that are fixed by what this round has decided already."""
    own = [each.order for each in this_round.wanted if each.told == standing.driver.pk]
    replannable = {order.pk for order in own}
    position, vehicle = standing.position, standing.driver.primary_vehicle
    fixed = _fixed([order for order in standing.work if order.pk not in replannable], settings)
    # What it was told by earlier rounds is where the search begins.
    told = [] if tuple(more) else list(_fixed(own, settings, is_fixed=False))
    return problem.Driver(
        id=driver_id_of(standing.driver.pk),
        position=(position.latitude, position.longitude),
        free_at=0.0,
        shift_end=inf if standing.shift_end is None else minutes_until(standing.shift_end, now),
        capacity=inf if vehicle is None else vehicle.capacity_units,
        used=standing.used - sum(order.unit_size for order in own),
        route=(*fixed, *more, *told),
    )


def _fixed(work: list[Order], settings: DispatchSettings, *, is_fixed: bool = True) -> Iterator[problem.Stop]:
    for stop in stops_of(work, settings):
        yield problem.Stop(stop.kind, str(stop.order.pk), stop.point, stop.service, fixed=is_fixed)


def driver_id_of(pk: int) -> str:
    """An id that is not mistaken for a figure: the planning's sentences call drivers by it."""
    return f"driver:{pk}"


def driver_pk_of(driver_id: str) -> int:
    return int(driver_id.removeprefix("driver:"))
