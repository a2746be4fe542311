"""Routes along the street graph."""

import itertools

import pytest

from dispatch_console.core.geo import haversine_metres
from dispatch_console.region.streets import StreetGraph

VADUZ, RUGGELL, MALBUN = (47.1393, 9.5228), (47.2398, 9.5263), (47.1023, 9.6098)


def test_a_route_starts_and_ends_at_the_streets_of_its_ends(graph: StreetGraph):
    route = graph.route(VADUZ, RUGGELL)
    assert haversine_metres(*route.points[0], *VADUZ) < 60
    assert haversine_metres(*route.points[-1], *RUGGELL) < 60


@pytest.mark.parametrize(
    ("end", "minutes", "kilometres"), [(RUGGELL, (12, 25), (11, 15)), (MALBUN, (14, 30), (11, 16))]
)
def test_a_route_takes_about_as_long_as_in_the_real_world(graph: StreetGraph, end, minutes, kilometres):
    route = graph.route(VADUZ, end)
    assert minutes[0] < route.duration / 60 < minutes[1]
    assert kilometres[0] < route.meters / 1000 < kilometres[1]


def test_time_never_runs_backwards_and_no_step_is_faster_than_a_street_allows(graph: StreetGraph):
    route = graph.route(VADUZ, MALBUN)
    steps = itertools.pairwise(zip(route.points, route.seconds, strict=True))
    for (start, before), (end, after) in steps:
        assert after > before
        assert haversine_metres(*start, *end) / (after - before) < 60 / 3.6


def test_a_one_way_street_is_not_driven_against_its_direction(graph: StreetGraph):
    number = next(n for n, edge in enumerate(graph.edges) if edge[3] and graph.lengths[n] > 40)
    spot = type(graph.nearest(VADUZ))
    with_it = graph.route_between(spot(number, 0.2), spot(number, 0.8))
    against = graph.route_between(spot(number, 0.8), spot(number, 0.2))
    assert with_it.meters == pytest.approx(graph.lengths[number] * 0.6, rel=0.02)
    assert against.meters > with_it.meters * 1.5


def test_a_route_from_a_place_to_itself_is_one_point(graph: StreetGraph):
    route = graph.route(VADUZ, VADUZ)
    assert route.meters == 0
    assert route.duration == 0
    assert len(route.points) == 1
