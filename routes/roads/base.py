"""What a source of travel times must answer."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]  # latitude, longitude
Matrix = NDArray[np.float64]


class Roads(Protocol):
    def travel_time(self, points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
        """Minutes from each of m points to each of n points, as an m × n matrix."""
        ...
