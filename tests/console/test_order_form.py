"""The order form: what it starts from, how its errors speak, what it asks while it is filled in."""

import json
import re
from typing import Any

import pytest

from dispatch_console.core.errors import DomainError
from dispatch_console.core.geocoding import GeocodingUnavailable, Place
from dispatch_console.core.models import Event, Membership, Tenant
from dispatch_console.core.permissions import RoleKind
from orders.models import Order
from orders.states import OrderType, Status
from tests import factories
from tests.console.browserless import Console, text_of

pytestmark = pytest.mark.django_db
NEW = "/console/orders/new/"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def member(tenant: Tenant) -> Membership:
    return factories.make_member(tenant)


@pytest.fixture
def console(member: Membership) -> Console:
    return Console(member)


def data_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content[:500]
    found = re.search(r'<script id="order-form-data" type="application/json">(.*?)</script>', response.content.decode())
    assert found
    return json.loads(found[1])


def body(tenant: Tenant, **over: Any) -> dict[str, Any]:
    return {"type": "on_demand", **factories.order_values(tenant), **over}


def error_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content[:500]
    return response.json()["error"]


# What it starts from


def test_a_new_form_is_empty_and_knows_what_can_be_chosen(console: Console, tenant: Tenant) -> None:
    service = factories.make_service(tenant, name="Express", order_types=["on_demand"], min_units=1, max_units=8)
    factories.make_service(tenant, is_active=False)
    hub = factories.make_warehouse(tenant)
    factories.make_warehouse(factories.make_tenant())
    data = data_of(console.get(NEW))
    assert (data["mode"], data["type"], data["customer"]) == ("create", "on_demand", None)
    assert [each["id"] for each in data["services"]] == [service.pk]
    assert [each["id"] for each in data["warehouses"]] == [hub.pk]


def test_the_form_starts_with_the_type_of_the_queue(console: Console) -> None:
    assert data_of(console.get(NEW, type="pickup"))["type"] == "pickup"
    assert data_of(console.get(NEW, type="<b>"))["type"] == OrderType.ON_DEMAND


def test_a_shared_address_opens_the_form_over_the_view(console: Console) -> None:
    html = console.page(NEW).content.decode()
    assert 'data-destination="map" data-filtered aria-current="page"' in html
    assert 'id="order-form-title">New order' in html[html.index('id="order-sheet"') :]


def test_a_copy_takes_everything_but_its_name_and_times(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(
        tenant,
        external_reference="SHOP-1",
        scheduled_delivery_at=factories.minutes_from_now(90),
        notes="Ring twice",
        items=[{"name": "Cake", "quantity": 2, "weight": "1.500"}],
    )
    data = data_of(console.get(NEW, **{"from": order.code}))
    assert data["mode"] == "create"
    assert data["customer"]["id"] == order.customer_id
    values = data["values"]
    assert (values["notes"], values["external_reference"], values["scheduled_delivery_at"]) == ("Ring twice", "", "")
    assert values["items"][0] | {"description": ""} == {
        "name": "Cake",
        "description": "",
        "quantity": 2,
        "weight": "1.5",
        "length": "",
        "width": "",
        "height": "",
    }


def test_another_tenants_order_cannot_be_copied(console: Console) -> None:
    theirs = factories.make_order(factories.make_tenant())
    error_of(console.get(NEW, **{"from": theirs.code}), 404)


def test_an_edit_starts_from_the_order_with_its_version(console: Console, tenant: Tenant) -> None:
    hub = factories.make_warehouse(tenant)
    order = factories.make_order(
        tenant, pickup_address="", pickup_warehouse_id=hub.pk, pickup_latitude=None, pickup_longitude=None
    )
    data = data_of(console.get(f"/console/orders/{order.code}/edit/"))
    assert (data["mode"], data["code"], data["version"], data["locked"]) == ("edit", order.code, 1, [])
    values = data["values"]
    assert (values["pickup_warehouse_id"], values["pickup_latitude"]) == (hub.pk, None)
    assert (values["dropoff_address"], values["dropoff_latitude"]) == ("Landstrasse 98, Triesen", 47.108)


def test_times_are_those_of_the_tenants_clock(console: Console, tenant: Tenant) -> None:
    moment = factories.minutes_from_now(600)
    order = factories.make_order(tenant, scheduled_delivery_at=moment)
    values = data_of(console.get(f"/console/orders/{order.code}/edit/"))["values"]
    assert values["scheduled_delivery_at"] == f"{moment.astimezone(tenant.zone_info):%Y-%m-%dT%H:%M}"


def test_once_a_driver_has_it_the_contract_is_locked(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.ASSIGNED)
    response = console.get(f"/console/orders/{order.code}/edit/")
    assert "customer_id" in data_of(response)["locked"]
    assert "customer, service and payment are locked" in text_of(response)


def test_from_pickup_on_there_is_no_edit(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.PICKED_UP)
    error = error_of(console.get(f"/console/orders/{order.code}/edit/"), 409)
    assert "can no longer be edited" in error["message"]


@pytest.mark.parametrize("role", [RoleKind.OBSERVER, RoleKind.SUPPORT, RoleKind.WAREHOUSE])
def test_the_form_is_for_those_who_may_create(tenant: Tenant, role: str) -> None:
    console = Console(factories.make_member(tenant, role))
    order = factories.make_order(tenant)
    for address in (NEW, f"/console/orders/{order.code}/edit/", f"{NEW}customers/", f"{NEW}addresses/?end=pickup"):
        error_of(console.get(address), 403)
    error_of(console.post(NEW, body(tenant)), 403)
    assert Order.objects.filter(tenant=tenant).count() == 1


# Saving


def test_a_new_order_is_created_as_the_form_says(console: Console, tenant: Tenant) -> None:
    response = console.post(NEW, body(tenant, notes="Ring twice", items=[{"name": "Cake", "quantity": 2}]))
    assert response.status_code == 201, response.content
    answer = response.json()
    order = Order.objects.get(tenant=tenant)
    assert (answer["code"], answer["message"]) == (order.code, f"{order.code}: created.")
    assert answer["url"] == f"/console/orders/{order.code}/"
    assert (order.notes, order.items.get().name) == ("Ring twice", "Cake")
    assert Event.objects.get(object_id=order.pk).source == "console"


def test_a_draft_and_an_order_with_a_driver(console: Console, tenant: Tenant) -> None:
    assert console.post(NEW, body(tenant, is_draft=True)).json()["status"] == "draft"
    driver = factories.make_driver(tenant)
    assert console.post(NEW, body(tenant, driver_id=driver.pk)).json()["status"] == "assigned"


def test_warnings_about_places_are_told(console: Console, tenant: Tenant) -> None:
    answer = console.post(NEW, body(tenant, dropoff_latitude=None, dropoff_longitude=None)).json()
    assert "The dropoff has no coordinates: the order will not be on the map." in answer["warnings"]


EMPTY = {
    "type": "on_demand",
    "customer_id": None,
    "service_id": None,
    "unit_size": None,
    "cod_amount": "",
    "items": [{"name": "", "quantity": None, "weight": "x"}],
}


def test_empty_fields_speak_plainly(console: Console) -> None:
    fields = error_of(console.post(NEW, EMPTY), 400)["details"]["fields"]
    assert fields["customer_id"] == ["Choose the customer."]
    assert fields["service_id"] == ["Choose the delivery service."]
    assert fields["unit_size"] == ["Enter the unit size, a whole number from 1."]
    assert fields["payment_method"] == ["Choose how it is paid."]
    assert fields["cod_amount"] == ["Enter an amount such as 48.20."]
    assert fields["items.0.name"] == ["Enter what the item is."]
    assert fields["items.0.weight"] == ["Enter kilograms such as 3.4."]


@pytest.mark.parametrize(
    ("over", "field", "words"),
    [
        ({"pickup_address": ""}, "pickup_address", "Give the pickup address, or choose a warehouse."),
        ({"payment_method": "wallet", "payer": "receiver"}, "payer", "A wallet payment is made by the sender."),
        ({"payment_method": "cod", "payer": "receiver", "cod_amount": "0"}, "cod_amount", "more than zero"),
        ({"unit_size": 0}, "unit_size", "Enter 1 or more."),
        ({"delivery_fee": "-1"}, "delivery_fee", "Enter 0 or more."),
        ({"unit_size": 5000}, "unit_size", "units; this order has 5000"),
        ({"scheduled_delivery_at": "2019-01-01T10:00"}, "scheduled_delivery_at", "more than a day ago"),
        ({"scheduled_delivery_at": "soon"}, "scheduled_delivery_at", "Enter a date and a time."),
    ],
)
def test_rules_of_the_form_name_their_field(
    console: Console, tenant: Tenant, over: dict[str, Any], field: str, words: str
) -> None:
    error = error_of(console.post(NEW, body(tenant, **over)), 400)
    assert words in " ".join(error["details"]["fields"][field])
    assert not Order.objects.filter(tenant=tenant).exists()


def test_a_service_that_stages_names_what_is_missing_and_creates_the_legs_with_the_order(
    console: Console, tenant: Tenant
) -> None:
    service = factories.make_service(tenant, name="Overnight", requires_staging=True)
    hub = factories.make_warehouse(tenant)
    order = body(tenant, type="pickup_delivery", service_id=service.pk)
    error = error_of(console.post(NEW, order), 400)
    assert set(error["details"]["fields"]) == {"staging_warehouse_id", "items"}
    assert data_of(console.get(NEW))["services"][0]["staging"] == "chosen"
    order |= {"staging_warehouse_id": hub.pk, "items": [{"name": "Box", "quantity": 1}]}
    code = console.post(NEW, order).json()["code"]
    assert Order.objects.filter(tenant=tenant, parent__code=code).count() == 2


def test_the_same_try_twice_creates_one_order(console: Console, tenant: Tenant) -> None:
    order = body(tenant)
    answers = [console.post(NEW, order, key="try-1").json() for _ in range(2)]
    assert answers[0]["code"] == answers[1]["code"]
    assert [answer["is_replay"] for answer in answers] == [False, True]
    assert Order.objects.filter(tenant=tenant).count() == 1


def test_a_changed_second_try_says_that_the_first_arrived(console: Console, tenant: Tenant) -> None:
    order = body(tenant)
    code = console.post(NEW, order, key="try-1").json()["code"]
    error = error_of(console.post(NEW, order | {"notes": "More"}, key="try-1"), 422)
    assert error["details"]["order"] == code
    assert f"created order {code}" in error["message"]
    assert Order.objects.filter(tenant=tenant).count() == 1


# What it asks


def test_customers_are_found_by_name_and_phone(console: Console, tenant: Tenant) -> None:
    gassner = factories.make_customer(tenant, name="Bäckerei Gassner", phone="+423 232 10 20")
    factories.make_customer(tenant, name="Gassner (closed)", is_active=False)
    factories.make_customer(factories.make_tenant(), name="Gassner elsewhere")
    for text in ("gassner", "10 20", "gass bäck"):
        found = console.get(f"{NEW}customers/", q=text).json()["customers"]
        assert [each["id"] for each in found] == [gassner.pk], text
    assert console.get(f"{NEW}customers/", q="' OR 1=1 --").json()["customers"] == []


def test_without_a_text_the_customers_of_the_latest_orders_come_first(console: Console, tenant: Tenant) -> None:
    orders = [factories.make_order(tenant) for _ in range(3)]
    factories.make_customer(tenant)
    answer = console.get(f"{NEW}customers/").json()
    assert answer["is_recent"]
    assert [each["id"] for each in answer["customers"]] == [order.customer_id for order in reversed(orders)]


def test_addresses_come_from_the_book_from_orders_and_from_the_map(console: Console, tenant: Tenant) -> None:
    customer = factories.make_customer(tenant)
    factories.make_address(customer, text="Im Bretscha 22, Schaan", label="Office", contact_name="Anna")
    factories.make_order(tenant, customer_id=customer.pk, dropoff_address="Im Rösle 2, Schaan")
    answer = console.get(f"{NEW}addresses/", q="schaan", end="dropoff", customer=customer.pk).json()
    groups = {group["kind"]: group["items"] for group in answer["groups"]}
    assert [item["label"] for item in groups["saved"]] == ["Im Bretscha 22, Schaan"]
    assert groups["saved"][0]["contact"] == "Anna"
    assert [item["label"] for item in groups["recent"]] == ["Im Rösle 2, Schaan"]
    assert groups["found"], "the region's geocoder knows Schaan"


def test_another_tenants_address_book_stays_closed(console: Console, tenant: Tenant) -> None:
    theirs = factories.make_customer(factories.make_tenant())
    factories.make_address(theirs, text="Secret 1, Schaan")
    factories.make_order(theirs.tenant, customer_id=theirs.pk, dropoff_address="Secret 2, Schaan")
    answer = console.get(f"{NEW}addresses/", q="secret", end="dropoff", customer=theirs.pk).json()
    assert [group["kind"] for group in answer["groups"] if group["kind"] != "found"] == []


def test_a_typed_house_number_survives_a_geocoder_that_knows_only_the_street(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = Place("Städtle, 9490 Vaduz", 47.1, 9.5, "street", street="Städtle", city="Vaduz", postcode="9490")
    provide(monkeypatch, search=lambda *args, **options: [street])
    found = console.get(f"{NEW}addresses/", q="Städtle 12, 9490 Vaduz", end="pickup").json()["groups"][0]["items"]
    assert found[0]["label"] == "Städtle 12, 9490 Vaduz"
    assert "number 12 is not on record" in found[0]["detail"]


def test_a_silent_geocoder_is_said_and_never_in_the_way(
    console: Console, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*args: Any, **options: Any) -> Any:
        raise GeocodingUnavailable("The geocoder does not answer.")

    provide(monkeypatch, search=silent, reverse=silent)
    customer = factories.make_customer(tenant)
    factories.make_address(customer, text="Dorf 1, Schaan")
    answer = console.get(f"{NEW}addresses/", q="dorf", end="pickup", customer=customer.pk).json()
    assert answer["trouble"] == "The geocoder does not answer."
    assert [group["kind"] for group in answer["groups"]] == ["saved"]
    point = console.get(f"{NEW}point/", lat=47.1, lng=9.5, end="pickup", address=1).json()
    assert (point["address"], point["trouble"]) == (None, "The geocoder does not answer.")


def provide(monkeypatch: pytest.MonkeyPatch, **methods: Any) -> None:
    provider = type("Fixed", (), {name: staticmethod(method) for name, method in methods.items()})()
    monkeypatch.setattr("dispatch_console.core.geocoding.provider", lambda: provider)
    assert issubclass(GeocodingUnavailable, DomainError)


def test_a_point_is_told_its_zone_for_the_direction(console: Console, tenant: Tenant) -> None:
    factories.make_zone(tenant, factories.square(9.4, 47.0, 9.6, 47.3), name="Country")
    factories.make_zone(tenant, factories.square(9.5, 47.1, 9.53, 47.15), name="Town", allows_outbound=False)
    asked = {"lat": 47.12, "lng": 9.51}
    pickup = console.get(f"{NEW}point/", end="pickup", **asked).json()
    assert (pickup["zone"]["name"], pickup["others"], pickup["closed"]) == ("Country", [], ["Town"])
    dropoff = console.get(f"{NEW}point/", end="dropoff", **asked).json()
    assert (dropoff["zone"]["name"], dropoff["others"], dropoff["closed"]) == ("Town", ["Country"], [])
    nowhere = console.get(f"{NEW}point/", end="dropoff", lat=0, lng=0).json()
    assert nowhere["zone"] is None


@pytest.mark.parametrize(
    "asked",
    [{"lat": "x", "lng": 9}, {"lat": "nan", "lng": 9}, {"lat": 91, "lng": 9}, {"lng": 9}, {"lat": 1, "lng": 181}],
)
def test_points_off_the_globe_are_refused(console: Console, asked: dict[str, Any]) -> None:
    error_of(console.get(f"{NEW}point/", end="pickup", **asked), 400)


def test_an_end_must_be_named(console: Console) -> None:
    error_of(console.get(f"{NEW}point/", lat=1, lng=1), 400)
    error_of(console.get(f"{NEW}addresses/", q="x"), 400)


def test_drivers_are_judged_before_the_order_exists(console: Console, tenant: Tenant) -> None:
    near = factories.make_zone(tenant, factories.square(9.5, 47.1, 9.6, 47.2))
    far = factories.make_zone(tenant, factories.square(8.0, 46.0, 8.1, 46.1))
    service = factories.make_service(tenant)
    small = factories.make_vehicle(tenant, capacity_units=3)
    factories.make_driver(tenant, name="Fits", zones=[near])
    factories.make_driver(tenant, name="Elsewhere", zones=[far])
    factories.make_driver(tenant, name="Too small", primary_vehicle=small)
    asked = {"service": service.pk, "units": 5, "pickup_lat": 47.14, "pickup_lng": 9.52, "dropoff_lat": 47.11}
    answer = console.get(f"{NEW}candidates/", dropoff_lng=9.53, **asked).json()
    assert {each["name"]: each["is_blocked"] for each in answer["candidates"]} == {
        "Fits": False,
        "Elsewhere": True,
        "Too small": True,
    }
    error_of(console.get(f"{NEW}candidates/", service="x"), 400)
    error_of(console.get(f"{NEW}candidates/", service=factories.make_service(factories.make_tenant()).pk), 400)
