"""Papers: what stands on them, in every language, on every paper, and that nothing changes by printing them."""

import dataclasses
import io
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from dispatch_console.core import clock
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders import tasks
from orders.models import Order, PrintJob, PrintState
from orders.printing import content, files, fitting, forms, sheets
from orders.printing.fonts import BOLD, PLAIN, printable, width
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant(name="Rhine Couriers", currency="CHF", timezone="Europe/Vaduz")


@pytest.fixture
def make(tenant):
    shared = {"customer_id": factories.make_customer(tenant).pk, "service_id": factories.make_service(tenant).pk}
    return lambda **over: factories.make_order(tenant, **shared, **over)


def pages(response) -> list[str]:
    """The text of each page of an answered PDF."""
    assert response.status_code == 200, response.content[:300]
    assert response.headers["Content-Type"] == "application/pdf"
    return texts(b"".join(response.streaming_content))


def texts(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def drawn(form: str, paper: str, *orders: content.Printed, used: int = 0) -> PdfReader:
    out = io.BytesIO()
    company = content.Company("Rhine Couriers", "CHF", ZoneInfo("Europe/Vaduz"))
    chosen = forms.FORMS[form]
    forms.write(out, chosen, chosen.papers[paper], orders, company, used=used)
    return PdfReader(out)


def test_a_label_says_what_a_driver_and_a_scanner_need(tenant, make):
    with clock.at(datetime(2026, 11, 23, 9, 0, tzinfo=UTC)):
        order = make(
            dropoff_contact="Ελένη Παπαδοπούλου",
            dropoff_address="Große Straße 5, Київ",
            dropoff_phone="+30 210 1234567",
            dropoff_notes="Звонить дважды",
            payment_method="cod",
            cod_amount=Decimal("1234.50"),
            payer="receiver",
            delivery_fee=Decimal("9.50"),
            unit_size=2,
            external_reference="shop-77",
            items=[{"name": "Box", "quantity": 2, "weight": Decimal("1.25")}],
        )
    [text] = pages(Api(tenant).get("prints/labels/", codes=order.code))
    for words in (
        "Rhine Couriers",
        order.code,
        order.barcode,
        "Ελένη Παπαδοπούλου",
        "Große Straße 5, Київ",
        "+30 210 1234567",
        "Звонить дважды",
        "COLLECT CHF 1,244.00",
        "2 units",
        "2.5 kg",
        "Ref. shop-77",
        "Due Mon 23 Nov 2026, 11:00",
    ):
        assert words in text, (words, text)


@pytest.mark.parametrize("form", forms.FORMS)
def test_printing_changes_nothing_and_keeps_the_sequence(tenant, make, form):
    orders = [make() for _ in range(5)]
    before = (Event.objects.count(), list(Order.objects.order_by("pk").values("pk", "version", "updated_at", "status")))
    asked = [orders[index].code for index in (3, 0, 4, 1, 2)]
    for paper, declared in forms.FORMS[form].papers.items():
        found = pages(Api(tenant).get(f"prints/{form}/", codes=",".join(asked), paper=paper))
        assert len(found) == -(-5 // declared.fields)
        everything = "\n".join(found)
        places = [everything.index(code) for code in asked]
        assert places == sorted(places)
    after = (Event.objects.count(), list(Order.objects.order_by("pk").values("pk", "version", "updated_at", "status")))
    assert after == before


def test_a_sheet_that_was_used_before_is_used_up(tenant, make):
    orders = [make() for _ in range(3)]
    api, codes = Api(tenant), ",".join(order.code for order in orders)
    assert len(pages(api.get("prints/labels/", codes=codes, paper="a4", used=1))) == 1
    assert len(pages(api.get("prints/labels/", codes=codes, paper="a4", used=2))) == 2
    refusal(api.get("prints/labels/", codes=codes, paper="a4", used=4), 400)


def test_the_queries_do_not_grow_with_the_orders(tenant, make):
    api = Api(tenant)
    pages(api.get("prints/receipts/", codes=make().code))  # a key's first use is noted

    def queries(count):
        codes = ",".join(make().code for _ in range(count))
        with CaptureQueriesContext(connection) as found:
            pages(api.get("prints/receipts/", codes=codes))
        return len(found)

    assert queries(2) == queries(9)


def printed(**over) -> content.Printed:
    end = content.End("A. Beck", "Landstrasse 1, Triesen", "+423 232 00 01", "", "Z1")
    values = {
        "code": "D-10001", "barcode": "000000010001", "reference": "", "customer": "Shop", "service": "Standard",
        "pickup": end, "dropoff": end, "units": 1, "weight": None, "fee": Decimal(0), "fee_by": "Sender",
        "payment": "Prepaid", "goods": Decimal(0), "collect": Decimal(0), "priority": "", "instructions": "",
        "due_at": None, "created_at": datetime(2026, 11, 22, tzinfo=UTC), "leg": "", "driver": "", "items": [],
    }  # fmt: skip
    return content.Printed(**values | over)


LONG = "Donaudampfschifffahrtsgesellschaft " * 40


@pytest.mark.parametrize(
    "over",
    [
        {"instructions": LONG, "service": LONG, "driver": LONG, "reference": LONG},
        {"dropoff": content.End(LONG, "x" * 400, "9" * 80, LONG, "ZONE-WITH-A-LONG-CODE")},
        {"dropoff": content.End("", "", "", "", "")},
        {"dropoff": content.End("مرحبا 你好 🚚", "a\u0000b\u200f\nc\td", "", "", "")},
        {"code": "X" * 24, "barcode": "b" * 40},
        {"barcode": "Straße-№5"},
        {"items": [content.Item("Box", 1, None)] * 200, "weight": Decimal("99999.999"), "units": 100_000},
        {"collect": Decimal("99999999.99"), "goods": Decimal("99999999.99")},
    ],
)
def test_the_worst_order_still_fits_its_field(over):
    for form in forms.FORMS.values():
        for paper in form.papers:
            reader = drawn(form.name, paper, printed(**over))
            assert len(reader.pages) == 1
            reader.pages[0].extract_text()


def test_long_text_is_made_smaller_then_broken_then_cut():
    whole = fitting.fit("Landstrasse 98", PLAIN, room=200, size=12, smallest=7, lines=1)
    smaller = fitting.fit("Landstrasse 98, 9495 Triesen", BOLD, room=120, size=12, smallest=7, lines=1)
    shortened = fitting.fit(LONG, PLAIN, room=120, size=12, smallest=7, lines=3)
    assert (whole.size, whole.is_cut) == (12, False)
    assert 7 <= smaller.size < 12
    assert shortened.is_cut
    assert len(shortened.lines) == 3
    assert shortened.lines[-1].endswith("…")
    assert all(width(line, block.font, block.size) <= 120 for block in (smaller, shortened) for line in block.lines)
    assert printable("Zu\u0308rich\u0000 \n 你") == "Zürich □"


def test_a_list_goes_on_over_pages_with_its_headings_and_ends_with_signatures():
    columns = [sheets.Column("No.", 1, "right"), sheets.Column("Order", 3), sheets.Column("To", 8)]
    rows = [[str(number), f"D-{number}", f"Receiver {number}, {LONG}"] for number in range(1, 61)]
    sheet = sheets.Sheet(
        company="Rhine Couriers", title="Waybill", code="WB00012", subtitle="Hub 1 to Hub 2", facts=[("Driver", "Lea")],
        columns=columns, rows=rows, totals="60 orders, 75 units", signatures=["Handed over", "Received"],
    )  # fmt: skip
    out = io.BytesIO()
    count = sheets.write_sheet(out, sheet)
    found = texts(out.getvalue())
    assert len(found) == count > 2
    assert all("Order" in text and f"Page {page} of {count}" in text for page, text in enumerate(found, start=1))
    assert "60 orders, 75 units" in found[-1]
    assert "Received" in found[-1]
    empty = dataclasses.replace(sheet, rows=[])
    assert sheets.write_sheet(io.BytesIO(), empty) == 1


def test_too_many_orders_and_no_orders_are_refused(tenant, make):
    api, order = Api(tenant), make()
    stranger = Api(factories.make_tenant())
    refusal(stranger.get("prints/labels/", codes=order.code), 409, "no_orders")
    refusal(api.get("prints/labels/"), 400)
    refusal(api.get("prints/labels/", codes=order.code, paper="papyrus"), 400)
    refusal(api.get("prints/labels/", status="open", download=5), 400)
    assert "attachment" in api.get("prints/labels/", status="open", download=1).headers["Content-Disposition"]
    make()
    with pytest.raises(Refused, match="fit into one file"):
        files.wanted(factories.make_actor(tenant), "labels", {"status": "open"}, most=1)


def test_a_large_file_is_made_by_a_worker_and_goes_after_two_days(tenant, make, monkeypatch):
    queue = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args: queue.append((name, *args)))
    member = factories.make_member(tenant)
    api, orders = Api(tenant, membership=member), [make() for _ in range(3)]
    body = {"form": "labels", "paper": "a4", "filters": {"codes": ",".join(order.code for order in orders)}}
    asked = api.post("print-jobs/", body, Idempotency_Key="one")
    assert asked.status_code == 202
    job = asked.json()
    assert api.post("print-jobs/", body, Idempotency_Key="one").json()["id"] == job["id"]
    refusal(api.post("print-jobs/", body | {"form": "receipts"}, Idempotency_Key="one"), 422, "idempotency_key_reused")
    refusal(api.get(f"print-jobs/{job['id']}/file/"), 409, "not_ready")
    assert queue == [("orders.tasks.make_print_file", job["id"])]

    tasks.make_print_file(job["id"])
    tasks.make_print_file(job["id"])  # the queue hands it out twice
    made = api.get(f"print-jobs/{job['id']}/").json()
    assert (made["state"], made["done"]) == ("success", 3)
    [text] = pages(api.get(f"print-jobs/{job['id']}/file/"))
    assert all(order.code in text for order in orders)
    refusal(Api(tenant).get(f"print-jobs/{job['id']}/"), 404)

    name = PrintJob.objects.get().file.name
    with clock.at(clock.now() + 2 * (PrintJob.objects.get().expires_at - clock.now())):
        tasks.prune_print_jobs()
    assert not PrintJob.objects.exists()
    assert not default_storage.exists(name)


def test_a_print_job_whose_worker_was_killed_is_made_by_another(tenant, make):
    member = factories.make_member(tenant)
    job = factories.make_print_job(
        tenant, actor_id=member.user_id, order_ids=[make().pk], total=1, state=PrintState.RUNNING,
        heartbeat_at=clock.now(),
    )  # fmt: skip
    tasks.make_print_file(str(job.pk))
    job.refresh_from_db()
    assert job.state == PrintState.RUNNING
    PrintJob.objects.update(heartbeat_at=factories.minutes_from_now(-10))
    tasks.make_print_file(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.done) == (PrintState.SUCCESS, 1)
