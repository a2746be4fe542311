"""What a source of travel times must answer. Points are (latitude, longitude); times are minutes, distances metres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]  # latitude, longitude
Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Travel(NamedTuple):
    """One way from a place to another; `is_estimate` where no street is known to lead there and the straight line was
    made longer instead."""

    minutes: float
    metres: float
    is_estimate: bool


class TravelMatrix(NamedTuple):
    """From each of m points (rows) to each of n (columns). Every number is finite: what no street leads to is estimated
    by the straight line, and `is_estimate` says where."""

    minutes: Matrix
    metres: Matrix
    is_estimate: Flags


@dataclass(frozen=True, slots=True)
class Shape:
    """The way through some points: the line to draw, and one leg less than there are points."""

    line: tuple[Point, ...]
    legs: tuple[Travel, ...]

    @property
    def minutes(self) -> float:
        return sum(leg.minutes for leg in self.legs)

    @property
    def metres(self) -> float:
        return sum(leg.metres for leg in self.legs)

    @property
    def is_estimate(self) -> bool:
        return any(leg.is_estimate for leg in self.legs)


class Roads(Protocol):
    """Never raises for want of a road or of a server: then it estimates, and says so.

    An answer may come from another machine, so nothing here is asked while a row is locked.
    """

    @property
    def source(self) -> str:
        """What the numbers come from, in words for people: "streets (OpenStreetMap)", "straight line × 1.3"."""
        ...

    def travel_time(self, points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
        """Minutes from each of m points to each of n points, as an m × n matrix."""
        ...

    def matrix(self, origins: Sequence[Point], destinations: Sequence[Point] | None = None) -> TravelMatrix:
        """Minutes and metres from each origin to each destination; without destinations, among the origins."""
        ...

    def travel(self, origin: Point, destination: Point) -> Travel:
        """One way from one point to another."""
        ...

    def chains(self, chains: Sequence[Sequence[Point]]) -> list[tuple[Travel, ...]]:
        """The legs of many ways at once: for each chain of k points its k − 1 legs. What a batch of drivers needs."""
        ...

    def shape(self, points: Sequence[Point]) -> Shape:
        """The way through all points in sequence, to be drawn."""
        ...
