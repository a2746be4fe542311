"""Travel times: a matrix of 50×50 and one way, as the product asks for them, beside the bare library in the same run.

`python -m bench.roads [--extract FILE] [--rounds 60]`. It builds the region's graph for cars in a temporary folder and
draws places from its streets. Every matrix and every way is of other places, so nothing is remembered; *the same again*
asks once more. *Bare* is the library itself: OSRM's table or route with its numbers read out, and for the
straight line the formula in numpy; all answer in turns. Promise: 50×50 in 50 ms and one way in 5 ms, each at p95.
"""

import argparse
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
EXTRACT = ROOT / "dispatch_console" / "region" / "data" / "source" / "liechtenstein.osm.pbf"
SIDE = 50
MATRIX_PROMISE, WAY_PROMISE = 50.0, 5.0

Point = tuple[float, float]
Work = Callable[[list[Point]], object]


class Row:
    """One way to answer, and how long each answer took: on the clock, and of this thread's processor."""

    def __init__(self, name: str, work: Work, promise: float = math.inf) -> None:
        self.name, self.work, self.promise = name, work, promise
        self.clock: list[float] = []
        self.processor: list[float] = []

    def answer(self, points: list[Point]) -> None:
        began, spent = time.perf_counter(), time.thread_time()
        self.work(points)
        self.processor.append((time.thread_time() - spent) * 1000)
        self.clock.append((time.perf_counter() - began) * 1000)

    def __str__(self) -> str:
        middle, most = statistics.median(self.clock), p95(self.clock)
        verdict = (
            "" if self.promise == math.inf else "  kept" if most < self.promise else f"  MISSED ({self.promise:g})"
        )
        return f"{self.name:28}{middle:9.3f}{most:9.3f}{p95(self.processor):13.3f}{verdict}"


def p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]


def measure(rows: list[Row], questions: list[list[Point]]) -> None:
    """In turns, so that whatever else the machine does falls on all of them."""
    for points in questions:
        for row in rows:
            row.answer(points)
    for row in rows:
        print(row)


def bare_osrm(path: Path) -> tuple[Work, Work]:
    import numpy as np
    import osrm

    engine = osrm.OSRM(storage_config=str(path), use_shared_memory=False, use_mmap=True, algorithm="CH")

    def matrix(points: list[Point]) -> object:
        places = [(lng, lat) for lat, lng in points]
        answer = engine.Table(osrm.TableParameters(coordinates=places, annotations=["duration", "distance"]))
        return [np.array([list(row) for row in answer[name]]) for name in ("durations", "distances")]

    def way(points: list[Point]) -> object:
        places = [(lng, lat) for lat, lng in points]
        answer = engine.Route(osrm.RouteParameters(coordinates=places, overview="full", geometries="polyline6"))
        route = answer["routes"][0]
        return str(route["geometry"]), route["duration"], route["distance"]

    return matrix, way


def bare_line(points: list[Point]) -> object:
    import numpy as np

    a = np.radians(np.array(points))
    north, east = (np.sin((a[:, None, axis] - a[None, :, axis]) / 2) for axis in (0, 1))
    chord = north**2 + np.cos(a[:, 0])[:, None] * np.cos(a[:, 0])[None, :] * east**2
    return 2 * 6_371_008.8 * np.arcsin(np.sqrt(chord)) * 1.3


def places_of(extract: Path, network: object, seed: int) -> Callable[[int], list[Point]]:
    """A function that draws places beside streets, other ones at every call."""
    from routes.roads.osrm_process import OsrmProcess

    assert isinstance(network, OsrmProcess)
    chance = random.Random(seed)
    south, west, north, east = 47.05, 9.47, 47.26, 9.63
    known: list[Point] = []
    while len(known) < 400:
        tried = [(chance.uniform(south, north), chance.uniform(west, east)) for _ in range(200)]
        off = network.table(tried, tried[:1]).origins_off.tolist()
        known += [point for point, metres in zip(tried, off, strict=True) if metres < 150]

    def draw(count: int) -> list[Point]:
        # A few metres from each: no two questions are the same.
        return [
            (lat + chance.uniform(-2e-4, 2e-4), lng + chance.uniform(-2e-4, 2e-4))
            for lat, lng in chance.sample(known, count)
        ]

    return draw


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--extract", type=Path, default=EXTRACT)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    from routes.roads import graph
    from routes.roads.network import NetworkRoads
    from routes.roads.osrm_process import OsrmProcess
    from routes.roads.straight import StraightRoads

    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.rounds} rounds")
    straight = StraightRoads(factor=1.3, speed=25)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        graph.build(options.extract, "car", Path(folder))
        built = graph.current(Path(folder), "car")
        assert built is not None
        print(f"graph of {options.extract.name} for cars built in {time.perf_counter() - began:.1f} s\n")
        network = OsrmProcess(Path(folder), "car")
        roads = NetworkRoads(network, straight)
        draw = places_of(options.extract, network, options.seed)
        matrices = [draw(SIDE) for _ in range(options.rounds)]
        ways = [draw(2) for _ in range(options.rounds * 5)]
        bare_matrix, bare_way = bare_osrm(graph.path_of(Path(folder), built))
        print(f"{'milliseconds':28}{'p50':>9}{'p95':>9}{'p95 processor':>14}")
        tables = [
            Row("50×50 bare OSRM", bare_matrix),
            Row("50×50 OSRM in process", lambda points: roads.matrix(points), MATRIX_PROMISE),
            Row("50×50 the same again", lambda points: roads.matrix(points), MATRIX_PROMISE),
            Row("50×50 bare straight line", bare_line),
            Row("50×50 straight line", lambda points: straight.matrix(points), MATRIX_PROMISE),
        ]
        measure(tables, matrices)
        single = [
            Row("one way, bare OSRM", bare_way),
            Row("one way, OSRM in process", lambda points: roads.shape(points), WAY_PROMISE),
            Row("one way, the same again", lambda points: roads.shape(points), WAY_PROMISE),
            Row("one leg, OSRM in process", lambda points: roads.travel(points[1], points[0]), WAY_PROMISE),
        ]
        measure(single, ways)


if __name__ == "__main__":
    main()
