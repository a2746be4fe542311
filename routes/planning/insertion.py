"""Where one more order fits best into the stops that a driver already has, and what that does to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop. Times are minutes from now; `promise` is when it should be done, `label` names it for people."""

    label: str
    service: float
    not_before: float = -inf
    promise: float = inf


@dataclass(frozen=True, slots=True)
class Price:
    """What a minute is worth while a place is looked for: a minute to the door costs 1."""

    late: float = 1.0
    risk: float = 2.0
    work: float = 0.3


@dataclass(frozen=True, slots=True)
class Insertion:
    """Minutes from now: at the pickup, at the door (None without a drop-off), and the end of all work.

    `before` counts the stops done before the pickup. `late` is how late the order itself gets, `risk` the minutes late
    added to the others together, `delayed` those minutes by label. `work` is what the driver's day gets longer.
    """

    pickup: float
    door: float | None
    end: float
    before: int
    late: float
    risk: float
    work: float
    delayed: tuple[tuple[str, float], ...] = field(default=())


def best_insertion(
    visits: Sequence[Visit],
    pickup: Visit,
    dropoff: Visit | None,
    minutes: Sequence[Sequence[float]],
    price: Price,
) -> Insertion:
    """Try every place for the pickup and every later one for the drop-off; the visits keep their sequence.

    `minutes` are travel times by number: 0 is the driver, 1 to k the visits, k + 1 the pickup, k + 2 the drop-off.
    """
    count = len(visits)
    all_visits = [*visits, pickup, *([dropoff] if dropoff else [])]
    _, _, plain_end, plain_late = _walk(range(1, count + 1), all_visits, minutes)
    best: Insertion | None = None
    best_cost = inf
    for i in range(count + 1):
        for j in range(i, count + 1) if dropoff else (i,):
            sequence = [*range(1, i + 1), count + 1, *range(i + 1, j + 1)]
            if dropoff:
                sequence.append(count + 2)
            sequence.extend(range(j + 1, count + 1))
            arrivals, dones, end, late = _walk(sequence, all_visits, minutes)
            added = [(k, late.get(k, 0.0) - plain_late.get(k, 0.0)) for k in late if k <= count]
            risk = sum(more for _, more in added if more > 0)
            door = dones[count + 2] if dropoff else None
            own = late.get(count + 2, 0.0)
            work = end - plain_end
            done = dones[count + 1] if door is None else door
            cost = done + price.late * own + price.risk * risk + price.work * work
            if cost < best_cost:
                best_cost = cost
                delayed = tuple((all_visits[k - 1].label, more) for k, more in added if more > 0)
                best = Insertion(arrivals[count + 1], door, end, i, own, risk, work, delayed)
    if best is None:
        raise ValueError("There is no place for the stop: a travel time is not a number.")
    return best


def _walk(
    sequence: Sequence[int], visits: Sequence[Visit], minutes: Sequence[Sequence[float]]
) -> tuple[dict[int, float], dict[int, float], float, dict[int, float]]:
    """Arrival, moment of service, the end, and minutes late of those that have a promise and miss it."""
    here, clock = 0, 0.0
    arrivals: dict[int, float] = {}
    dones: dict[int, float] = {}
    late: dict[int, float] = {}
    for k in sequence:
        visit = visits[k - 1]
        clock += minutes[here][k]
        arrivals[k] = clock
        clock = max(clock, visit.not_before) + visit.service
        dones[k] = clock
        if clock > visit.promise:
            late[k] = clock - visit.promise
        here = k
    return arrivals, dones, clock, late
