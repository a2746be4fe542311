"""Play a day minute by minute with the product's decision: what is known at a minute is all that is told."""

from dataclasses import dataclass

from bench.dispatch_days import Courier, Day, DayOrder, Point
from bench.dispatch_record import Delivery
from routes.planning.matching import match
from routes.planning.problem import Decision, Driver, Order, Stop, Weights

WEIGHTS = Weights(late=0.3, overdue=1.0, driver_minute=0.1, max_bundle=6, finish_in_shift=False, effort=600)
PAY_WEIGHT = 3.0  # minutes a customer may wait longer to have an order brought within guaranteed pay
COMING_ON = 30.0  # minutes before a shift begins in which its courier is planned with


@dataclass
class Ride:
    """A courier's day so far: where he is free and when; on his way or at a restaurant, if he is."""

    courier: Courier
    position: Point
    free_at: float
    target: str | None = None
    left: float = 0.0
    arrives: float = 0.0
    delivered: int = 0
    plan: tuple[Stop, ...] = ()

    def stands_at(self, now: float) -> str | None:
        return self.target if self.target is not None and self.arrives <= now else None


class Player:
    def __init__(self, day: Day, weights: Weights = WEIGHTS) -> None:
        self.day = day
        self.weights = weights
        self.rides = {c.id: Ride(c, c.start, c.on) for c in day.couriers}
        self.open: dict[str, DayOrder] = {}
        self.deliveries: list[Delivery] = []
        self._bundles = 0

    def play(self) -> list[Delivery]:
        """Everything that was delivered, in the order of pickup."""
        coming = sorted(self.day.orders, key=lambda order: (order.placed, order.id), reverse=True)
        if not coming or not self.rides:
            return []
        now = coming[-1].placed
        end = max(courier.off for courier in self.day.couriers)
        while now <= end and (coming or self.open):
            while coming and coming[-1].placed <= now:
                order = coming.pop()
                self.open[order.id] = order
            if self.open:
                self._decide(now)
            now += 1
        return self.deliveries

    def _decide(self, now: float) -> None:
        rides = [ride for ride in self.rides.values() if ride.courier.on <= now + COMING_ON and ride.courier.off >= now]
        drivers = [self._driver(ride, now) for ride in rides]
        decisions = match(
            [self._order(order) for order in self.open.values()], drivers, now, self.day.travel_time, self.weights
        )
        plans: dict[str, list[Decision]] = {}
        for decision in decisions:
            if decision.driver_id is not None:
                plans.setdefault(decision.driver_id, []).append(decision)
        for ride in rides:
            work = sorted(plans.get(ride.courier.id, []), key=lambda decision: decision.position)
            ride.plan = tuple(stop for decision in work for stop in decision.stops)
            if ride.free_at <= now:
                self._follow(ride, work[0] if work else None, now)

    def _driver(self, ride: Ride, now: float) -> Driver:
        at_place = ride.stands_at(now)
        return Driver(
            id=ride.courier.id,
            position=self._position(ride, now),
            free_at=max(ride.free_at, now),
            shift_end=ride.courier.off,
            route=ride.plan,
            at_place=at_place,
            at_place_since=ride.arrives if at_place is not None else 0.0,
            order_cost=PAY_WEIGHT * self._pay_filled(ride),
        )

    def _pay_filled(self, ride: Ride) -> float:
        """How much of the guaranteed pay was earned by orders, at most 1: from there each order costs money."""
        guaranteed = self.day.parameters.guaranteed_pay_per_hour * (ride.courier.off - ride.courier.on) / 60
        earned = self.day.parameters.pay_per_order * ride.delivered
        return min(1.0, earned / guaranteed) if guaranteed > 0 else 1.0

    def _position(self, ride: Ride, now: float) -> Point:
        if ride.target is None:
            return ride.position
        x, y = ride.position
        to_x, to_y = self.day.restaurants[ride.target]
        metres = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        share = min(1.0, (now - ride.left) * self.day.parameters.meters_per_minute / metres) if metres else 1.0
        return (x + (to_x - x) * share, y + (to_y - y) * share)

    def _order(self, order: DayOrder) -> Order:
        parameters = self.day.parameters
        return Order(
            id=order.id,
            ready=order.ready,
            promise=order.placed + parameters.target_click_to_door,
            limit=order.placed + parameters.maximum_click_to_door,
            pickup=self.day.restaurants[order.restaurant],
            dropoff=order.door,
            place=order.restaurant,
            pickup_service=parameters.pickup_service_minutes,
            dropoff_service=parameters.dropoff_service_minutes,
        )

    def _follow(self, ride: Ride, decision: Decision | None, now: float) -> None:
        """Go, stay, or pick up; what is picked up before the next round is final."""
        restaurant = self.open[decision.order_ids[0]].restaurant if decision else None
        if ride.target != restaurant:
            ride.position = self._position(ride, now)
            ride.target = restaurant
            ride.left = now
            if restaurant is not None:
                way = self.day.travel_time([ride.position], [self.day.restaurants[restaurant]])[0, 0]
                ride.arrives = now + float(way)
        if decision is None or decision.pickup_at >= now + 1:
            return
        self._bundles += 1
        for order, dropoff in zip(decision.order_ids, decision.dropoff_at, strict=True):
            self.deliveries.append(Delivery(order, ride.courier.id, decision.pickup_at, dropoff, self._bundles))
        last = self.open[decision.order_ids[-1]]
        for name in decision.order_ids:
            del self.open[name]
        ride.position = last.door
        ride.free_at = decision.dropoff_at[-1] + self.day.parameters.dropoff_service_minutes / 2
        ride.target = None
        ride.delivered += len(decision.order_ids)
        ride.plan = ride.plan[2 * len(decision.order_ids) :]
