"""The path of a driver's position: checked, stored, and shown on every open map. No event, no lock.

Positions are many and each is soon out of date, so they never pass through the event log.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.db import connection, transaction

from dispatch_console.core import clock, realtime
from dispatch_console.core.errors import Invalid
from dispatch_console.core.realtime import PositionRow
from drivers.models import DriverPosition, PositionSample

MAX_SAMPLES = 1000
MAX_AHEAD = timedelta(minutes=2)
MAX_AGE = timedelta(days=7)
MAX_SPEED = 100.0  # metres per second; nothing that delivers parcels is faster
MAX_ACCURACY = 100_000.0

# Flags of a position row
COARSE = 1  # the device itself trusts it to no better than COARSE_METRES
CLOCK_AHEAD = 2  # the device's clock runs ahead of ours
COARSE_METRES = 100.0
CLOCK_TOLERANCE = timedelta(seconds=10)


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One reading as a device sends it: metres per second, degrees from north, metres, battery 0 to 1."""

    latitude: float
    longitude: float
    recorded_at: Annotated[datetime, msgspec.Meta(tz=True)]
    heading: float | None = None
    speed: float | None = None
    accuracy: float | None = None
    battery: float | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one sample of a batch was not taken; the others were."""

    index: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. `accepted` counts samples that were stored already, too."""

    accepted: int
    rejected: list[Rejection] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_decode_body = msgspec.json.Decoder(list[Sample] | Sample).decode


def decode(body: bytes | str) -> list[Sample]:
    """The samples of a JSON body: one object or a list of at most MAX_SAMPLES. Raises Invalid."""
    try:
        content = _decode_body(body)
    except msgspec.ValidationError as error:
        raise _misshapen(error) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Invalid(f"The body is not valid JSON: {error}.", code="malformed") from None
    return counted(content if isinstance(content, list) else [content])


def convert(content: Any) -> list[Sample]:
    """The samples of already decoded JSON, by the same rules as `decode`."""
    try:
        return counted(msgspec.convert(content, list[Sample]))
    except msgspec.ValidationError as error:
        raise _misshapen(error) from None


def _misshapen(error: msgspec.ValidationError) -> Invalid:
    what, _, place = str(error).partition(" - at `$")
    name = place.rstrip("`").strip(".").replace("[", "").replace("]", "") or "non_field_errors"
    return Invalid.fields(**{name: f"{what}."})


def counted(samples: list[Sample]) -> list[Sample]:
    if not samples:
        raise Invalid("Send at least one position.")
    if len(samples) > MAX_SAMPLES:
        raise Invalid(f"Send at most {MAX_SAMPLES} positions at once; these are {len(samples)}.", code="too_many")
    return samples


def report(driver_id: int, tenant_id: int, samples: Sequence[Sample]) -> Receipt:
    """Take a driver's own readings, in any order; those that cannot be true are named and left out.

    When the receipt is there the samples are committed. Raises Invalid when not one of them can be taken.
    """
    received_at = clock.now()
    taken: list[Sample] = []
    rejected: list[Rejection] = []
    for index, sample in enumerate(samples):
        if fault := _fault(sample, received_at):
            rejected.append(Rejection(index, *fault))
        else:
            taken.append(sample)
    if not taken:
        fields = {f"{rejection.index}.{rejection.field}": [rejection.message] for rejection in rejected}
        raise Invalid(rejected[0].message, details={"fields": fields})

    latest = max(taken, key=lambda sample: sample.recorded_at)
    with transaction.atomic():
        _store_samples(driver_id, tenant_id, taken, received_at)
        is_news = _move_forward(driver_id, tenant_id, latest, received_at)
    if is_news:
        realtime.publish_positions(tenant_id, [_row(driver_id, latest, received_at)])
    return Receipt(len(taken), rejected)


def _fault(sample: Sample, now: datetime) -> tuple[str, str] | None:
    """The field that cannot be true, and a sentence about it."""
    ranges = (
        ("latitude", sample.latitude, -90.0, 90.0, "degrees"),
        ("longitude", sample.longitude, -180.0, 180.0, "degrees"),
        ("heading", sample.heading, 0.0, 360.0, "degrees from north"),
        ("speed", sample.speed, 0.0, MAX_SPEED, "metres per second"),
        ("accuracy", sample.accuracy, 0.0, MAX_ACCURACY, "metres"),
        ("battery", sample.battery, 0.0, 1.0, "of a full charge"),
    )
    for name, value, low, high, unit in ranges:
        if value is not None and not low <= value <= high:
            return name, f"The {name} must be from {low:g} to {high:g} {unit}."
    if sample.recorded_at > now + MAX_AHEAD:
        return "recorded_at", "The time is more than 2 minutes in the future. Set the device's clock."
    if sample.recorded_at < now - MAX_AGE:
        return "recorded_at", "The time is more than 7 days ago; positions that old are not kept."
    return None


def _store_samples(driver_id: int, tenant_id: int, samples: Iterable[Sample], received_at: datetime) -> None:
    common = {"driver_id": driver_id, "tenant_id": tenant_id, "received_at": received_at}
    rows = [PositionSample(**common, **msgspec.structs.asdict(sample)) for sample in samples]
    PositionSample.objects.bulk_create(rows, ignore_conflicts=True)


# Batches of one driver may be stored in any order, even at the same time: the later device time wins.
MOVE_FORWARD = """
    INSERT INTO drivers_driverposition AS known
        (driver_id, tenant_id, latitude, longitude, heading, speed, accuracy, battery, recorded_at, received_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (driver_id) DO UPDATE SET
        tenant_id = EXCLUDED.tenant_id, latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude,
        heading = EXCLUDED.heading, speed = EXCLUDED.speed, accuracy = EXCLUDED.accuracy,
        battery = EXCLUDED.battery, recorded_at = EXCLUDED.recorded_at, received_at = EXCLUDED.received_at
    WHERE EXCLUDED.recorded_at > known.recorded_at
"""


def _move_forward(driver_id: int, tenant_id: int, sample: Sample, received_at: datetime) -> bool:
    """Make it the driver's latest position, unless a newer one is known already."""
    place = (sample.latitude, sample.longitude, sample.heading, sample.speed, sample.accuracy, sample.battery)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_FORWARD, [driver_id, tenant_id, *place, sample.recorded_at, received_at])
        return cursor.rowcount == 1


def latest(tenant_id: int, *, received_since: datetime | None = None) -> list[PositionRow]:
    """The latest position of every driver of the tenant, or of those heard of since then."""
    rows = DriverPosition.objects.filter(tenant_id=tenant_id)
    if received_since is not None:
        rows = rows.filter(received_at__gte=received_since)
    return [_row(position.driver_id, position, position.received_at) for position in rows]


def _row(driver_id: int, reading: Sample | DriverPosition, received_at: datetime) -> PositionRow:
    # Six decimals are a tenth of a metre; more would only make every frame longer.
    return PositionRow(
        driver_id=driver_id,
        latitude=round(reading.latitude, 6),
        longitude=round(reading.longitude, 6),
        heading=None if reading.heading is None else round(reading.heading) % 360,
        speed=None if reading.speed is None else round(reading.speed, 1),
        recorded_at_ms=math.floor(reading.recorded_at.timestamp() * 1000),
        flags=flags(accuracy=reading.accuracy, recorded_at=reading.recorded_at, received_at=received_at),
    )


def flags(*, accuracy: float | None, recorded_at: datetime, received_at: datetime) -> int:
    """What to doubt about a position, as bits."""
    doubts = 0
    if accuracy is not None and accuracy > COARSE_METRES:
        doubts |= COARSE
    if recorded_at > received_at + CLOCK_TOLERANCE:
        doubts |= CLOCK_AHEAD
    return doubts
