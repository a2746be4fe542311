"""The import in the console: a file is taken, mapped, checked and confirmed; a refresh shows the same."""

import csv
import io
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dispatch_console.core.models import Membership
from orders.importing import jobs, work
from orders.models import ImportJob, Order
from tests import factories
from tests.browser.conftest import OpenConsole, serious_faults

HEADINGS = ["Referenz", "Kunde", "Leistung", "Ship to", "Lat", "Bemerkung"]


@pytest.fixture
def company(dispatcher: Membership) -> Membership:
    factories.make_customer(dispatcher.tenant, name="Bistro Rhein")
    factories.make_service(dispatcher.tenant, name="Express", code="EX")
    factories.make_warehouse(dispatcher.tenant, name="Hub Schaan", code="HUB")
    return dispatcher


def file_of(*rows: list[str], name: str = "november.csv") -> dict[str, Any]:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([HEADINGS, *rows])
    return {"name": name, "mimeType": "text/csv", "buffer": out.getvalue().encode("cp1252")}


def row(reference: str, **over: str) -> list[str]:
    cells = {"customer": "Bistro Rhein", "service": "EX", "to": "Städtle 1, Vaduz", "lat": "", "notes": "=x"} | over
    return [reference, *cells.values()]


def fill_in(page: Page) -> None:
    """What the headings do not say."""
    page.get_by_label("Pickup warehouse for all rows").fill("HUB")


def test_a_file_becomes_orders_step_by_step(open_console: OpenConsole, company: Membership) -> None:
    page = open_console("/console/import/")
    said = page.locator(".import-said")
    page.set_input_files("#import-file", {"name": "list.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    expect(said).to_contain_text("is none of: .csv, .xls, .xlsx")
    page.set_input_files("#import-file", {"name": "list.csv", "mimeType": "text/csv", "buffer": b"%PDF-1.7"})
    expect(said).to_contain_text("is a PDF, whatever its name says")

    rows = [row("R1"), row("R2", customer="Nobody"), row("R1"), row("R3")]
    page.set_input_files("#import-file", file_of(*rows))
    heading = page.get_by_role("heading", name="What is in which column?")
    expect(heading).to_be_visible()
    expect(page.get_by_label("Column for Customer")).to_have_value("1")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("Städtle 1, Vaduz")
    assert serious_faults(page) == []
    check = page.get_by_role("button", name="Check all rows")
    check.click()
    expect(page.locator("#import-error-pickup_address")).to_contain_text("Choose the column with the pickup address")
    fill_in(page)
    check.click()

    expect(page.get_by_role("heading", name="2 rows would be held back")).to_be_visible()
    found = page.get_by_role("region", name="Rows to look at")
    expect(found).to_contain_text("There is no customer “Nobody” in use.")
    expect(found).to_contain_text("Row 2 of this file has the same external reference “R1”.")
    page.reload()
    expect(page.get_by_role("heading", name="2 rows would be held back")).to_be_visible()
    assert serious_faults(page) == []
    assert not Order.objects.exists()

    page.get_by_role("button", name="Continue with 2 orders").click()
    page.get_by_role("button", name="Create 2 orders").click()
    expect(page.get_by_role("heading", name="2 orders created, 2 rows held back")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == ["Referenz", "R2", "R1"]
    page.get_by_role("link", name="Show the orders in the table").click()
    expect(page.locator(".table-total")).to_contain_text("2 orders")
    assert set(Order.objects.values_list("notes", flat=True)) == {"=x"}


def test_long_work_shows_how_far_it_is_and_can_be_left_and_cancelled(
    open_console: OpenConsole, company: Membership, in_thread: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    monkeypatch.setattr(work, "BATCH", 5)
    page = open_console("/console/import/", theme="dark")
    page.set_input_files("#import-file", file_of(*[row(f"R{number}") for number in range(20)]))
    fill_in(page)
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_role("heading", name="Checking every row…")).to_be_visible()
    job = ImportJob.objects.get()
    in_thread(lambda: work.carry_on(job.pk))
    expect(page.get_by_role("heading", name="Every row can be imported")).to_be_visible()
    page.get_by_role("button", name="Continue with 20 orders").click()
    page.get_by_role("button", name="Create 20 orders").click()
    expect(page.get_by_role("heading", name="Creating 20 orders…")).to_be_visible()
    page.goto("/console/import/")
    line = page.get_by_role("row", name=job.label)
    expect(line).to_contain_text("Creating orders")
    line.get_by_role("link").click()
    page.get_by_role("button", name="Cancel the import").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the import").click()
    expect(page.get_by_role("heading", name="Cancelled: nothing was created")).to_be_visible()
    in_thread(lambda: work.carry_on(job.pk))
    assert not Order.objects.exists()
