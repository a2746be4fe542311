"""Coordinates for addresses that have none: asked of the geocoder a bounded number of times, never under a lock."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch_console.core import geocoding
from dispatch_console.core.geocoding import GeocodingUnavailable, Place
from dispatch_console.core.geocoding.folding import words

# Different addresses looked up for one import; the others stay without coordinates, and are told of.
MOST_LOOKED_UP = 5_000
MOST_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """`latitude` None: not found."""

    latitude: float | None
    longitude: float | None
    label: str = ""
    is_approximate: bool = False


@dataclass(slots=True)
class Places:
    """The addresses of one import and where they are. A check fills it; the run only reads what the check has shown."""

    near: tuple[float, float] | None = None
    known: dict[str, Found] = field(default_factory=dict)
    may_ask: bool = False
    _failures: int = 0

    def find(self, address: str) -> Found | None:
        """None where it was not looked up: too many of them, or the geocoder does not answer."""
        key = " ".join(address.lower().split())
        if key in self.known:
            return self.known[key]
        if not self.may_ask or len(self.known) >= MOST_LOOKED_UP or self._failures >= MOST_FAILURES:
            return None
        try:
            candidates = geocoding.provider().search(address, limit=3, near=self.near)
        except GeocodingUnavailable:
            self._failures += 1
            return None
        self._failures = 0
        place = next((each for each in candidates if fits(address, each)), None)
        # A house whose point was counted between two known ones is near enough to drive to.
        is_rough = place is not None and place.approximate and place.kind != "house"
        found = Found(place.lat, place.lng, place.label, is_rough) if place else Found(None, None)
        self.known[key] = found
        return found

    def as_json(self) -> bytes:
        rows = {
            key: [found.latitude, found.longitude, found.label, found.is_approximate]
            for key, found in self.known.items()
        }
        return json.dumps(rows).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Places":
        rows: Mapping[str, Any] = json.loads(content)
        return cls(known={key: Found(*values) for key, values in rows.items()})


def fits(address: str, place: Place) -> bool:
    """Nobody looks at each of thousands of answers: street, number, and town or postcode must be what was asked for."""
    said = set(words(address))
    if place.house_number and place.house_number.lower() not in said:
        return False
    named = set(words(place.street)) or set(words(place.name))
    if not named or not named <= said:
        return False
    town = set(words(place.city))
    return bool(town and town <= said) or bool(place.postcode and place.postcode.lower() in said)
