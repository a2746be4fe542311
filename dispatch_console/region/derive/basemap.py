"""Derives the street basemap: what the browser draws under the orders, in whole-number map units."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch_console.region.derive.extract import LOOK_AROUND, Extract, Feature, Way
from dispatch_console.region.derive.projection import BASEMAP_ZOOM, to_map_units

ROAD_CLASSES = ("primary", "secondary", "tertiary", "street", "living", "service", "track", "path", "steps")
ROAD_CLASS_OF = {
    "primary": "primary",
    "primary_link": "primary",
    "secondary": "secondary",
    "secondary_link": "secondary",
    "tertiary": "tertiary",
    "unclassified": "street",
    "residential": "street",
    "living_street": "living",
    "pedestrian": "living",
    "service": "service",
    "track": "track",
    "path": "path",
    "footway": "path",
    "cycleway": "path",
    "bridleway": "path",
    "steps": "steps",
}
AREA_KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "town": {"landuse": ("residential", "commercial", "industrial", "retail", "construction", "farmyard")},
    "wood": {"natural": ("wood",), "landuse": ("forest",)},
    "grass": {
        "landuse": ("meadow", "grass", "recreation_ground", "village_green", "cemetery", "allotments", "farmland"),
        "leisure": ("park", "pitch", "playground", "stadium", "sports_centre", "miniature_golf", "water_park"),
        "natural": ("grassland", "heath", "fell"),
        "amenity": ("grave_yard",),
    },
    "scrub": {"natural": ("scrub", "wetland"), "landuse": ("vineyard", "orchard", "plant_nursery")},
    "rock": {"natural": ("scree", "beach", "stone"), "landuse": ("quarry", "landfill")},
    "water": {
        "natural": ("water",),
        "waterway": ("riverbank",),
        "landuse": ("reservoir", "basin"),
        "leisure": ("swimming_pool",),
    },
}
SIMPLIFY = {"town": 3.0, "wood": 3.0, "grass": 1.5, "scrub": 2.0, "rock": 3.0, "water": 1.5, "building": 1.0}
SMALLEST = {"town": 800, "wood": 800, "grass": 250, "scrub": 500, "rock": 800, "water": 60, "building": 60}
"""Areas under so many square map units (6 to a square metre) are left out."""

PLACE_RANK = {"town": 1, "village": 1, "hamlet": 2, "neighbourhood": 3, "locality": 4}
CAPITAL_RANK = 0
WATER_LINES = {"river": "river", "stream": "stream", "canal": "stream", "drain": "ditch", "ditch": "ditch"}
POINTS_OF_INTEREST = {
    "amenity": {
        "restaurant": "food",
        "fast_food": "food",
        "cafe": "food",
        "bar": "food",
        "pub": "food",
        "pharmacy": "health",
        "hospital": "health",
        "post_office": "public",
        "townhall": "public",
        "school": "public",
        "university": "public",
        "library": "public",
        "museum": "public",
        "theatre": "public",
        "fuel": "shop",
        "bank": "shop",
    },
    "tourism": {"hotel": "food", "museum": "public"},
}


class _Names:
    """Each text once; features carry its number."""

    def __init__(self) -> None:
        self.texts: list[str] = [""]
        self._number: dict[str, int] = {"": 0}

    def number(self, text: str) -> int:
        if text not in self._number:
            self._number[text] = len(self.texts)
            self.texts.append(text)
        return self._number[text]


class Basemap:
    """Collects the drawn features of an extract; `document` is what the browser loads."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._names = _Names()
        country = to_map_units(extract.country)
        self._clip = to_map_units(extract.country.buffer(LOOK_AROUND))
        shapely.prepare(self._clip)
        west, north, _, _ = self._clip.bounds
        self._origin = np.array([np.floor(west), np.floor(north)])
        self._country = country

    def document(self) -> dict[str, Any]:
        west, south, east, north = self._extract.country.bounds
        return {
            "format": 1,
            "attribution": "© OpenStreetMap contributors",
            "zoom": BASEMAP_ZOOM,
            "origin": [int(value) for value in self._origin],
            "bounds": [round(value, 6) for value in (west, south, east, north)],
            "roadClasses": list(ROAD_CLASSES),
            "country": self._rings(self._country.simplify(2.0)),
            "areas": self._areas(),
            "lines": {"water": self._water(), "rail": self._rails(), "border": self._borders()},
            "roads": self._roads(),
            "labels": self._labels(),
            "numbers": self._house_numbers(),
            "names": self._names.texts,
        }

    def _areas(self) -> dict[str, list[list[list[int]]]]:
        found: dict[str, list[list[list[int]]]] = {kind: [] for kind in (*AREA_KINDS, "building")}
        for feature in self._extract.areas:
            kind = area_kind(feature)
            if not kind:
                continue
            shape = to_map_units(feature.shape)
            if kind == "building":
                if not self._clip.contains(shape):
                    continue
            else:
                # Only the border river is shown whole: beyond the border the extract has no ground.
                shape = shape.intersection(self._clip if kind == "water" else self._country)
            shape = shape.simplify(SIMPLIFY[kind])
            found[kind] += [self._rings(part) for part in _polygons(shape) if part.area >= SMALLEST[kind]]
        return found

    def _roads(self) -> list[list[Any]]:
        groups: dict[tuple[Any, ...], list[BaseGeometry]] = {}
        for way in self._extract.ways:
            road_class = ROAD_CLASS_OF.get(way.tags.get("highway", ""))
            if road_class is None or way.tags.get("area") == "yes":
                continue
            direction = oneway(way)
            line = to_map_units(way.shape if direction >= 0 else way.shape.reverse())
            key = (ROAD_CLASSES.index(road_class), _level(way), abs(direction), way.tags.get("name", ""))
            groups.setdefault(key, []).append(line)
        roads = []
        for (road_class, level, one_way, name), lines in groups.items():
            merged = shapely.line_merge(shapely.MultiLineString(lines), directed=bool(one_way))
            roads += [
                [road_class, level, one_way, self._names.number(name), self._line(line, tolerance=0.7)]
                for line in _lines(merged.intersection(self._clip))
            ]
        return roads

    def _water(self) -> list[list[Any]]:
        kinds = ("river", "stream", "ditch")
        groups: dict[tuple[str, str], list[BaseGeometry]] = {}
        for way in self._extract.ways:
            kind = WATER_LINES.get(way.tags.get("waterway", ""))
            if kind and way.tags.get("tunnel", "no") == "no":
                groups.setdefault((kind, way.tags.get("name", "")), []).append(to_map_units(way.shape))
        return [
            [kinds.index(kind), self._names.number(name), self._line(line, tolerance=1.0)]
            for (kind, name), lines in groups.items()
            for line in _lines(shapely.line_merge(shapely.MultiLineString(lines)).intersection(self._clip))
        ]

    def _rails(self) -> list[list[int]]:
        lines = [to_map_units(way.shape) for way in self._extract.ways if way.tags.get("railway") == "rail"]
        merged = shapely.line_merge(shapely.MultiLineString(lines)) if lines else shapely.MultiLineString()
        return [self._line(line, tolerance=1.0) for line in _lines(merged.intersection(self._clip))]

    def _borders(self) -> list[list[int]]:
        inside = to_map_units(self._extract.country.buffer(-0.0003))
        lines = shapely.union_all([to_map_units(each.shape.boundary) for each in self._extract.municipalities])
        merged = shapely.line_merge(lines.intersection(inside))
        return [self._line(line, tolerance=2.0) for line in _lines(merged)]

    def _labels(self) -> list[list[Any]]:
        found: list[tuple[int, int, str, str, BaseGeometry]] = []
        for feature in self._extract.points:
            name = feature.tags.get("name", "")
            if not name:
                continue
            if feature.tags.get("place") in PLACE_RANK:
                people = int(feature.tags.get("population", "0"))
                # A village nobody has counted is a part of the one beside it.
                rank = PLACE_RANK[feature.tags["place"]] + (feature.tags["place"] == "village" and not people)
                found.append(
                    (CAPITAL_RANK if feature.tags.get("capital") else rank, -people, "place", name, feature.shape)
                )
            elif feature.tags.get("natural") == "peak":
                height = feature.tags.get("ele", "").split(".")[0]
                found.append((5, 0, "peak", f"{name} {height} m" if height.isdigit() else name, feature.shape))
            elif kind := _interest(feature):
                found.append((6, 0, kind, name, feature.shape))
        found += [
            (6, 0, kind, name, feature.shape.representative_point())
            for feature in self._extract.areas
            if (name := feature.tags.get("name", "")) and (kind := _interest(feature))
        ]
        found.sort(key=lambda each: each[:4])
        return [
            [kind, rank, self._names.number(name), *self._place(point)]
            for rank, _, kind, name, point in found
            if self._extract.country.contains(point)
        ]

    def _house_numbers(self) -> list[list[Any]]:
        numbered = [
            (feature.tags["addr:housenumber"], feature.shape.representative_point())
            for feature in (*self._extract.points, *self._extract.areas)
            if feature.tags.get("addr:housenumber")
        ]
        return [[number, *self._place(point)] for number, point in numbered if len(number) <= 6]

    def _place(self, point: BaseGeometry) -> tuple[int, int]:
        x, y = np.rint(shapely.get_coordinates(to_map_units(point))[0] - self._origin).astype(int)
        return int(x), int(y)

    def _line(self, line: BaseGeometry, *, tolerance: float) -> list[int]:
        return self._steps(line.simplify(tolerance))

    def _rings(self, polygon: BaseGeometry) -> list[list[int]]:
        if polygon.geom_type == "MultiPolygon":
            return [ring for part in polygon.geoms for ring in self._rings(part)]
        return [self._steps(polygon.exterior), *(self._steps(ring) for ring in polygon.interiors)]

    def _steps(self, line: BaseGeometry) -> list[int]:
        """The first point, then the way from each point to the next: small numbers, which compress well."""
        points = np.rint(shapely.get_coordinates(line) - self._origin).astype(int)
        moves = np.diff(points, axis=0)
        kept = moves[(moves != 0).any(axis=1)]
        return [int(value) for value in (*points[0], *kept.ravel())]


def oneway(way: Way) -> int:
    """1 along the way only, -1 against it only, 0 both ways."""
    value = way.tags.get("oneway", "")
    if value in {"-1", "reverse"}:
        return -1
    return 1 if value in {"yes", "true", "1"} or way.tags.get("junction") == "roundabout" else 0


def area_kind(feature: Feature) -> str:
    """What an area is drawn as, else an empty text."""
    if feature.tags.get("building", "no") != "no":
        return "building"
    for kind, wanted in AREA_KINDS.items():
        if any(feature.tags.get(key) in values for key, values in wanted.items()):
            return kind
    return ""


def _interest(feature: Feature) -> str:
    for key, kinds in POINTS_OF_INTEREST.items():
        if kind := kinds.get(feature.tags.get(key, "")):
            return kind
    return "shop" if feature.tags.get("shop") else ""


def _level(way: Way) -> int:
    """-1 in a tunnel, 1 on a bridge, else 0."""
    if way.tags.get("tunnel", "no") != "no":
        return -1
    return 1 if way.tags.get("bridge", "no") != "no" else 0


def _polygons(shape: BaseGeometry) -> Iterator[shapely.Polygon]:
    yield from (part for part in _parts(shape) if isinstance(part, shapely.Polygon) and not part.is_empty)


def _lines(shape: BaseGeometry) -> Iterator[shapely.LineString]:
    yield from (part for part in _parts(shape) if isinstance(part, shapely.LineString) and part.length > 1)


def _parts(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    return shapely.get_parts(shape) if hasattr(shape, "geoms") else (shape,)
