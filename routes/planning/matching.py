"""The dispatch decision: who fetches which orders, in which sequence, and what had better wait."""

from collections.abc import Sequence
from random import Random

from routes.planning.board import Board
from routes.planning.explaining import explain
from routes.planning.plan import Plan
from routes.planning.problem import Decision, Driver, Order, TravelTime, Weights
from routes.planning.search import exchange, relocate, tear_up

__all__ = ["match"]

TRIES_PER_ORDER = 15  # more hardly ever find anything
MOST_WORK = 90_000  # tries times orders: a round of hundreds of orders must be quick, too


def match(
    orders: Sequence[Order], drivers: Sequence[Driver], now: float, travel_time: TravelTime, weights: Weights
) -> list[Decision]:
    """Decide for all orders that are not picked up yet; call again with the same orders whenever something has changed.

    Every order is in exactly one decision. The answer depends on nothing but the arguments, and not on their sequence.
    Raises ValueError if two orders or two drivers have the same id.
    """
    for kind, ids in (("orders", [order.id for order in orders]), ("drivers", [driver.id for driver in drivers])):
        if len(set(ids)) < len(ids):
            raise ValueError(f"Two {kind} have the same id.")
    if not orders:
        return []
    plan = None
    if drivers:
        board = Board(orders, drivers, now, travel_time, weights)
        plan = _search(board)
    return explain(plan, sorted(orders, key=lambda order: order.id), weights, now)


def _search(board: Board) -> Plan:
    plan = Plan(board)
    _take_up(plan)
    for o in sorted(range(len(board.orders)), key=lambda o: (board.ready[o], o)):
        if plan.where[o] < 0:
            plan.insert(o)
    _improve(plan)
    # The same choices for the same question, others in the next round.
    random = Random(f"{board.now} {len(board.orders)}")  # noqa: S311 - no secret
    better = False
    count = len(board.orders)
    for _ in range(min(board.weights.effort, TRIES_PER_ORDER * count, MOST_WORK // count)):
        better |= tear_up(plan, random)
    if better:
        _improve(plan)
    return plan


def _take_up(plan: Plan) -> None:
    """Begin with the plan of the round before, as far as it is still possible."""
    board = plan.board
    numbers = {order.id: o for o, order in enumerate(board.orders)}
    for c, driver in enumerate(board.drivers):
        picked: list[list[int]] = []
        for stop in driver.route:
            o = numbers.get(stop.order_id)
            if stop.fixed or stop.kind != "pickup" or o is None or plan.where[o] >= 0:
                continue
            if any(o in trip for trip in picked):
                continue
            if (
                picked
                and board.place_of[picked[-1][0]] == board.place_of[o]
                and not _interrupted(driver, picked, o, board)
            ):
                picked[-1].append(o)
            else:
                picked.append([o])
        chain = tuple(board.trip(trip) for trip in picked)
        cost = board.cost(c, chain)
        if chain and cost < float("inf") and all(trip.count <= board.weights.max_bundle for trip in chain):
            plan.set(c, chain, cost)


def _interrupted(driver: Driver, picked: list[list[int]], o: int, board: Board) -> bool:
    """Whether a drop-off lies between the last pickup and that of order `o`: then it is another visit."""
    kinds = [(stop.kind, stop.order_id) for stop in driver.route if not stop.fixed]
    last, this = kinds.index(("pickup", board.orders[picked[-1][-1]].id)), kinds.index(("pickup", board.orders[o].id))
    return any(kind == "dropoff" for kind, _ in kinds[last:this])


def _improve(plan: Plan) -> None:
    for _ in range(3):
        better = False
        layer = 0
        while layer < 4 and any(len(chain) > layer for chain in plan.chains):
            better |= exchange(plan, layer)
            layer += 1
        plan.look_around()
        better |= relocate(plan)
        if not better:
            return
