"""The street graph of the region: the nearest street to a point, and the fastest way between two points."""

import gzip
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

DEFAULT_PATH = Path(__file__).parent / "data" / "streets.json.gz"
METERS_PER_DEGREE = 111_195.0
REMEMBERED_SOURCES = 400

Point = tuple[float, float]
"""Latitude and longitude."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on a street: which edge, and how far along it from 0 to 1."""

    edge: int
    share: float


@dataclass(frozen=True)
class Route:
    """A way along the streets; `seconds[i]` is when `points[i]` is reached by a driver who keeps the usual speeds."""

    points: list[Point]
    seconds: list[float]
    meters: float

    @property
    def duration(self) -> float:
        return self.seconds[-1]


class StreetGraph:
    """Streets as a directed graph; distances in metres, times in seconds."""

    def __init__(self, document: dict) -> None:
        if document.get("format") != 1:
            raise ValueError("This street graph has a form that this version cannot read: derive it again.")
        nodes = np.array(document["nodes"], dtype=np.int64).reshape(-1, 2)
        self.nodes = nodes / 1e6
        self._scale = math.cos(math.radians(float(self.nodes[:, 0].mean())))
        self.edges = document["edges"]
        self._lines = [_line_of(nodes, edge) for edge in self.edges]
        shapes = [shapely.LineString(self._meters(line)) for line in self._lines]
        self.lengths = np.array([max(shape.length, 0.1) for shape in shapes])
        self._shapes = shapes
        self._tree = shapely.STRtree(shapes)
        self._edge_seconds = self.lengths / (np.array([edge[2] for edge in self.edges]) / 3.6)
        self._edge_between: dict[tuple[int, int], int] = {}
        for number, (start, end, _, one_way, _) in enumerate(self.edges):
            for pair in ((start, end),) if one_way else ((start, end), (end, start)):
                other = self._edge_between.get(pair)
                if other is None or self._edge_seconds[number] < self._edge_seconds[other]:
                    self._edge_between[pair] = number
        rows, columns = np.array(list(self._edge_between)).T
        weights = self._edge_seconds[list(self._edge_between.values())]
        self.graph = csr_array((weights, (rows, columns)), shape=(len(self.nodes), len(self.nodes)))
        self._from = lru_cache(maxsize=REMEMBERED_SOURCES)(self._search)

    @classmethod
    def load(cls, path: Path = DEFAULT_PATH) -> "StreetGraph":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return cls(json.load(file))

    def nearest(self, point: Point) -> Spot:
        """The spot on any street that is nearest to a point."""
        place = shapely.Point(self._meters([point])[0])
        edge = int(self._tree.nearest(place))
        return Spot(edge, self._shapes[edge].project(place, normalized=True))

    def at(self, spot: Spot) -> Point:
        place = self._shapes[spot.edge].interpolate(spot.share, normalized=True)
        return (place.y / METERS_PER_DEGREE, place.x / (METERS_PER_DEGREE * self._scale))

    def route(self, start: Point, end: Point) -> Route:
        """The fastest way from the street nearest to one point to the street nearest to the other."""
        return self.route_between(self.nearest(start), self.nearest(end))

    def route_between(self, start: Spot, end: Spot) -> Route:
        first, last = self.edges[start.edge], self.edges[end.edge]
        whole_first, whole_last = self._edge_seconds[start.edge], self._edge_seconds[end.edge]
        if start.edge == end.edge and (end.share >= start.share or not first[3]):
            return self._joined([self._part(start.edge, start.share, end.share)])
        leave = [(first[1], 1.0, whole_first * (1 - start.share))]
        if not first[3]:
            leave.append((first[0], 0.0, whole_first * start.share))
        arrive = [(last[0], 0.0, whole_last * end.share)]
        if not last[3]:
            arrive.append((last[1], 1.0, whole_last * (1 - end.share)))
        _, (out, out_share), (into, into_share) = min(
            (before + float(self._from(out)[0][into]) + after, (out, out_share), (into, into_share))
            for out, out_share, before in leave
            for into, into_share, after in arrive
        )
        parts = [self._part(start.edge, start.share, out_share)]
        parts += [self._edge_part(one, other) for one, other in self._path(out, into)]
        parts.append(self._part(end.edge, into_share, end.share))
        return self._joined(parts)

    def _search(self, node: int) -> tuple[np.ndarray, np.ndarray]:
        seconds, before = dijkstra(self.graph, indices=node, return_predecessors=True)
        return seconds.astype(np.float32), before.astype(np.int32)

    def _path(self, start: int, end: int) -> list[tuple[int, int]]:
        _, before = self._from(start)
        steps = []
        while end != start:
            previous = int(before[end])
            steps.append((previous, end))
            end = previous
        return steps[::-1]

    def _edge_part(self, start: int, end: int) -> tuple[list[Point], float]:
        number = self._edge_between[start, end]
        line = self._lines[number]
        return (line if self.edges[number][0] == start else line[::-1]), float(self._edge_seconds[number])

    def _part(self, edge: int, start: float, end: float) -> tuple[list[Point], float]:
        """A piece of one edge, in either direction."""
        shape = self._shapes[edge]
        low, high = sorted((start, end))
        piece = substring(shape, low, high, normalized=True)
        points = [
            (y / METERS_PER_DEGREE, x / (METERS_PER_DEGREE * self._scale))
            for x, y in shapely.get_coordinates(piece).tolist()
        ]
        return (points if start <= end else points[::-1]), float(self._edge_seconds[edge] * (high - low))

    def _joined(self, parts: list[tuple[list[Point], float]]) -> Route:
        points: list[Point] = []
        seconds: list[float] = []
        meters = 0.0
        clock = 0.0
        for line, duration in parts:
            steps = np.hypot(*np.diff(self._meters(line), axis=0).T) if len(line) > 1 else np.zeros(0)
            length = float(steps.sum())
            meters += length
            if not points:
                points, seconds = [line[0]], [0.0]
            for point, step in zip(line[1:], steps, strict=True):
                clock += duration * (float(step) / length if length else 0.0)
                if step > 0.01:
                    points.append(point)
                    seconds.append(clock)
        return Route(points, seconds, meters)

    def _meters(self, line: list[Point]) -> np.ndarray:
        degrees = np.array(line, dtype=float)
        return np.column_stack((degrees[:, 1] * METERS_PER_DEGREE * self._scale, degrees[:, 0] * METERS_PER_DEGREE))


def _line_of(nodes: np.ndarray, edge: list) -> list[Point]:
    start, end, _, _, steps = edge
    between = np.cumsum(np.vstack([nodes[start], np.array(steps, dtype=np.int64).reshape(-1, 2)]), axis=0)
    return [(float(lat) / 1e6, float(lng) / 1e6) for lat, lng in (*between, nodes[end])]
