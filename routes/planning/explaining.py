"""Turn a plan into decisions that say why, with figures."""

from collections.abc import Sequence
from math import inf

import numpy as np

from routes.planning.board import Board, Trip
from routes.planning.plan import Plan
from routes.planning.problem import Decision, Matrix, Order, Reason, Stop, Weights


def explain(plan: Plan | None, orders: Sequence[Order], weights: Weights, now: float) -> list[Decision]:
    if plan is None:
        nobody = Reason("no_driver", "No driver is on duty.")
        return [Decision("wait", (order.id,), None, (), (nobody,)) for order in orders]
    decisions = []
    tails = plan.tails()
    for c, chain in enumerate(plan.chains):
        base, row = 0.0, plan.board.first[c]
        for position, trip in enumerate(chain):
            earliest = base + row[trip.place]
            moment = max(earliest, trip.ready)
            decisions.append(_planned(plan, c, position, trip, earliest, moment, tails))
            base = moment + trip.duration
            row = plan.board.next[trip.door]
    decisions += [_without_driver(plan.board, o) for o, c in enumerate(plan.where) if c < 0]
    return sorted(decisions, key=lambda decision: decision.order_ids)


def _planned(plan: Plan, c: int, position: int, trip: Trip, earliest: float, moment: float, tails: Matrix) -> Decision:
    board, now = plan.board, plan.board.now
    driver = board.drivers[c]
    members = [board.orders[o] for o in trip.orders]
    slack = moment - earliest
    start = float(board.start[c]) if position == 0 else 0.0
    # The latest departure that still meets the pickup; a driver's later trips leave after the earlier ones.
    depart_by = start + slack if position == 0 else earliest
    at_place = position == 0 and driver.at_place is not None and driver.at_place == members[0].place
    send = position == 0 and (at_place or depart_by <= board.weights.send_ahead)
    stops = (
        *(Stop("pickup", order.id, order.pickup, order.pickup_service) for order in members),
        *(Stop("dropoff", order.id, order.dropoff, order.dropoff_service) for order in members),
    )
    dropoffs = tuple(now + moment + after for after in trip.after)
    reasons = [_meeting(driver.id, trip, moment, slack), _runner_up(plan.board, tails, c, trip, moment)]
    if trip.count > 1:
        reasons.append(_bundle(board, trip))
    late = max(moment + after - board.promise[o] for o, after in zip(trip.orders, trip.after, strict=True))
    reasons.append(_promise(late))
    if not send:
        reasons.insert(0, _why_wait(driver.id, position, depart_by, slack, board.weights.send_ahead))
    return Decision(
        "assign" if send else "wait",
        tuple(order.id for order in members),
        driver.id,
        stops,
        tuple(reasons),
        position,
        now + depart_by,
        now + moment,
        dropoffs,
    )


def _meeting(driver: str, trip: Trip, moment: float, slack: float) -> Reason:
    waits = moment - max(trip.ready, 0.0)
    figures: dict[str, float | str] = {
        "driver": driver,
        "pickup_in": moment,
        "driver_waits": slack,
        "order_waits": waits,
    }
    if slack > 0:
        return Reason("there_in_time", f"{driver} can be there {slack:.0f} min before it is ready.", figures)
    return Reason("there_later", f"{driver} picks up in {moment:.0f} min, {waits:.0f} min after it is ready.", figures)


def _runner_up(board: Board, tails: Matrix, c: int, trip: Trip, moment: float) -> Reason:
    """The next best driver by pickup moment: free ones as they are, others after their planned work."""
    soonest = np.maximum(tails[:, trip.place], trip.ready)
    soonest[(soonest > np.array(board.shift_end)) | (np.array(board.room) < trip.size)] = inf
    soonest[c] = inf
    other = int(np.argmin(soonest))
    if soonest[other] == inf:
        return Reason("only_driver", "No other driver on duty could pick it up within shift and capacity.")
    later = float(soonest[other]) - moment
    name = board.drivers[other].id
    if later > 0:
        sentence = f"The next best, {name}, would pick up {later:.0f} min later."
    else:
        sentence = f"{name} could be there as soon, but the plan as a whole is better this way."
    return Reason("runner_up", sentence, {"driver": name, "later": later})


def _bundle(board: Board, trip: Trip) -> Reason:
    alone = sum(board.single[o].duration for o in trip.orders)
    saved = alone - trip.duration
    return Reason(
        "bundle",
        f"{trip.count} orders of one place together: {saved:.0f} min of driving and service saved.",
        {"orders": trip.count, "saved": saved},
    )


def _promise(late: float) -> Reason:
    if late > 0:
        return Reason("late", f"The promise will be missed by {late:.0f} min.", {"late": late})
    return Reason("in_time", f"Delivered {-late:.0f} min before the promise.", {"margin": -late})


def _why_wait(driver: str, position: int, depart_by: float, slack: float, send_ahead: float) -> Reason:
    figures: dict[str, float | str] = {"driver": driver, "decide_in": max(depart_by - send_ahead, 0.0)}
    if position > 0:
        sentence = f"Waits for {driver}, who first finishes other orders; nobody else would do better."
        return Reason("after_other_work", sentence, figures)
    if slack > 0:
        sentence = f"Not ready yet: {driver} need not leave for {depart_by:.0f} min, and a better choice may come up."
        return Reason("too_early", sentence, figures)
    return Reason(
        "driver_busy", f"Waits for {driver}, who is free in {depart_by:.0f} min; nobody else is sooner.", figures
    )


def _without_driver(board: Board, o: int) -> Decision:
    order = board.orders[o]
    if all(room < order.size for room in board.room):
        reason = Reason("too_big", "No driver on duty has room for it.", {"size": order.size})
    else:
        reason = Reason(
            "no_driver_in_time", "No driver can fetch it and bring it within the shift, with the orders planned."
        )
    return Decision("wait", (order.id,), None, (), (reason,))
