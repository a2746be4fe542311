"""What a planning of trips is given.

Times are whole seconds since any epoch the caller likes, lengths whole metres, sizes any one unit. A location is a
number: its row and column in the tables of `Roads`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]
End = Literal["pickup", "dropoff"]
Goal = Literal["time", "distance", "drivers"]
FAR = 2**40
# An unplanned order costs this many times as much as the longest leg there is, times its weight.
WEIGHTS = {1: 8, 2: 4, 3: 2, 4: 1}


@dataclass(frozen=True, slots=True)
class Stop:
    """One end of a task. Service begins within [`early`, `late`]; `promise` is when it should be done at the latest.

    `late` is never broken. A broken promise is lateness, which the caller allows or not (`Task.may_be_late`).
    """

    location: int
    service: int = 0
    early: int = 0
    late: int = FAR
    promise: int = FAR


@dataclass(frozen=True, slots=True)
class Task:
    """Something to fetch and bring, by one vehicle; without a pickup it is on board (or loaded at the start).

    `vehicles` are those that may do it (None: all). `required` is planned whatever it costs and never handed to
    another than `vehicles`. `may_be_late` are seconds after the promises.
    """

    id: str
    dropoff: Stop
    pickup: Stop | None = None
    units: int = 0
    priority: int = 3
    vehicles: frozenset[str] | None = None
    required: bool = False
    may_be_late: int = 0

    def latest(self, end: End) -> int:
        """The last moment at which service of this end may begin."""
        stop = self.stop(end)
        return min(stop.late, stop.promise - stop.service + self.may_be_late)

    def stop(self, end: End) -> Stop:
        if end == "dropoff":
            return self.dropoff
        if self.pickup is None:
            raise ValueError(f"{self.id} has no pickup.")
        return self.pickup

    def allows(self, vehicle: str) -> bool:
        return self.vehicles is None or vehicle in self.vehicles


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `duration`, begun within [`early`, `late`]; it is taken between two stops."""

    early: int
    late: int
    duration: int


# One step of a sequence: which end of which task.
Step = tuple[str, End]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A driver with a vehicle: at `start` from `earliest` on; done (and at `end`, where there is one) by `latest`.

    `capacity` is what it carries at once, `total` what all its tasks together may measure (some companies count so).
    `present` is what it would do next without this planning; the search begins there. `network` is the number of its
    roads (`Problem.networks`).
    """

    id: str
    start: int
    end: int | None = None
    capacity: int = FAR
    total: int = FAR
    earliest: int = 0
    latest: int = FAR
    breaks: tuple[Break, ...] = ()
    present: tuple[Step, ...] = ()
    network: int = 0


@dataclass(frozen=True, slots=True)
class Roads:
    """Travel times and lengths from each location to each other; `visit[i]` is spent once per visit of location i,
    however many stops there are (parking, the counter of a shop)."""

    seconds: Table
    metres: Table
    visit: tuple[int, ...] = ()


@dataclass(frozen=True)
class Problem:
    """`goal`: what is short when everything else is equal. "drivers" means as few as possible, then time.

    `others` are the roads of vehicles that do not go on `roads`, over the same locations.
    """

    tasks: tuple[Task, ...]
    vehicles: tuple[Vehicle, ...]
    roads: Roads
    goal: Goal = "time"
    others: tuple[Roads, ...] = ()

    @property
    def networks(self) -> tuple[Roads, ...]:
        return (self.roads, *self.others)

    @cached_property
    def task(self) -> Mapping[str, Task]:
        return {task.id: task for task in self.tasks}

    @cached_property
    def vehicle(self) -> Mapping[str, Vehicle]:
        return {vehicle.id: vehicle for vehicle in self.vehicles}

    @cached_property
    def legs(self) -> list[list[list[int]]]:
        """By network: seconds from leaving one location until service may begin at another."""
        return [_legs(roads) for roads in self.networks]

    @cached_property
    def costs(self) -> list[list[list[int]]]:
        """By network: what the goal counts, between locations."""
        tables = [roads.metres if self.goal == "distance" else roads.seconds for roads in self.networks]
        return [table.tolist() for table in tables]

    @cached_property
    def prize(self) -> int:
        """What leaving out a task of weight 1 costs: more than any detour."""
        return 3 * self._longest + self.fixed_cost

    @cached_property
    def fixed_cost(self) -> int:
        """Of one more driver, where fewer are better than a shorter way."""
        return 10 * self._longest if self.goal == "drivers" else 0

    @cached_property
    def _longest(self) -> int:
        return max((max(row, default=0) for costs in self.costs for row in costs), default=0) + 1


def _legs(roads: Roads) -> list[list[int]]:
    legs = roads.seconds
    if roads.visit:
        legs = legs + np.array(roads.visit, dtype=np.int64)[None, :]
        np.fill_diagonal(legs, 0)
    found: list[list[int]] = legs.tolist()
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: `share` of its effort from 0 to 1, `cost` of the best plan so far by the goal."""

    share: float
    iterations: int
    cost: int
    vehicles: int
    unplanned: int


def _ignore(progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop: after `seconds`, or `iterations`, or `patience` iterations without a better plan.

    `told` hears of the progress a few times a second; `cancelled` is asked as often, and ends the search with what
    there is; both on the caller's own thread. `lanes` are searches side by side (0: one for each core); one lane with
    only `iterations` repeats exactly.
    """

    seconds: float = 5.0
    iterations: int = 0
    patience: int = 0
    seed: int = 1
    lanes: int = 0
    told: Callable[[Progress], None] = field(default=_ignore)
    cancelled: Callable[[], bool] = field(default=lambda: False)
