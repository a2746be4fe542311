"""A file of orders through the import, beside the same rows written by hand-made SQL in the same run.

    python -m bench.bulk_import --rows 100000
    python -m bench.bulk_import --rows 10000 --format xlsx

The import reads, maps, checks and creates every row by the rules, with its event; the SQL reads the same file and
copies orders and events into the same tables with nothing but what a row needs. Memory is the peak of this process
over what it held when the import began.
"""

import argparse
import csv
import itertools
import json
import os
import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.database import bench_database

HEADINGS = [
    "External reference", "Customer", "Service", "Type", "Pickup warehouse", "Dropoff address", "Dropoff latitude",
    "Dropoff longitude", "Dropoff contact", "Dropoff phone", "Payer", "Payment method", "Cash on delivery", "Units",
    "Notes",
]  # fmt: skip
CUSTOMERS, ZONES = 200, 40


@dataclass
class Measured:
    rows: int
    format: str
    upload_seconds: float
    check_seconds: float
    create_seconds: float
    sql_seconds: float
    created: int
    peak_megabytes: float

    @property
    def import_seconds(self) -> float:
        return self.upload_seconds + self.check_seconds + self.create_seconds

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "format": self.format,
            "upload_s": round(self.upload_seconds, 2),
            "check_s": round(self.check_seconds, 2),
            "create_s": round(self.create_seconds, 2),
            "import_s": round(self.import_seconds, 2),
            "rows_per_s": round(self.rows / self.import_seconds),
            "created_per_s": round(self.created / self.create_seconds),
            "sql_s": round(self.sql_seconds, 2),
            "sql_rows_per_s": round(self.rows / self.sql_seconds),
            "ratio_create": round(self.create_seconds / self.sql_seconds, 2),
            "ratio_whole": round(self.import_seconds / self.sql_seconds, 2),
            "peak_mb": round(self.peak_megabytes),
        }


def measure(rows: int, kind: str = "csv") -> Measured:
    """Needs a database of its own (`bench_database`)."""
    from django.conf import settings
    from django.core.files.uploadedfile import TemporaryUploadedFile

    from dispatch_console.core.access import system_actor
    from orders.importing import jobs, uploading, work

    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        settings.MEDIA_ROOT = folder
        company, twin = make_company("Import"), make_company("SQL")
        path = Path(folder) / f"orders.{kind}"
        write_file(path, kind, rows)
        if path.stat().st_size > uploading.LARGEST_FILE:
            sys.exit(f"The file has {path.stat().st_size:,} bytes; an import takes {uploading.LARGEST_FILE:,}.")
        actor = system_actor(company.pk)
        jobs.AT_ONCE = 0
        jobs.current_app.send_task = lambda *args, **kwargs: None  # the work is done and timed here
        file = TemporaryUploadedFile(path.name, "", path.stat().st_size, None)
        file.write(path.read_bytes())
        before = megabytes()
        times = [time.perf_counter()]
        job, _ = uploading.upload(actor, file)
        fields = dict(job.mapping)
        times.append(time.perf_counter())
        jobs.map_columns(actor, job.label, asked={"fields": fields, "finds_places": False}, version=None)
        jobs.review(actor, job.label, version=None)
        work.carry_on(job.pk)
        times.append(time.perf_counter())
        jobs.confirm(actor, job.label, version=None)
        work.carry_on(job.pk)
        times.append(time.perf_counter())
        peak = megabytes() - before
        job.refresh_from_db()
        if job.state != "done" or job.created != rows:
            sys.exit(f"{job.state}: {job.created} of {rows} were created; {job.problem} {job.problems}")
        plain = path if kind == "csv" else path.with_suffix(".csv")
        if plain != path:
            write_file(plain, "csv", rows)
        started = time.perf_counter()
        by_hand(plain, twin.pk)
        sql_seconds = time.perf_counter() - started
        upload, check, create = (after - moment for moment, after in itertools.pairwise(times))
        return Measured(rows, kind, upload, check, create, sql_seconds, job.created, peak)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def make_company(name: str) -> Any:
    from dispatch_console.core.models import Customer, Tenant, Warehouse, Zone
    from orders.models import DeliveryService

    tenant = Tenant.objects.create(name=name, slug=name.lower(), timezone="Europe/Vaduz", currency="CHF")
    Customer.objects.bulk_create(Customer(tenant=tenant, name=f"Shop {place}") for place in range(CUSTOMERS))
    for code in ("EXPRESS", "STANDARD"):
        DeliveryService.objects.create(tenant=tenant, name=code.title(), code=code, promise_minutes=90)
    Warehouse.objects.create(tenant=tenant, name="Hub", code="HUB", address="Hub 1", latitude=47.16, longitude=9.51)
    for place in range(ZONES):
        west = 9.4 + place * 0.005
        ring = [[west, 47.0], [west + 0.005, 47.0], [west + 0.005, 47.3], [west, 47.3], [west, 47.0]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        Zone.objects.create(tenant=tenant, name=f"Zone {place}", code=f"Z{place}", geometry=geometry)
    return tenant


def write_file(path: Path, kind: str, rows: int) -> None:
    chance = random.Random(7)

    def row(number: int) -> list[Any]:
        in_cash = number % 5 == 0
        return [
            f"R-{number}", f"Shop {number % CUSTOMERS}", "EXPRESS" if number % 3 else "STANDARD", "delivery", "HUB",
            f"Landstrasse {number % 180}, 9495 Triesen", round(47.05 + chance.random() * 0.2, 5),
            round(9.42 + chance.random() * 0.15, 5), f"Person {number}", f"+423 232 {number % 10_000:04d}", "sender",
            "cod" if in_cash else "account", "48.20" if in_cash else "", 1, "Ring twice",
        ]  # fmt: skip

    if kind == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADINGS)
            writer.writerows(row(number) for number in range(rows))
        return
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.append(HEADINGS)
    for number in range(rows):
        sheet.append(row(number))
    book.save(path)


def by_hand(path: Path, tenant_id: int) -> None:
    """Two COPYs in one transaction: what somebody would write who trusts the file."""
    from django.db import connection, models, transaction

    from dispatch_console.core.models import Customer, Event, Warehouse
    from orders.models import DeliveryService, Order

    customers = {
        name: (pk, phone)
        for pk, name, phone in Customer.objects.filter(tenant=tenant_id).values_list("pk", "name", "phone")
    }
    services = dict(DeliveryService.objects.filter(tenant=tenant_id).values_list("code", "pk"))
    hub = Warehouse.objects.get(tenant=tenant_id)
    order_columns = {
        field.attname: _default(field)
        for field in Order._meta.concrete_fields
        if not isinstance(field, models.GeneratedField)
    }
    event_columns = {field.attname: _default(field) for field in Event._meta.concrete_fields if field.attname != "id"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT now(), nextval('orders_order_id_seq')")
        now, first = cursor.fetchone()
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        cursor.execute("SELECT setval('orders_order_id_seq', %s)", [first + len(rows)])
        with cursor.copy(f"COPY orders_order ({', '.join(order_columns)}) FROM STDIN") as copy:
            for place, row in enumerate(rows):
                customer_id, phone = customers[row["Customer"]]
                values = order_columns | {
                    "id": first + place, "tenant_id": tenant_id, "code": f"H-{place}", "barcode": f"{place:012d}",
                    "type": row["Type"], "status": "pending", "customer_id": customer_id, "customer_phone": phone,
                    "customer_name": row["Customer"], "service_id": services[row["Service"]],
                    "pickup_warehouse_id": hub.pk,
                    "pickup_latitude": hub.latitude, "pickup_longitude": hub.longitude,
                    "dropoff_address": row["Dropoff address"], "dropoff_latitude": float(row["Dropoff latitude"]),
                    "dropoff_longitude": float(row["Dropoff longitude"]), "dropoff_contact": row["Dropoff contact"],
                    "dropoff_phone": row["Dropoff phone"], "payer": row["Payer"],
                    "payment_method": row["Payment method"],
                    "cod_amount": row["Cash on delivery"] or 0, "unit_size": int(row["Units"]), "notes": row["Notes"],
                    "external_reference": row["External reference"], "bulk_group": "By hand", "due_at": now,
                    "created_at": now, "updated_at": now,
                }  # fmt: skip
                copy.write_row(list(values.values()))
        with cursor.copy(f"COPY core_event ({', '.join(event_columns)}) FROM STDIN") as copy:
            for place, row in enumerate(rows):
                values = event_columns | {
                    "tenant_id": tenant_id, "stream": "order", "object_id": first + place, "object_code": f"H-{place}",
                    "version": 1, "kind": "order.created", "actor_kind": "system", "actor_label": "By hand",
                    "source": "import",
                    "data": json.dumps({"input": row, "before": {}, "after": {"status": "pending"}}),
                    "key": f"H:{place}", "occurred_at": now, "recorded_at": now,
                }  # fmt: skip
                copy.write_row(list(values.values()))


def _default(field: Any) -> Any:
    value = field.get_default()
    return json.dumps(value) if isinstance(value, dict | list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--json", action="store_true", help="figures for a program")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    with bench_database("dispatch_bench_import"):
        found = measure(asked.rows, asked.format).as_dict()
    if asked.json:
        print(json.dumps(found))
        return
    tell(found)


def tell(found: dict[str, Any]) -> None:
    print("{rows:,} rows of {format}: import {import_s} s, {rows_per_s:,} rows/s".format(**found))
    print("  upload {upload_s} s, check {check_s} s, create {create_s} s ({created_per_s:,} orders/s)".format(**found))
    print("  the same rows by hand-made SQL {sql_s} s ({sql_rows_per_s:,} rows/s)".format(**found))
    print("  creating takes {ratio_create} times as long, the whole import {ratio_whole} times".format(**found))
    print("  peak memory {peak_mb} MB over the start".format(**found))


if __name__ == "__main__":
    main()
