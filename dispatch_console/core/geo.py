"""Shapes and distances on the globe: checks outlines, draws circles, measures. Knows no database."""

import math
import re
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

EARTH_RADIUS_METRES = 6_371_008.8
MAX_VERTICES = 5_000
MAX_RADIUS_METRES = 200_000
MIN_AREA_SQUARE_METRES = 1.0
CIRCLE_CORNERS = 96
NEAR_METRES, FAR_METRES = 200_000, 500_000
DECIMALS = 7  # about a centimetre

Position = tuple[float, float]


class ShapeFault(Exception):
    """An outline that cannot be a zone: a sentence for the person who drew it, and where the fault is."""

    def __init__(self, message: str, *, latitude: float | None = None, longitude: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.latitude = latitude
        self.longitude = longitude


# Distances


def haversine_metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance as the crow flies, in metres."""
    first, second = math.radians(latitude), math.radians(other_latitude)
    half = (
        math.sin((second - first) / 2) ** 2
        + math.cos(first) * math.cos(second) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_METRES * math.asin(min(1.0, math.sqrt(half)))


def square_metres(geometry: BaseGeometry) -> float:
    """The area, exact enough to say which of two zones is the smaller one."""
    if geometry.is_empty:
        return 0.0
    metres_per_degree = math.radians(1) * EARTH_RADIUS_METRES
    return float(geometry.area) * metres_per_degree**2 * math.cos(math.radians(geometry.centroid.y))


# Circles and rectangles


def circle(latitude: float, longitude: float, radius_metres: float) -> dict[str, Any]:
    """The polygon that stands for a circle."""
    _check_position([longitude, latitude], "The centre")
    if not _is_number(radius_metres) or not 0 < radius_metres <= MAX_RADIUS_METRES:
        raise ShapeFault(f"The radius must be more than 0 and at most {MAX_RADIUS_METRES // 1000} km.")
    angle = radius_metres / EARTH_RADIUS_METRES
    middle = math.radians(latitude)
    ring = []
    for corner in range(CIRCLE_CORNERS):
        bearing = -2 * math.pi * corner / CIRCLE_CORNERS  # anticlockwise, as GeoJSON wants it
        sine = math.sin(middle) * math.cos(angle) + math.cos(middle) * math.sin(angle) * math.cos(bearing)
        east = math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(middle), math.cos(angle) - math.sin(middle) * sine
        )
        ring.append([longitude + math.degrees(east), math.degrees(math.asin(max(-1.0, min(1.0, sine))))])
    if math.pi / 2 - abs(middle) <= angle or any(abs(corner[0]) > 180 for corner in ring):
        raise ShapeFault(
            "The circle reaches over a pole or the date line. Make it smaller.", latitude=latitude, longitude=longitude
        )
    return check_outline({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def rectangle(south: float, west: float, north: float, east: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return check_outline({"type": "Polygon", "coordinates": [ring]})


def is_rectangle(outline: dict[str, Any]) -> bool:
    """Whether a checked outline is a single rectangle along the grid of the map."""
    geometry = shape(outline)
    return outline["type"] == "Polygon" and bool(shapely.equals(geometry, geometry.envelope))


# Outlines


def check_outline(content: Any) -> dict[str, Any]:
    """A clean GeoJSON Polygon or MultiPolygon from what somebody drew or sent, or `ShapeFault`.

    Rings come back in GeoJSON's order (outer anticlockwise, holes clockwise), without altitudes or doubled corners.
    """
    polygons = _polygons(content)
    _check_size(polygons)
    geometry = shape({"type": "MultiPolygon", "coordinates": polygons})
    _check_validity(geometry)
    _check_span(geometry)
    if square_metres(geometry) < MIN_AREA_SQUARE_METRES:
        raise _fault_at(geometry, "The outline encloses almost no area near {place}. Draw it larger.")
    tidy = shapely.remove_repeated_points(shapely.orient_polygons(geometry, exterior_cw=False))
    parts = [_lists(part) for part in mapping(tidy)["coordinates"]]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def looks_swapped(outline: dict[str, Any], *, near: Position) -> bool:
    """Whether an outline lies far from where it should (longitude, latitude), but close by with its axes exchanged."""
    middle, (longitude, latitude) = shape(outline).centroid, near
    if abs(middle.x) > 90:
        return False
    as_given = haversine_metres(middle.y, middle.x, latitude, longitude)
    exchanged = haversine_metres(middle.x, middle.y, latitude, longitude)
    return as_given > FAR_METRES and exchanged < NEAR_METRES


def _polygons(content: Any) -> list[list[list[Position]]]:
    """The coordinates of all polygons in one shape, every number checked."""
    if isinstance(content, dict) and content.get("type") == "Feature":
        content = content.get("geometry")
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise ShapeFault("Draw the zone on the map, or give it as a GeoJSON Polygon or MultiPolygon.")
    kind, coordinates = content["type"], content.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ShapeFault(f"A zone is a GeoJSON Polygon or MultiPolygon, not a {kind[:40]}.")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise ShapeFault("The outline is empty. Draw the zone on the map.")
    checked = []
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise ShapeFault("The outline is empty. Draw the zone on the map.")
        checked.append([_ring(ring, is_hole=index > 0) for index, ring in enumerate(polygon)])
    return checked


def _ring(ring: Any, *, is_hole: bool) -> list[Position]:
    name = "The hole" if is_hole else "The outline"
    if not isinstance(ring, list) or not ring:
        raise ShapeFault(f"{name} is empty. Draw the zone on the map.")
    if len(ring) > MAX_VERTICES + 1:
        raise _too_many(len(ring) - 1)
    positions = [_check_position(position, "A corner") for position in ring]
    if positions[0] != positions[-1]:
        first, last = place(positions[0][1], positions[0][0]), place(positions[-1][1], positions[-1][0])
        raise ShapeFault(
            f"{name} is not closed: it begins at {first} and ends at {last}. Its last corner must repeat the first.",
            latitude=positions[-1][1],
            longitude=positions[-1][0],
        )
    if len(set(positions)) < 3:
        raise ShapeFault(
            f"{name} needs at least three different corners.", latitude=positions[0][1], longitude=positions[0][0]
        )
    return positions


def _check_position(position: Any, name: str) -> Position:
    if not isinstance(position, list | tuple) or len(position) < 2 or not all(_is_number(part) for part in position):
        raise ShapeFault(f"{name} is not a pair of numbers: longitude, latitude.")
    longitude, latitude = float(position[0]), float(position[1])
    if not -90 <= latitude <= 90 and -90 <= longitude <= 90 and -180 <= latitude <= 180:
        raise ShapeFault(
            f"{name} has latitude {latitude:g}, which is off the map. It seems that latitude and longitude are "
            "swapped: GeoJSON wants longitude first.",
        )
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ShapeFault(f"{name} is off the map: latitude {latitude:g}, longitude {longitude:g}.")
    return round(longitude, DECIMALS), round(latitude, DECIMALS)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 and math.isfinite(value)


def _check_size(polygons: list[list[list[Position]]]) -> None:
    corners = sum(len(ring) - 1 for polygon in polygons for ring in polygon)
    if corners > MAX_VERTICES:
        raise _too_many(corners)


def _too_many(corners: int) -> ShapeFault:
    return ShapeFault(f"The outline has {corners:,} corners; {MAX_VERTICES:,} are allowed. Simplify it.")


# What GEOS says, and what a person can do with it.
REASONS = {
    "Self-intersection": "The outline crosses itself near {place}.",
    "Ring Self-intersection": "The outline touches itself near {place}. Move one of the two corners.",
    "Too few points in geometry component": "The outline needs at least three different corners, near {place}.",
    "Hole lies outside shell": "A hole lies outside its outline near {place}.",
    "Holes are nested": "A hole lies inside another hole near {place}.",
    "Nested shells": "One part of the zone lies inside another near {place}. Draw it as a hole, or leave it out.",
    "Interior is disconnected": "Holes cut the zone into pieces near {place}. Draw the pieces as parts of their own.",
}
REASON = re.compile(r"(?P<reason>[^\[]+)\[(?P<longitude>\S+) (?P<latitude>[^\s\]]+)")


def _check_validity(geometry: BaseGeometry) -> None:
    if geometry.convex_hull.geom_type != "Polygon":
        raise _fault_at(geometry, "The outline is a line near {place}: it encloses no area.")
    if geometry.is_valid:
        return
    match = REASON.match(explain_validity(geometry))
    if match is None:
        raise ShapeFault("The outline is not a valid shape. Draw it again.")
    sentence = REASONS.get(match["reason"].strip(), "The outline is not a valid shape near {place}.")
    if len(geometry.geoms) > 1 and all(part.is_valid for part in geometry.geoms) and "Nested" not in match["reason"]:
        sentence = "Two parts of the zone overlap near {place}. Join them into one, or move them apart."
    latitude, longitude = float(match["latitude"]), float(match["longitude"])
    raise ShapeFault(sentence.format(place=place(latitude, longitude)), latitude=latitude, longitude=longitude)


def _check_span(geometry: BaseGeometry) -> None:
    west, _, east, _ = geometry.bounds
    if east - west > 180:
        raise _fault_at(geometry, "The outline reaches around the globe near {place}. Split it at the date line.")


def _fault_at(geometry: BaseGeometry, sentence: str) -> ShapeFault:
    longitude, latitude = shapely.get_coordinates(geometry)[0]
    return ShapeFault(
        sentence.format(place=place(latitude, longitude)), latitude=float(latitude), longitude=float(longitude)
    )


def _lists(rings: Any) -> list[list[list[float]]]:
    return [[list(position) for position in ring] for ring in rings]


def place(latitude: float, longitude: float) -> str:
    """Coordinates as they stand in a sentence."""
    return f"{latitude:.4f}, {longitude:.4f}"
