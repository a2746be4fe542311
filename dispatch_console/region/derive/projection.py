"""Two flat views of the globe: the map's own pixels (Web Mercator) and metres around the region."""

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

BASEMAP_ZOOM = 18
"""One unit of the basemap is one pixel of a 256-pixel tile at this zoom: 0.4 m in central Europe."""

WORLD = 256 * 2**BASEMAP_ZOOM
METERS_PER_DEGREE = 111_195.0


def to_map_units(shape: BaseGeometry) -> BaseGeometry:
    """Longitude and latitude to basemap units, y growing southward as on a screen."""
    return shapely.transform(shape, _mercator)


def to_meters(shape: BaseGeometry, *, latitude: float) -> BaseGeometry:
    """Longitude and latitude to metres, true within a few metres for a region of this size."""
    scale = np.array([METERS_PER_DEGREE * math.cos(math.radians(latitude)), METERS_PER_DEGREE])
    return shapely.transform(shape, lambda coordinates: coordinates * scale)


def to_degrees(shape: BaseGeometry, *, latitude: float) -> BaseGeometry:
    """The way back from `to_meters`."""
    scale = np.array([METERS_PER_DEGREE * math.cos(math.radians(latitude)), METERS_PER_DEGREE])
    return shapely.transform(shape, lambda coordinates: coordinates / scale)


def _mercator(coordinates: np.ndarray) -> np.ndarray:
    longitude, latitude = coordinates[:, 0], np.radians(coordinates[:, 1])
    x = (longitude + 180.0) / 360.0 * WORLD
    y = (1.0 - np.log(np.tan(latitude) + 1.0 / np.cos(latitude)) / math.pi) / 2.0 * WORLD
    return np.column_stack((x, y))
