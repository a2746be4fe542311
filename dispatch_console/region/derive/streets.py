"""Derives the street graph: crossings, the drivable pieces of street between them, and how fast one drives there."""

from collections import Counter
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dispatch_console.region.derive.basemap import oneway
from dispatch_console.region.derive.extract import Extract, Way

SPEEDS = {
    "primary": 52,
    "primary_link": 35,
    "secondary": 46,
    "secondary_link": 35,
    "tertiary": 40,
    "unclassified": 34,
    "residential": 27,
    "living_street": 14,
    "service": 14,
}
"""Kilometres per hour that a delivery driver keeps on average, lights and crossings included."""

SHARE_OF_LIMIT = 0.85
CLOSED = {"no", "private", "agricultural", "forestry"}
ACCESS_TAGS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""From the most particular to the most general: the first that is set decides."""


def document(extract: Extract) -> dict[str, Any]:
    """The graph as whole numbers: places in millionths of a degree, each edge with the points between its ends."""
    ways = [way for way in extract.ways if is_drivable(way)]
    uses = Counter(node for way in ways for node in (*way.nodes, way.nodes[0], way.nodes[-1]))
    places: dict[int, tuple[int, int]] = {}
    edges: list[tuple[int, int, int, int, list[tuple[int, int]]]] = []
    for way in ways:
        points = [(round(lat * 1e6), round(lng * 1e6)) for lng, lat in shapely.get_coordinates(way.shape)]
        nodes = list(way.nodes)
        direction = oneway(way)
        if direction < 0:
            points, nodes = points[::-1], nodes[::-1]
        start = 0
        for index in range(1, len(nodes)):
            if uses[nodes[index]] > 1:
                places[nodes[start]], places[nodes[index]] = points[start], points[index]
                edges.append((nodes[start], nodes[index], speed(way), abs(direction), points[start + 1 : index]))
                start = index
    return _compact(places, edges)


def is_drivable(way: Way) -> bool:
    """A street that a van may use; private drives and forest tracks are not."""
    if way.tags.get("highway") not in SPEEDS or way.tags.get("area") == "yes":
        return False
    return way.first(*ACCESS_TAGS) not in CLOSED


def speed(way: Way) -> int:
    """Kilometres per hour: by class, and never more than a share of the posted limit."""
    limit = way.tags.get("maxspeed", "")
    by_class = SPEEDS[way.tags["highway"]]
    return min(by_class, round(int(limit) * SHARE_OF_LIMIT)) if limit.isdigit() else by_class


def _compact(
    places: dict[int, tuple[int, int]], edges: list[tuple[int, int, int, int, list[tuple[int, int]]]]
) -> dict[str, Any]:
    """Only the largest part in which every place can be reached from every other, numbered from 0."""
    number = {node: index for index, node in enumerate(places)}
    pairs = [(number[start], number[end]) for start, end, *_ in edges]
    pairs += [(number[end], number[start]) for start, end, _, one_way, _ in edges if not one_way]
    rows, columns = np.array(pairs).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(places), len(places)))
    _, labels = connected_components(graph, directed=True, connection="strong")
    largest = int(np.argmax(np.bincount(labels)))
    kept = [node for node, index in number.items() if labels[index] == largest]
    new = {node: index for index, node in enumerate(kept)}
    return {
        "format": 1,
        "attribution": "© OpenStreetMap contributors",
        "nodes": [coordinate for node in kept for coordinate in places[node]],
        "edges": [
            [new[start], new[end], kmh, one_way, _steps(places[start], between)]
            for start, end, kmh, one_way, between in edges
            if start in new and end in new and start != end
        ],
    }


def _steps(start: tuple[int, int], between: list[tuple[int, int]]) -> list[int]:
    steps = []
    for lat, lng in between:
        steps += [lat - start[0], lng - start[1]]
        start = (lat, lng)
    return steps
