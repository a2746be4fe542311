"""Travel times without a road network: the straight line, longer by a factor, at one speed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routes.roads.base import Matrix, Point, Shape, Travel, TravelMatrix

EARTH_RADIUS_METRES = 6_371_008.8


@dataclass(frozen=True, slots=True)
class StraightRoads:
    """`factor`: how much longer streets are than the straight line. `speed` in kilometres per hour, stops included."""

    factor: float
    speed: float

    @property
    def source(self) -> str:
        return f"straight line × {self.factor:g} at {self.speed:g} km/h"

    @property
    def minutes_per_metre(self) -> float:
        return 60 / 1000 / self.speed

    def travel_time(self, points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
        return metres_between(points_a, points_b) * (self.factor * 60 / 1000 / self.speed)

    def matrix(self, origins: Sequence[Point], destinations: Sequence[Point] | None = None) -> TravelMatrix:
        metres = metres_between(origins, origins if destinations is None else destinations) * self.factor
        return TravelMatrix(metres * self.minutes_per_metre, metres, np.ones(metres.shape, dtype=np.bool_))

    def travel(self, origin: Point, destination: Point) -> Travel:
        return self.chains([(origin, destination)])[0][0]

    def chains(self, chains: Sequence[Sequence[Point]]) -> list[tuple[Travel, ...]]:
        starts = [point for chain in chains for point in chain[:-1]]
        ends = [point for chain in chains for point in chain[1:]]
        metres = iter((metres_along(starts, ends) * self.factor).tolist())
        per_metre = self.minutes_per_metre
        return [
            tuple(Travel(length * per_metre, length, True) for _, length in zip(chain[1:], metres, strict=False))
            for chain in chains
        ]

    def shape(self, points: Sequence[Point]) -> Shape:
        return Shape(tuple(points), self.chains([points])[0])


def metres_between(points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
    """Great-circle distances, m × n."""
    a = np.radians(np.asarray(points_a, dtype=float).reshape(-1, 2))
    b = np.radians(np.asarray(points_b, dtype=float).reshape(-1, 2))
    return _arc(a[:, None, :], b[None, :, :])


def metres_along(starts: Sequence[Point], ends: Sequence[Point]) -> Matrix:
    """Great-circle distances from each start to the end of the same number."""
    a = np.radians(np.asarray(starts, dtype=float).reshape(-1, 2))
    b = np.radians(np.asarray(ends, dtype=float).reshape(-1, 2))
    return _arc(a, b)


def _arc(a: Matrix, b: Matrix) -> Matrix:
    north = np.sin((a[..., 0] - b[..., 0]) / 2)
    east = np.sin((a[..., 1] - b[..., 1]) / 2)
    chord = north * north + np.cos(a[..., 0]) * np.cos(b[..., 0]) * east * east
    found: Matrix = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return found
