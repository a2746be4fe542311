"""The problem of one round in numbers: indices instead of ids, times counted from now, travel times as tables."""

from collections.abc import Sequence
from itertools import permutations
from math import inf

import numpy as np

from routes.planning.problem import Driver, Matrix, Order, Point, TravelTime, Weights

EXACT_UP_TO = 4


class Trip:
    """Orders of one place that are picked up together, in the sequence in which they are brought.

    `ready` is when all are; the other times count from the pickup moment: `after_sum` is the sum of the drop-off
    moments, `duration` ends when the driver is free at `door`. `breaks` are (pickup moment, cost per minute later).
    """

    __slots__ = (
        "after",
        "after_sum",
        "breaks",
        "count",
        "door",
        "duration",
        "first_break",
        "orders",
        "place",
        "ready",
        "size",
    )

    def __init__(self, place: int, orders: tuple[int, ...], board: "Board") -> None:
        self.place = place
        self.orders = orders
        self.count = len(orders)
        self.ready = max(board.ready[o] for o in orders)
        self.size = sum(board.size[o] for o in orders)
        self.door = orders[-1]
        after, self.duration = board.timing(place, orders)
        self.after = after
        self.after_sum = sum(after)
        breaks = []
        for o, moment in zip(orders, after, strict=True):
            breaks.append((board.promise[o] - moment, board.weights.late))
            breaks.append((board.limit[o] - moment, board.weights.overdue))
        self.breaks = tuple(sorted((start, slope) for start, slope in breaks if slope > 0 and start < inf))
        self.first_break = self.breaks[0][0] if self.breaks else inf


Chain = tuple[Trip, ...]
# When a driver is free, the moment and row whose sum is the earliest pickup at each place, and what it has cost so far.
State = tuple[float, float, list[float], float]


class Board:
    """Tables of one round. Orders, drivers and places are numbered by their ids, so that it cannot matter in which
    order the caller names them."""

    def __init__(
        self, orders: Sequence[Order], drivers: Sequence[Driver], now: float, travel_time: TravelTime, weights: Weights
    ) -> None:
        self.orders = sorted(orders, key=lambda order: order.id)
        self.drivers = sorted(drivers, key=lambda driver: driver.id)
        self.now = now
        self.weights = weights
        self.ready = [order.ready - now for order in self.orders]
        self.promise = [order.promise - now for order in self.orders]
        self.limit = [order.limit - now for order in self.orders]
        self.size = [order.size for order in self.orders]
        self.half_drop = [order.dropoff_service / 2 for order in self.orders]
        self.shift_end = [driver.shift_end - now for driver in self.drivers]
        self.room = [driver.capacity - driver.used for driver in self.drivers]
        self.order_cost = [driver.order_cost for driver in self.drivers]
        numbers = {driver.id: c for c, driver in enumerate(self.drivers)}
        self.told = [numbers.get(order.told, -1) if order.told is not None else -1 for order in self.orders]
        self._number_places()
        self._measure(travel_time)
        self._trips: dict[frozenset[int], Trip] = {}
        self.single = [self.trip((o,)) for o in range(len(self.orders))]

    def _number_places(self) -> None:
        keys: dict[tuple[bool, str], int] = {}
        self.place_points: list[Point] = []
        self.half_pickup: list[float] = []
        self.place_of: list[int] = []
        self.orders_at: list[list[int]] = []
        for o, order in enumerate(self.orders):
            key = (order.place is not None, order.place if order.place is not None else order.id)
            p = keys.setdefault(key, len(keys))
            if p == len(self.place_points):
                self.place_points.append(order.pickup)
                self.half_pickup.append(0.0)
                self.orders_at.append([])
            self.half_pickup[p] = max(self.half_pickup[p], order.pickup_service / 2)
            self.place_of.append(p)
            self.orders_at[p].append(o)
        self.place_number = {name: p for (named, name), p in keys.items() if named}

    def _measure(self, travel_time: TravelTime) -> None:
        doors = [order.dropoff for order in self.orders]
        starts = [self._after_fixed_stops(driver, travel_time) for driver in self.drivers]
        self.start = np.array([max(moment - self.now, 0.0) for _, moment in starts])
        self.start_list: list[float] = self.start.tolist()
        half = np.array(self.half_pickup)
        # Earliest pickup moment of each driver at each place, and of a driver who becomes free at a door.
        self.first_table: Matrix = (
            self.start[:, None] + travel_time([point for point, _ in starts], self.place_points) + half[None, :]
        )
        for c, driver in enumerate(self.drivers):
            p = self.place_number.get(driver.at_place) if driver.at_place is not None else None
            if p is not None and not any(stop.fixed for stop in driver.route):
                self.first_table[c, p] = max(self.start[c], driver.at_place_since - self.now + half[p])
        self.next_table: Matrix = travel_time(doors, self.place_points) + half[None, :]
        self.first: list[list[float]] = self.first_table.tolist()
        self.next: list[list[float]] = self.next_table.tolist()
        self._to_door: list[list[float]] = travel_time(self.place_points, doors).tolist()
        self._between: list[list[float]] = travel_time(doors, doors).tolist()

    @staticmethod
    def _after_fixed_stops(driver: Driver, travel_time: TravelTime) -> tuple[Point, float]:
        point, moment = driver.position, driver.free_at
        for stop in driver.route:
            if stop.fixed:
                arrival = moment + float(travel_time([point], [stop.point])[0, 0])
                moment = max(arrival + stop.service / 2, stop.not_before) + stop.service / 2
                point = stop.point
        return point, moment

    def timing(self, place: int, orders: Sequence[int]) -> tuple[tuple[float, ...], float]:
        """Drop-off moments and the end, counted from the pickup moment."""
        clock = self.half_pickup[place]
        row = self._to_door[place]
        after = []
        for o in orders:
            clock += row[o] + self.half_drop[o]
            after.append(clock)
            clock += self.half_drop[o]
            row = self._between[o]
        return tuple(after), clock

    def trip(self, orders: Sequence[int]) -> Trip:
        """The best sequence of these orders of one place: every one is tried up to four, then insertion."""
        key = frozenset(orders)
        trip = self._trips.get(key)
        if trip is None:
            members = sorted(key)
            trip = Trip(self.place_of[members[0]], self._sequence(members), self)
            self._trips[key] = trip
        return trip

    def _sequence(self, members: list[int]) -> tuple[int, ...]:
        place = self.place_of[members[0]]

        def cost(sequence: Sequence[int]) -> float:
            after, duration = self.timing(place, sequence)
            return sum(after) + self.weights.driver_minute * duration

        if len(members) == 1:
            return tuple(members)
        if len(members) <= EXACT_UP_TO:
            return min(permutations(members), key=cost)
        sequence: tuple[int, ...] = self._sequence(members[:EXACT_UP_TO])
        for o in members[EXACT_UP_TO:]:
            sequence = min(((*sequence[:i], o, *sequence[i:]) for i in range(len(sequence) + 1)), key=cost)
        return sequence

    def cost(self, c: int, chain: Chain) -> float:
        """What it costs if driver `c` does these trips in turn; infinite if that breaks the shift or capacity."""
        return self.run(c, chain, self.start_list[c], 0.0, self.first[c], 0.0, inf)

    def run(
        self, c: int, trips: Sequence[Trip], clock: float, base: float, row: list[float], total: float, limit: float
    ) -> float:
        """Cost of a chain whose first trips cost `total` and end at `clock`; it goes on from `base` + `row`.

        What costs more than `limit` is given as infinite: it need not be reckoned to the end.
        """
        weights = self.weights
        end = self.shift_end[c]
        room = self.room[c]
        price = self.order_cost[c]
        approach = weights.approach
        for trip in trips:
            earliest = base + row[trip.place]
            moment = earliest if earliest > trip.ready else trip.ready
            if moment > end or trip.size > room:
                return inf
            total += trip.count * (moment + price) + trip.after_sum + approach * earliest
            if moment > trip.first_break:
                for start, slope in trip.breaks:
                    if moment <= start:
                        break
                    total += slope * (moment - start)
            if weights.switch:
                for o in trip.orders:
                    if self.told[o] >= 0 and self.told[o] != c:
                        total += weights.switch
            if total > limit:
                return inf
            clock = base = moment + trip.duration
            row = self.next[trip.door]
        if weights.finish_in_shift and clock > end and clock > self.start_list[c]:
            return inf
        return total + weights.driver_minute * (min(clock, end) - min(self.start_list[c], end))

    def step(self, c: int, trip: Trip, state: State) -> State:
        """The state after one more trip; its cost is without the driver's time."""
        _, base, row, total = state
        earliest = base + row[trip.place]
        moment = max(earliest, trip.ready)
        total += trip.count * (moment + self.order_cost[c]) + trip.after_sum + self.weights.approach * earliest
        if moment > trip.first_break:
            total += sum(slope * (moment - start) for start, slope in trip.breaks if moment > start)
        if self.weights.switch:
            total += self.weights.switch * sum(1 for o in trip.orders if self.told[o] not in (-1, c))
        free = moment + trip.duration
        return free, free, self.next[trip.door], total
