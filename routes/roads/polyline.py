"""Encoded polylines: how road engines write a line in few characters."""

from routes.roads.base import Point

MOST_POINTS = 100_000


def decode(text: str, *, digits: int = 6) -> list[Point]:
    """Points as (latitude, longitude). Raises ValueError for what is no such text."""
    found: list[Point] = []
    scale = 10**digits
    numbers = [0, 0]
    which, value, shift = 0, 0, 0
    for character in text:
        part = ord(character) - 63
        if not 0 <= part < 64 or shift > 45:
            raise ValueError("This is not an encoded polyline.")
        value |= (part & 31) << shift
        shift += 5
        if part & 32:
            continue
        numbers[which] += ~(value >> 1) if value & 1 else value >> 1
        value = shift = 0
        if which:
            latitude, longitude = numbers[0] / scale, numbers[1] / scale
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or len(found) >= MOST_POINTS:
                raise ValueError("An encoded polyline leaves the earth, or does not end.")
            found.append((latitude, longitude))
        which = 1 - which
    if which or shift:
        raise ValueError("An encoded polyline ends in the middle of a point.")
    return found
