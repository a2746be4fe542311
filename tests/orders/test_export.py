"""Order lists as files: the set and the columns asked for, in the tenant's time, harmless in a spreadsheet."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from dispatch_console.core import clock
from dispatch_console.core.permissions import RoleKind
from orders import exporting
from orders.export_columns import COLUMNS
from orders.spreadsheets import csv_text
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant(timezone="Europe/Vaduz")


@pytest.fixture
def api(tenant):
    return Api(tenant)


def sheet(response) -> list[list[str]]:
    assert response.status_code == 200, response.content
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_a_csv_file_holds_the_filtered_set_with_the_chosen_columns(api, tenant):
    with clock.at(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)):
        order = factories.make_order(tenant, order_type="pickup", notes="n" * 300)
    factories.make_order(tenant)
    response = api.get("orders/export/", type="pickup", columns="code,created_at,notes,status", format="csv")
    assert sheet(response) == [
        ["Code", "Created (Europe/Vaduz)", "Notes", "Status"],
        [order.code, "2026-11-23 00:30", "n" * 300, "Pending"],
    ]
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="orders-')


def test_every_column_can_be_exported_in_both_kinds(api, tenant):
    driver = factories.make_driver(tenant, name="Rita Frick")
    factories.make_order(tenant, status="delivered", driver=driver)
    rows = sheet(api.get("orders/export/", columns=",".join(COLUMNS)))
    assert len(rows[0]) == len(rows[1]) == len(COLUMNS)
    assert rows[1][list(COLUMNS).index("driver_name")] == "Rita Frick"
    book = load_workbook(io.BytesIO(b"".join(api.get("orders/export/", columns=",".join(COLUMNS), format="xlsx"))))
    assert [len(row) for row in book.active.iter_rows(values_only=True)] == [len(COLUMNS)] * 2


def test_a_workbook_has_numbers_and_times_and_no_formulas(api, tenant):
    cash = {"payer": "receiver", "payment_method": "cod", "cod_amount": Decimal("48.20")}
    factories.make_order(tenant, notes="=1+1", dropoff_contact="@cmd", pickup_contact="#N/A", **cash)
    columns = "cod_amount,created_at,notes,dropoff_contact,pickup_contact"
    response = api.get("orders/export/", columns=columns, format="xlsx")
    book = load_workbook(io.BytesIO(b"".join(response)))
    amount, created, notes, contact, sender = next(book.active.iter_rows(min_row=2))
    assert amount.value == pytest.approx(48.2)
    assert created.is_date
    assert (notes.value, notes.data_type) == ("=1+1", "s")
    assert contact.value == "@cmd"
    assert (sender.value, sender.data_type) == ("#N/A", "s")


@pytest.mark.parametrize("text", ["=1+1", "+423", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_csv_text_that_a_spreadsheet_would_run_is_defused(text):
    assert csv_text(text) == f"'{text}"


def test_harmless_csv_text_is_left_alone():
    assert csv_text("Landstrasse 98 – 2. Stock") == "Landstrasse 98 – 2. Stock"
    assert csv_text(Decimal("-1.50")) == "-1.50"
    assert csv_text(None) == ""


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_that_is_too_long_is_refused_and_not_cut(api, tenant, monkeypatch, kind):
    monkeypatch.setitem(exporting.LIMITS, kind, 2)
    for _ in range(3):
        factories.make_order(tenant)
    error = refusal(api.get("orders/export/", format=kind), 409, "export_too_large")
    assert "more than 2 orders" in error["message"]
    assert error["details"] == {"limit": 2}
    monkeypatch.setitem(exporting.LIMITS, kind, 3)
    assert api.get("orders/export/", format=kind).status_code == 200


def test_long_lists_are_read_in_pages_and_stay_whole(api, tenant, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 2)
    codes = [factories.make_order(tenant).code for _ in range(5)]
    rows = sheet(api.get("orders/export/", columns="code", ordering="code"))
    assert [row[0] for row in rows[1:]] == codes


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({"columns": "code,secret"}, "columns"),
        ({"ordering": "secret"}, "ordering"),
        ({"status": "gone"}, "status"),
        ({"cursor": "x"}, "cursor"),
        ({"limit": "5"}, "limit"),
    ],
)
def test_a_wrong_request_is_refused_before_a_byte_is_sent(api, params, field):
    assert field in refusal(api.get("orders/export/", **params), 400)["details"]["fields"]


def test_exporting_is_a_right_of_its_own(tenant):
    for role in (RoleKind.WAREHOUSE, RoleKind.PARTNER):
        refusal(Api(tenant, role).get("orders/export/"), 403, "forbidden")
    assert Api(tenant, RoleKind.OBSERVER).get("orders/export/").status_code == 200


def test_the_console_downloads_the_same_file(tenant, client, api):
    factories.make_order(tenant)
    client.force_login(factories.make_member(tenant).user)
    assert sheet(client.get("/console/export/", {"columns": "code"})) == sheet(
        api.get("orders/export/", columns="code")
    )
    assert client.get("/console/export/", {"columns": "secret"}).status_code == 400
    client.force_login(factories.make_member(tenant, RoleKind.WAREHOUSE).user)
    assert client.get("/console/export/").status_code == 403


def test_another_tenants_orders_are_in_no_file(api, tenant):
    own = factories.make_order(tenant)
    factories.make_order(factories.make_tenant())
    assert [row[0] for row in sheet(api.get("orders/export/", columns="code"))] == ["Code", own.code]
