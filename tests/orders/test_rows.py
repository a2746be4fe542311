"""The order row: one shape, two queries, and the reason to look that Python and SQL agree on."""

from datetime import timedelta
from decimal import Decimal
from typing import get_type_hints

import pytest

from dispatch_console.core import clock
from dispatch_console.core.permissions import PERMISSIONS
from orders import commands
from orders.actions import Cancel, Hold, Unassign
from orders.api.serializers import EndSerializer, OrderRowSerializer
from orders.attention import ATTENTION_WORDS, attention_condition
from orders.models import Order
from orders.rows import EndPart, OrderRow, order_rows, rows_for
from orders.states import PaymentMethod, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant(late_risk_minutes=20)


@pytest.fixture
def everything(tenant):
    return factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))


def test_a_row_says_what_a_list_shows(tenant):
    zone = factories.make_zone(tenant, name="Vaduz", code="VAD")
    hub = factories.make_warehouse(tenant, name="Hub Schaan")
    customer = factories.make_customer(tenant, name="Café Rheintal", phone="+423 232 00 01")
    service = factories.make_service(tenant, name="Express", level="express")
    driver = factories.make_driver(tenant, name="Rita Frick")
    order = factories.make_order(
        tenant,
        status=Status.PICKED_UP,
        driver=driver,
        customer_id=customer.pk,
        service_id=service.pk,
        pickup_address="",
        pickup_latitude=None,
        pickup_longitude=None,
        pickup_warehouse_id=hub.pk,
        dropoff_contact="A. Beck",
        payer="receiver",
        payment_method=PaymentMethod.COD,
        cod_amount=Decimal("48.20"),
        notes="Ring twice",
    )
    row = rows_for([order.pk])[order.pk]
    assert row["code"] == order.code
    assert row["customer"] == {"id": customer.pk, "name": "Café Rheintal", "phone": "+423 232 00 01"}
    assert row["service"] == {"id": service.pk, "name": "Express", "level": "express"}
    assert row["driver"] == row["holder"] == {"id": driver.pk, "name": "Rita Frick"}
    assert row["vehicle"] == driver.primary_vehicle.name
    assert row["pickup"] == {
        "kind": "warehouse",
        "label": "Hub Schaan",
        "warehouse_id": hub.pk,
        "lat": hub.latitude,
        "lng": hub.longitude,
        "zone": {"id": zone.pk, "name": "Vaduz", "code": "VAD"},
        "contact": "",
        "phone": "",
    }
    assert row["dropoff"]["kind"] == "address"
    assert row["dropoff"]["label"] == "Landstrasse 98, Triesen"
    assert row["dropoff"]["contact"] == "A. Beck"
    assert row["cod_amount"] == "48.20"
    assert row["notes"] == "Ring twice"
    assert row["version"] == 3
    assert row["created_at"].endswith("Z")


def test_the_row_the_declared_shape_and_the_document_name_the_same_fields(tenant):
    order = factories.make_order(tenant)
    row = rows_for([order.pk])[order.pk]
    assert list(row) == list(get_type_hints(OrderRow)) == list(OrderRowSerializer().fields)
    assert list(row["pickup"]) == list(get_type_hints(EndPart)) == list(EndSerializer().fields)


def test_rows_take_two_queries_however_many_there_are(tenant, everything, django_assert_num_queries):
    customer, service = factories.make_customer(tenant), factories.make_service(tenant)
    driver = factories.make_driver(tenant)
    factories.make_zone(tenant)
    for number in range(50):
        options = {"customer_id": customer.pk, "service_id": service.pk}
        if number % 2:
            options["driver_id"] = driver.pk
            options["unit_size"] = 1
            driver.primary_vehicle.__class__.objects.update(capacity_units=100)
        factories.create_order(tenant, actor=everything, **options)
    with django_assert_num_queries(2):
        assert len(order_rows(Order.objects.filter(tenant=tenant)[:1])) == 1
    with django_assert_num_queries(2):
        assert len(order_rows(Order.objects.filter(tenant=tenant))) == 50


def test_no_rows_need_no_names(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert order_rows(Order.objects.filter(pk=0)) == []


def test_notes_are_cut_in_lists_and_whole_where_asked(tenant):
    order = factories.make_order(tenant, notes="n" * 500)
    assert rows_for([order.pk])[order.pk]["notes"] == "n" * 140
    assert rows_for([order.pk], whole_notes=True)[order.pk]["notes"] == "n" * 500


def _due_in(order: Order, minutes: int | None) -> Order:
    order.due_at = None if minutes is None else clock.now() + timedelta(minutes=minutes)
    order.save(update_fields=["due_at"])
    return order


@pytest.fixture
def cases(tenant, everything):
    """One order per reason to look, and some with none."""

    def do(action, order):
        return commands.perform(action, code=order.code, actor=everything).order

    dropped = do(Unassign(reason="Ill", note="Package at the hub"), factories.make_order(tenant, status="picked_up"))
    out = do(Cancel(reason="Customer"), factories.make_order(tenant, status="in_transit"))
    held = do(Hold(reason="Wait"), _due_in(factories.make_order(tenant), 90))
    held_and_late = do(Hold(reason="Wait"), _due_in(factories.make_order(tenant), -5))
    return {
        "late": _due_in(factories.make_order(tenant), -1),
        "at_risk": _due_in(factories.make_order(tenant), 19),
        "held": held,
        "held and late": held_and_late,
        "holder_dropped": _due_in(dropped, -5),
        "package_with_driver": out,
        "in time": _due_in(factories.make_order(tenant), 30),
        "unpromised": _due_in(factories.make_order(tenant), None),
        "late draft": _due_in(factories.make_order(tenant, is_draft=True), -5),
        "delivered late": _due_in(factories.make_order(tenant, status="delivered"), -5),
    }


REASONS = {
    "late": "late",
    "at_risk": "at_risk",
    "held": "held",
    "held and late": "late",
    "holder_dropped": "holder_dropped",
    "package_with_driver": "package_with_driver",
    "in time": None,
    "unpromised": None,
    "late draft": None,
    "delivered late": None,
}


def test_the_row_names_the_most_urgent_reason(cases):
    rows = rows_for(order.pk for order in cases.values())
    assert {name: rows[order.pk]["attention"] for name, order in cases.items()} == REASONS


def test_the_condition_finds_every_order_a_reason_applies_to(cases):
    ids = {order.pk: name for name, order in cases.items()}

    def found(word: str) -> set[str]:
        condition = attention_condition(word, now=clock.now(), late_risk_minutes=20)
        return {ids[pk] for pk in Order.objects.filter(condition).values_list("pk", flat=True)}

    assert found("late") == {"late", "held and late", "holder_dropped"}
    assert found("at_risk") == {"at_risk"}
    assert found("held") == {"held", "held and late"}
    assert found("holder_dropped") == {"holder_dropped"}
    assert found("package_with_driver") == {"package_with_driver"}
    assert found("any") == {name for name, reason in REASONS.items() if reason}
    for word in ATTENTION_WORDS:
        named = {name for name, reason in REASONS.items() if reason == word}
        assert named <= found(word)
