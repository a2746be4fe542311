"""A plan under search: who does what one after another, what it costs, and the cheapest way to add an order to it."""

from math import inf

import numpy as np

from routes.planning.board import Board, Chain, State, Trip
from routes.planning.problem import Matrix

NEAREST_NOW = 9
NEAREST_AFTER_WORK = 6
AROUND = 30
SMALLEST_GAIN = 1e-6


class Plan:
    """What every driver does one after another, and what that costs. `where` is the driver of each order, or -1."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.chains: list[Chain] = [()] * len(board.drivers)
        self.costs = [board.cost(c, ()) for c in range(len(board.drivers))]
        self.where = [-1] * len(board.orders)
        self._states: list[list[State] | None] = [None] * len(board.drivers)
        self._nearest: list[list[int]] = []
        self._around: list[list[int]] | None = None
        self.look_around()

    def look_around(self) -> None:
        """Choose for each place the drivers worth trying: soonest there if sent now, soonest there after their work."""
        board = self.board
        tail = self.tails()
        late = board.first_table > np.array(board.shift_end)[:, None]
        tail[tail > np.array(board.shift_end)[:, None]] = inf
        now = np.where(late, inf, board.first_table)
        chosen = [_soonest(now, NEAREST_NOW), _soonest(tail, NEAREST_AFTER_WORK)]
        self._nearest = [list(dict.fromkeys([*chosen[0][p], *chosen[1][p]])) for p in range(len(board.place_points))]

    def tails(self) -> Matrix:
        """Earliest pickup moment of each driver at each place after the planned work: drivers x places."""
        tail = self.board.first_table.copy()
        for c, chain in enumerate(self.chains):
            if chain:
                tail[c] = self.end(c, chain) + self.board.next_table[chain[-1].door]
        return tail

    def end(self, c: int, chain: Chain) -> float:
        """When driver `c` is free after these trips."""
        board, base, row = self.board, 0.0, self.board.first[c]
        for trip in chain:
            base = max(base + row[trip.place], trip.ready) + trip.duration
            row = board.next[trip.door]
        return base

    def set(self, c: int, chain: Chain, cost: float) -> None:
        for trip in self.chains[c]:
            for o in trip.orders:
                if self.where[o] == c:
                    self.where[o] = -1
        self.chains[c] = chain
        self.costs[c] = cost
        self._states[c] = None
        for trip in chain:
            for o in trip.orders:
                self.where[o] = c

    def remove(self, o: int) -> None:
        c = self.where[o]
        if c >= 0:
            chain = without(self.board, self.chains[c], o)
            self.set(c, chain, self.board.cost(c, chain))

    def insertion(self, o: int) -> tuple[float, int, Chain, float]:
        """Cheapest way to add an order: extra cost, driver, the driver's new chain and its cost."""
        board = self.board
        place = board.place_of[o]
        best: tuple[float, int, int, Trip | None] = (inf, -1, 0, None)
        companions = {self.where[other] for other in board.orders_at[place]} - {-1}
        for c in dict.fromkeys([*sorted(companions), *self._nearest[place]]):
            best = self._insertion_with(c, o, best)
        extra, c, position, trip = best
        if trip is None:
            return (inf, -1, (), inf)
        # A trip of several orders takes the place of the one that was joined.
        after = position if trip.count == 1 else position + 1
        chain = (*self.chains[c][:position], trip, *self.chains[c][after:])
        return (extra, c, chain, self.costs[c] + extra)

    def _insertion_with(
        self, c: int, o: int, best: tuple[float, int, int, Trip | None]
    ) -> tuple[float, int, int, Trip | None]:
        board, chain, old = self.board, self.chains[c], self.costs[c]
        single = board.single[o]
        place, ready, soonest = single.place, single.ready, single.after_sum + board.order_cost[c]
        if single.size > board.room[c]:
            return best
        for i, (clock, base, row, total) in enumerate(self._states_of(c)):
            earliest = base + row[place]
            moment = earliest if earliest > ready else ready
            # Nobody brings it sooner than straight from the place, and later positions are later still.
            if moment + soonest >= best[0] or moment > board.shift_end[c]:
                break
            limit = best[0] + old - SMALLEST_GAIN
            cost = board.run(c, (single, *chain[i:]), clock, base, row, total, limit)
            if cost < limit:
                limit, best = cost - SMALLEST_GAIN, (cost - old, c, i, single)
            if i == len(chain):
                break
            trip = chain[i]
            if (
                trip.place == place
                and trip.count < board.weights.max_bundle
                and trip.size + single.size <= board.room[c]
            ):
                joined = board.trip((*trip.orders, o))
                cost = board.run(c, (joined, *chain[i + 1 :]), clock, base, row, total, limit)
                if cost < limit:
                    best = (cost - old, c, i, joined)
        return best

    def _states_of(self, c: int) -> list[State]:
        """Where the driver's chain stands before each trip and at its end: what `Board.run` goes on from."""
        states = self._states[c]
        if states is None:
            board = self.board
            states = [(board.start_list[c], 0.0, board.first[c], 0.0)]
            for trip in self.chains[c]:
                states.append(board.step(c, trip, states[-1]))
            self._states[c] = states
        return states

    def around(self, o: int) -> list[int]:
        """Orders by closeness: a short way from one to the other's place, and ready at about the same time."""
        if self._around is None:
            board = self.board
            way = board.next_table[:, board.place_of]
            ready = np.array(board.ready)
            apart = np.minimum(way, way.T) + 0.3 * np.abs(ready[:, None] - ready)
            np.fill_diagonal(apart, -1.0)
            self._around = np.argsort(apart, axis=1, kind="stable")[:, :AROUND].tolist()
        return self._around[o]

    def insert(self, o: int) -> bool:
        _, c, chain, cost = self.insertion(o)
        if c >= 0:
            self.set(c, chain, cost)
        return c >= 0


def _soonest(table: Matrix, count: int) -> list[list[int]]:
    """Per column, the rows of the smallest finite entries, smallest first."""
    count = min(count, table.shape[0])
    rows = np.argpartition(table, count - 1, axis=0)[:count] if count < table.shape[0] else np.argsort(table, axis=0)
    values = np.take_along_axis(table, rows, axis=0)
    order = np.lexsort((rows, values), axis=0)
    rows = np.take_along_axis(rows, order, axis=0)
    finite = np.isfinite(np.take_along_axis(values, order, axis=0))
    return [rows[:, p][finite[:, p]].tolist() for p in range(table.shape[1])]


def without(board: Board, chain: Chain, o: int) -> Chain:
    kept: list[Trip] = []
    for trip in chain:
        if o not in trip.orders:
            kept.append(trip)
        elif trip.count > 1:
            kept.append(board.trip([other for other in trip.orders if other != o]))
    return tuple(kept)
