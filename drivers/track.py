"""Where a driver was on one day: few enough points to draw, close enough to the truth to play back.

A point is left out only where the drawn line has the driver within a few metres of where they were *at that moment*
(Douglas-Peucker with the distance taken at equal times): a stop stays a stop.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from django.db import connection

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.geo import EARTH_RADIUS_METRES
from dispatch_console.core.models import Tenant
from drivers.partitions import TABLE
from drivers.selectors import get_driver
from drivers.trust import JUMP

MAX_POINTS = 2_000
READ_EVERY = timedelta(seconds=2)  # at most one sample in so long is looked at: a day has an upper bound
TOLERANCE_METRES = 8.0
GAP = timedelta(minutes=5)  # longer without a sample, and nobody knows where the driver was


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """`speed` in metres per second, `flags` as in a position frame."""

    latitude: float
    longitude: float
    recorded_at: datetime
    speed: float | None
    flags: int


@dataclass(frozen=True, slots=True)
class TrackGap:
    """No sample between two points of the track; `metres` lie between them."""

    began_at: datetime
    ended_at: datetime
    metres: int


@dataclass(frozen=True, slots=True)
class DayTrack:
    """`segments` are the stretches without a gap; jumps that nothing confirmed are in none of them.

    `samples` counts what the track was made of, `doubtful` the jumps; `metres` is the way without the gaps.
    """

    driver_id: int
    day: date
    timezone: str
    began_at: datetime
    ended_at: datetime
    segments: list[list[TrackPoint]]
    gaps: list[TrackGap]
    samples: int
    doubtful: int
    metres: int


def day_track(actor: Actor, driver_id: int, day: date | None = None) -> DayTrack:
    """The track of a driver the actor may see, on a day of the tenant's calendar; without one, today."""
    driver = get_driver(actor, driver_id)
    zone = Tenant.objects.get(pk=actor.tenant_id).zone_info
    day = day or clock.now().astimezone(zone).date()
    # Two days of the calendar, not 24 hours: a day with a change of the clocks has 23 or 25 of them.
    began_at = datetime.combine(day, time(), zone).astimezone(UTC)
    ended_at = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    samples = _samples(driver.pk, began_at, ended_at)
    believed = [point for point in samples if not point.flags & JUMP]
    stretches = _without_gaps(believed)
    return DayTrack(
        driver_id=driver.pk,
        day=day,
        timezone=str(zone),
        began_at=began_at,
        ended_at=ended_at,
        segments=_thinned(stretches),
        gaps=[_gap(before[-1], after[0]) for before, after in pairwise(stretches)],
        samples=len(samples),
        doubtful=len(samples) - len(believed),
        metres=round(sum(_length(stretch) for stretch in stretches)),
    )


def _samples(driver_id: int, began_at: datetime, ended_at: datetime) -> list[TrackPoint]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (moment) latitude, longitude, recorded_at, speed, flags, "  # noqa: S608 (our own name)
            f"floor(extract(epoch FROM recorded_at) / %s) AS moment FROM {TABLE} "
            f"WHERE driver_id = %s AND recorded_at >= %s AND recorded_at < %s ORDER BY moment, recorded_at",
            [READ_EVERY.total_seconds(), driver_id, began_at, ended_at],
        )
        return [TrackPoint(*row[:5]) for row in cursor.fetchall()]


def _without_gaps(points: list[TrackPoint]) -> list[list[TrackPoint]]:
    stretches: list[list[TrackPoint]] = []
    for point in points:
        if not stretches or point.recorded_at - stretches[-1][-1].recorded_at > GAP:
            stretches.append([])
        stretches[-1].append(point)
    return stretches


def _gap(before: TrackPoint, after: TrackPoint) -> TrackGap:
    return TrackGap(before.recorded_at, after.recorded_at, round(_length([before, after])))


def _thinned(stretches: list[list[TrackPoint]]) -> list[list[TrackPoint]]:
    """Coarser and coarser until there are no more than MAX_POINTS in all."""
    tolerance = TOLERANCE_METRES
    while True:
        thin = [_simplified(stretch, tolerance) for stretch in stretches]
        if sum(map(len, thin)) <= MAX_POINTS or tolerance > EARTH_RADIUS_METRES:
            return thin
        tolerance *= 2


def _simplified(points: list[TrackPoint], tolerance: float) -> list[TrackPoint]:
    """The fewest of these points between which everybody moves evenly, to within `tolerance` metres."""
    if len(points) < 3:
        return points
    east, north = _metres(points)
    seconds = np.array([point.recorded_at.timestamp() for point in points])
    is_kept = np.zeros(len(points), dtype=bool)
    is_kept[[0, -1]] = True
    waiting = [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        share = (seconds[first:last] - seconds[first]) / (seconds[last] - seconds[first])
        off = np.hypot(
            east[first] + share * (east[last] - east[first]) - east[first:last],
            north[first] + share * (north[last] - north[first]) - north[first:last],
        )
        furthest = int(off.argmax())
        if off[furthest] > tolerance:
            is_kept[first + furthest] = True
            waiting += [(first, first + furthest), (first + furthest, last)]
    return [points[index] for index in np.flatnonzero(is_kept)]


def _length(points: list[TrackPoint]) -> float:
    east, north = _metres(points)
    return float(np.hypot(np.diff(east), np.diff(north)).sum())


def _metres(points: list[TrackPoint]) -> tuple[Any, Any]:
    """East and north of the first point, on a plane: exact enough for the way of a day."""
    latitudes = np.radians([point.latitude for point in points])
    longitudes = np.radians([point.longitude for point in points])
    turned = (longitudes - longitudes[0] + np.pi) % (2 * np.pi) - np.pi  # the short way round at the date line
    return EARTH_RADIUS_METRES * turned * np.cos(latitudes[0]), EARTH_RADIUS_METRES * (latitudes - latitudes[0])
