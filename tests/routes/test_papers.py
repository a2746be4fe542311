"""The papers of waybills and trips: everything that custody and driving need, in the right sequence."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from dispatch_console.core.models import Event
from routes.commands import waybill_members
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


def text_of(response):
    assert response.headers["Content-Type"] == "application/pdf", response.content
    pages = PdfReader(io.BytesIO(b"".join(response.streaming_content))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def tenant():
    return factories.make_tenant(currency="CHF")


def make(tenant, **over):
    cash = {"payment_method": "cod", "cod_amount": Decimal("20.00")}
    return factories.make_order(tenant, unit_size=2, **cash, **over)


def test_a_manifest_lists_what_the_waybill_carries_with_its_totals(tenant):
    waybill = factories.make_waybill(tenant)
    orders = [make(tenant, dropoff_contact=f"Receiver {number}") for number in range(3)]
    actor = factories.make_actor(tenant)
    waybill_members.add(waybill.label, [order.code for order in orders], actor=actor)
    before = Event.objects.count()
    text = text_of(Api(tenant).get(f"waybills/{waybill.label}/manifest/"))
    for words in (
        waybill.label,
        "3 orders, 6 units, CHF 60.00 to collect",
        "Receiver 2",
        orders[1].barcode,
        "Page 1 of 1",
    ):
        assert words in text, words
    assert Event.objects.count() == before
    refusal(Api(factories.make_tenant()).get(f"waybills/{waybill.label}/manifest/"), 404)


def test_a_run_sheet_follows_the_stops(tenant):
    driver = factories.make_driver(tenant, name="Lea Beck")
    orders = [make(tenant, dropoff_contact=f"Receiver {number}", dropoff_notes="Ring twice") for number in range(2)]
    trip = factories.make_trip(tenant, orders, driver=driver)
    text = text_of(Api(tenant).get(f"trips/{trip.label}/run-sheet/"))
    for words in (trip.label, "Lea Beck", "4 stops, 2 orders, 4 units, CHF 40.00 to collect", "Ring twice"):
        assert words in text, words
    assert text.index("Receiver 0") < text.index("Receiver 1")
    assert text.count("Pick up") == text.count("Drop off") == 2
