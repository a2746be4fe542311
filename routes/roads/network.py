"""Roads from a street network: its answers are remembered, and where it has none the straight line stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np

from routes.roads.base import Matrix, Point, Shape, Travel, TravelMatrix
from routes.roads.cache import BoundedCache, digest, shared_get, shared_put
from routes.roads.straight import StraightRoads

# About a metre: what is nearer to each other is one place.
DIGITS = 5
Pair = tuple[Point, Point]


class RoadsUnavailable(Exception):
    """The network cannot be asked now; the message is a sentence for the operator."""


class Table(NamedTuple):
    """Seconds and metres, m × n, not a number where no street leads; how far each point is from a street, in metres."""

    seconds: Matrix
    metres: Matrix
    origins_off: Matrix
    destinations_off: Matrix


class Legs(NamedTuple):
    """The same for single pairs: one number each; `off` is the larger distance of the two points from a street."""

    seconds: Matrix
    metres: Matrix
    off: Matrix


class Way(NamedTuple):
    """A line to draw, and its legs between the points."""

    line: list[Point]
    legs: Legs


class Network(Protocol):
    """An engine that knows streets. Its numbers are raw, without estimates; each method may raise RoadsUnavailable."""

    @property
    def key(self) -> str:
        """Changes with the streets, the vehicle and the engine: answers are remembered under it."""
        ...

    @property
    def source(self) -> str: ...

    @property
    def is_remote(self) -> bool: ...

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table: ...

    def legs(self, pairs: Sequence[Pair]) -> Legs: ...

    def way(self, points: Sequence[Point]) -> Way:
        """The way through all points, two at least. Raises RoadsUnavailable also where there is none."""
        ...


# Cells of matrices, single ways, points of lines: about 30 MB per process when all are full.
_tables = BoundedCache(1_000_000)
_pairs = BoundedCache(100_000)
_lines = BoundedCache(400_000)


@dataclass(frozen=True, slots=True)
class NetworkRoads:
    """`snap`: how many metres a point may lie from its street; `pace`: how many times longer a drive takes than the
    network says, for traffic and parking."""

    network: Network
    straight: StraightRoads
    snap: float = 500.0
    pace: float = 1.0

    @property
    def source(self) -> str:
        return self.network.source if self.pace == 1 else f"{self.network.source}, times × {self.pace:g}"

    def travel_time(self, points_a: Sequence[Point], points_b: Sequence[Point]) -> Matrix:
        if len(points_a) == len(points_b) == 1:
            # Single ways are remembered singly.
            return np.array([[self.travel(points_a[0], points_b[0]).minutes]])
        return self.matrix(points_a, points_b).minutes

    def matrix(self, origins: Sequence[Point], destinations: Sequence[Point] | None = None) -> TravelMatrix:
        a = _rounded(origins)
        b = a if destinations is None else _rounded(destinations)
        guess = self.straight.matrix(a, b)
        try:
            seconds, metres = self._table(a, b)
        except RoadsUnavailable:
            return guess
        unknown = ~(np.isfinite(seconds) & np.isfinite(metres))
        return TravelMatrix(
            np.where(unknown, guess.minutes, seconds * (self.pace / 60)),
            np.where(unknown, guess.metres, metres),
            unknown,
        )

    def travel(self, origin: Point, destination: Point) -> Travel:
        return self.chains([(origin, destination)])[0][0]

    def chains(self, chains: Sequence[Sequence[Point]]) -> list[tuple[Travel, ...]]:
        tidy = [_rounded(chain) for chain in chains]
        pairs = [pair for chain in tidy for pair in pairwise(chain)]
        known = self._legs(pairs)
        guesses = iter(self.straight.chains(tidy))
        found = []
        ways = iter(pairs)
        for chain in tidy:
            legs = []
            for guess, pair in zip(next(guesses), [next(ways) for _ in chain[1:]], strict=True):
                way = known.get(pair)
                legs.append(guess if way is None else Travel(way[0] * self.pace / 60, way[1], False))
            found.append(tuple(legs))
        return found

    def shape(self, points: Sequence[Point]) -> Shape:
        points = _rounded(points)
        whole = self._way(points) if len(points) > 1 else None
        legs = self.chains([points])[0]
        if whole is not None or len(points) < 2:
            return Shape(tuple(whole or points), legs)
        line: list[Point] = []
        # Between two estimates the way goes as the crow flies; what lies on streets in between is one question.
        first = 0
        for number in range(1, len(points) + 1):
            is_last = number == len(points)
            if not is_last and not legs[number - 1].is_estimate:
                continue
            part = points[first:number]
            line += (self._way(part) if len(part) > 1 else None) or part
            first = number
        return Shape(tuple(line), legs)

    # What is remembered

    def _table(self, a: list[Point], b: list[Point]) -> tuple[Matrix, Matrix]:
        """Seconds and metres, not a number where unknown or too far from a street."""
        shape = (len(a), len(b))
        if not a or not b:
            return np.zeros(shape), np.zeros(shape)
        name = digest(self.network.key, f"{self.snap:g}", _bytes(a), _bytes(b))
        if (found := _tables.get(name)) is not None:
            return found
        if self.network.is_remote and (kept := shared_get(f"table:{name}")) is not None:
            both = np.frombuffer(kept, dtype=np.float32).astype(np.float64)
            if both.size == 2 * shape[0] * shape[1]:
                found = (both[: both.size // 2].reshape(shape), both[both.size // 2 :].reshape(shape))
        if found is None:
            found = self._asked(a, b)
            if self.network.is_remote:
                shared_put(f"table:{name}", np.stack(found).astype(np.float32).tobytes())
        for each in found:
            each.setflags(write=False)
        _tables.put(name, found, weight=shape[0] * shape[1] + 16)
        return found

    def _asked(self, a: list[Point], b: list[Point]) -> tuple[Matrix, Matrix]:
        origins, rows = _once(a)
        destinations, columns = _once(b)
        answer = self.network.table(origins, destinations)
        away = (answer.origins_off > self.snap)[:, None] | (answer.destinations_off > self.snap)[None, :]
        seconds, metres = np.where(away, np.nan, answer.seconds), np.where(away, np.nan, answer.metres)
        if len(origins) < len(a) or len(destinations) < len(b):
            seconds, metres = seconds[np.ix_(rows, columns)], metres[np.ix_(rows, columns)]
        return seconds, metres

    def _legs(self, pairs: list[Pair]) -> dict[Pair, tuple[float, float]]:
        """Seconds and metres of the pairs that streets connect."""
        key = self.network.key
        found: dict[Pair, tuple[float, float]] = {}
        missing: list[Pair] = []
        for pair in dict.fromkeys(pairs):
            if pair[0] == pair[1]:
                found[pair] = (0.0, 0.0)
                continue
            way = _pairs.get((key, self.snap, pair))
            if way is None:
                missing.append(pair)
            elif way is not _NOWHERE:
                found[pair] = way
        if not missing:
            return found
        try:
            answer = self.network.legs(missing)
        except RoadsUnavailable:
            return found
        self._remember(missing, answer)
        for pair in missing:
            if (way := _pairs.get((key, self.snap, pair))) is not None and way is not _NOWHERE:
                found[pair] = way
        return found

    def _remember(self, pairs: list[Pair], legs: Legs) -> bool:
        """Whether streets connect all of them."""
        key = self.network.key
        known = (np.isfinite(legs.seconds) & np.isfinite(legs.metres) & (legs.off <= self.snap)).tolist()
        for pair, seconds, metres, is_known in zip(
            pairs, legs.seconds.tolist(), legs.metres.tolist(), known, strict=True
        ):
            _pairs.put((key, self.snap, pair), (seconds, metres) if is_known else _NOWHERE)
        return all(known)

    def _way(self, points: list[Point]) -> list[Point] | None:
        """The line through all points, whose legs are then remembered, too; None where streets do not connect all."""
        name = digest(self.network.key, f"{self.snap:g}", _bytes(points))
        if (found := _lines.get(name)) is None:
            try:
                way = self.network.way(points)
            except RoadsUnavailable:
                return None
            is_whole = self._remember(list(pairwise(points)), way.legs)
            # From the door to the street and back is part of the way.
            found = [points[0], *way.line, points[-1]] if is_whole else []
            _lines.put(name, found, weight=len(found) + 16)
        return found or None


_NOWHERE = (float("nan"), float("nan"))


def forget() -> None:
    """Empty what this process remembers."""
    for each in (_tables, _pairs, _lines):
        each.clear()


def _rounded(points: Sequence[Point]) -> list[Point]:
    return [(round(latitude, DIGITS), round(longitude, DIGITS)) for latitude, longitude in points]


def _bytes(points: Sequence[Point]) -> bytes:
    return np.asarray(points, dtype=np.float64).tobytes()


def _once(points: list[Point]) -> tuple[list[Point], list[int]]:
    """Each place once, and which of them each point is."""
    numbers: dict[Point, int] = {}
    which = [numbers.setdefault(point, len(numbers)) for point in points]
    return list(numbers), which
