"""Serializer fields that take nothing on trust: finite coordinates, sane times, plain text."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from rest_framework import serializers

LARGEST_ID = 2**63 - 1
CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class CoordinateField(serializers.FloatField):
    """Degrees, finite and in range."""

    def __init__(self, *, limit: float, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if not math.isfinite(value) or abs(value) > self.limit:
            raise serializers.ValidationError(f"Give degrees from -{self.limit:g} to {self.limit:g}.")
        return value


class LatitudeField(CoordinateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=90, **kwargs)


class LongitudeField(CoordinateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=180, **kwargs)


class IdField(serializers.IntegerField):
    """A row id; whether the row exists and may be seen is the command's question."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class MomentField(serializers.DateTimeField):
    """ISO 8601; without an offset it is read in the tenant's time zone. Between the years 2000 and 2100.

    The door says which zone that is: `context["zone"]`, asked only when a moment comes.
    """

    def default_timezone(self) -> tzinfo | None:
        zone: Callable[[], tzinfo] | None = self.context.get("zone")
        return zone() if zone is not None else super().default_timezone()

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment = super().to_internal_value(value)
            sane = EARLIEST <= moment <= LATEST
        except (OverflowError, ValueError):
            sane = False
        if not sane:
            raise serializers.ValidationError("Give a time between the years 2000 and 2100.")
        return moment


class TextField(serializers.CharField):
    """One string, trimmed; no numbers passed off as text, no control characters."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value = super().to_internal_value(data)
        # First the length: the checks behind it read every character.
        if self.max_length is not None and len(value) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        if CONTROL_CHARACTER.search(value):
            raise serializers.ValidationError("Control characters are not allowed.")
        return value
