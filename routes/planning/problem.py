"""What the dispatch decision is given and what it answers.

All times are minutes (float) since any epoch the caller likes; sizes are in any one unit. A point is whatever the
caller's `TravelTime` understands: (x, y), (latitude, longitude), an index.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Point = Any
Matrix = NDArray[np.float64]
# Minutes from each of m points to each of n points, as an m x n matrix.
TravelTime = Callable[[Sequence[Point], Sequence[Point]], Matrix]


@dataclass(frozen=True, slots=True)
class Order:
    """Something to fetch and bring. Half of a service lies before the pickup (or drop-off) moment, half after it.

    Orders of one `place` are fetched in one visit, with one pickup service; without it an order is its own place.
    `told` is the driver who already knows of the order: another one costs `Weights.switch`.
    """

    id: str
    ready: float
    promise: float
    pickup: Point
    dropoff: Point
    size: float = 1.0
    place: str | None = None
    pickup_service: float = 0.0
    dropoff_service: float = 0.0
    limit: float = inf
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """`fixed` stops are done first, as they stand. Others are an earlier round's plan, to start the search from."""

    kind: Literal["pickup", "dropoff"]
    order_id: str
    point: Point = None
    service: float = 0.0
    not_before: float = -inf
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Driver:
    """Someone who is at `position` from `free_at` on, and then has the fixed stops of `route` to do.

    `used` is what stays on board whatever is done. A driver who stands at a place since `at_place_since` need not spend
    the first half of its pickup service again. `order_cost` is the price of one more order with this driver, in
    minutes of waiting customers (pay, fairness).
    """

    id: str
    position: Point
    free_at: float
    shift_end: float = inf
    capacity: float = inf
    used: float = 0.0
    route: tuple[Stop, ...] = ()
    at_place: str | None = None
    at_place_since: float = 0.0
    order_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What is good. One minute of one customer's waiting costs 1.

    late, overdue     extra cost of each minute after the promise, after the limit
    driver_minute     cost of a minute of a driver's work within the shift: what later orders would wait for it
    approach          cost of a minute until a driver could be there: of drivers who would all be in time, the nearest
    switch            cost of taking an order from the driver who was told
    max_bundle        most orders fetched in one visit
    send_ahead        how long before the latest departure a driver is told; until then the decision is to wait
    finish_in_shift   the last drop-off, too, must lie within the shift, not only the pickup
    effort            how many times a part of the plan is torn up and planned anew
    """

    late: float = 0.5
    overdue: float = 2.0
    driver_minute: float = 0.2
    approach: float = 0.02
    switch: float = 0.0
    max_bundle: int = 4
    send_ahead: float = 5.0
    finish_in_shift: bool = True
    effort: int = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, its figures (minutes, ids, counts) and the sentence that says it."""

    code: str
    sentence: str
    figures: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with `order_ids`, which travel together.

    assign: `driver_id` goes now, does `stops` in sequence and meets `pickup_at` and, per order, `dropoff_at`.
    wait: nothing is to be done before `decide_by`; `driver_id` and `stops` are the plan so far, if there is one.
    """

    action: Literal["assign", "wait"]
    order_ids: tuple[str, ...]
    driver_id: str | None
    stops: tuple[Stop, ...]
    reasons: tuple[Reason, ...]
    position: int = 0
    depart_by: float = inf
    pickup_at: float = inf
    dropoff_at: tuple[float, ...] = ()
