"""Orders from files, in five steps over the API; the console asks the same addresses."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dispatch_console.core import clock, geocoding, stream
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders import batches, tasks
from orders.actions.form_rules import PLAIN_FIELDS
from orders.importing import jobs, work
from orders.importing.fields import ENDS
from orders.importing.sniffing import LARGEST_FILE
from orders.models import ImportFinding, ImportJob, ImportState, Order
from tests.factories import create_order, make_customer, make_service, make_team, make_tenant, make_warehouse, make_zone
from tests.orders.api import PREFIX, Api, refusal

pytestmark = pytest.mark.django_db

HEADINGS = ["Reference", "Customer", "Service", "Pickup warehouse", "Dropoff address", "Receiver", "COD", "Notes"]
MAPPED = {
    "external_reference": {"column": 0},
    "customer": {"column": 1},
    "service": {"column": 2},
    "pickup_warehouse": {"column": 3},
    "dropoff_address": {"column": 4},
    "dropoff_contact": {"column": 5},
    "cod_amount": {"column": 6},
    "notes": {"column": 7},
    "type": {"value": "delivery"},
    "payer": {"value": "sender"},
    "payment_method": {"value": "Cash on delivery"},
    "unit_size": {"value": "1"},
}


class Desk:
    """A company with what its files speak of, and one who imports them."""

    def __init__(self) -> None:
        self.tenant = make_tenant()
        self.customer = make_customer(self.tenant, name="Bistro Rhein", external_reference="B-1")
        make_service(self.tenant, name="Express", code="EX")
        make_warehouse(self.tenant, name="Hub", code="HUB")
        make_zone(self.tenant)
        self.api = Api(self.tenant)

    def upload(self, content: bytes, name: str = "orders.csv", **headers: str) -> Any:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.api.client.post(f"{PREFIX}imports/", {"file": SimpleUploadedFile(name, content)}, headers=named)

    def job(self, rows: list[list[str]], fields: dict[str, Any] | None = None, **more: Any) -> str:
        """The label of an import whose columns are mapped."""
        label = self.upload(as_csv([HEADINGS, *rows])).json()["label"]
        body = {"fields": fields or MAPPED, "finds_places": False, **more}
        answer = self.api.send("PUT", f"imports/{label}/mapping/", body)
        assert answer.status_code == 200, answer.content
        return label

    def read(self, label: str) -> dict[str, Any]:
        return self.api.get(f"imports/{label}/").json()

    def act(self, label: str, step: str, **body: Any) -> dict[str, Any]:
        answer = self.api.post(f"imports/{label}/{step}/", body)
        assert answer.status_code in (200, 202), answer.content
        return answer.json()

    def findings(self, label: str) -> list[tuple[int, str, str]]:
        rows = self.api.get(f"imports/{label}/findings/", errors="true").json()["results"]
        return [(row["row"], row["column"], row["code"]) for row in rows]

    def orders(self) -> list[Order]:
        return list(Order.objects.filter(tenant=self.tenant).order_by("id"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def row(reference: str, **over: str) -> list[str]:
    cells = {
        "customer": "Bistro Rhein", "service": "EX", "hub": "HUB", "address": "Landstrasse 98, Triesen",
        "receiver": "Anna", "cod": "48.20", "notes": "",
    } | over  # fmt: skip
    return [reference, *cells.values()]


def error_file(desk: Desk, label: str) -> list[list[str]]:
    answer = desk.api.get(f"imports/{label}/error-file/")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


# Acceptance statement 14


def test_a_pdf_and_a_file_of_16_mb_are_refused_with_two_messages(desk):
    by_name = refusal(desk.upload(b"%PDF-1.7", "orders.pdf"), 400, "unsupported_file_extension")
    by_content = refusal(desk.upload(b"%PDF-1.7 and so on", "orders.csv"), 400, "not_a_spreadsheet")
    by_size = refusal(desk.upload(b"a,b\n" + bytes(16_000_000), "orders.csv"), 413, "file_too_large")
    assert by_size["details"]["limit"] == LARGEST_FILE == 15_728_640
    assert "15,728,640" in by_size["message"]
    assert len({by_name["message"], by_content["message"], by_size["message"]}) == 3
    assert not ImportJob.objects.exists()


def test_bad_rows_are_told_by_row_and_column_and_never_make_half_an_order(desk):
    label = desk.job(
        [
            row("R1"),
            row("R2", customer="Nobody", cod="plenty"),
            row("R3", service="SLOW"),
            row("R4", address=""),
            row("R1"),
            row("R5", cod="0"),
            row("R6", notes="a\x00b"),
            row("R7", receiver="x" * 200),
            row("R8"),
        ]
    )
    reviewed = desk.act(label, "review")
    assert (reviewed["state"], reviewed["valid"], reviewed["invalid"]) == ("reviewed", 2, 7)
    assert not desk.orders()
    assert desk.findings(label) == [
        (3, "Customer", "unknown_customer"),
        (3, "COD", "not_a_number"),
        (4, "Service", "unknown_service"),
        (5, "Dropoff address", "invalid"),
        (6, "Reference", "duplicate_reference"),
        (7, "COD", "invalid"),
        (8, "Notes", "control_character"),
        (9, "Receiver", "max_length"),
    ]
    done = desk.act(label, "confirm")
    assert (done["state"], done["created"], done["held"]) == ("done", 2, 7)
    assert [order.external_reference for order in desk.orders()] == ["R1", "R8"]
    assert {order.bulk_group for order in desk.orders()} == {label}
    assert len(desk.api.codes(bulk_group=label)) == 2


def test_created_orders_say_where_they_come_from(desk):
    label = desk.job([row("R1"), row("R2")])
    desk.act(label, "review")
    desk.act(label, "confirm")
    stream.number_pending(desk.tenant.pk)
    events = Event.objects.filter(tenant=desk.tenant).order_by("number")
    assert [(event.kind, event.source, event.source_id, event.number) for event in events] == [
        ("order.created", "import", label, 1),
        ("order.created", "import", label, 2),
    ]
    order = desk.orders()[0]
    assert (str(order.cod_amount), order.payment_method, order.pickup_warehouse.code) == ("48.20", "cod", "HUB")
    assert order.due_at is not None


def test_the_error_file_holds_the_bad_rows_with_their_columns_and_can_be_imported_when_corrected(desk):
    label = desk.job([row("R1"), row("R2", customer="=cmd()", notes="-1"), row("R3", service="SLOW")])
    desk.act(label, "review")
    desk.act(label, "confirm")
    names, *bad = error_file(desk, label)
    assert names == [*HEADINGS, "Row", "Errors"]
    assert [(cells[0], cells[-2]) for cells in bad] == [("R2", "3"), ("R3", "4")]
    assert bad[0][1] == "'=cmd()"
    assert bad[1][-1] == "Service: There is no delivery service “SLOW” in use."
    bad[0][1] = desk.customer.external_reference
    bad[1][2] = "express"
    label = desk.upload(as_csv([names, *bad])).json()["label"]
    answer = desk.api.get(f"imports/{label}/preview/").json()
    assert answer["mapping"]["customer"] == {"column": 1, "value": ""}
    again = desk.api.send("PUT", f"imports/{label}/mapping/", {"fields": MAPPED, "finds_places": False})
    assert again.status_code == 200
    desk.act(label, "review")
    assert desk.act(label, "confirm")["created"] == 2
    assert [(order.external_reference, order.notes) for order in desk.orders()[1:]] == [("R2", "-1"), ("R3", "")]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(desk.api.get(f"imports/{label}/error-file/", format="xlsx"))))
    assert book.active.max_row == 1


def test_the_same_file_again_is_refused_row_by_row(desk):
    rows = [row("R1"), row("R2"), row("")]
    for label in (desk.job(rows), desk.job(rows)):
        desk.act(label, "review")
        answer = desk.api.post(f"imports/{label}/confirm/")
    assert answer.json()["created"] == 1, "only the row without a reference"
    codes = [order.code for order in desk.orders()]
    assert desk.findings(label) == [(2, "Reference", "duplicate_reference"), (3, "Reference", "duplicate_reference")]
    assert codes[0] in ImportFinding.objects.filter(job__label=label).earliest("row").message


def test_upload_map_and_confirm_are_harmless_when_repeated(desk):
    content = as_csv([HEADINGS, row("R1")])
    first = desk.upload(content, idempotency_key="k1")
    again = desk.upload(content, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["label"] == again.json()["label"]
    refusal(desk.upload(content + b"\n", idempotency_key="k1"), 422, "idempotency_key_reused")
    label = desk.job([row("R1")])
    refusal(desk.api.post(f"imports/{label}/confirm/"), 409, "not_reviewed")
    reviewed = desk.act(label, "review")
    refusal(desk.api.post(f"imports/{label}/confirm/", {"version": reviewed["version"] - 1}), 412, "stale_version")
    desk.act(label, "confirm", version=reviewed["version"])
    assert desk.act(label, "confirm")["created"] == 1
    assert len(desk.orders()) == 1
    refusal(desk.api.send("PUT", f"imports/{label}/mapping/", {"fields": MAPPED}), 409, "wrong_state")


# Columns


def test_columns_are_guessed_and_what_was_chosen_is_remembered(desk):
    names = ["Auftragsnummer", "Kunde", "Ship to", "Menge", "Something", "Something"]
    content = as_csv([["Our orders"], names, ["1", "Bistro", "Vaduz", "3", "", ""]])
    job = desk.upload(content).json()
    seen = desk.api.get(f"imports/{job['label']}/preview/").json()
    assert (seen["heading_row"], seen["headings"], seen["is_remembered"]) == (2, names, False)
    assert {name: source["column"] for name, source in seen["mapping"].items() if source["column"] is not None} == {
        "external_reference": 0, "customer": 1, "dropoff_address": 2, "unit_size": 3,
    }  # fmt: skip
    assert set(seen["missing"]) == {"service", "pickup_address"}
    assert seen["rows"] == [{"row": 3, "cells": ["1", "Bistro", "Vaduz", "3", "", ""]}]
    chosen = seen["mapping"] | {"service": {"column": 5}, "pickup_warehouse": {"value": "HUB"}}
    assert desk.api.send("PUT", f"imports/{job['label']}/mapping/", {"fields": chosen}).status_code == 200
    label = desk.upload(content).json()["label"]
    again = desk.api.get(f"imports/{label}/preview/").json()
    assert again["is_remembered"]
    assert again["mapping"]["service"] == {"column": 5, "value": ""}
    elsewhere = Desk()
    other = elsewhere.upload(content).json()["label"]
    assert not elsewhere.api.get(f"imports/{other}/preview/").json()["is_remembered"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer": {"column": 99}}, "customer"),
        ({"customer": {"column": 2}}, "service"),
        ({"customer": {}}, "customer"),
        ({"pickup_warehouse": {}}, "pickup_address"),
        ({"colour": {"column": 0}}, "colour"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_by_field(desk, change, field):
    label = desk.upload(as_csv([HEADINGS, row("R1")])).json()["label"]
    answer = desk.api.send("PUT", f"imports/{label}/mapping/", {"fields": MAPPED | change})
    assert field in refusal(answer, 400, "invalid")["details"]["fields"]


def test_numbers_times_and_choices_are_read_as_people_write_them(desk):
    day = (clock.now() + timedelta(days=40)).replace(day=5)
    names = [
        "customer",
        "service",
        "from",
        "to",
        "type",
        "payer",
        "payment",
        "units",
        "fee",
        "priority",
        "due",
        "items",
    ]
    names += ["lat", "lng"]
    cells = ["b-1", "express", "Hub Street 1", "Dorf 2", "On-demand", "RECEIVER", "card", "1.0", "1'234,50", "High",
             f"{day:%d.%m.%Y} 14:30", "2 x Box; Bag", "47,1", "9,52"]  # fmt: skip
    label = desk.upload(as_csv([names, cells])).json()["label"]
    found = desk.api.get(f"imports/{label}/preview/").json()["mapping"]
    found |= {"dropoff_latitude": {"column": 12}, "dropoff_longitude": {"column": 13}}
    assert desk.api.send("PUT", f"imports/{label}/mapping/", {"fields": found}).status_code == 200
    desk.act(label, "review")
    assert desk.findings(label) == []
    desk.act(label, "confirm")
    order = desk.orders()[0]
    local = order.scheduled_delivery_at.astimezone(desk.tenant.zone_info)
    assert (local.day, local.month, local.hour, local.minute) == (5, day.month, 14, 30)
    assert (order.type, order.payer, order.priority, str(order.delivery_fee)) == ("on_demand", "receiver", 2, "1234.50")
    assert (order.dropoff_latitude, order.dropoff_longitude) == (47.1, 9.52)
    assert list(order.items.values_list("name", "quantity")) == [("Box", 2), ("Bag", 1)]


def test_the_template_can_be_imported_as_it_is(desk):
    make_customer(desk.tenant, name="Bistro Rhein (2)")
    answer = desk.api.get("imports/template/", format="xlsx")
    content = b"".join(answer.streaming_content)
    make_service(desk.tenant, code="EXPRESS")
    label = desk.upload(content, "template.xlsx").json()["label"]
    seen = desk.api.get(f"imports/{label}/preview/").json()
    assert seen["missing"] == {}
    assert all(source["column"] is not None for source in seen["mapping"].values())
    body = {"fields": seen["mapping"], "finds_places": False}
    assert desk.api.send("PUT", f"imports/{label}/mapping/", body).status_code == 200
    assert desk.act(label, "review")["valid"] == 1


def test_addresses_get_coordinates_from_the_geocoder_only_where_it_is_sure(desk, monkeypatch):
    asked: list[str] = []
    village = geocoding.Place("Landstrasse 98, 9495 Triesen", 47.1, 9.5, "house", "", "Landstrasse", "98", "Triesen")

    class Provider:
        def search(self, text, *, limit=8, near=None):
            asked.append(text)
            return [village] if "Landstrasse" in text else []

    monkeypatch.setattr(geocoding, "provider", Provider)
    rows = [row("R1"), row("R2"), row("R3", address="Landstrasse 98, Zürich"), row("R4", address="Nowhere")]
    label = desk.job(rows, finds_places=True)
    reviewed = desk.act(label, "review")
    assert sorted(asked) == ["Landstrasse 98, Triesen", "Landstrasse 98, Zürich", "Nowhere"]
    assert reviewed["problems"] == {"no_coordinates": 2}
    monkeypatch.setattr(geocoding, "provider", None)
    desk.act(label, "confirm")
    assert [order.dropoff_latitude for order in desk.orders()] == [47.1, 47.1, None, None]


# Long runs


def test_a_run_that_is_killed_goes_on_behind_its_last_batch(desk, monkeypatch):
    monkeypatch.setattr(work, "BATCH", 3)
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    label = desk.job([row(f"R{number}", customer="?" if number % 4 == 3 else "B-1") for number in range(10)])
    job = ImportJob.objects.get(label=label)
    desk.act(label, "review")
    tasks.carry_on_import(job.pk)
    desk.act(label, "confirm")
    create_many, batches_done = batches.create_many, []

    def killed(*args: Any, **kwargs: Any) -> Any:
        if len(batches_done) == 2:
            raise KeyboardInterrupt
        batches_done.append(1)
        return create_many(*args, **kwargs)

    monkeypatch.setattr(batches, "create_many", killed)
    with pytest.raises(KeyboardInterrupt):
        tasks.carry_on_import(job.pk)
    halfway = desk.read(label)
    assert (halfway["state"], halfway["created"], halfway["held"]) == ("running", 5, 1)
    monkeypatch.setattr(batches, "create_many", create_many)
    tasks.carry_on_import(job.pk)
    assert desk.read(label)["created"] == 5, "the lease of the process that was killed has not run out yet"
    ImportJob.objects.filter(pk=job.pk).update(heartbeat_at=clock.now() - timedelta(minutes=5))
    tasks.carry_on_import(job.pk)
    done = desk.read(label)
    assert (done["state"], done["created"], done["held"], done["problems"]) == ("done", 8, 2, {"unknown_customer": 2})
    assert [order.external_reference for order in desk.orders()] == [f"R{n}" for n in (0, 1, 2, 4, 5, 6, 8, 9)]
    assert [found[0] for found in desk.findings(label)] == [5, 9]


def test_a_cancelled_run_keeps_what_is_created_and_names_the_rest(desk, monkeypatch):
    monkeypatch.setattr(work, "BATCH", 2)
    label = desk.job([row(f"R{number}") for number in range(6)])
    desk.act(label, "review")
    check = work._Run._create

    def cancelled_meanwhile(self: Any, rows: Any, reader: Any) -> None:
        if self.job.position:
            desk.act(label, "cancel")
        check(self, rows, reader)

    monkeypatch.setattr(work._Run, "_create", cancelled_meanwhile)
    assert desk.act(label, "confirm")["state"] == "cancelled"
    assert [order.external_reference for order in desk.orders()] == ["R0", "R1"]
    assert [cells[0] for cells in error_file(desk, label)[1:]] == ["R2", "R3", "R4", "R5"]


def test_who_lost_the_right_meanwhile_creates_nothing(desk):
    label = desk.job([row("R1")])
    desk.act(label, "review")
    ImportJob.objects.filter(label=label).update(state=ImportState.RUNNING, heartbeat_at=None, actor_id=0)
    work.carry_on(ImportJob.objects.get(label=label).pk)
    assert (desk.read(label)["state"], desk.read(label)["problem_code"]) == ("failed", "forbidden")
    assert not desk.orders()


def test_old_files_are_removed_and_their_imports_stay_in_the_list(desk):
    label = desk.job([row("R1")])
    job = ImportJob.objects.get(label=label)
    ImportJob.objects.filter(pk=job.pk).update(expires_at=clock.now() - timedelta(days=1))
    assert jobs.prune() == 1
    assert not job.file.storage.exists(job.file.name)
    assert desk.read(label)["has_file"] is False
    refusal(desk.api.get(f"imports/{label}/error-file/"), 409, "file_expired")


def test_imports_of_others_are_seen_by_those_who_see_all_orders(desk):
    label = desk.job([row("R1")])
    colleague = Api(desk.tenant)
    assert colleague.get(f"imports/{label}/").status_code == 200
    refusal(Api(make_tenant()).get(f"imports/{label}/"), 404)
    refusal(Api(desk.tenant, RoleKind.OBSERVER).get("imports/"), 403)
    refusal(Api(desk.tenant, RoleKind.PARTNER, customer=desk.customer).get("imports/"), 403)
    assert make_team(desk.tenant).pk


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_with_the_columns_of_an_import_becomes_the_same_orders_elsewhere(desk, kind):
    soon = (clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    values = {"customer_id": desk.customer.pk, "service_id": desk.customer.tenant.services.get().pk}
    create_order(
        desk.tenant, **values, order_type="delivery", external_reference="=R1", notes="-two\nlines",
        cod_amount=Decimal("48.20"), payment_method="cod", unit_size=3, priority=1, dropoff_phone="+423 1",
        dropoff_contact="'=x", items=[
            {"name": "Box", "quantity": 2}, {"name": "Bag", "quantity": 1}], scheduled_delivery_at=soon, is_draft=True,
    )  # fmt: skip
    hub = {"pickup_address": "", "pickup_latitude": None, "pickup_longitude": None}
    create_order(desk.tenant, **values, **hub, pickup_warehouse_id=desk.tenant.warehouses.get().pk, barcode="0012")
    exported = b"".join(desk.api.get("orders/export/", columns="import", format=kind, ordering="created_at"))
    elsewhere = Desk()
    label = elsewhere.upload(exported, f"orders.{kind}").json()["label"]
    seen = elsewhere.api.get(f"imports/{label}/preview/").json()
    assert {name for name, source in seen["mapping"].items() if source["column"] is None} == set()
    body = {"fields": seen["mapping"], "finds_places": False, "bulk_group": "Again"}
    assert elsewhere.api.send("PUT", f"imports/{label}/mapping/", body).status_code == 200
    elsewhere.act(label, "review")
    assert elsewhere.findings(label) == []
    elsewhere.act(label, "confirm")
    assert [told(order) for order in elsewhere.orders()] == [told(order) for order in desk.orders()]


def told(order: Order) -> dict[str, Any]:
    """What a file says of an order."""
    names = {"customer_name", "status", "type", *PLAIN_FIELDS}
    ends = {end: getattr(order, f"{end}_warehouse") and getattr(order, f"{end}_warehouse").code for end in ENDS}
    return {name: getattr(order, name) for name in names} | ends | {
        "service": order.service.code, "barcode": order.barcode, "carrier": order.carrier_type,
        "items": list(order.items.values_list("name", "quantity")),
    }  # fmt: skip
