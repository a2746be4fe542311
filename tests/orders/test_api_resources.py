"""Customers, places, services, reasons, saved views and the caller, over REST."""

import pytest

from dispatch_console.core.models import CustomerAddress
from dispatch_console.core.permissions import RoleKind
from orders.models import Reason, SavedView
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def api(tenant):
    return Api(tenant)


@pytest.fixture
def person(tenant):
    return Api(tenant, membership=factories.make_member(tenant))


# Who and where


def test_me_says_who_the_caller_is_taken_for(tenant):
    customer = factories.make_customer(tenant)
    me = Api(tenant, RoleKind.PARTNER, name="Shop", customer=customer).get("me/").json()
    assert (me["kind"], me["label"], me["customer_id"]) == ("api_key", "Shop", customer.pk)
    assert me["tenant"]["currency"] == "CHF"
    assert "orders.create" in me["permissions"]
    assert me["event_number"] == 0


def test_customers_are_found_and_carry_their_address_book(api, tenant):
    customer = factories.make_customer(tenant, name="Café Rheintal")
    factories.make_customer(tenant, name="Blumenladen")
    address = factories.make_address(customer, label="Shop")
    found = api.get("customers/", search="rheintal").json()
    assert [row["name"] for row in found["results"]] == ["Café Rheintal"]
    detail = api.get(f"customers/{customer.pk}/").json()
    assert [entry["id"] for entry in detail["addresses"]] == [address.pk]
    assert api.get(f"customers/{customer.pk}/addresses/", search="shop").json()["total"] == 1
    assert api.get(f"customers/{customer.pk}/addresses/", search="nothing").json()["total"] == 0


def test_an_address_is_added_once_however_often_it_is_sent(api, tenant):
    customer = factories.make_customer(tenant)
    body = {"text": "Landstrasse 5, Triesen", "lat": 47.1, "lng": 9.52, "contact_name": "A. Beck"}
    first = api.post(f"customers/{customer.pk}/addresses/", body, Idempotency_Key="a")
    again = api.post(f"customers/{customer.pk}/addresses/", body, Idempotency_Key="a")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert CustomerAddress.objects.filter(customer=customer).count() == 1
    error = refusal(api.post(f"customers/{customer.pk}/addresses/", {"text": "x", "lat": 47.1}), 400)
    assert "lat" in error["details"]["fields"]


def test_only_who_makes_orders_adds_addresses(tenant):
    customer = factories.make_customer(tenant)
    refusal(Api(tenant, RoleKind.OBSERVER).post(f"customers/{customer.pk}/addresses/", {"text": "x"}), 403)


def test_a_partner_sees_only_the_own_customer(tenant):
    mine, other = factories.make_customer(tenant), factories.make_customer(tenant)
    partner = Api(tenant, RoleKind.PARTNER, customer=mine)
    assert [row["id"] for row in partner.get("customers/").json()["results"]] == [mine.pk]
    refusal(partner.get(f"customers/{other.pk}/"), 404)
    refusal(partner.post(f"customers/{other.pk}/addresses/", {"text": "x"}), 404)


def test_somebody_limited_to_teams_sees_their_customers_services_and_those_of_all(tenant):
    mine, other = factories.make_team(tenant), factories.make_team(tenant)
    limited = Api(tenant, membership=factories.make_member(tenant, teams=[mine]))
    for team in (mine, other, None):
        factories.make_customer(tenant, team=team)
        factories.make_service(tenant, team=team)
    for address in ("customers/", "services/"):
        assert limited.get(address).json()["total"] == 2


def test_zones_come_as_a_list_as_geojson_and_by_point(api, tenant):
    zone = factories.make_zone(tenant, name="Vaduz", code="VAD")
    factories.make_zone(tenant, name="Closed", is_active=False)
    assert [row["name"] for row in api.get("zones/").json()["results"]] == ["Closed", "Vaduz"]
    assert [row["id"] for row in api.get("zones/", active="true").json()["results"]] == [zone.pk]
    collection = api.get("zones/geojson/", active="true").json()
    assert collection["type"] == "FeatureCollection"
    assert collection["features"][0]["id"] == zone.pk
    assert collection["features"][0]["geometry"] == zone.geometry
    assert collection["features"][0]["properties"]["code"] == "VAD"
    assert api.get(f"zones/{zone.pk}/").json()["geometry"]["type"] == "Polygon"
    assert [hit["code"] for hit in api.get("zones/at/", lat="47.14", lng="9.52").json()] == ["VAD"]
    assert api.get("zones/at/", lat="10", lng="10").json() == []


@pytest.mark.parametrize("point", [{"lat": "91", "lng": "0"}, {"lat": "NaN", "lng": "0"}, {"lat": "47"}, {}])
def test_a_point_must_be_on_earth(api, point):
    refusal(api.get("zones/at/", **point), 400, "invalid")
    refusal(api.get("geocode/reverse/", **point), 400, "invalid")


def test_warehouses_services_and_reasons_are_listed(api, tenant):
    hub = factories.make_warehouse(tenant, name="Hub Bendern")
    service = factories.make_service(tenant, name="Express")
    Reason.objects.create(tenant=tenant, kind="cancel", label="Customer changed their mind")
    Reason.objects.create(tenant=tenant, kind="hold", label="Old", is_active=False)
    assert api.get("warehouses/", search="bendern").json()["results"][0]["id"] == hub.pk
    assert api.get(f"warehouses/{hub.pk}/").json()["lat"] == hub.latitude
    assert api.get("services/").json()["results"][0]["default_price"] == "9.50"
    assert api.get(f"services/{service.pk}/").json()["name"] == "Express"
    assert [row["label"] for row in api.get("reasons/").json()["results"]] == ["Customer changed their mind"]
    assert api.get("reasons/", kind="hold").json()["total"] == 0


def test_addresses_are_found_by_text_and_by_point(api):
    found = api.get("geocode/", q="Städtle Vaduz", limit=3).json()["results"]
    assert 1 <= len(found) <= 3
    assert "Vaduz" in found[0]["label"]
    near = api.get("geocode/reverse/", lat=found[0]["lat"], lng=found[0]["lng"]).json()["result"]
    assert near["city"] == "Vaduz"
    for params in ({"q": ""}, {"q": "x" * 201}, {"q": "a", "limit": "21"}, {"q": "a", "near": "x"}, {}):
        refusal(api.get("geocode/", **params), 400)


# Saved views


def test_a_view_is_saved_changed_and_deleted(person):
    body = {"name": "Late cash", "query": "status=open&payment_method=cod", "columns": ["code", "due"]}
    made = person.post("views/", body)
    assert made.status_code == 201
    assert person.post("views/", body).status_code == 200  # a retry
    pk = made.json()["id"]
    assert person.get("views/").json()["results"] == [made.json()]
    changed = person.patch(f"views/{pk}/", {"name": "Cash"}).json()
    assert (changed["name"], changed["query"]) == ("Cash", body["query"])
    assert person.delete(f"views/{pk}/").status_code == 204
    refusal(person.get(f"views/{pk}/"), 404)


def test_a_new_default_takes_the_place_of_the_old_one(person):
    first = person.post("views/", {"name": "A", "is_default": True}).json()["id"]
    other_queue = person.post("views/", {"name": "A", "queue": "pickup", "is_default": True}).json()["id"]
    second = person.post("views/", {"name": "B", "is_default": True}).json()["id"]
    defaults = {row["id"]: row["is_default"] for row in person.get("views/").json()["results"]}
    assert defaults == {first: False, second: True, other_queue: True}


def test_a_view_that_could_not_be_opened_is_refused(person):
    for query in ("status=gone", "colour=red", "ordering=secret", "status=open&status=done"):
        refusal(person.post("views/", {"name": "X", "query": query}), 400)
    assert not SavedView.objects.exists()


def test_names_are_taken_once_per_queue(person):
    person.post("views/", {"name": "A", "query": "status=open"})
    refusal(person.post("views/", {"name": "A", "query": "status=done"}), 409, "duplicate_name")
    assert person.post("views/", {"name": "A", "queue": "pickup"}).status_code == 201


def test_views_are_nobody_elses(tenant, person):
    pk = person.post("views/", {"name": "Mine"}).json()["id"]
    colleague = Api(tenant, membership=factories.make_member(tenant))
    assert colleague.get("views/").json()["total"] == 0
    for answer in (
        colleague.get(f"views/{pk}/"),
        colleague.patch(f"views/{pk}/", {"name": "Theirs"}),
        colleague.delete(f"views/{pk}/"),
    ):
        refusal(answer, 404)
    refusal(Api(tenant).get("views/"), 403)  # an integration is no person


# The wall


def test_another_tenants_things_are_in_no_list(api, tenant):
    other = factories.make_tenant()
    order = factories.make_order(other, status="assigned")
    factories.make_zone(other)
    factories.make_warehouse(other)
    Reason.objects.create(tenant=other, kind="cancel", label="Theirs")
    for address in ("orders/", "customers/", "zones/", "warehouses/", "services/", "reasons/", "drivers/"):
        body = api.get(address).json()
        assert (body["results"], body["total"]) == ([], 0), address
    assert api.get("zones/geojson/").json()["features"] == []
    assert api.get("zones/at/", lat="47.14", lng="9.52").json() == []
    assert api.get("events/").json() == {"results": [], "last": 0, "head": 0}
    assert api.get("orders/counts/").json()["total"] == 0
    assert api.codes(search=order.code) == set()
