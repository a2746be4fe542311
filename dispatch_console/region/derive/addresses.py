"""Derives the address index: streets by municipality, house numbers with coordinates, named places.

OpenStreetMap knows the house numbers of a part of the country only. On a street without any, the buildings that stand
along it are counted (odd on the left, even on the right), and each such number is marked as estimated: the building is
real, its number is not, and whoever shows it must say so.
"""

import itertools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from dispatch_console.region.derive.extract import Extract, Feature
from dispatch_console.region.derive.projection import to_degrees, to_meters

NAMED_HIGHWAYS = {
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "pedestrian",
    "service",
    "track",
    "footway",
    "path",
    "cycleway",
}
NOT_A_DOOR = {"garage", "garages", "shed", "barn", "stable", "roof", "greenhouse", "greenhouse_horticulture", "hut"}
PLACE_TAGS = ("amenity", "shop", "tourism", "office", "leisure", "craft", "railway")
NOT_A_PLACE = {
    "parking", "parking_space", "bicycle_parking", "recycling", "post_box", "bench", "toilets", "atm", "information",
    "viewpoint", "picnic_site", "pitch", "track", "nature_reserve", "swimming_pool", "bbq", "level_crossing", "rail",
    "platform", "shelter", "owner_change", "crossing", "stop",
}  # fmt: skip
NUMBER = re.compile(r"^\d{1,4}\s?[a-zA-Z]?$")
REACH = 45.0
"""Metres between a building and the street that it is counted to."""

SMALLEST_HOUSE = 55.0
ENOUGH_KNOWN = 3
"""A street with so many known numbers is not counted: numbers between known ones are found when asked for."""

MISSPELT = 0.88
NEAR_STREET = 250.0


@dataclass
class Street:
    """A named street within one municipality; `line` is in metres."""

    name: str
    city: str
    line: BaseGeometry
    houses: dict[str, tuple[BaseGeometry, bool]] = field(default_factory=dict)


class AddressIndex:
    """Collects the addresses of an extract; `document` is what the geocoder loads."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._latitude = extract.country.centroid.y
        self._postcodes = self._find_postcodes()
        self.streets = self._find_streets()
        self._tree = shapely.STRtree([street.line for street in self.streets])
        numbered = self._place_numbers()
        self._estimate_numbers(numbered)

    def document(self) -> dict[str, Any]:
        west, south, east, north = self._extract.country.bounds
        cities = [each.tags["name"] for each in self._extract.municipalities]
        streets, houses = [], []
        for number, street in enumerate(self.streets):
            lines = [self._steps(line) for line in shapely.get_parts(street.line.simplify(3.0))]
            streets.append([street.name, cities.index(street.city), lines])
            for house, (point, is_estimated) in sorted(street.houses.items(), key=lambda each: _house_order(each[0])):
                houses.append([number, house, *self._place(point), int(is_estimated)])
        return {
            "format": 1,
            "attribution": "© OpenStreetMap contributors",
            "country": "LI",
            "bounds": [round(value, 6) for value in (west, south, east, north)],
            "cities": [[city, self._postcodes.get(city, "")] for city in cities],
            "streets": streets,
            "houses": houses,
            "places": self._named_places(cities),
        }

    def _find_postcodes(self) -> dict[str, str]:
        """The postcode that most addresses of a municipality carry; the village's own node counts as ten of them."""
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        names = {each.tags["name"] for each in self._extract.municipalities}
        for feature in (*self._extract.points, *self._extract.areas):
            if (name := feature.tags.get("name", "")) in names and "place" in feature.tags:
                votes[name][feature.first("postal_code", "addr:postcode")] += 10
            elif postcode := feature.tags.get("addr:postcode", ""):
                votes[self._extract.municipality_of(feature.shape.representative_point())][postcode] += 1
        return {city: max((code for code in found if code), key=lambda code: (found[code], code), default="")
                for city, found in votes.items()}  # fmt: skip

    def _find_streets(self) -> list[Street]:
        parts: dict[tuple[str, str], list[BaseGeometry]] = {}
        for way in self._extract.ways:
            name = way.tags.get("name", "").strip()
            if not name or way.tags.get("highway") not in NAMED_HIGHWAYS:
                continue
            for municipality in self._extract.municipalities:
                inside = way.shape.intersection(municipality.shape)
                if inside.length > 0:
                    key = (name, municipality.tags["name"])
                    parts.setdefault(key, []).extend(
                        part for part in shapely.get_parts(inside) if part.geom_type == "LineString"
                    )
        streets = []
        for (name, city), lines in sorted(parts.items()):
            line = shapely.line_merge(to_meters(shapely.MultiLineString(lines), latitude=self._latitude))
            if line.length > 15:
                streets.append(Street(name, city, line))
        return streets

    def _place_numbers(self) -> list[BaseGeometry]:
        """Files the house numbers that OpenStreetMap knows; answers where they are."""
        known = []
        for feature in (*self._extract.points, *self._extract.areas):
            number, name = feature.tags.get("addr:housenumber", "").strip(), feature.tags.get("addr:street", "").strip()
            if not NUMBER.match(number):
                continue
            point = to_meters(feature.shape.representative_point(), latitude=self._latitude)
            known.append(point)
            street = self._street_named(name, point) if name else self._nearest_street(point)
            if street is not None:
                street.houses.setdefault(number.replace(" ", "").lower(), (point, False))
        return known

    def _street_named(self, name: str, point: BaseGeometry) -> Street | None:
        """The street of that name near the point; a name that is almost the same is a misspelling."""
        near = [self.streets[index] for index in self._tree.query(point.buffer(NEAR_STREET))]
        near.sort(key=lambda street: street.line.distance(point))
        likeness = [(SequenceMatcher(None, street.name.lower(), name.lower()).ratio(), street) for street in near]
        best, found = max(likeness, key=lambda each: each[0], default=(0.0, None))
        return found if best >= MISSPELT else None

    def _nearest_street(self, point: BaseGeometry) -> Street | None:
        index = self._tree.nearest(point)
        return self.streets[index] if self.streets[index].line.distance(point) <= REACH else None

    def _estimate_numbers(self, known: list[BaseGeometry]) -> None:
        taken = shapely.STRtree(known)
        sides: dict[int, tuple[list[Any], list[Any]]] = {}
        for feature in self._extract.areas:
            if not _may_have_a_door(feature):
                continue
            building = to_meters(feature.shape, latitude=self._latitude)
            if building.area < SMALLEST_HOUSE or len(taken.query(building, predicate="intersects")):
                continue
            point = building.representative_point()
            index = int(self._tree.nearest(point))
            street = self.streets[index]
            if len(street.houses) >= ENOUGH_KNOWN or street.line.distance(point) > REACH:
                continue
            along, is_left = _beside(street.line, point)
            sides.setdefault(index, ([], []))[0 if is_left else 1].append((along, feature.id, point))
        for index, (left, right) in sides.items():
            for first, side in ((1, left), (2, right)):
                for count, (_, _, point) in enumerate(sorted(side, key=lambda each: each[:2])):
                    self.streets[index].houses.setdefault(str(first + 2 * count), (point, True))

    def _named_places(self, cities: list[str]) -> list[list[Any]]:
        found: dict[tuple[str, str, bool], list[Any]] = {}
        for feature in (*self._extract.points, *self._extract.areas):
            name = feature.tags.get("name", "").strip()
            kind = _place_kind(feature)
            point = feature.shape.representative_point()
            city = self._extract.municipality_of(point) if name and kind else ""
            if not city:
                continue
            at = to_meters(point, latitude=self._latitude)
            street = None if "place" in feature.tags else self._nearest_street(at)
            number = feature.tags.get("addr:housenumber", "") if street else ""
            street_number = self.streets.index(street) if street else -1
            # A shop is often drawn twice, as a point and as its building.
            found.setdefault(
                (name.casefold(), city, kind == "place"),
                [kind, name, cities.index(city), street_number, number, *self._place(at)],
            )
        return list(found.values())

    def _place(self, point: BaseGeometry) -> tuple[int, int]:
        """Latitude and longitude in millionths of a degree."""
        degrees = to_degrees(point, latitude=self._latitude)
        return round(degrees.y * 1e6), round(degrees.x * 1e6)

    def _steps(self, line: BaseGeometry) -> list[int]:
        degrees = shapely.get_coordinates(to_degrees(line, latitude=self._latitude))
        points = [(round(y * 1e6), round(x * 1e6)) for x, y in degrees]
        steps = [*points[0]]
        for (y0, x0), (y1, x1) in itertools.pairwise(points):
            steps += [y1 - y0, x1 - x0]
        return steps


def _may_have_a_door(feature: Feature) -> bool:
    kind = feature.tags.get("building", "no")
    return kind != "no" and kind not in NOT_A_DOOR and "addr:housenumber" not in feature.tags


def _beside(line: BaseGeometry, point: BaseGeometry) -> tuple[float, bool]:
    """How far along a street (with all its branches, one after the other) a point is, and whether to its left."""
    before = 0.0
    best = (float("inf"), 0.0, True)
    for part in shapely.get_parts(line):
        along = part.project(point)
        here, ahead = part.interpolate(max(0.0, along - 0.5)), part.interpolate(along + 0.5)
        cross = (ahead.x - here.x) * (point.y - here.y) - (ahead.y - here.y) * (point.x - here.x)
        best = min(best, (part.distance(point), before + along, cross > 0))
        before += part.length
    return best[1], best[2]


def _place_kind(feature: Feature) -> str:
    if feature.tags.get("place") in {"village", "hamlet", "neighbourhood", "locality"}:
        return "place"
    return next(
        (
            kind
            for key in PLACE_TAGS
            if (kind := feature.tags.get(key, "")) and kind not in NOT_A_PLACE and kind != "no"
        ),
        "",
    )


def _house_order(number: str) -> tuple[int, str]:
    digits = re.match(r"\d+", number)
    return (int(digits.group()) if digits else 0, number)
