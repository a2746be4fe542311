"""The OsmAnd protocol as phone trackers speak it (https://www.traccar.org/osmand/), read into samples.

Two forms: parameters in the address or in a form body, with speed in knots and battery in percent; and JSON, with speed
in metres per second and battery from 0 to 1. A tracker repeats what was refused for ever, and holds back everything
newer until it is taken. So what nobody needs is taken and dropped here, and an odd speed or battery is left out.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import msgspec

from dispatch_console.core.errors import Invalid
from drivers.samples import MAX_ACCURACY, MAX_AGE, MAX_SAMPLES, MAX_SPEED, Sample, too_many

METRES_PER_SECOND_PER_KNOT = 1852 / 3600
METRES_PER_HDOP = 5.0  # what a phone's receiver is good for under an open sky
MILLISECONDS_FROM = 2**31  # larger numbers cannot be seconds
FORGOTTEN_PHONE = timedelta(days=60)  # older than this is no late delivery but a wrong clock
MAX_PARAMETERS = 60
MAX_IDENTIFIER = 200


class _Coords(msgspec.Struct):
    latitude: float
    longitude: float
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None


class _Battery(msgspec.Struct):
    level: float | None = None


class _Location(msgspec.Struct):
    coords: _Coords
    timestamp: str | int | float | None = None
    battery: _Battery | None = None
    mock: bool = False


class _Message(msgspec.Struct):
    location: _Location | list[_Location]
    device_id: str | int


_decode = msgspec.json.Decoder(_Message).decode


def read(query: str, content_type: str, body: bytes, now: datetime) -> tuple[str, list[Sample]]:
    """The identifier and its samples, of which there may be none to keep. Raises Invalid."""
    if body and content_type.partition(";")[0].strip().lower() == "application/json":
        identifier, samples = _from_json(body, now)
    else:
        given = query if query or not body else body.decode("ascii", "replace")
        identifier, samples = _from_parameters(_parameters(given), now)
    if not identifier or len(identifier) > MAX_IDENTIFIER:
        raise Invalid.fields(id="Give the identifier of the tracker; an administrator can issue one.")
    return identifier, [sample for sample in samples if _is_wanted(sample, now)]


def unknown_identifier() -> Invalid:
    sentence = "This identifier is not known, or it was replaced. Ask your administrator for a new one."
    return Invalid(sentence, code="unknown_tracker", details={"fields": {"id": [sentence]}})


def _is_wanted(sample: Sample, now: datetime) -> bool:
    if sample.latitude == 0 and sample.longitude == 0:  # how a receiver without a fix says so
        return False
    return not now - FORGOTTEN_PHONE <= sample.recorded_at < now - MAX_AGE


def _from_json(body: bytes, now: datetime) -> tuple[str, list[Sample]]:
    try:
        message = _decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Invalid(f"This message is not understood: {error}.", code="malformed") from None
    locations = message.location if isinstance(message.location, list) else [message.location]
    if len(locations) > MAX_SAMPLES:
        raise too_many(len(locations))
    samples = [
        Sample(
            latitude=each.coords.latitude,
            longitude=each.coords.longitude,
            recorded_at=_moment(each.timestamp, now),
            heading=_within(each.coords.heading, 360),
            speed=_within(each.coords.speed, MAX_SPEED),
            accuracy=_accuracy(each.coords.accuracy),
            battery=_within(each.battery.level if each.battery else None, 1),
            mocked=each.mock,
        )
        for each in locations
    ]
    return str(message.device_id), samples


def _parameters(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        raise Invalid(f"Send at most {MAX_PARAMETERS} parameters.", code="too_many") from None


def _from_parameters(given: Mapping[str, str], now: datetime) -> tuple[str, list[Sample]]:
    latitude, longitude = given.get("lat", ""), given.get("lon", "")
    if "location" in given:
        latitude, _, longitude = given["location"].partition(",")
    speed, battery = _number(given, "speed"), _number(given, "batt")
    hdop = _number(given, "hdop")
    sample = Sample(
        latitude=_degrees("lat", latitude),
        longitude=_degrees("lon", longitude),
        recorded_at=_moment(given.get("timestamp"), now),
        heading=_within(_number(given, "bearing", "heading"), 360),
        speed=_within(None if speed is None else speed * METRES_PER_SECOND_PER_KNOT, MAX_SPEED),
        accuracy=_accuracy(_number(given, "accuracy")) or _accuracy(None if hdop is None else hdop * METRES_PER_HDOP),
        battery=_within(None if battery is None else battery / 100, 1),
        mocked=given.get("mock", "").lower() in ("true", "1"),
    )
    return given.get("id") or given.get("deviceid") or "", [sample]


def _degrees(name: str, text: str) -> float:
    try:
        degrees = float(text)
    except ValueError:
        degrees = math.nan
    if not math.isfinite(degrees):
        raise Invalid.fields(**{name: "Give degrees as a number."})
    return degrees


def _number(given: Mapping[str, str], *names: str) -> float | None:
    """The first of these parameters that is a number; the others are not worth losing a position for."""
    for name in names:
        try:
            return float(given[name])
        except (KeyError, ValueError):
            continue
    return None


def _within(value: float | None, most: float) -> float | None:
    return value if value is not None and 0 <= value <= most else None


def _accuracy(metres: float | None) -> float | None:
    return _within(metres, MAX_ACCURACY) or None  # nought is how a device says that it does not know


def _moment(given: str | float | None, now: datetime) -> datetime:
    """Seconds or milliseconds since 1970, or a date and time (UTC where no offset is given); nothing means now."""
    if given is None or given == "":
        return now
    try:
        number = float(given)
    except ValueError:
        return _date_and_time(str(given))
    try:
        return datetime.fromtimestamp(number / (1000 if number >= MILLISECONDS_FROM else 1), UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid.fields(timestamp="Give a time in seconds or milliseconds since 1970.") from None


def _date_and_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.fields(timestamp="Give a time such as 2026-11-22T10:15:30Z.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
