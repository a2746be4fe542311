"""A vehicle on its way: where it is at any moment of the town's time, and what a phone would measure there."""

import bisect
import math
import random
from dataclasses import dataclass
from typing import Any

from dispatch_console.region.simulation.pace import stamp
from dispatch_console.region.streets import Point, Route

# Against the speeds of the street graph, which are a car's; the cap is metres per second.
VEHICLES = {
    "bike": (0.75, 5.6),
    "cargo_bike": (0.65, 4.7),
    "scooter": (0.95, 11.0),
    "car": (1.0, 22.0),
    "van": (0.92, 21.0),
    "truck": (0.8, 19.0),
}
METERS_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Fix:
    """A moment of a drive: where, heading in degrees from north, metres per second."""

    point: Point
    heading: float | None
    speed: float


class Drive:
    """One route driven by one vehicle, beginning at a moment of the town's time."""

    def __init__(self, route: Route, *, vehicle: str, begins: float) -> None:
        share, cap = VEHICLES.get(vehicle, VEHICLES["car"])
        self._points = route.points
        self._times = [0.0]
        for index in range(1, len(route.points)):
            meters = distance(route.points[index - 1], route.points[index])
            usual = (route.seconds[index] - route.seconds[index - 1]) / share
            self._times.append(self._times[-1] + max(usual, meters / cap))
        self.begins = begins
        self.ends = begins + self._times[-1]
        self.meters = route.meters

    def at(self, moment: float) -> Fix:
        passed = min(max(moment - self.begins, 0.0), self._times[-1])
        index = min(bisect.bisect_right(self._times, passed), len(self._times) - 1)
        if index == 0:
            return Fix(self._points[0], None, 0.0)
        start, end = self._points[index - 1], self._points[index]
        duration = self._times[index] - self._times[index - 1]
        share = (passed - self._times[index - 1]) / duration if duration else 1.0
        point = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
        speed = distance(start, end) / duration if duration and passed < self._times[-1] else 0.0
        return Fix(point, heading(start, end), speed)


def measured(fix: Fix, *, at: float, battery: float) -> dict[str, Any]:
    """What the phone tells: a few metres off, sometimes many, and no heading while standing still."""
    accuracy = random.uniform(4, 12) if random.random() < 0.96 else random.uniform(30, 140)
    off = random.gauss(0, accuracy / 4)
    angle = random.uniform(0, 2 * math.pi)
    north, east = off * math.cos(angle), off * math.sin(angle)
    lat = fix.point[0] + north / METERS_PER_DEGREE
    lng = fix.point[1] + east / (METERS_PER_DEGREE * math.cos(math.radians(fix.point[0])))
    is_moving = fix.speed > 0.5 and fix.heading is not None
    return {
        "latitude": round(lat, 6),
        "longitude": round(lng, 6),
        "recorded_at": stamp(at),
        "heading": round((fix.heading + random.gauss(0, 3)) % 360, 1)
        if is_moving and fix.heading is not None
        else None,
        "speed": round(max(0.0, fix.speed * random.uniform(0.92, 1.05)), 1),
        "accuracy": round(accuracy, 1),
        "battery": round(battery, 2),
    }


def heading(start: Point, end: Point) -> float:
    """Degrees from north."""
    east = (end[1] - start[1]) * math.cos(math.radians(start[0]))
    return math.degrees(math.atan2(east, end[0] - start[0])) % 360


def distance(one: Point, other: Point) -> float:
    """Metres, exact enough within a town."""
    scale = math.cos(math.radians(one[0]))
    return math.hypot((one[0] - other[0]) * METERS_PER_DEGREE, (one[1] - other[1]) * METERS_PER_DEGREE * scale)
