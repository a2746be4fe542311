"""A Valhalla server that somebody runs already."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from routes.roads.base import Matrix, Point
from routes.roads.cache import BoundedCache
from routes.roads.network import Legs, Pair, RoadsUnavailable, Table, Way
from routes.roads.polyline import decode
from routes.roads.server import RoadServer, blocks, number, part
from routes.roads.straight import metres_along

COSTING = {"car": "auto", "bicycle": "bicycle", "foot": "pedestrian"}
# Valhalla allows 2,500 pairs in a matrix and 20 places on a way unless it was told otherwise.
TABLE_SIDE = 50
MOST_PAIRS = 8
MOST_POINTS = 20
NOWHERE = 1e9


class ValhallaServer:
    """One profile. Where a point is on the streets is asked first, because one point far from any fails a matrix."""

    is_remote = True

    def __init__(self, url: str, profile: str, *, timeout_seconds: float = 3.0) -> None:
        self.profile = profile
        self._costing = COSTING[profile]
        self._server = RoadServer(url.replace("{profile}", profile), timeout_seconds=timeout_seconds)
        self._places = BoundedCache(20_000)
        self.key = f"valhalla:{self._server.url}:{profile}"
        self.source = f"streets for {profile} (Valhalla server)"

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table:
        off = self._off([*origins, *destinations])
        origins_off, destinations_off = off[: len(origins)], off[len(origins) :]
        seconds, metres = np.full((2, len(origins), len(destinations)), np.nan)
        rows, columns = np.flatnonzero(origins_off < NOWHERE), np.flatnonzero(destinations_off < NOWHERE)
        for some in blocks(len(rows), TABLE_SIDE):
            for others in blocks(len(columns), TABLE_SIDE):
                block = np.ix_(rows[some], columns[others])
                a, b = [origins[row] for row in rows[some]], [destinations[column] for column in columns[others]]
                seconds[block], metres[block] = self._matrix(a, b)
        return Table(seconds, metres, origins_off, destinations_off)

    def legs(self, pairs: Sequence[Pair]) -> Legs:
        """The diagonals of small matrices."""
        found = []
        for some in blocks(len(pairs), MOST_PAIRS):
            a, b = [pair[0] for pair in pairs[some]], [pair[1] for pair in pairs[some]]
            table = self.table(a, b)
            off = np.maximum(table.origins_off, table.destinations_off)
            found.append((np.diagonal(table.seconds), np.diagonal(table.metres), off))
        return Legs(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def way(self, points: Sequence[Point]) -> Way:
        line: list[Point] = []
        numbers: list[tuple[float, float]] = []
        for start in range(0, len(points) - 1, MOST_POINTS - 1):
            body = self._asked(locations=points[start : start + MOST_POINTS]) | {"directions_type": "none"}
            trip = part(self._answer("route", body), "trip", dict)
            try:
                for leg in part(trip, "legs", list):
                    line += decode(part(leg, "shape", str))
                    summary = part(leg, "summary", dict)
                    numbers.append((number(summary.get("time")), number(summary.get("length")) * 1000))
            except ValueError as error:
                raise RoadsUnavailable(f"The road server answered with a line that cannot be: {error}") from error
        if len(numbers) != len(points) - 1:
            raise RoadsUnavailable("The road server answered with another number of legs.")
        off = self._off(points)
        seconds, metres = np.array(numbers).T
        return Way(line, Legs(seconds, metres, np.maximum(off[:-1], off[1:])))

    def _matrix(self, origins: Sequence[Point], destinations: Sequence[Point]) -> tuple[Matrix, Matrix]:
        body = self._asked(sources=origins, targets=destinations)
        rows = part(self._answer("sources_to_targets", body), "sources_to_targets", list)
        if len(rows) != len(origins) or any(not isinstance(r, list) or len(r) != len(destinations) for r in rows):
            raise RoadsUnavailable("The road server answered with a matrix of another size.")
        cells = [cell if isinstance(cell, dict) else {} for row in rows for cell in row]
        shape = (len(origins), len(destinations))
        seconds = np.array([number(cell.get("time")) for cell in cells]).reshape(shape)
        kilometres = np.array([number(cell.get("distance")) for cell in cells]).reshape(shape)
        return seconds, kilometres * 1000

    def _off(self, points: Sequence[Point]) -> Matrix:
        """Metres from each point to its street; NOWHERE without one."""
        unknown = [point for point in dict.fromkeys(points) if self._places.get(point) is None]
        for some in blocks(len(unknown), MOST_POINTS):
            asked = unknown[some]
            answer = self._answer("locate", self._asked(locations=asked) | {"verbose": False})
            if not isinstance(answer, list) or len(answer) != len(asked):
                raise RoadsUnavailable("The road server answered about another number of points.")
            for point, place in zip(asked, answer, strict=True):
                self._places.put(point, _distance(point, place))
        return np.array([self._places.get(point) for point in points], dtype=np.float64)

    def _asked(self, **lists: Sequence[Point]) -> dict[str, Any]:
        places = {
            name: [{"lat": latitude, "lon": longitude} for latitude, longitude in points]
            for name, points in lists.items()
        }
        return {**places, "costing": self._costing, "units": "kilometers"}

    def _answer(self, service: str, body: dict[str, Any]) -> Any:
        answer = self._server.ask(service, body=body)
        if isinstance(answer, dict) and "error_code" in answer:
            raise RoadsUnavailable(f"The road server refused: error {str(answer['error_code'])[:10]}.")
        return answer


def _distance(point: Point, place: Any) -> float:
    edges = place.get("edges") if isinstance(place, dict) else None
    if not isinstance(edges, list) or not edges or not isinstance(edges[0], dict):
        return NOWHERE
    latitude, longitude = edges[0].get("correlated_lat"), edges[0].get("correlated_lon")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return NOWHERE
    return float(np.nan_to_num(metres_along([point], [(latitude, longitude)])[0], nan=NOWHERE))
