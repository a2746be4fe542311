"""What a simple dispatcher does: each order, oldest first, to the nearest courier with nothing to do; no bundles."""

from bench.dispatch_days import Day
from bench.dispatch_record import Delivery


def play_nearest_idle(day: Day) -> list[Delivery]:
    half_pickup = day.parameters.pickup_service_minutes / 2
    half_door = day.parameters.dropoff_service_minutes / 2
    where = {courier.id: courier.start for courier in day.couriers}
    free = {courier.id: courier.on for courier in day.couriers}
    coming = sorted(day.orders, key=lambda order: (order.placed, order.id), reverse=True)
    waiting = []
    deliveries = []
    now = coming[-1].placed if coming else 0.0
    end = max((courier.off for courier in day.couriers), default=0.0)
    while now <= end and (coming or waiting):
        while coming and coming[-1].placed <= now:
            waiting.append(coming.pop())
        left = []
        for order in waiting:
            restaurant = day.restaurants[order.restaurant]
            idle = []
            for courier in day.couriers:
                if free[courier.id] <= now <= courier.off:
                    way = day.minutes(where[courier.id], restaurant)
                    pickup = max(now + way + half_pickup, order.ready)
                    if pickup <= courier.off:
                        idle.append((way, courier.id, pickup))
            if not idle:
                left.append(order)
                continue
            _, courier_id, pickup = min(idle)
            dropoff = pickup + half_pickup + day.minutes(restaurant, order.door) + half_door
            deliveries.append(Delivery(order.id, courier_id, pickup, dropoff, len(deliveries)))
            where[courier_id], free[courier_id] = order.door, dropoff + half_door
        waiting = left
        now += 1
    return deliveries
