"""Derives the zones: the municipalities, and a few drawn by hand that overlap them."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from dispatch_console.region.derive.extract import Extract

UNTERLAND = ("Eschen", "Gamprin", "Mauren", "Ruggell", "Schellenberg")
"""The northern lowland: one wide zone over five municipalities, so that "the smallest zone wins" can be seen."""

VADUZ_CENTRE = {"latitude": 47.1393, "longitude": 9.5219, "radius": 600}
SCHAAN_INDUSTRY = {"south": 47.1668, "west": 9.5040, "north": 47.1815, "east": 9.5185}

COLOURS = {
    "Balzers": "#c2410c",
    "Eschen": "#0e7490",
    "Gamprin": "#7c3aed",
    "Mauren": "#be185d",
    "Planken": "#4d7c0f",
    "Ruggell": "#1d4ed8",
    "Schaan": "#047857",
    "Schellenberg": "#a16207",
    "Triesen": "#6d28d9",
    "Triesenberg": "#b91c1c",
    "Vaduz": "#2456e6",
}
TOLERANCE = 0.0002
"""Degrees, as coverage_simplify understands them: corners of triangles smaller than 20 by 20 metres are dropped."""


def document(extract: Extract) -> dict[str, Any]:
    """GeoJSON: one feature per zone, with its name, code, colour and how it was drawn."""
    borders = shapely.coverage_simplify([each.shape for each in extract.municipalities], TOLERANCE)
    features = [
        _feature(
            shape,
            name=municipality.tags["name"],
            code=municipality.tags["name"].upper(),
            colour=COLOURS[municipality.tags["name"]],
            shape_kind="polygon",
        )
        for municipality, shape in zip(extract.municipalities, borders, strict=True)
    ]
    by_name = dict(zip((each.tags["name"] for each in extract.municipalities), borders, strict=True))
    lowland = shapely.coverage_union_all([by_name[name] for name in UNTERLAND])
    features.append(_feature(lowland, name="Unterland", code="UNTERLAND", colour="#475569", shape_kind="polygon"))
    industry = shapely.box(*(SCHAAN_INDUSTRY[side] for side in ("west", "south", "east", "north")))
    features.append(
        _feature(industry, name="Schaan Industrie", code="SCHAAN-IND", colour="#b45309", shape_kind="rectangle")
    )
    centre = shapely.Point(VADUZ_CENTRE["longitude"], VADUZ_CENTRE["latitude"])
    circle = _feature(centre, name="Vaduz Zentrum", code="VADUZ-Z", colour="#9333ea", shape_kind="circle")
    circle["properties"]["radius"] = VADUZ_CENTRE["radius"]
    features.append(circle)
    return {"type": "FeatureCollection", "attribution": "© OpenStreetMap contributors", "features": features}


def _feature(shape: BaseGeometry, *, name: str, code: str, colour: str, shape_kind: str) -> dict[str, Any]:
    rounded = shapely.set_precision(shape, 1e-6)
    return {
        "type": "Feature",
        "properties": {"name": name, "code": code, "colour": colour, "shape": shape_kind},
        "geometry": shapely.geometry.mapping(rounded),
    }
