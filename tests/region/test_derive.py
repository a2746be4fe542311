"""The derived data is what the extract gives, and holds together."""

import json

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import connected_components
from shapely.geometry import shape

from dispatch_console.core import geo
from dispatch_console.region.streets import StreetGraph
from tests.region.conftest import REGION, read_document

MUNICIPALITIES = {
    "Balzers",
    "Eschen",
    "Gamprin",
    "Mauren",
    "Planken",
    "Ruggell",
    "Schaan",
    "Schellenberg",
    "Triesen",
    "Triesenberg",
    "Vaduz",
}


@pytest.mark.parametrize(
    "name", ["static/region/basemap.json", "data/addresses.json.gz", "data/streets.json.gz", "data/zones.geojson"]
)
def test_deriving_again_gives_the_committed_data(name, source):
    from dispatch_console.region.derive.__main__ import DOCUMENTS

    assert json.loads(json.dumps(DOCUMENTS[name](source))) == read_document(name)


@pytest.fixture(scope="module")
def source():
    pytest.importorskip("osmium")
    from dispatch_console.region.derive import extract
    from dispatch_console.region.derive.__main__ import COUNTRY, SOURCE

    return extract.read(SOURCE, country=COUNTRY)


def test_the_zones_are_the_municipalities_and_some_that_overlap_them():
    zones = read_document("data/zones.geojson")["features"]
    names = {zone["properties"]["name"] for zone in zones}
    assert names >= MUNICIPALITIES
    assert {zone["properties"]["shape"] for zone in zones} == {"polygon", "rectangle", "circle"}
    assert len({zone["properties"]["code"] for zone in zones}) == len(zones)


def test_every_zone_passes_the_check_of_the_zone_editor():
    for zone in read_document("data/zones.geojson")["features"]:
        if zone["properties"]["shape"] == "circle":
            longitude, latitude = zone["geometry"]["coordinates"]
            outline = geo.circle(latitude, longitude, zone["properties"]["radius"])
        else:
            outline = geo.check_outline(zone["geometry"])
        assert geo.is_rectangle(outline) == (zone["properties"]["shape"] == "rectangle")


def test_the_municipalities_cover_the_country_without_overlapping():
    shapes = [
        shape(zone["geometry"])
        for zone in read_document("data/zones.geojson")["features"]
        if zone["properties"]["name"] in MUNICIPALITIES
    ]
    whole = shapely.union_all(shapes)
    assert sum(map(geo.square_metres, shapes)) == pytest.approx(geo.square_metres(whole), rel=0.002)
    assert geo.square_metres(whole) == pytest.approx(160e6, rel=0.02)


def test_every_street_can_be_reached_from_every_other(graph: StreetGraph):
    count, _ = connected_components(graph.graph, directed=True, connection="strong")
    assert count == 1
    assert graph.lengths.sum() > 350_000


def test_almost_every_address_lies_near_a_street_that_can_be_driven(graph: StreetGraph):
    houses = np.array([house[2:4] for house in read_document("data/addresses.json.gz")["houses"]]) / 1e6
    sample = houses[::20]
    far = [place for place in sample if _meters(place, graph.at(graph.nearest(tuple(place)))) > 150]
    assert len(far) < len(sample) * 0.03


def test_the_basemap_says_whose_data_it_is_and_refers_only_to_what_it_holds():
    basemap = read_document("static/region/basemap.json")
    assert basemap["attribution"] == "© OpenStreetMap contributors"
    names, classes = len(basemap["names"]), len(basemap["roadClasses"])
    assert all(road[0] < classes and road[3] < names and len(road[4]) % 2 == 0 for road in basemap["roads"])
    assert all(label[2] < names for label in basemap["labels"])
    assert len(basemap["areas"]["building"]) > 8_000
    assert {basemap["names"][label[2]] for label in basemap["labels"] if label[0] == "place"} >= MUNICIPALITIES


def test_the_notice_names_the_licence_and_the_script():
    notice = (REGION / "data" / "NOTICE.md").read_text(encoding="utf-8")
    assert "Open Database License" in notice
    assert "python -m dispatch_console.region.derive" in notice


def _meters(one, other) -> float:
    return geo.haversine_metres(one[0], one[1], other[0], other[1])
