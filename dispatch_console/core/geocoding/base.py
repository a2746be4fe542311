"""What a geocoder answers, whoever it is: places for a text, and the place at a point."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from dispatch_console.core.errors import DomainError

LONGEST_TEXT = 200
MOST_RESULTS = 20


class GeocodingUnavailable(DomainError):
    """The geocoder cannot answer now; addresses can still be set by clicking the map."""

    status = 503
    code = "geocoding_unavailable"


@dataclass(frozen=True, slots=True)
class Place:
    """An address or a named place with its point.

    `approximate` says that the point is not the door itself: a street's middle, a number between two known ones, a
    number that was counted and not surveyed. Whoever shows the place must say so.
    """

    label: str
    lat: float
    lng: float
    kind: str
    """`house`, `street`, `place` (a village or quarter), else what is there: `restaurant`, `supermarket`, ..."""
    name: str = ""
    street: str = ""
    house_number: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    approximate: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Provider(Protocol):
    """A geocoder; it may ask the network, so never call one inside a transaction that holds locks."""

    def search(self, text: str, *, limit: int = 8, near: tuple[float, float] | None = None) -> list[Place]:
        """The places that fit the text, best first; `near` is a latitude and longitude to prefer."""
        ...

    def reverse(self, lat: float, lng: float) -> Place | None:
        """The address nearest to a point, or nothing where none is near."""
        ...


def label_of(*, name: str = "", street: str = "", house_number: str = "", postcode: str = "", city: str = "") -> str:
    """One line for a person: `Cesare, Städtle 15, 9490 Vaduz`."""
    parts = (name, f"{street} {house_number}".strip(), f"{postcode} {city}".strip())
    return ", ".join(part for part in parts if part)
