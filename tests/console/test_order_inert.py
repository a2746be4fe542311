"""Whatever stands in a text field is text: markup and SQL do nothing, on any page that shows the order."""

from typing import Any

import pytest

from dispatch_console.core.models import CustomerAddress, Tenant
from orders.models import Order
from orders.states import Status
from tests import factories
from tests.console.browserless import Console

pytestmark = pytest.mark.django_db

HOSTILE = "</script><img src=x onerror=\"alert(1)\"> {{ 7|add:7 }} {% now 'Y' %} '); DROP TABLE orders_order; --"
BARE = "</script><img"
TEXTS = (
    "pickup_address",
    "pickup_contact",
    "pickup_notes",
    "dropoff_address",
    "dropoff_contact",
    "dropoff_notes",
    "instructions",
    "notes",
)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(name=f"Tenant {BARE}")


@pytest.fixture
def console(tenant: Tenant) -> Console:
    return Console(factories.make_member(tenant, user=factories.make_user(first_name=BARE)))


def hostile_order(tenant: Tenant, console: Console) -> Order:
    """An order whose every text is hostile, created and changed through the console itself."""
    customer = factories.make_customer(tenant, name=HOSTILE[:120], phone=HOSTILE[:40], email="a@b.example")
    CustomerAddress.objects.create(tenant=tenant, customer=customer, text=HOSTILE, label=HOSTILE[:80])
    service = factories.make_service(tenant, name=HOSTILE[:80])
    body: dict[str, Any] = {
        **factories.order_values(tenant, customer_id=customer.pk, service_id=service.pk),
        **dict.fromkeys(TEXTS, HOSTILE),
        "pickup_phone": HOSTILE[:40],
        "dropoff_phone": HOSTILE[:40],
        "external_reference": HOSTILE[:80],
        "bulk_group": HOSTILE[:60],
        "type": "on_demand",
        "items": [{"name": HOSTILE[:120], "description": HOSTILE, "quantity": 1}],
    }
    response = console.post("/console/orders/new/", body)
    assert response.status_code == 201, response.content
    order = Order.objects.get(tenant=tenant)
    assert console.act(order.code, "edit", notes=f"Again {HOSTILE}").status_code == 200
    assert console.act(order.code, "hold", reason=HOSTILE, note=HOSTILE).status_code == 200
    return order


@pytest.mark.parametrize(
    "part",
    ["", "events/", "edit/", "actions/cancel/", "actions/status/", "actions/release/"],
)
@pytest.mark.parametrize("asks", ["script", "person"])
def test_markup_in_any_field_is_text_on_every_page(console: Console, tenant: Tenant, part: str, asks: str) -> None:
    order = hostile_order(tenant, console)
    address = f"/console/orders/{order.code}/{part}"
    response = console.get(address) if asks == "script" else console.page(address)
    assert response.status_code == 200
    html = response.content.decode()
    assert BARE not in html
    assert "<img src=x" not in html


def test_markup_of_drivers_is_text_in_drawer_and_dialogs(console: Console, tenant: Tenant) -> None:
    vehicle = factories.make_vehicle(tenant, name=HOSTILE[:80])
    driver = factories.make_driver(tenant, name=HOSTILE[:120], phone=HOSTILE[:40], primary_vehicle=vehicle)
    order = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver)
    for part in ("", "events/", "actions/switch/", "actions/unassign/", "actions/status/"):
        assert BARE not in console.get(f"/console/orders/{order.code}/{part}").content.decode(), part


def test_sql_in_a_search_finds_nothing_and_harms_nothing(console: Console, tenant: Tenant) -> None:
    order = hostile_order(tenant, console)
    for address in ("customers/", "addresses/?end=pickup"):
        separator = "&" if "?" in address else "?"
        response = console.get(
            f"/console/orders/new/{address}{separator}q=%27%29%3B%20DROP%20TABLE%20orders_order%3B%20--"
        )
        assert response.status_code == 200
    assert Order.objects.filter(pk=order.pk).exists()
