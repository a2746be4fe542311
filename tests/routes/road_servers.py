"""Small road servers of our own: a town on a grid, in the words of OSRM and of Valhalla."""

import contextlib
import itertools
import json
import math
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from routes.roads.base import Point

METRES_PER_DEGREE = 111_000.0
SPEED = 10.0  # metres per second
# South of it lies an island: its streets lead nowhere else. North of the town there are no streets at all.
ISLAND, NORTH_END = 47.0, 47.3


def off_street(point: Point) -> float | None:
    """Metres to the nearest street; None where there is none anywhere near."""
    return None if point[0] > NORTH_END + 0.2 else max(point[0] - NORTH_END, 0.0) * METRES_PER_DEGREE


def drive(a: Point, b: Point) -> float | None:
    """Metres along the grid; None from the island to the town and back."""
    if (a[0] < ISLAND) != (b[0] < ISLAND):
        return None
    return (abs(a[0] - b[0]) + abs(a[1] - b[1])) * METRES_PER_DEGREE


def encoded(points: list[Point], digits: int = 6) -> str:
    found, last = "", (0, 0)
    for point in points:
        whole = tuple(round(number * 10**digits) for number in point)
        for one, other in zip(whole, last, strict=True):
            value = (one - other) << 1
            value = ~value if value < 0 else value
            while value >= 0x20:
                found += chr((0x20 | (value & 0x1F)) + 63)
                value >>= 5
            found += chr(value + 63)
        last = whole  # type: ignore[assignment]
    return found


class Server:
    """Answers by `respond(path, query, body)`, or with what a test has put on it."""

    def __init__(self, respond: Callable[[str, dict[str, list[str]], Any], tuple[int, Any]]) -> None:
        self.respond = respond
        self.status: int | None = None
        self.body: bytes | None = None
        self.delay = 0.0
        self.drip = 0.0
        self.asked: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(None)

            def do_POST(self) -> None:
                self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def answer(self, body: Any) -> None:
                parts = urlsplit(self.path)
                fake.asked.append(parts.path)
                time.sleep(fake.delay)
                status, content = fake.respond(parts.path, parse_qs(parts.query), body)
                data = fake.body if fake.body is not None else json.dumps(content).encode()
                with contextlib.suppress(OSError):  # a client that has given up
                    self.send_response(fake.status or status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    for start in range(0, len(data), 8) if fake.drip else [0]:
                        self.wfile.write(data[start : start + 8] if fake.drip else data)
                        self.wfile.flush()
                        time.sleep(fake.drip)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def osrm(path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
    _, service, _, _, places = path.split("/")
    points = [(float(y), float(x)) for x, y in (place.split(",") for place in places.split(";"))]
    waypoints = [{"distance": 1e6 if (off := off_street(point)) is None else off} for point in points]
    if service == "table":
        rows, columns = ([int(number) for number in query[name][0].split(";")] for name in ("sources", "destinations"))
        metres = [[drive(points[row], points[column]) for column in columns] for row in rows]
        return 200, {
            "code": "Ok",
            "durations": [[None if each is None else each / SPEED for each in row] for row in metres],
            "distances": metres,
            "sources": [waypoints[row] for row in rows],
            "destinations": [waypoints[column] for column in columns],
        }
    legs = [drive(a, b) for a, b in itertools.pairwise(points)]
    if None in legs:
        return 400, {"code": "NoRoute", "message": "Impossible route between points"}
    found = [{"distance": each, "duration": (each or 0) / SPEED} for each in legs]
    return 200, {
        "code": "Ok",
        "routes": [{"legs": found, "geometry": encoded(corners(points))}],
        "waypoints": waypoints,
    }


def valhalla(path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
    def points(name: str) -> list[Point]:
        return [(place["lat"], place["lon"]) for place in body[name]]

    if path == "/locate":
        return 200, [
            {"edges": None} if (off := off_street(point)) is None else {"edges": [_edge(point, off)]}
            for point in points("locations")
        ]
    if path == "/sources_to_targets":
        cells = []
        for a in points("sources"):
            metres = [drive(a, b) for b in points("targets")]
            cells.append(
                [
                    {"distance": None, "time": None} if m is None else {"distance": m / 1000, "time": m / SPEED}
                    for m in metres
                ]
            )
        return 200, {"sources_to_targets": cells}
    ends = points("locations")
    if any(drive(a, b) is None for a, b in itertools.pairwise(ends)):
        return 400, {"error_code": 442, "error": "No path could be found for input"}
    legs = [{"shape": encoded(corners([a, b])), "summary": _summary(a, b)} for a, b in itertools.pairwise(ends)]
    return 200, {"trip": {"legs": legs, "status": 0}}


def _summary(a: Point, b: Point) -> dict[str, float]:
    metres = drive(a, b) or 0.0
    return {"length": metres / 1000, "time": metres / SPEED}


def corners(points: list[Point]) -> list[Point]:
    """The grid's way: first north or south, then east or west."""
    found = [points[0]]
    for a, b in itertools.pairwise(points):
        found += [(b[0], a[1]), b]
    return found


def _edge(point: Point, off: float) -> dict[str, float]:
    return {"correlated_lat": point[0] - off / METRES_PER_DEGREE, "correlated_lon": point[1]}


assert math.isclose(drive((47.1, 9.5), (47.2, 9.6)) or 0, 22_200, rel_tol=1e-6)
