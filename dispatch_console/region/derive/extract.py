"""Reads the OpenStreetMap extract once and keeps what lies in the country, as shapely geometries with their tags."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely.geometry.base import BaseGeometry

LOOK_AROUND = 0.004
"""Degrees kept beyond the border, so that streets do not stop in the middle of a bridge over the Rhine."""


@dataclass(frozen=True)
class Feature:
    """One thing on the map: its OpenStreetMap id, tags and shape."""

    id: int
    tags: dict[str, str]
    shape: BaseGeometry

    def first(self, *keys: str) -> str:
        """The first of the tags that is set, else an empty text."""
        return next((self.tags[key] for key in keys if self.tags.get(key)), "")


@dataclass(frozen=True)
class Way(Feature):
    """A line with the ids of its nodes: where two ways share one, a street crosses another."""

    nodes: tuple[int, ...] = ()


@dataclass
class Extract:
    """All features of the country, in the order of the file."""

    country: BaseGeometry = field(default_factory=shapely.Polygon)
    municipalities: list[Feature] = field(default_factory=list)
    points: list[Feature] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    areas: list[Feature] = field(default_factory=list)

    def municipality_of(self, point: BaseGeometry) -> str:
        """The municipality that a point lies in, else an empty text."""
        return next((each.tags["name"] for each in self.municipalities if each.shape.contains(point)), "")


def read(path: Path, *, country: str) -> Extract:
    """Read the extract; `country` is the name of the boundary of level 2 that everything is cut to."""
    everything = _read_all(path)
    boundaries = [each for each in everything.areas if each.tags.get("boundary") == "administrative"]
    everything.country = next(
        each.shape for each in boundaries if each.tags.get("admin_level") == "2" and each.tags.get("name") == country
    )
    inner = everything.country.buffer(-0.0005)
    everything.municipalities = sorted(
        (
            each
            for each in boundaries
            if each.tags.get("admin_level") == "8" and each.tags.get("name") and inner.intersects(each.shape)
        ),
        key=lambda each: each.tags["name"],
    )
    around = everything.country.buffer(LOOK_AROUND)
    shapely.prepare(around)
    everything.points = [each for each in everything.points if around.contains(each.shape)]
    everything.ways = [each for each in everything.ways if around.intersects(each.shape)]
    everything.areas = [
        each for each in everything.areas if each.tags.get("boundary") is None and around.intersects(each.shape)
    ]
    return everything


def _read_all(path: Path) -> Extract:
    found = Extract()
    factory = osmium.geom.WKBFactory()
    item: Any
    for item in osmium.FileProcessor(str(path)).with_areas().with_filter(osmium.filter.EmptyTagFilter()):
        tags = {tag.k: tag.v for tag in item.tags}
        if item.is_node():
            found.points.append(Feature(item.id, tags, shapely.Point(item.lon, item.lat)))
        elif item.is_way():
            placed = [node for node in item.nodes if node.location.valid()]
            if len(placed) > 1:
                line = shapely.LineString([(node.lon, node.lat) for node in placed])
                found.ways.append(Way(item.id, tags, line, nodes=tuple(node.ref for node in placed)))
        elif item.is_area():
            shape = shapely.from_wkb(factory.create_multipolygon(item))
            found.areas.append(Feature(item.id, tags, shape if shape.is_valid else shapely.make_valid(shape)))
    return found
