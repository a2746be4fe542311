"""What was done on a day: whether it was allowed, and how good it was. Knows nothing of how it was decided."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from bench.dispatch_days import Day


@dataclass(frozen=True)
class Delivery:
    order: str
    courier: str
    pickup: float
    dropoff: float
    bundle: int


def faults(day: Day, deliveries: list[Delivery]) -> list[str]:
    """Everything that breaks a rule of the day; empty for a legal one.

    Each courier's visits are followed from the start: the way takes its minutes, half of each service comes before the
    moment and half after, a bundle is of one restaurant and is delivered before the next pickup.
    """
    orders = {order.id: order for order in day.orders}
    couriers = {courier.id: courier for courier in day.couriers}
    half_pickup = day.parameters.pickup_service_minutes / 2
    half_door = day.parameters.dropoff_service_minutes / 2
    found = []
    seen: set[str] = set()
    for delivery in deliveries:
        if delivery.order not in orders or delivery.courier not in couriers:
            found.append(f"{delivery}: unknown order or courier")
        if delivery.order in seen:
            found.append(f"{delivery}: delivered twice")
        seen.add(delivery.order)
    if found:
        return found
    by_courier: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        by_courier[delivery.courier].append(delivery)
    for name, done in by_courier.items():
        courier = couriers[name]
        where, free = courier.start, courier.on
        done.sort(key=lambda delivery: (delivery.pickup, delivery.dropoff))
        for first, delivery in zip([None, *done[:-1]], done, strict=True):
            order = orders[delivery.order]
            restaurant = day.restaurants[order.restaurant]
            same = first is not None and first.bundle == delivery.bundle
            if same and first is not None:
                if first.pickup != delivery.pickup or orders[first.order].restaurant != order.restaurant:
                    found.append(f"{delivery}: a bundle is of one restaurant and one moment")
            else:
                if delivery.pickup < free + day.minutes(where, restaurant) + half_pickup:
                    found.append(f"{delivery}: the courier cannot be at the restaurant by then")
                if delivery.pickup > courier.off:
                    found.append(f"{delivery}: picked up after the shift")
                where, free = restaurant, delivery.pickup + half_pickup
            if delivery.pickup < max(order.ready, order.placed):
                found.append(f"{delivery}: picked up before it was ready")
            if delivery.dropoff < free + day.minutes(where, order.door) + half_door:
                found.append(f"{delivery}: the courier cannot be at the door by then")
            where, free = order.door, delivery.dropoff + half_door
    return found


@dataclass(frozen=True)
class Figures:
    """Minutes, shares of 1, money."""

    orders: int
    undelivered: float
    over_maximum: float
    click_to_door: float
    click_to_door_p90: float
    ready_to_pickup: float
    utilisation: float
    cost_per_order: float
    orders_per_bundle: float


def figures(day: Day, deliveries: list[Delivery]) -> Figures:
    """Utilisation: minutes driving, serving or waiting for the next own pickup, over minutes on shift.

    Cost per order is per delivered order: the larger of pay by order and guaranteed pay by hour, over all couriers.
    """
    orders = {order.id: order for order in day.orders}
    parameters = day.parameters
    clicks = [delivery.dropoff - orders[delivery.order].placed for delivery in deliveries]
    waits = [delivery.pickup - orders[delivery.order].ready for delivery in deliveries]
    by_courier: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        by_courier[delivery.courier].append(delivery)
    pay = busy = shift = 0.0
    for courier in day.couriers:
        done = by_courier[courier.id]
        hours = (courier.off - courier.on) / 60
        pay += max(parameters.pay_per_order * len(done), parameters.guaranteed_pay_per_hour * hours)
        shift += courier.off - courier.on
        busy += _busy(day, courier.start, done, courier.off)
    delivered = len(deliveries)
    return Figures(
        orders=len(day.orders),
        undelivered=1 - delivered / len(day.orders) if day.orders else 0.0,
        over_maximum=sum(1 for click in clicks if click > parameters.maximum_click_to_door) / max(len(day.orders), 1),
        click_to_door=fmean(clicks) if clicks else 0.0,
        click_to_door_p90=float(np.percentile(clicks, 90)) if clicks else 0.0,
        ready_to_pickup=fmean(waits) if waits else 0.0,
        utilisation=busy / shift if shift else 0.0,
        cost_per_order=pay / delivered if delivered else 0.0,
        orders_per_bundle=delivered / max(len({(d.courier, d.bundle) for d in deliveries}), 1),
    )


def _busy(day: Day, start: tuple[float, float], done: list[Delivery], off: float) -> float:
    """Driving and service within the shift, the way to each restaurant counted without detours."""
    orders = {order.id: order for order in day.orders}
    total, where, bundle = 0.0, start, None
    for delivery in sorted(done, key=lambda each: (each.pickup, each.dropoff)):
        order = orders[delivery.order]
        if delivery.bundle != bundle:
            restaurant = day.restaurants[order.restaurant]
            total += day.minutes(where, restaurant) + day.parameters.pickup_service_minutes
            where, bundle = restaurant, delivery.bundle
        total += min(
            day.minutes(where, order.door) + day.parameters.dropoff_service_minutes, max(off - delivery.pickup, 0.0)
        )
        where = order.door
    return total
