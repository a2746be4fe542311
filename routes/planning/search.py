"""Search for the best plan: insertion, optimal exchange between drivers, relocation, tearing up and planning anew."""

from math import inf
from random import Random

import numpy as np
from scipy.optimize import linear_sum_assignment

from routes.planning.board import Board, Chain, Trip
from routes.planning.problem import Matrix

NEAREST_NOW = 9
NEAREST_AFTER_WORK = 6
IMPOSSIBLE = 1e7
SMALLEST_GAIN = 1e-6


class Plan:
    """What every driver does one after another, and what that costs. `where` is the driver of each order, or -1."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.chains: list[Chain] = [()] * len(board.drivers)
        self.costs = [board.cost(c, ()) for c in range(len(board.drivers))]
        self.where = [-1] * len(board.orders)
        self._nearest: list[list[int]] = []
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
        single = board.single[o]
        most = board.weights.max_bundle
        best: tuple[float, int, Chain, float] = (inf, -1, (), inf)
        companions = {self.where[other] for other in board.orders_at[place]} - {-1}
        for c in dict.fromkeys([*self._nearest[place], *sorted(companions)]):
            chain, old = self.chains[c], self.costs[c]
            limit = best[0] + old
            for i in range(len(chain) + 1):
                longer = (*chain[:i], single, *chain[i:])
                cost = board.cost(c, longer)
                if cost < limit - SMALLEST_GAIN:
                    limit, best = cost, (cost - old, c, longer, cost)
            if c not in companions:
                continue
            for i, trip in enumerate(chain):
                if trip.place == place and trip.count < most and trip.size + single.size <= board.room[c]:
                    joined = (*chain[:i], board.trip((*trip.orders, o)), *chain[i + 1 :])
                    cost = board.cost(c, joined)
                    if cost < limit - SMALLEST_GAIN:
                        limit, best = cost, (cost - old, c, joined, cost)
        return best

    def near(self, place: int) -> list[int]:
        return list(self._nearest[place])

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


def relocate(plan: Plan) -> bool:
    """Move single orders to where they cost less."""
    moved = False
    for o, c in enumerate(list(plan.where)):
        c = plan.where[o]
        if c < 0:
            moved |= plan.insert(o)
            continue
        chain, cost = plan.chains[c], plan.costs[c]
        plan.remove(o)
        saved = cost - plan.costs[c]
        extra, other, longer, new_cost = plan.insertion(o)
        if extra < saved - SMALLEST_GAIN:
            plan.set(other, longer, new_cost)
            moved = True
        else:
            plan.set(c, chain, cost)
    return moved


def exchange(plan: Plan, layer: int) -> bool:
    """Take trip number `layer` from every driver and hand all of them out anew, at the least cost there is."""
    board, chains = plan.board, plan.chains
    trips = [chain[layer] for chain in chains if len(chain) > layer]
    if not trips:
        return False
    keep = np.array([[board.cost(c, (*chain[:layer], *chain[layer + 1 :]))] for c, chain in enumerate(chains)])
    table = _exchange_costs(plan, layer, trips) - keep
    table[~np.isfinite(table)] = IMPOSSIBLE
    owner = [c for c, chain in enumerate(chains) if len(chain) > layer]
    rows, columns = linear_sum_assignment(table)
    before = sum(table[c, b] for b, c in enumerate(owner))
    if table[rows, columns].sum() > before - SMALLEST_GAIN:
        return False
    receiver = dict(zip(columns.tolist(), rows.tolist(), strict=True))
    rest = [(*chain[:layer], *chain[layer + 1 :]) if len(chain) > layer else chain for chain in chains]
    for c in {*owner, *receiver.values()}:
        plan.set(c, (), 0.0)
    for b, c in receiver.items():
        rest[c] = (*rest[c][:layer], trips[b], *rest[c][layer:])
    for c in {*owner, *receiver.values()}:
        plan.set(c, rest[c], board.cost(c, rest[c]))
    return True


def _exchange_costs(plan: Plan, layer: int, trips: list[Trip]) -> Matrix:
    """Cost of each driver's chain with each trip at `layer`: drivers x trips, infinite where not allowed."""
    board, weights = plan.board, plan.board.weights
    prefix = [chain[:layer] for chain in plan.chains]
    suffix = [chain[layer + 1 :] for chain in plan.chains]
    place = np.array([trip.place for trip in trips])
    ends = np.array(board.shift_end)[:, None]
    room = np.array(board.room)[:, None]
    price = np.array(board.order_cost)[:, None]
    numbers = range(len(board.drivers))

    earliest = board.first_table[:, place]
    spent = np.zeros((len(numbers), 1))
    for c in numbers:
        if prefix[c]:
            free = plan.end(c, prefix[c])
            so_far = board.cost(c, prefix[c])
            earliest[c] = free + board.next_table[prefix[c][-1].door, place]
            # The driver's own time is counted at the end of the chain.
            paid = min(free, board.shift_end[c]) - min(float(board.start[c]), board.shift_end[c])
            spent[c] = so_far - weights.driver_minute * paid

    moment, cost = _append(earliest, trips, ends, room, price)
    total = spent + cost + weights.approach * earliest
    clock = moment + np.array([trip.duration for trip in trips])
    if weights.switch:
        for b, trip in enumerate(trips):
            for o in trip.orders:
                if board.told[o] >= 0:
                    total[:, b] += weights.switch * (np.arange(len(numbers)) != board.told[o])
    door = np.broadcast_to(np.array([trip.door for trip in trips]), clock.shape)
    for step in range(max(map(len, suffix))):
        rows = np.array([c for c in numbers if len(suffix[c]) > step])
        following = [suffix[c][step] for c in rows]
        places = np.array([[trip.place] for trip in following])
        for_all = [np.array([[getattr(trip, name)] for trip in following]) for name in ("ready", "duration", "door")]
        arrival = clock[rows] + board.next_table[door[rows], places]
        at = np.maximum(arrival, for_all[0])
        at[(at > ends[rows]) | (np.array([[trip.size] for trip in following]) > room[rows])] = inf
        for i, (c, trip) in enumerate(zip(rows, following, strict=True)):
            total[c] += trip.count * (at[i] + board.order_cost[c]) + trip.after_sum + weights.approach * arrival[i]
            for start, slope in trip.breaks:
                total[c] += slope * np.maximum(at[i] - start, 0.0)
            total[c] += weights.switch * sum(1 for o in trip.orders if board.told[o] not in (-1, c))
        clock[rows] = at + for_all[1]
        door = door.copy()
        door[rows] = for_all[2]
    if weights.finish_in_shift:
        total[clock > ends] = inf
    return total + weights.driver_minute * (np.minimum(clock, ends) - np.minimum(board.start[:, None], ends))


def _append(earliest: Matrix, trips: list[Trip], ends: Matrix, room: Matrix, price: Matrix) -> tuple[Matrix, Matrix]:
    """Pickup moments and costs of trips that begin when the driver can be there."""
    moment = np.maximum(earliest, np.array([trip.ready for trip in trips]))
    moment[(moment > ends) | (np.array([trip.size for trip in trips]) > room)] = inf
    count = np.array([trip.count for trip in trips])
    cost = count * (moment + price) + np.array([trip.after_sum for trip in trips])
    for b, trip in enumerate(trips):
        for start, slope in trip.breaks:
            cost[:, b] += slope * np.maximum(moment[:, b] - start, 0.0)
    return moment, cost


def tear_up(plan: Plan, random: Random) -> bool:
    """Take some related orders out of the plan, put them back in another sequence; keep only what is better."""
    board = plan.board
    seed = random.randrange(len(board.orders))
    removed = _related(plan, seed, random)
    touched: dict[int, tuple[Chain, float]] = {}

    def remember(c: int) -> None:
        if c >= 0 and c not in touched:
            touched[c] = (plan.chains[c], plan.costs[c])

    missing = sum(1 for o in removed if plan.where[o] < 0)
    for o in removed:
        remember(plan.where[o])
        plan.remove(o)
    random.shuffle(removed)
    if random.random() < 0.5:
        removed.sort(key=lambda o: board.promise[o])
    for o in removed:
        _, c, chain, cost = plan.insertion(o)
        if c >= 0:
            remember(c)
            plan.set(c, chain, cost)
    still_missing = sum(1 for o in removed if plan.where[o] < 0)
    change = sum(plan.costs[c] - cost for c, (_, cost) in touched.items()) + IMPOSSIBLE * (still_missing - missing)
    if change < -SMALLEST_GAIN:
        return True
    for c in touched:
        plan.set(c, (), 0.0)
    for c, (chain, cost) in touched.items():
        plan.set(c, chain, cost)
    return False


def _related(plan: Plan, seed: int, random: Random) -> list[int]:
    """An order, others of its place, and what the drivers nearest to that place have to do."""
    board = plan.board
    place = board.place_of[seed]
    related = dict.fromkeys([seed, *board.orders_at[place]])
    drivers = plan.near(place)
    random.shuffle(drivers)
    for c in drivers[:3]:
        for trip in plan.chains[c]:
            related.update(dict.fromkeys(trip.orders))
    return list(related)[: random.randint(2, 8)]
