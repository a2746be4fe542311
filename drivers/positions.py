"""The path of drivers' positions: judged, stored, and shown on every open map. No event.

Positions are many and each is soon out of date, so they never pass through the event log. What several phones sent is
stored together: three statements and one commit, however many samples and drivers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from django.db import connection, transaction

from dispatch_console.core import clock, realtime
from dispatch_console.core.realtime import PositionRow
from drivers.models import DriverPosition
from drivers.samples import Receipt, Sample, sift
from drivers.trust import JUMP, Belief, Fix, weigh

News = dict[int, list[PositionRow]]


@dataclass(slots=True)
class Delivery:
    """Samples of one driver, already sifted."""

    driver_id: int
    tenant_id: int
    samples: Sequence[Sample]
    received_at: datetime = field(default_factory=clock.now)


def report(driver_id: int, tenant_id: int, samples: list[Sample]) -> Receipt:
    """Take a driver's own readings, in any order; those that cannot be true are named and left out.

    When the receipt is there the samples are committed. Raises Invalid when not one of them can be taken.
    """
    received_at = clock.now()
    taken, rejected = sift(samples, received_at)
    publish(store([Delivery(driver_id, tenant_id, taken, received_at)]))
    return Receipt(len(taken), rejected)


def store(deliveries: Sequence[Delivery]) -> News:
    """Commit what was delivered, and move forward the drivers it is news of; returns where they are, by tenant.

    Deliveries of one driver may be stored in any order, by several processes at the same time: the later device time
    wins. Every statement takes its rows in the same order, so that no two of them wait for each other.
    """
    by_driver: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        by_driver.setdefault(delivery.driver_id, []).append(delivery)
    with transaction.atomic():
        connection.ensure_connection()
        # The driver's own cursor with binary parameters: Django's writes every value into the text of the statement.
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            known, work = _known(cursor, sorted(by_driver)), _Work()
            for driver_id in sorted(by_driver):
                work.take(driver_id, by_driver[driver_id], known.get(driver_id))
            cursor.execute(KEEP_SAMPLES, _columns(work.samples))
            if work.positions:
                cursor.execute(MOVE_FORWARD, _columns(work.positions))
    return work.news


def publish(news: News) -> None:
    for tenant_id, rows in news.items():
        realtime.publish_positions(tenant_id, rows)


class Reading(NamedTuple):
    """A sample as both tables hold it, in the order of their columns."""

    latitude: float
    longitude: float
    heading: float | None
    speed: float | None
    accuracy: float | None
    battery: float | None
    flags: int
    recorded_at: datetime
    received_at: datetime


SAMPLE_COLUMNS = {
    "driver_id": "bigint",
    "tenant_id": "bigint",
    "latitude": "float8",
    "longitude": "float8",
    "heading": "float8",
    "speed": "float8",
    "accuracy": "float8",
    "battery": "float8",
    "flags": "smallint",
    "recorded_at": "timestamptz",
    "received_at": "timestamptz",
}
POSITION_COLUMNS = {
    **SAMPLE_COLUMNS,
    "suspect_latitude": "float8",
    "suspect_longitude": "float8",
    "suspect_accuracy": "float8",
    "suspect_recorded_at": "timestamptz",
}


def _insert(table: str, columns: Mapping[str, str]) -> str:
    lists = ", ".join(f"%b::{kind}[]" for kind in columns.values())
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({lists})"  # noqa: S608 (our own names)


KNOWN = f"""
    SELECT driver_id, {", ".join(list(POSITION_COLUMNS)[2:])} FROM drivers_driverposition
    WHERE driver_id = ANY(%b) ORDER BY driver_id FOR NO KEY UPDATE
"""  # noqa: S608
KEEP_SAMPLES = f"{_insert('drivers_positionsample', SAMPLE_COLUMNS)} ON CONFLICT DO NOTHING"
CHANGES = ", ".join(f"{name} = EXCLUDED.{name}" for name in list(POSITION_COLUMNS)[1:])
# The condition is for drivers who had no row yet that could have been locked.
MOVE_FORWARD = f"""
    {_insert("drivers_driverposition AS known", POSITION_COLUMNS)}
    ON CONFLICT (driver_id) DO UPDATE SET {CHANGES}
    WHERE EXCLUDED.recorded_at >= known.recorded_at
"""


@dataclass(slots=True)
class _Known:
    """A driver's row as it stands, and what is believed by it."""

    reading: Reading
    belief: Belief


def _known(cursor: Any, driver_ids: list[int]) -> dict[int, _Known]:
    """The rows of these drivers, locked until the end of the transaction."""
    cursor.execute(KNOWN, [driver_ids])
    found = {}
    for driver_id, *row in cursor.fetchall():
        reading, suspect = Reading(*row[: len(Reading._fields)]), row[len(Reading._fields) :]
        believed = Fix(reading.latitude, reading.longitude, reading.accuracy, reading.recorded_at)
        found[driver_id] = _Known(reading, Belief(believed, Fix(*suspect) if suspect[0] is not None else None))
    return found


@dataclass(slots=True)
class _Work:
    """What a transaction writes: rows of the two tables, and the news that they are."""

    samples: list[tuple[Any, ...]] = field(default_factory=list)
    positions: list[tuple[Any, ...]] = field(default_factory=list)
    news: News = field(default_factory=dict)

    def take(self, driver_id: int, deliveries: list[Delivery], known: _Known | None) -> None:
        """Weigh what one driver delivered."""
        belief = known.belief if known is not None else Belief()
        suspect = belief.suspect
        tenant_id, received_at = deliveries[-1].tenant_id, deliveries[-1].received_at
        samples = sorted((one for each in deliveries for one in each.samples), key=_device_time)
        readings = [
            _reading(sample, flags, received_at)
            for sample, flags in zip(samples, weigh(belief, samples, received_at), strict=True)
        ]
        self.samples += [(driver_id, tenant_id, *reading) for reading in readings]
        if belief.moved_by is not None:
            sample, flags = belief.moved_by
            self._move(driver_id, tenant_id, _reading(sample, flags, received_at), belief.suspect)
        elif known is not None and belief.suspect is not suspect:
            self._move(driver_id, tenant_id, known.reading, belief.suspect)

    def _move(self, driver_id: int, tenant_id: int, reading: Reading, suspect: Fix | None) -> None:
        waiting: tuple[Any, ...] = (None,) * 4
        if suspect is not None:
            # They stay where they are believed to be, and the mark says that something else was reported since.
            reading = reading._replace(flags=reading.flags | JUMP)
            waiting = (suspect.latitude, suspect.longitude, suspect.accuracy, suspect.recorded_at)
        self.positions.append((driver_id, tenant_id, *reading, *waiting))
        self.news.setdefault(tenant_id, []).append(_row(driver_id, reading))


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _device_time(sample: Sample) -> datetime:
    return sample.recorded_at


def _reading(sample: Sample, flags: int, received_at: datetime) -> Reading:
    return Reading(
        sample.latitude,
        sample.longitude,
        sample.heading,
        sample.speed,
        sample.accuracy,
        sample.battery,
        flags,
        sample.recorded_at,
        received_at,
    )


def latest(tenant_id: int, *, received_since: datetime | None = None) -> list[PositionRow]:
    """The latest position of every driver of the tenant, or of those heard of since then."""
    rows = DriverPosition.objects.filter(tenant_id=tenant_id)
    if received_since is not None:
        rows = rows.filter(received_at__gte=received_since)
    return [_row(position.driver_id, position) for position in rows]


def _row(driver_id: int, reading: Reading | DriverPosition) -> PositionRow:
    # Six decimals are a tenth of a metre; more would only make every frame longer.
    return PositionRow(
        driver_id=driver_id,
        latitude=round(reading.latitude, 6),
        longitude=round(reading.longitude, 6),
        heading=None if reading.heading is None else round(reading.heading) % 360,
        speed=None if reading.speed is None else round(reading.speed, 1),
        recorded_at_ms=math.floor(reading.recorded_at.timestamp() * 1000),
        flags=reading.flags,
    )
