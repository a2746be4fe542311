"""What no dispatcher can beat: a lower bound of the mean click-to-door, for any way to deliver all orders of a day.

The larger of two. Ways: every order is fetched the moment it is ready, by somebody who happens to be there, and brought
straight. Work: every delivery costs some courier at least the shortest way to that door from any restaurant or other
door, and the service there; all couriers on shift share this work, without ever losing a minute between deliveries.
"""

import heapq
from statistics import fmean

import numpy as np

from bench.dispatch_days import Day


def lower_bound(day: Day) -> float:
    if not day.orders or not day.couriers:
        return 0.0
    return max(_by_ways(day), _by_work(day))


def _by_ways(day: Day) -> float:
    services = (day.parameters.pickup_service_minutes + day.parameters.dropoff_service_minutes) / 2
    first_on = min(courier.on for courier in day.couriers)
    return fmean(
        max(order.ready, first_on)
        + services
        + day.minutes(day.restaurants[order.restaurant], order.door)
        - order.placed
        for order in day.orders
    )


def _by_work(day: Day) -> float:
    """Shortest remaining work first on one machine that works as fast as all couriers on shift together: preemption and
    sharing only relax the problem, so its total of finishing moments is below that of any schedule."""
    doors = [order.door for order in day.orders]
    between = day.travel_time(doors, doors)
    np.fill_diagonal(between, np.inf)
    shortest = np.minimum(
        between.min(axis=1), day.travel_time(doors, list(day.restaurants.values())).min(axis=1, initial=np.inf)
    )
    half_door = day.parameters.dropoff_service_minutes / 2
    # Until the drop-off moment the way and half the service are done; the other half keeps the courier busy, and is
    # left out: less work, a lower bound still.
    work = shortest + half_door
    release = [order.ready + day.parameters.pickup_service_minutes / 2 for order in day.orders]
    changes = sorted({*release, *(c.on for c in day.couriers), *(c.off for c in day.couriers)})
    coming = sorted(zip(release, work.tolist(), range(len(doors)), strict=True), reverse=True)
    left: list[tuple[float, int]] = []
    total = 0.0
    for moment, until in zip(changes, [*changes[1:], np.inf], strict=True):
        while coming and coming[-1][0] <= moment:
            _, minutes, number = coming.pop()
            heapq.heappush(left, (minutes, number))
        # What is on board at the end of a shift is still delivered: after the last shift all go on.
        speed = sum(1 for c in day.couriers if c.on <= moment and (until < np.inf and moment < c.off))
        if until == np.inf:
            speed = len(day.couriers)
        clock = moment
        while left and speed and clock < until:
            minutes, number = heapq.heappop(left)
            step = minutes / speed
            if clock + step > until:
                heapq.heappush(left, (minutes - (until - clock) * speed, number))
                break
            clock += step
            total += clock
    return (total - sum(order.placed for order in day.orders)) / len(day.orders)
