"""The rolling horizon of D. Reyes and others, "The Meal Delivery Routing Problem" (2018), as we understand it.

Every five minutes the orders that are ready soon are put into bundles of a size that follows the load; bundles are
matched with couriers for the most orders per minute and fresh food. A match is final only if the courier can be there,
and the food is ready, before the next round; otherwise the courier goes there, and may be given other orders of that
restaurant.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench.dispatch_days import Courier, Day, DayOrder, Point
from bench.dispatch_record import Delivery

ROUND = 5.0
HORIZON = 20.0  # orders ready, and couriers free, within this time are matched
LOAD_HORIZON = 10.0  # the load is taken over this time
FRESHNESS = 0.05  # orders per minute that a minute of waiting food is worth
LATE_FIRST = 10.0  # how much sooner what must be late anyway is served


@dataclass
class Ride:
    courier: Courier
    where: Point
    free: float
    sent_to: str | None = None


def play_published(day: Day) -> list[Delivery]:
    rides = [Ride(courier, courier.start, courier.on) for courier in day.couriers]
    coming = sorted(day.orders, key=lambda order: (order.placed, order.id), reverse=True)
    waiting: list[DayOrder] = []
    deliveries: list[Delivery] = []
    now = coming[-1].placed if coming else 0.0
    end = max((courier.off for courier in day.couriers), default=0.0)
    while now <= end and (coming or waiting):
        while coming and coming[-1].placed <= now:
            waiting.append(coming.pop())
        done = _round(day, waiting, rides, now, deliveries)
        waiting = [order for order in waiting if order.id not in done]
        now += ROUND
    return deliveries


def _round(day: Day, waiting: list[DayOrder], rides: list[Ride], now: float, deliveries: list[Delivery]) -> set[str]:
    soon = [order for order in waiting if order.ready <= now + HORIZON]
    able = [r for r in rides if r.courier.on <= now <= r.courier.off and r.free <= now + HORIZON]
    if not soon or not able:
        return set()
    load = sum(1 for order in soon if order.ready <= now + LOAD_HORIZON)
    free = sum(1 for ride in able if ride.free <= now + LOAD_HORIZON)
    size = max(1, math.ceil(load / max(free, 1)))
    bundles = [bundle for orders in _by_restaurant(soon) for bundle in _bundles(day, orders, size)]
    score = np.array([[_score(day, bundle, ride, now) for ride in able] for bundle in bundles])
    rows, columns = linear_sum_assignment(np.where(np.isfinite(score), -score, 1e6))
    done: set[str] = set()
    given = set()
    for b, c in zip(rows, columns, strict=True):
        bundle, ride = bundles[b], able[c]
        if not np.isfinite(score[b, c]):
            continue
        restaurant = bundle[0].restaurant
        arrival, pickup, dropoffs = _times(day, bundle, ride, now)
        if arrival <= now + ROUND and pickup <= now + ROUND + day.parameters.pickup_service_minutes / 2:
            number = len(deliveries)
            for order, dropoff in zip(bundle, dropoffs, strict=True):
                deliveries.append(Delivery(order.id, ride.courier.id, pickup, dropoff, number))
                done.add(order.id)
            ride.where, ride.sent_to = bundle[-1].door, None
            ride.free = dropoffs[-1] + day.parameters.dropoff_service_minutes / 2
        elif ride.free < now + ROUND:
            ride.where, ride.free, ride.sent_to = day.restaurants[restaurant], arrival, restaurant
        given.add(id(ride))
    for ride in able:
        if id(ride) not in given:
            ride.sent_to = None
    return done


def _by_restaurant(orders: list[DayOrder]) -> list[list[DayOrder]]:
    groups: dict[str, list[DayOrder]] = {}
    for order in sorted(orders, key=lambda order: (order.ready, order.id)):
        groups.setdefault(order.restaurant, []).append(order)
    return list(groups.values())


def _bundles(day: Day, orders: list[DayOrder], size: int) -> list[list[DayOrder]]:
    """Parallel insertion, in the sequence of ready times, where way and waiting food grow least."""
    routes: list[list[DayOrder]] = [[] for _ in range(math.ceil(len(orders) / size))]
    for order in orders:
        options = []
        for number, route in enumerate(routes):
            if len(route) < size:
                for i in range(len(route) + 1):
                    longer = [*route[:i], order, *route[i:]]
                    options.append((_length(day, longer) - (_length(day, route) if route else 0.0), number, i))
        _, number, i = min(options)
        routes[number].insert(i, order)
    return [route for route in routes if route]


def _length(day: Day, route: list[DayOrder]) -> float:
    where = day.restaurants[route[0].restaurant]
    total = 0.0
    for order in route:
        total += day.minutes(where, order.door)
        where = order.door
    ready = max(order.ready for order in route)
    return total + sum(ready - order.ready for order in route)


def _times(day: Day, bundle: list[DayOrder], ride: Ride, now: float) -> tuple[float, float, list[float]]:
    restaurant = day.restaurants[bundle[0].restaurant]
    # Whoever was sent there before stands there since `free`, and has spent the first half of the service.
    start = ride.free if ride.sent_to == bundle[0].restaurant else max(ride.free, now)
    arrival = start + day.minutes(ride.where, restaurant)
    half = day.parameters.pickup_service_minutes / 2
    pickup = max(arrival + half, now, *(order.ready for order in bundle))
    clock, where = pickup + half, restaurant
    dropoffs = []
    for order in bundle:
        clock += day.minutes(where, order.door) + day.parameters.dropoff_service_minutes / 2
        dropoffs.append(clock)
        clock += day.parameters.dropoff_service_minutes / 2
        where = order.door
    return arrival, pickup, dropoffs


def _score(day: Day, bundle: list[DayOrder], ride: Ride, now: float) -> float:
    if ride.sent_to is not None and ride.sent_to != bundle[0].restaurant:
        return -math.inf
    _, pickup, dropoffs = _times(day, bundle, ride, now)
    if pickup > ride.courier.off:
        return -math.inf
    ready = max(order.ready for order in bundle)
    worth = len(bundle) / max(dropoffs[-1] - min(max(ride.free, now), ready), 1.0) - FRESHNESS * (pickup - ready)
    latest = day.parameters.target_click_to_door
    half = day.parameters.pickup_service_minutes / 2
    best = [
        max(order.ready, now) + half + day.minutes(day.restaurants[order.restaurant], order.door) - order.placed
        for order in bundle
    ]
    return worth + (LATE_FIRST if any(minutes > latest for minutes in best) else 0.0)
