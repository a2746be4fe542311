"""What a driver's device may report: the shape of a sample, how it is read, and what cannot be true."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from dispatch_console.core.errors import Invalid

MAX_SAMPLES = 1000
MAX_AHEAD = timedelta(minutes=2)
MAX_AGE = timedelta(days=7)
MAX_SPEED = 100.0  # metres per second; nothing that delivers parcels is faster
MAX_ACCURACY = 100_000.0

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One reading as a device sends it: metres per second, degrees from north, metres, battery 0 to 1.

    `mocked`: the device says that an app, not its receiver, made the position up. `sent_at`: what the device's clock
    showed when it sent this, by which a wrong clock is told from a late delivery.
    """

    latitude: float
    longitude: float
    recorded_at: Moment
    heading: float | None = None
    speed: float | None = None
    accuracy: float | None = None
    battery: float | None = None
    mocked: bool = False
    sent_at: Moment | None = None


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


def _misshapen(error: msgspec.ValidationError) -> Invalid:
    what, _, place = str(error).partition(" - at `$")
    name = place.rstrip("`").strip(".").replace("[", "").replace("]", "") or "non_field_errors"
    return Invalid.fields(**{name: f"{what}."})


def counted(samples: list[Sample]) -> list[Sample]:
    if not samples:
        raise Invalid("Send at least one position.")
    if len(samples) > MAX_SAMPLES:
        raise too_many(len(samples))
    return samples


def too_many(count: int) -> Invalid:
    return Invalid(f"Send at most {MAX_SAMPLES} positions at once; these are {count}.", code="too_many")


def sift(samples: list[Sample], now: datetime) -> tuple[list[Sample], list[Rejection]]:
    """Those that can be true at `now`, and why the others cannot. Raises Invalid when not one can be taken."""
    taken: list[Sample] = []
    rejected: list[Rejection] = []
    for index, sample in enumerate(samples):
        if fault := _fault(sample, now):
            rejected.append(Rejection(index, *fault))
        else:
            taken.append(sample)
    if not taken:
        fields = {f"{rejection.index}.{rejection.field}": [rejection.message] for rejection in rejected}
        raise Invalid(rejected[0].message, details={"fields": fields})
    return taken, rejected


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
