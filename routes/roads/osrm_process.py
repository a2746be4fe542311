"""OSRM in this process: a graph that lies on disk, asked without any server."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from routes.roads import graph
from routes.roads.base import Point
from routes.roads.network import Legs, Pair, RoadsUnavailable, Table, Way
from routes.roads.polyline import decode

logger = logging.getLogger(__name__)

# A new graph is noticed after so many seconds.
LOOK_EVERY_SECONDS = 3.0


class OsrmProcess:
    """The graph of one profile. It need not be there yet: until it is, asking raises RoadsUnavailable."""

    is_remote = False

    def __init__(self, directory: Path, profile: str) -> None:
        self.directory = directory
        self.profile = profile
        self._engine: Any = None
        self._built: graph.Built | None = None
        self._looked_at = -LOOK_EVERY_SECONDS
        self._lock = threading.Lock()

    @property
    def key(self) -> str:
        self._opened()
        return f"osrm:{self.profile}:{self._built.folder if self._built else ''}"

    @property
    def source(self) -> str:
        return f"streets for {'a ' if self.profile != 'foot' else ''}{self.profile} (OpenStreetMap, OSRM)"

    @property
    def is_ready(self) -> bool:
        return self._opened() is not None

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table:
        osrm, engine = _osrm(), self._open()
        count = len(origins)
        same = list(origins) == list(destinations)
        points = origins if same else [*origins, *destinations]
        parameters = osrm.TableParameters(
            coordinates=_swapped(points),
            sources=[] if same else list(range(count)),
            destinations=[] if same else list(range(count, len(points))),
            annotations=["duration", "distance"],
            generate_hints=False,
        )
        try:
            answer = engine.Table(parameters)
        except RuntimeError as error:
            raise RoadsUnavailable(f"OSRM cannot measure: {error}.") from error
        return Table(
            _numbers(answer["durations"]),
            _numbers(answer["distances"]),
            _off(answer["sources"]),
            _off(answer["destinations"]),
        )

    def legs(self, pairs: Sequence[Pair]) -> Legs:
        """One small question each: together they would be a matrix of which only the diagonal is wanted."""
        osrm, engine = _osrm(), self._open()
        found = []
        for pair in pairs:
            parameters = osrm.RouteParameters(
                coordinates=_swapped(pair), overview="false", generate_hints=False, continue_straight=False
            )
            try:
                answer = engine.Route(parameters)
            except RuntimeError:
                # NoRoute is said so, too.
                found.append((np.nan, np.nan, 0.0))
                continue
            way, (start, end) = answer["routes"][0], answer["waypoints"]
            found.append((way["duration"], way["distance"], max(start["distance"], end["distance"])))
        seconds, metres, off = np.array(found, dtype=np.float64).reshape(-1, 3).T
        return Legs(seconds, metres, off)

    def way(self, points: Sequence[Point]) -> Way:
        osrm, engine = _osrm(), self._open()
        parameters = osrm.RouteParameters(
            coordinates=_swapped(points),
            overview="full",
            geometries="polyline6",
            generate_hints=False,
            continue_straight=False,
        )
        try:
            answer = engine.Route(parameters)
            line = decode(str(answer["routes"][0]["geometry"]))
        except (RuntimeError, ValueError) as error:
            raise RoadsUnavailable(f"OSRM finds no way: {error}.") from error
        off = _off(answer["waypoints"])
        numbers = [(leg["duration"], leg["distance"]) for leg in answer["routes"][0]["legs"]]
        seconds, metres = np.array(numbers, dtype=np.float64).T
        return Way(line, Legs(seconds, metres, np.maximum(off[:-1], off[1:])))

    def _open(self) -> Any:
        engine = self._opened()
        if engine is None:
            raise RoadsUnavailable(f"The street graph for {self.profile} is not built yet.")
        return engine

    def _opened(self) -> Any:
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_SECONDS:
            return self._engine
        with self._lock:
            self._looked_at = now
            built = graph.current(self.directory, self.profile)
            if built is not None and built != self._built and built.engine == graph.engine_version():
                self._load(built)
            return self._engine

    def _load(self, built: graph.Built) -> None:
        path = graph.path_of(self.directory, built)
        try:
            self._engine = _osrm().OSRM(
                storage_config=str(path), use_shared_memory=False, use_mmap=True, algorithm="CH", verbosity="NONE"
            )
        except RuntimeError:
            logger.exception("The street graph %s cannot be opened; build it again with build_roads.", path)
            return
        self._built = built


def _osrm() -> Any:
    """Imported when it is needed: it is not installed everywhere."""
    try:
        import osrm
    except ImportError as error:
        raise RoadsUnavailable("osrm-bindings is not installed.") from error
    return osrm


def _swapped(points: Sequence[Point]) -> list[Point]:
    """OSRM names the longitude first."""
    return [(longitude, latitude) for latitude, longitude in points]


def _numbers(rows: Any) -> Any:
    """Null where there is no way becomes "not a number"."""
    return np.array([list(row) for row in rows], dtype=np.float64).reshape(len(rows), -1)


def _off(waypoints: Any) -> Any:
    return np.array([waypoint["distance"] for waypoint in waypoints], dtype=np.float64)
