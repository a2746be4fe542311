"""Travel times without a road network: the straight line, longer by a factor, at one speed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routes.roads.base import Matrix, Point

EARTH_RADIUS_METRES = 6_371_008.8


@dataclass(frozen=True, slots=True)
class StraightRoads:
    """`factor`: how much longer streets are than the straight line. `speed` in kilometres per hour, stops included."""

    factor: float
    speed: float

    def travel_time(self, points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
        return metres_between(points_a, points_b) * (self.factor * 60 / 1000 / self.speed)


def metres_between(points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
    """Great-circle distances, m × n."""
    a = np.radians(np.asarray(points_a, dtype=float).reshape(-1, 2))
    b = np.radians(np.asarray(points_b, dtype=float).reshape(-1, 2))
    north = np.sin((a[:, None, 0] - b[None, :, 0]) / 2)
    east = np.sin((a[:, None, 1] - b[None, :, 1]) / 2)
    chord = north * north + np.cos(a[:, 0])[:, None] * np.cos(b[:, 0])[None, :] * east * east
    found: Matrix = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return found
