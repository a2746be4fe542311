"""Zones: which ones a point lies in, and that a change is seen at once."""

import random

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from shapely.geometry import Point, shape

from dispatch_console.core import geo, places
from dispatch_console.core.models import Zone
from tests.factories import make_tenant, make_warehouse, make_zone, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_tenant()


@pytest.fixture
def country(tenant):
    return make_zone(tenant, square(9.4, 47.0, 9.7, 47.3), code="COUNTRY")


@pytest.fixture
def town(tenant, country):
    hub = make_warehouse(tenant)
    return make_zone(tenant, square(9.5, 47.1, 9.55, 47.15), code="TOWN", hub_warehouse=hub)


def codes_at(tenant, latitude, longitude):
    return [hit.code for hit in places.zones_at(tenant.pk, latitude, longitude)]


def test_every_zone_at_a_point_is_found_the_smallest_first(tenant, country, town):
    assert codes_at(tenant, 47.12, 9.52) == ["TOWN", "COUNTRY"]
    assert codes_at(tenant, 47.2, 9.52) == ["COUNTRY"]
    assert codes_at(tenant, 46.0, 9.52) == []


def test_the_edge_belongs_to_the_zone(tenant, town):
    assert "TOWN" in codes_at(tenant, 47.1, 9.52)


def test_a_hole_does_not_belong_to_the_zone(tenant):
    ring, hole = square(9.4, 47.0, 9.7, 47.3)["coordinates"][0], square(9.5, 47.1, 9.6, 47.2)["coordinates"][0]
    make_zone(tenant, {"type": "Polygon", "coordinates": [ring, hole]}, code="RING")
    assert codes_at(tenant, 47.05, 9.45) == ["RING"]
    assert codes_at(tenant, 47.15, 9.55) == []


def test_both_parts_of_a_divided_zone_are_found(tenant):
    parts = [square(9.0, 47.0, 9.1, 47.1)["coordinates"], square(9.5, 47.0, 9.6, 47.1)["coordinates"]]
    make_zone(tenant, {"type": "MultiPolygon", "coordinates": parts}, code="TWO")
    assert codes_at(tenant, 47.05, 9.05) == codes_at(tenant, 47.05, 9.55) == ["TWO"]
    assert codes_at(tenant, 47.05, 9.3) == []


def test_a_hit_tells_the_hub_and_the_switches(tenant, town):
    hit = places.zones_at(tenant.pk, 47.12, 9.52)[0]
    assert hit.id == town.pk
    assert hit.hub_warehouse_id == town.hub_warehouse_id
    assert hit.allows("inbound")
    assert hit.allows("outbound")


def test_the_smallest_zone_open_in_the_direction_wins(tenant, country, town):
    assert places.zone_for(tenant.pk, 47.12, 9.52, direction="inbound") == town.pk
    Zone.objects.filter(pk=town.pk).update(allows_inbound=False)
    assert places.zone_for(tenant.pk, 47.12, 9.52, direction="inbound") == country.pk
    assert places.zone_for(tenant.pk, 47.12, 9.52, direction="outbound") == town.pk
    Zone.objects.update(allows_outbound=False)
    assert places.zone_for(tenant.pk, 47.12, 9.52, direction="outbound") is None


def test_zones_of_other_tenants_do_not_exist(tenant, town):
    assert codes_at(make_tenant(), 47.12, 9.52) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda zone: zone.delete(),
        lambda zone: Zone.objects.filter(pk=zone.pk).update(is_active=False),
        lambda zone: Zone.objects.filter(pk=zone.pk).update(geometry=square(1, 1, 2, 2)),
        lambda zone: connection.cursor().execute("UPDATE core_zone SET is_active = false WHERE id = %s", [zone.pk]),
    ],
    ids=["delete", "switch off", "move in bulk", "plain sql"],
)
def test_a_change_is_seen_by_the_next_question(tenant, country, town, change):
    assert codes_at(tenant, 47.12, 9.52) == ["TOWN", "COUNTRY"]
    change(town)
    assert codes_at(tenant, 47.12, 9.52) == ["COUNTRY"]


def test_a_new_zone_is_seen_by_the_next_question(tenant, country):
    assert codes_at(tenant, 47.12, 9.52) == ["COUNTRY"]
    make_zone(tenant, square(9.51, 47.11, 9.53, 47.13), code="NEW")
    assert codes_at(tenant, 47.12, 9.52) == ["NEW", "COUNTRY"]


def test_the_index_is_built_once_and_a_question_costs_one_query(tenant, country, django_assert_num_queries):
    first = places.zone_index(tenant.pk)
    with django_assert_num_queries(1):
        assert codes_at(tenant, 47.12, 9.52) == ["COUNTRY"]
    assert places.zone_index(tenant.pk) is first


def test_one_broken_outline_does_not_close_the_other_zones(tenant, country):
    make_zone(tenant, {"type": "Polygon", "coordinates": "nonsense"}, code="BROKEN")
    make_zone(tenant, {"type": "Polygon"}, code="EMPTY")
    assert codes_at(tenant, 47.12, 9.52) == ["COUNTRY"]


def test_only_the_latest_indexes_are_kept(tenant, country, monkeypatch):
    monkeypatch.setattr(places, "KEPT_INDEXES", 2)
    first = places.zone_index(tenant.pk)
    for _ in range(2):
        places.zone_index(make_tenant().pk)
    assert places.zone_index(tenant.pk) is not first


def test_the_index_answers_as_a_look_at_every_zone_would(tenant):
    chance = random.Random(7)
    zones = []
    for number in range(60):
        latitude, longitude = chance.uniform(47, 47.3), chance.uniform(9.4, 9.7)
        outline = geo.circle(latitude, longitude, chance.uniform(300, 6000))
        zones.append(make_zone(tenant, outline, code=f"C{number}"))
    index = places.zone_index(tenant.pk)
    shapes = {zone.code: shape(zone.geometry) for zone in zones}
    for _ in range(300):
        latitude, longitude = chance.uniform(47, 47.3), chance.uniform(9.4, 9.7)
        by_hand = {code for code, outline in shapes.items() if outline.intersects(Point(longitude, latitude))}
        found = index.at(latitude, longitude)
        assert {hit.code for hit in found} == by_hand
        areas = [hit.square_metres for hit in found]
        assert areas == sorted(areas)


def test_a_circle_is_drawn_from_its_centre_and_radius(tenant):
    zone = Zone(
        tenant=tenant,
        name="Round",
        code="R",
        shape="circle",
        centre_latitude=47.1,
        centre_longitude=9.5,
        radius_metres=800,
    )
    zone.geometry = None
    zone.clean()
    zone.save()
    assert codes_at(tenant, 47.1071, 9.5) == ["R"]
    assert codes_at(tenant, 47.1073, 9.5) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"shape": "circle"}, "A circle needs its centre and its radius."),
        ({"shape": "circle", "centre_latitude": 47, "centre_longitude": 9, "radius_metres": 0}, "The radius must be"),
        ({"shape": "rectangle", "geometry": geo.circle(47.1, 9.5, 500)}, "This is not a rectangle."),
        ({"geometry": square(47.1, 9.5, 47.2, 9.6)}, "latitude and longitude are swapped"),
        ({"geometry": {"type": "Point", "coordinates": [9, 47]}}, "not a Point"),
    ],
)
def test_a_zone_says_at_its_outline_what_is_wrong(tenant, fields, sentence):
    zone = Zone(**{"tenant": tenant, "name": "Zone", "code": "Z", **fields})
    with pytest.raises(ValidationError) as refusal:
        zone.clean()
    assert sentence in refusal.value.message_dict["geometry"][0]


def test_a_zone_that_is_no_circle_forgets_its_radius(tenant):
    zone = Zone(tenant=tenant, name="Zone", code="Z", geometry=square(9.4, 47, 9.6, 47.2), radius_metres=500)
    zone.clean()
    assert zone.radius_metres is None
