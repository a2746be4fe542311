"""An OSRM server (osrm-routed) that somebody runs already."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from routes.roads.base import Matrix, Point
from routes.roads.network import Legs, Pair, RoadsUnavailable, Table, Way
from routes.roads.polyline import decode
from routes.roads.server import RoadServer, blocks, grid, number, part

# What an OSRM server allows unless it was told otherwise: `--max-table-size 100`, `--max-viaroute-size 500`.
TABLE_SIDE = 50
MOST_PAIRS = 50
MOST_POINTS = 200


class OsrmServer:
    """One profile. A server knows one only, so the address may name it: `http://osrm-{profile}:5000`."""

    is_remote = True

    def __init__(self, url: str, profile: str, *, timeout_seconds: float = 3.0) -> None:
        self.profile = profile
        self._server = RoadServer(url.replace("{profile}", profile), timeout_seconds=timeout_seconds)
        self.key = f"osrm-server:{self._server.url}:{profile}"
        self.source = f"streets for {profile} (OSRM server)"

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table:
        seconds, metres = np.empty((2, len(origins), len(destinations)))
        origins_off, destinations_off = np.empty(len(origins)), np.empty(len(destinations))
        for rows in blocks(len(origins), TABLE_SIDE):
            for columns in blocks(len(destinations), TABLE_SIDE):
                a, b = origins[rows], destinations[columns]
                answer = self._ask(
                    "table",
                    [*a, *b],
                    sources=";".join(str(number) for number in range(len(a))),
                    destinations=";".join(str(number) for number in range(len(a), len(a) + len(b))),
                    annotations="duration,distance",
                )
                seconds[rows, columns] = grid(part(answer, "durations", list), len(a), len(b))
                metres[rows, columns] = grid(part(answer, "distances", list), len(a), len(b))
                origins_off[rows] = _off(part(answer, "sources", list), len(a))
                destinations_off[columns] = _off(part(answer, "destinations", list), len(b))
        return Table(seconds, metres, origins_off, destinations_off)

    def legs(self, pairs: Sequence[Pair]) -> Legs:
        """Several pairs are one way with stops, of which every second leg is wanted."""
        seconds, metres, off = np.empty((3, len(pairs)))
        for each in blocks(len(pairs), MOST_PAIRS):
            self._legs(pairs[each], seconds[each], metres[each], off[each])
        return Legs(seconds, metres, off)

    def way(self, points: Sequence[Point]) -> Way:
        line: list[Point] = []
        found = []
        for start in range(0, len(points) - 1, MOST_POINTS - 1):
            some = points[start : start + MOST_POINTS]
            answer = self._route(some, overview="full", geometries="polyline6")
            try:
                line += decode(part(answer["routes"][0], "geometry", str))
            except ValueError as error:
                raise RoadsUnavailable(f"The road server answered with a line that cannot be: {error}") from error
            found += _legs(answer, len(some))
        seconds, metres, off = np.array(found).T
        return Way(line, Legs(seconds, metres, off))

    def _legs(self, pairs: Sequence[Pair], seconds: Matrix, metres: Matrix, off: Matrix) -> None:
        points = [point for pair in pairs for point in pair]
        try:
            answer = self._route(points, overview="false")
        except _NoWay:
            if len(pairs) == 1:
                seconds[:], metres[:], off[:] = np.nan, np.nan, 0.0
                return
            # One of them cannot be driven: found by halves.
            half = len(pairs) // 2
            for some in (slice(0, half), slice(half, len(pairs))):
                self._legs(pairs[some], seconds[some], metres[some], off[some])
            return
        seconds[:], metres[:], off[:] = np.array(_legs(answer, len(points))[::2]).T

    def _route(self, points: Sequence[Point], **options: str) -> Any:
        answer = self._ask("route", points, continue_straight="false", **options)
        routes = part(answer, "routes", list)
        if not routes or not isinstance(routes[0], dict):
            raise RoadsUnavailable("The road server answered without a route.")
        return answer

    def _ask(self, service: str, points: Sequence[Point], **options: str) -> Any:
        places = ";".join(f"{longitude:.6f},{latitude:.6f}" for latitude, longitude in points)
        params = {**options, "generate_hints": "false"}
        answer = self._server.ask(f"{service}/v1/{self.profile}/{places}", params=params)
        code = part(answer, "code", str)
        if code in ("NoRoute", "NoSegment", "NoTable"):
            raise _NoWay("There is no way between these points.")
        if code != "Ok":
            raise RoadsUnavailable(f"The road server refused: {code[:60]}.")
        return answer


class _NoWay(RoadsUnavailable):
    """The server works; there is no street."""


def _legs(answer: Any, count: int) -> list[tuple[float, float, float]]:
    """Seconds, metres and the larger distance from a street, of each leg."""
    legs = part(answer["routes"][0], "legs", list)
    if len(legs) != count - 1:
        raise RoadsUnavailable("The road server answered with another number of legs.")
    off = _off(part(answer, "waypoints", list), count)
    return [
        (number(_member(leg, "duration")), number(_member(leg, "distance")), max(off[place], off[place + 1]))
        for place, leg in enumerate(legs)
    ]


def _member(leg: Any, name: str) -> Any:
    return leg.get(name) if isinstance(leg, dict) else None


def _off(waypoints: Any, count: int) -> Matrix:
    """Metres from each point to its street; a server that does not say is believed."""
    if len(waypoints) != count:
        raise RoadsUnavailable("The road server answered about another number of points.")
    return np.nan_to_num(np.array([number(_member(each, "distance")) for each in waypoints]))
