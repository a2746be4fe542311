"""Zones, warehouses, drivers and services in the admin: what is refused, where it says so, and what is kept."""

import json

import pytest
from django.urls import reverse

from dispatch_console.core import places
from dispatch_console.core.models import Event, Warehouse, Zone
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver, DriverStatus
from orders.models import DeliveryService
from tests.factories import (
    make_driver,
    make_member,
    make_tenant,
    make_user,
    make_vehicle,
    make_warehouse,
    make_zone,
    square,
)
from tests.forms import form_values

pytestmark = pytest.mark.django_db

ADD_ZONE = reverse("admin:core_zone_add")
OUTLINE = json.dumps(square(9.5, 47.1, 9.55, 47.15))
BOW_TIE = '{"type":"Polygon","coordinates":[[[9.5,47.1],[9.6,47.2],[9.6,47.1],[9.5,47.2],[9.5,47.1]]]}'


@pytest.fixture
def tenant():
    return make_tenant()


@pytest.fixture(autouse=True)
def tina(client, tenant):
    """The tenant admin, signed in."""
    member = make_member(tenant, RoleKind.TENANT_ADMIN, user=make_user(first_name="Tina"))
    client.force_login(member.user)
    return member


def zone_values(**over):
    return {
        "name": "Vaduz", "code": "VAD", "colour": "#2456e6", "shape": "polygon", "geometry": OUTLINE,
        "is_active": "on", "allows_inbound": "on", "allows_outbound": "on", **over,
    }  # fmt: skip


def errors(response):
    assert response.status_code == 200
    return response.context["adminform"].form.errors


# Zones


def test_a_polygon_becomes_a_zone_that_finds_its_points(client, tenant):
    assert client.post(ADD_ZONE, zone_values()).status_code == 302
    zone = Zone.objects.get()
    assert zone.tenant == tenant
    assert places.zone_for(tenant.pk, 47.12, 9.52, direction="inbound") == zone.pk


def test_a_circle_is_kept_with_its_centre_and_radius(client, tenant):
    circle = {"shape": "circle", "centre_latitude": "47.1", "centre_longitude": "9.5", "radius_metres": "750"}
    assert client.post(ADD_ZONE, zone_values(geometry="", **circle)).status_code == 302
    zone = Zone.objects.get()
    assert (zone.centre_latitude, zone.centre_longitude, zone.radius_metres) == (47.1, 9.5, 750)
    assert zone.geometry["type"] == "Polygon"
    assert places.zone_for(tenant.pk, 47.106, 9.5, direction="outbound") == zone.pk


def test_a_rectangle_is_kept_as_one(client):
    assert client.post(ADD_ZONE, zone_values(shape="rectangle")).status_code == 302
    assert Zone.objects.get().shape == "rectangle"


def test_the_zone_of_another_company_is_no_neighbour_on_the_map(client, tenant):
    make_zone(tenant, name="Near", code="NEAR")
    make_zone(make_tenant(), name="Secret", code="SECRET")
    page = client.get(ADD_ZONE).content.decode()
    assert "NEAR" in page
    assert "SECRET" not in page


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"geometry": ""}, "Draw the zone on the map"),
        ({"geometry": "{"}, "The outline is not valid JSON: Expecting property name"),
        ({"geometry": "[]"}, "Draw the zone on the map"),
        ({"geometry": "[" * 50_000}, "levels deep"),
        ({"geometry": "[" * 50_000 + "]" * 50_000}, "levels deep"),
        ({"geometry": OUTLINE.replace("47.1", "NaN")}, "NaN is not a JSON number"),
        ({"geometry": OUTLINE.replace("47.1", "1e999")}, "too large"),
        ({"geometry": BOW_TIE}, "The outline crosses itself near 47.1500, 9.5500."),
        ({"geometry": json.dumps(square(47.1, 9.5, 47.15, 9.55))}, "latitude and longitude are swapped"),
        ({"geometry": '{"type":"%s","coordinates":[]}'}, "not a %s"),
        ({"geometry": BOW_TIE, "shape": "rectangle"}, "crosses itself"),
        ({"shape": "circle", "geometry": ""}, "A circle needs its centre and its radius."),
        (
            {"shape": "circle", "centre_latitude": "47", "centre_longitude": "9", "radius_metres": "-5"},
            "The radius must be more than 0",
        ),
    ],
)
def test_a_broken_outline_is_refused_once_at_the_outline(client, over, sentence):
    found = errors(client.post(ADD_ZONE, zone_values(**over)))
    assert list(found) == ["geometry"]
    assert len(found["geometry"]) == 1
    assert sentence in found["geometry"][0]
    assert not Zone.objects.exists()


def test_a_broken_outline_stays_in_the_form_to_be_mended(client):
    page = client.post(ADD_ZONE, zone_values(geometry=BOW_TIE)).content.decode()
    assert json.loads(form_values(page, form_id="zone_form")["geometry"][0]) == json.loads(BOW_TIE)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "x" * 21}, "code"),
        ({"name": "a\x00b"}, "name"),
        ({"colour": "red"}, "colour"),
        ({"colour": "#12345g"}, "colour"),
        ({"shape": "star"}, "shape"),
        ({"density": "crowded"}, "density"),
        ({"hub_warehouse": "x"}, "hub_warehouse"),
        ({"shape": "circle", "radius_metres": "wide"}, "radius_metres"),
    ],
)
def test_other_nonsense_is_refused_at_its_field(client, over, field):
    assert field in errors(client.post(ADD_ZONE, zone_values(**over)))
    assert not Zone.objects.exists()


def test_a_code_is_used_once_per_company(client, tenant):
    make_zone(make_tenant(), code="VAD")
    assert client.post(ADD_ZONE, zone_values()).status_code == 302
    assert errors(client.post(ADD_ZONE, zone_values()))["code"] == ["Another zone has this code already."]


def test_html_in_a_name_is_only_text(client, tenant):
    hostile = "<script>alert(1)</script>{{ 7*7 }}"
    client.post(ADD_ZONE, zone_values(name=hostile))
    zone = Zone.objects.get()
    assert zone.name == hostile
    for address in (reverse("admin:core_zone_changelist"), reverse("admin:core_zone_change", args=[zone.pk]), ADD_ZONE):
        page = client.get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


# Warehouses


def warehouse_values(**over):
    place = {"address": "Industriering 1, Ruggell", "latitude": "47.24", "longitude": "9.53"}
    return {"name": "Hub", "code": "HUB", "is_active": "on", **place, **over}


def test_there_is_one_default_staging_point(client, tenant):
    make_warehouse(tenant, is_default_staging=True)
    address = reverse("admin:core_warehouse_add")
    found = errors(client.post(address, warehouse_values(is_default_staging="on")))
    assert "Switch it off there first" in found["is_default_staging"][0]
    assert client.post(address, warehouse_values()).status_code == 302


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"latitude": "91"}, "latitude"),
        ({"longitude": "-181"}, "longitude"),
        ({"latitude": "nan"}, "latitude"),
        ({"latitude": ""}, "latitude"),
    ],
)
def test_a_warehouse_stands_on_the_globe(client, over, field):
    assert field in errors(client.post(reverse("admin:core_warehouse_add"), warehouse_values(**over)))
    assert not Warehouse.objects.exists()


# Drivers


def driver_page(driver):
    return reverse("admin:drivers_driver_change", args=[driver.pk])


def save_driver(client, driver, **over):
    values = form_values(client.get(driver_page(driver)).content.decode(), form_id="driver_form")
    for name, value in over.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value
    return client.post(driver_page(driver), values)


def test_the_primary_vehicle_is_one_of_theirs(client, tenant):
    driver, other = make_driver(tenant), make_vehicle(tenant, name="Van 9")
    found = errors(save_driver(client, driver, primary_vehicle=other.pk))
    assert "Choose Van 9 among the driver's vehicles too" in found["primary_vehicle"][0]
    both = [driver.primary_vehicle_id, other.pk]
    assert save_driver(client, driver, primary_vehicle=other.pk, vehicles=both).status_code == 302


def test_preferred_zones_lie_inside_the_allowed_ones(client, tenant):
    near, far = make_zone(tenant, name="Near"), make_zone(tenant, name="Far")
    driver = make_driver(tenant, zones=[near])
    found = errors(save_driver(client, driver, preferred_zones=[near.pk, far.pk]))
    assert found["preferred_zones"] == ["Far is not among the allowed zones."]
    assert save_driver(client, driver, preferred_zones=[near.pk]).status_code == 302
    assert save_driver(client, driver, all_zones="on", preferred_zones=[far.pk]).status_code == 302


def test_a_driver_limited_to_no_zone_is_refused(client, tenant):
    assert "allowed_zones" in errors(save_driver(client, make_driver(tenant), all_zones=None))


def test_the_account_of_a_driver_must_be_a_drivers(client, tenant):
    driver = make_driver(tenant)
    dispatcher, rider = make_member(tenant), make_member(tenant, RoleKind.DRIVER)
    assert "no driver here" in errors(save_driver(client, driver, user=dispatcher.user_id))["user"][0]
    assert save_driver(client, driver, user=rider.user_id).status_code == 302
    assert "user" in errors(save_driver(client, make_driver(tenant), user=rider.user_id))


def test_an_edit_is_told_to_the_open_consoles(client, tenant, tina):
    driver = make_driver(tenant)
    save_driver(client, driver, phone="+423 700 1000")
    event = Event.objects.get(stream="driver", object_id=driver.pk)
    assert (event.kind, event.actor_id, event.data["after"]) == ("driver.edited", tina.user_id, {"changed": ["phone"]})


def test_saving_without_a_change_tells_nobody(client, tenant):
    save_driver(client, make_driver(tenant))
    assert not Event.objects.exists()


def test_a_suspended_driver_goes_off_duty(client, tenant):
    driver = make_driver(tenant)
    save_driver(client, driver, status=DriverStatus.SUSPENDED)
    driver = Driver.objects.get(pk=driver.pk)
    assert (driver.status, driver.is_online) == (DriverStatus.SUSPENDED, False)
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == ["driver.edited", "driver.offline"]


# Services


def service_values(**over):
    return {
        "name": "Express", "code": "EXP", "level": "express", "is_active": "on", "promise_minutes": "60",
        "default_price": "9.50", "min_units": "1", "max_units": "5", "licence_class": "standard",
        "staging_rule": "chosen", **over,
    }  # fmt: skip


def test_a_service_is_limited_to_order_types_and_vehicles(client, tenant):
    values = service_values(order_types=["on_demand", "delivery"], vehicle_kinds=["bike"])
    assert client.post(reverse("admin:orders_deliveryservice_add"), values).status_code == 302
    service = DeliveryService.objects.get()
    assert (service.order_types, service.vehicle_kinds) == (["on_demand", "delivery"], ["bike"])


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"min_units": "6"}, "max_units"),
        ({"min_units": "0"}, "min_units"),
        ({"max_units": "99999999999"}, "max_units"),
        ({"default_price": "-1"}, "default_price"),
        ({"default_price": "NaN"}, "default_price"),
        ({"order_types": ["teleport"]}, "order_types"),
        ({"promise_minutes": "-5"}, "promise_minutes"),
    ],
)
def test_a_service_that_makes_no_sense_is_refused(client, over, field):
    assert field in errors(client.post(reverse("admin:orders_deliveryservice_add"), service_values(**over)))
    assert not DeliveryService.objects.exists()
