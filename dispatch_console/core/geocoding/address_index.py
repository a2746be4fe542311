"""The address index: streets with house numbers and named places of a region, read from one compressed file."""

import gzip
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dispatch_console.core.geocoding.base import Place, label_of

METERS_PER_DEGREE = 111_195.0
MICRO = 1e-6
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class House:
    number: str
    lat: float
    lng: float
    is_estimated: bool


@dataclass(slots=True)
class Street:
    name: str
    city: str
    postcode: str
    country: str
    lines: list[list[tuple[float, float]]]
    houses: dict[str, House] = field(default_factory=dict)
    _middle: tuple[float, float] | None = None

    def place(self, house: House | None = None) -> Place:
        """The street itself, or one of its houses."""
        lat, lng = (house.lat, house.lng) if house else self.middle()
        number = house.number if house else ""
        return Place(
            label=label_of(street=self.name, house_number=number, postcode=self.postcode, city=self.city),
            lat=lat,
            lng=lng,
            kind="house" if house else "street",
            street=self.name,
            house_number=number,
            city=self.city,
            postcode=self.postcode,
            country=self.country,
            approximate=house is None or house.is_estimated,
        )

    def middle(self) -> tuple[float, float]:
        """Half-way along its longest part: a point on the street, unlike the centre of its bounds."""
        if self._middle is None:
            longest = max((shapely.LineString(line) for line in self.lines), key=lambda line: line.length)
            point = longest.interpolate(0.5, normalized=True)
            self._middle = (round(point.x, 6), round(point.y, 6))
        return self._middle

    def between(self, number: str) -> House | None:
        """A number that is not known, placed between its known neighbours, preferring its own side of the street."""
        wanted = _number(number)
        for step in (2, 1):
            known = sorted(
                (_number(house.number), house.lat, house.lng)
                for house in self.houses.values()
                if _number(house.number) % step == wanted % step
            )
            below = [each for each in known if each[0] < wanted]
            above = [each for each in known if each[0] > wanted]
            if below and above:
                (low, low_lat, low_lng), (high, high_lat, high_lng) = below[-1], above[0]
                share = (wanted - low) / (high - low)
                lat, lng = low_lat + (high_lat - low_lat) * share, low_lng + (high_lng - low_lng) * share
                return House(number, round(lat, 6), round(lng, 6), is_estimated=True)
        return None


@dataclass(slots=True)
class AddressIndex:
    """Everything that can be found, and where it is."""

    streets: list[Street]
    places: list[Place]
    bounds: tuple[float, float, float, float]
    """West, south, east, north."""
    _scale: float = field(init=False)
    _houses: list[tuple[Street, House]] = field(init=False)
    _house_tree: shapely.STRtree = field(init=False)
    _street_tree: shapely.STRtree = field(init=False)

    def __post_init__(self) -> None:
        _, south, _, north = self.bounds
        self._scale = math.cos(math.radians((south + north) / 2))
        self._houses = [(street, house) for street in self.streets for house in street.houses.values()]
        self._house_tree = shapely.STRtree(self._flat((house.lat, house.lng) for _, house in self._houses))
        self._street_tree = shapely.STRtree(
            [shapely.MultiLineString([self._meters(line) for line in street.lines]) for street in self.streets]
        )

    @classmethod
    def load(cls, path: Path) -> "AddressIndex":
        """Read the file that `dispatch_console.region.derive` writes; its form is described in docs/geocoding.md."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return cls.from_document(json.load(file))

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "AddressIndex":
        if document.get("format") != 1:
            raise ValueError("This address index has a form that this version cannot read: derive it again.")
        country, cities = document["country"], document["cities"]
        streets = [
            Street(name, cities[city][0], cities[city][1], country, [_decode_line(line) for line in lines])
            for name, city, lines in document["streets"]
        ]
        for street, number, lat, lng, is_estimated in document["houses"]:
            house = House(number, round(lat * MICRO, 6), round(lng * MICRO, 6), bool(is_estimated))
            streets[street].houses[number] = house
        places = []
        for kind, name, city_number, street_number, number, lat, lng in document["places"]:
            city, postcode = cities[city_number]
            street = streets[street_number].name if street_number >= 0 else ""
            # A village that gives its municipality its name needs no second line.
            where = {} if name == city else {"postcode": postcode, "city": city}
            places.append(
                Place(
                    label=label_of(name=name, street=street, house_number=number, **where),
                    lat=round(lat * MICRO, 6),
                    lng=round(lng * MICRO, 6),
                    kind=kind,
                    name=name,
                    street=street,
                    house_number=number,
                    city=city,
                    postcode=postcode,
                    country=country,
                )
            )
        return cls(streets, places, tuple(document["bounds"]))

    def nearest_house(self, lat: float, lng: float, *, within: float) -> Place | None:
        point = shapely.Point(self._meters([(lat, lng)])[0])
        found = self._house_tree.query_nearest(point, max_distance=within, all_matches=False) if self._houses else []
        if not len(found):
            return None
        street, house = self._houses[int(found[0])]
        return street.place(house)

    def nearest_street(self, lat: float, lng: float, *, within: float) -> Place | None:
        point = shapely.Point(self._meters([(lat, lng)])[0])
        found = self._street_tree.query_nearest(point, max_distance=within, all_matches=False) if self.streets else []
        return self.streets[int(found[0])].place() if len(found) else None

    def _meters(self, line: Iterable[tuple[float, float]]) -> np.ndarray:
        degrees = np.array(list(line), dtype=float).reshape(-1, 2)
        scale = np.array([METERS_PER_DEGREE * self._scale, METERS_PER_DEGREE])
        flat: np.ndarray = degrees[:, ::-1] * scale
        return flat

    def _flat(self, points: Iterable[tuple[float, float]]) -> np.ndarray:
        flat: np.ndarray = shapely.points(self._meters(points))
        return flat


def streets_by_postcode(streets: Iterable[Street]) -> dict[str, set[str]]:
    """The cities behind each postcode."""
    found: dict[str, set[str]] = defaultdict(set)
    for street in streets:
        found[street.postcode].add(street.city)
    return found


def _decode_line(steps: list[int]) -> list[tuple[float, float]]:
    points = np.cumsum(np.array(steps, dtype=np.int64).reshape(-1, 2), axis=0) * MICRO
    return [(float(lat), float(lng)) for lat, lng in points]


def _number(text: str) -> int:
    digits = _DIGITS.match(text)
    return int(digits.group()) if digits else 0
