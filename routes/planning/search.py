"""Moves that make a plan better: relocation, optimal exchange between drivers, tearing up a part and planning anew."""

from math import inf
from random import Random

import numpy as np
from scipy.optimize import linear_sum_assignment

from routes.planning.board import Chain, Trip
from routes.planning.plan import SMALLEST_GAIN, Plan
from routes.planning.problem import Matrix

IMPOSSIBLE = 1e7
STRINGS = (2, 5)
LONGEST_STRING = 3


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
    """Take some related orders out of the plan, put them back in another sequence; whether that made it better.

    What is as good is kept, too: it leads on to what no single step reaches.
    """
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
    if change < SMALLEST_GAIN:
        return change < -SMALLEST_GAIN
    for c in touched:
        plan.set(c, (), 0.0)
    for c, (chain, cost) in touched.items():
        plan.set(c, chain, cost)
    return False


def _related(plan: Plan, seed: int, random: Random) -> list[int]:
    """An order and what lies around it, in strings: of each of a few drivers some orders done one after another."""
    drivers = random.randint(*STRINGS)
    used: set[int] = set()
    related: list[int] = []
    for o in plan.around(seed):
        c = plan.where[o]
        if c < 0:
            related.append(o)
            continue
        if c in used:
            continue
        used.add(c)
        string = [other for trip in plan.chains[c] for other in trip.orders]
        length = min(random.randint(1, LONGEST_STRING), len(string))
        at = string.index(o)
        first = random.randint(max(0, at - length + 1), min(at, len(string) - length))
        related += string[first : first + length]
        if len(used) >= drivers:
            break
    return related
