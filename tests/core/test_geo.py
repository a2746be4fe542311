"""Outlines: what is drawn is checked, the fault has a place, and circles are round."""

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import MultiPoint, Point, mapping, shape

from dispatch_console.core import geo


def polygon(*rings: list[tuple[float, float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in ring] for ring in rings]}


SQUARE = [(9.0, 47.0), (9.2, 47.0), (9.2, 47.2), (9.0, 47.2), (9.0, 47.0)]
HOLE = [(9.05, 47.05), (9.05, 47.1), (9.1, 47.1), (9.1, 47.05), (9.05, 47.05)]
FAR_HOLE = [(10.0, 47.0), (10.1, 47.0), (10.1, 47.1), (10.0, 47.0)]
BOW_TIE = [(9.0, 47.0), (9.2, 47.2), (9.2, 47.0), (9.0, 47.2), (9.0, 47.0)]
OVERLAPPING = [(9.1, 47.1), (9.3, 47.1), (9.3, 47.3), (9.1, 47.3), (9.1, 47.1)]
DEEP: Any = [9.0, 47.0]
for _ in range(200):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Draw the zone on the map"),
        ("POLYGON((0 0, 1 1))", "Draw the zone on the map"),
        ([], "Draw the zone on the map"),
        ({"type": 5}, "Draw the zone on the map"),
        ({"type": "Feature"}, "Draw the zone on the map"),
        ({"type": "LineString", "coordinates": [[9, 47], [9, 48]]}, "not a LineString"),
        ({"type": "%s%(x)d", "coordinates": []}, "not a %s%(x)d"),
        ({"type": "Polygon"}, "empty"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[]]}, "empty"),
        ({"type": "Polygon", "coordinates": "9,47"}, "empty"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "empty"),
        ({"type": "MultiPolygon", "coordinates": [[list(corner) for corner in SQUARE]]}, "not a pair of numbers"),
        ({"type": "Polygon", "coordinates": DEEP}, "not a pair of numbers"),
        (polygon([(9, 47), (9, "48"), (10, 48), (9, 47)]), "not a pair of numbers"),  # type: ignore[list-item]
        (polygon([(9, 47), (9, math.nan), (10, 48), (9, 47)]), "not a pair of numbers"),
        (polygon([(9, 47), (math.inf, 48), (10, 48), (9, 47)]), "not a pair of numbers"),
        (polygon([(9, 47), (10**400, 48), (10, 48), (9, 47)]), "not a pair of numbers"),
        (polygon([(9, 47), (True, 48), (10, 48), (9, 47)]), "not a pair of numbers"),
        (polygon([(9, 47), (181, 48), (10, 48), (9, 47)]), "off the map: latitude 48, longitude 181"),
        (polygon([(47.1, 109.5), (47.2, 109.5), (47.2, 109.6), (47.1, 109.5)]), "latitude and longitude are swapped"),
        (polygon(SQUARE[:-1]), "not closed: it begins at 47.0000, 9.0000 and ends at 47.2000, 9.0000"),
        (polygon([(9, 47), (9.1, 47), (9, 47)]), "at least three different corners"),
        (polygon([(9, 47), (9.1, 47.1), (9.2, 47.2), (9, 47)]), "is a line"),
        (polygon([(9, 47), (9.000001, 47), (9.000001, 47.000001), (9, 47)]), "encloses almost no area"),
        (polygon(BOW_TIE), "The outline crosses itself near 47.1000, 9.1000."),
        (polygon(SQUARE, FAR_HOLE), "A hole lies outside its outline near 47.0000, 10.0000."),
        (polygon(SQUARE, HOLE, [(9.06, 47.06), (9.06, 47.07), (9.07, 47.07), (9.06, 47.06)]), "inside another hole"),
        (polygon([(-170, 1), (170, 1), (170, 2), (-170, 1)]), "Split it at the date line"),
        (
            {
                "type": "MultiPolygon",
                "coordinates": [polygon(SQUARE)["coordinates"], polygon(OVERLAPPING)["coordinates"]],
            },
            "Two parts of the zone overlap near 47.2000, 9.1000.",
        ),
        (
            {"type": "MultiPolygon", "coordinates": [polygon(SQUARE)["coordinates"], polygon(HOLE)["coordinates"]]},
            "lies inside another",
        ),
    ],
)
def test_a_shape_that_cannot_be_a_zone_is_refused_with_a_reason(content, sentence):
    with pytest.raises(geo.ShapeFault) as refusal:
        geo.check_outline(content)
    assert sentence in refusal.value.message


def test_a_crossing_is_given_with_its_coordinates():
    with pytest.raises(geo.ShapeFault) as refusal:
        geo.check_outline(polygon(BOW_TIE))
    assert (refusal.value.latitude, refusal.value.longitude) == pytest.approx((47.1, 9.1))


def test_an_outline_with_too_many_corners_is_refused():
    corners = geo.MAX_VERTICES + 1
    ring = [(9 + math.cos(step / corners * 6.28), 47 + math.sin(step / corners * 6.28)) for step in range(corners)]
    with pytest.raises(geo.ShapeFault, match="5,001 corners; 5,000 are allowed"):
        geo.check_outline(polygon([*ring, ring[0]]))


def test_holes_and_parts_are_kept_and_rings_turned_as_geojson_wants_them():
    clockwise = polygon(SQUARE[::-1], HOLE[::-1])
    outline = geo.check_outline(clockwise)
    assert outline["type"] == "Polygon"
    outer, hole = shape(outline).exterior, shape(outline).interiors[0]
    assert outer.is_ccw
    assert not hole.is_ccw
    assert shape(outline).equals(shape(clockwise))


def test_a_feature_is_accepted_and_its_altitudes_are_dropped():
    ring = [[longitude, latitude, 455.0] for longitude, latitude in SQUARE]
    feature = {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    assert geo.check_outline(feature) == geo.check_outline(polygon(SQUARE))


def test_a_multipolygon_of_one_part_becomes_a_polygon():
    single = {"type": "MultiPolygon", "coordinates": [polygon(SQUARE)["coordinates"]]}
    assert geo.check_outline(single) == geo.check_outline(polygon(SQUARE))


def fault_of(content: Any) -> str:
    """The sentence of refusal; nothing where the outline is accepted, which then is a valid shape."""
    try:
        outline = geo.check_outline(content)
    except geo.ShapeFault as fault:
        return fault.message
    assert shape(outline).is_valid
    return ""


@given(corners=st.lists(st.tuples(st.integers(-89_000, 89_000), st.integers(-85_000, 85_000)), min_size=3, max_size=30))
def test_every_hull_is_accepted_and_stays_the_same_when_checked_again(corners):
    hull = MultiPoint([(longitude / 1000, latitude / 1000) for longitude, latitude in corners]).convex_hull
    assume(hull.geom_type == "Polygon")
    outline = geo.check_outline(polygon(*mapping(hull)["coordinates"]))
    assert geo.check_outline(outline) == outline
    assert shape(outline).normalize() == hull.normalize()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=30,
)


@given(kind=st.sampled_from(["Polygon", "MultiPolygon", "Feature", "", "Point"]), coordinates=JSON, geometry=JSON)
def test_no_content_whatever_makes_it_fail_in_another_way(kind, coordinates, geometry):
    assert fault_of(coordinates)
    fault_of({"type": kind, "coordinates": coordinates, "geometry": geometry})


@given(ring=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=10))
def test_a_scribble_is_either_a_valid_shape_or_refused_with_a_sentence(ring):
    corners = [(9 + column / 100, 47 + row / 100) for column, row in ring]
    fault = fault_of(polygon([*corners, corners[0]]))
    assert fault == "" or fault.endswith(".")


@given(
    latitude=st.floats(-80, 80), longitude=st.floats(-170, 170), radius=st.floats(5, 50_000), bearing=st.floats(0, 360)
)
def test_a_circle_holds_what_is_nearer_than_its_radius_and_nothing_else(latitude, longitude, radius, bearing):
    outline = shape(geo.circle(latitude, longitude, radius))
    for factor, is_inside in ((0.95, True), (1.05, False)):
        north = factor * radius * math.cos(math.radians(bearing)) / 111_195
        east = factor * radius * math.sin(math.radians(bearing)) / 111_195 / math.cos(math.radians(latitude))
        point = Point(longitude + east, latitude + north)
        distance = geo.haversine_metres(latitude, longitude, point.y, point.x)
        if abs(distance / radius - 1) > 0.02:
            assert outline.contains(point) is (distance < radius), (is_inside, distance)


@pytest.mark.parametrize("radius", [0, -5, math.nan, math.inf, 200_001, None, True, "100"])
def test_a_circle_needs_a_sensible_radius(radius):
    with pytest.raises(geo.ShapeFault, match="radius must be more than 0 and at most 200 km"):
        geo.circle(47, 9, radius)


@pytest.mark.parametrize(("latitude", "longitude"), [(89.99, 9), (-89.99, 9), (0, 179.99), (0, -179.99)])
def test_a_circle_over_a_pole_or_the_date_line_is_refused(latitude, longitude):
    with pytest.raises(geo.ShapeFault, match="a pole or the date line"):
        geo.circle(latitude, longitude, 5000)


def test_a_rectangle_is_known_from_other_outlines():
    assert geo.is_rectangle(geo.rectangle(47.0, 9.0, 47.1, 9.2))
    assert not geo.is_rectangle(geo.circle(47.0, 9.0, 500))
    assert not geo.is_rectangle(geo.check_outline(polygon(SQUARE, HOLE)))
    assert not geo.is_rectangle(geo.check_outline(polygon([(9.1, 47), (9.2, 47.1), (9.1, 47.2), (9, 47.1), (9.1, 47)])))


def test_exchanged_axes_are_noticed_only_where_the_exchange_explains_the_place():
    swapped = geo.check_outline(polygon([(47.1, 9.5), (47.2, 9.5), (47.2, 9.6), (47.1, 9.5)]))
    right = geo.check_outline(polygon([(9.5, 47.1), (9.6, 47.1), (9.6, 47.2), (9.5, 47.1)]))
    far = geo.check_outline(polygon([(70.0, 20.0), (70.1, 20.0), (70.1, 20.1), (70.0, 20.0)]))
    assert geo.looks_swapped(swapped, near=(9.53, 47.1))
    assert not geo.looks_swapped(right, near=(9.53, 47.1))
    assert not geo.looks_swapped(far, near=(9.53, 47.1))


@pytest.mark.parametrize(
    ("start", "end", "kilometres"),
    [
        ((47.1393, 9.5228), (47.1393, 9.5228), 0),
        ((47.1393, 9.5228), (47.3769, 8.5417), 78.7),
        ((0, 0), (0, 180), 20_015.1),
        ((51.5, -0.13), (40.71, -74.01), 5_570),
    ],
)
def test_distances_are_those_of_the_globe(start, end, kilometres):
    assert geo.haversine_metres(*start, *end) / 1000 == pytest.approx(kilometres, rel=0.005)


def test_areas_of_zones_compare_as_on_the_ground():
    kilometre_at_the_equator = geo.rectangle(0, 0, 0.008993, 0.008993)
    kilometre_in_the_north = geo.rectangle(60, 0, 60.008993, 0.017986)
    assert geo.square_metres(shape(kilometre_at_the_equator)) == pytest.approx(1e6, rel=0.01)
    assert geo.square_metres(shape(kilometre_in_the_north)) == pytest.approx(1e6, rel=0.01)
