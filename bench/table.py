"""The order table over a million orders: pages, counts and search, in the database and through HTTP.

`python -m bench.table [--runs 40] [--reset] [--servers gunicorn daphne]`. The database `bench_table` is kept between
runs, since loading takes minutes. *Database*: the statements that the product sends, against one statement written by
hand for the same rows, in turns. *HTTP*: whole answers of the API to one client, by API key; CPU is the
server's own processor time per answer.
"""

import argparse
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psutil

from bench.database import ROOT, bench_database

PAGE_TARGET_MS, SEARCH_TARGET_MS, RATIO_TARGET = 40, 100, 2.0
DEEP_PAGES = 20
QUIET = "--log-level=error"

BY_HAND = """
SELECT o.id, o.code, o.barcode, o.version, o.type, o.status, o.assignment_status, o.carrier_type, o.direction,
       o.customer_id, o.customer_name, o.customer_phone, o.service_id, service.name, service.level, o.team_id,
       o.driver_id, driver.name, vehicle.name, o.holder_id, holder.name, o.on_hold, o.hold_reason, o.closing_reason,
       o.held_by, o.payer, o.payment_method, o.payment_status, o.cod_amount, o.delivery_fee, o.unit_size, o.priority,
       o.due_at, o.scheduled_pickup_at, o.scheduled_delivery_at, o.created_at, o.updated_at, o.picked_up_at,
       o.closed_at, o.external_reference, o.bulk_group, left(o.notes, 140), o.proof_missing,
       o.pickup_address, o.pickup_warehouse_id, origin.name, o.pickup_latitude, o.pickup_longitude, o.pickup_zone_id,
       from_zone.name, from_zone.code, o.pickup_contact, o.pickup_phone,
       o.dropoff_address, o.dropoff_warehouse_id, target.name, o.dropoff_latitude, o.dropoff_longitude,
       o.dropoff_zone_id, to_zone.name, to_zone.code, o.dropoff_contact, o.dropoff_phone
FROM orders_order AS o
JOIN orders_deliveryservice AS service ON service.id = o.service_id
LEFT JOIN drivers_driver AS driver ON driver.id = o.driver_id
LEFT JOIN drivers_driver AS holder ON holder.id = o.holder_id
LEFT JOIN drivers_vehicle AS vehicle ON vehicle.id = o.vehicle_id
LEFT JOIN core_warehouse AS origin ON origin.id = o.pickup_warehouse_id
LEFT JOIN core_warehouse AS target ON target.id = o.dropoff_warehouse_id
LEFT JOIN core_zone AS from_zone ON from_zone.id = o.pickup_zone_id
LEFT JOIN core_zone AS to_zone ON to_zone.id = o.dropoff_zone_id
WHERE o.tenant_id = {tenant} AND {where}
ORDER BY {order} LIMIT 51
"""
COUNT_BY_HAND = """
SELECT count(*) FROM (SELECT 1 FROM orders_order AS o WHERE o.tenant_id = {tenant} AND {where} LIMIT 10001) AS kept
"""
COUNTS_BY_HAND = """
SELECT type, status, count(*), sum(cod_amount) FILTER (WHERE payment_method = 'cod' AND payment_status <> 'paid'),
       count(*) FILTER (WHERE due_at < now()), count(*) FILTER (WHERE on_hold)
FROM orders_order
WHERE tenant_id = {tenant} AND status IN ('draft','pending','assigned','picked_up','in_transit','staged')
GROUP BY type, status;
SELECT kinds.type, kinds.status, (SELECT count(*) FROM (
    SELECT 1 FROM orders_order AS o
    WHERE o.tenant_id = {tenant} AND o.type = kinds.type AND o.status = kinds.status LIMIT 10001) x)
FROM (SELECT unnest(ARRAY['on_demand','pickup','delivery','pickup_delivery']) AS type) AS kinds_of_type
CROSS JOIN LATERAL (SELECT kinds_of_type.type, unnest(ARRAY['delivered','cancelled','returned']) AS status) AS kinds
"""
NEWEST = "o.created_at DESC, o.id DESC"


class Case:
    """One question: its parameters, and the same question as SQL."""

    def __init__(
        self, name: str, params: dict[str, str], where: str, order: str = NEWEST, *, search: bool = False
    ) -> None:
        self.name, self.params, self.where, self.order, self.is_search = name, params, where, order, search

    def by_hand(self, tenant: int) -> list[str]:
        if self.name == "counts":
            return [part.format(tenant=tenant) for part in COUNTS_BY_HAND.split(";")]
        return [
            BY_HAND.format(tenant=tenant, where=self.where, order=self.order),
            COUNT_BY_HAND.format(tenant=tenant, where=self.where),
        ]


def like(*words: str) -> str:
    return " AND ".join(f"o.search_text LIKE '%{word}%'" for word in words)


def cases(tenant: int) -> list[Case]:
    from orders.models import Order

    edge = Order.objects.filter(tenant_id=tenant).order_by("-created_at", "-id")[DEEP_PAGES * 500 - 1]
    sample = Order.objects.filter(tenant_id=tenant).order_by("id")[500_000 if deep_enough(tenant) else 500]
    digits = "".join(character for character in sample.dropoff_phone if character.isdigit())
    street = sample.dropoff_address.lower().replace(",", " ").split()
    deep = f"(o.created_at, o.id) < ('{edge.created_at.isoformat()}', {edge.pk})"
    return [
        Case("first page", {}, "true"),
        Case("deep page (10,000 rows in)", {"cursor": "deep"}, deep),
        Case("delivered", {"status": "delivered"}, "o.status = 'delivered'"),
        Case(
            "unassigned queue",
            {"status": "unassigned"},
            "o.status IN ('pending','picked_up','in_transit') AND o.driver_id IS NULL AND o.carrier_type = 'internal'",
        ),
        Case("next due first", {"ordering": "due_at"}, "o.due_at IS NOT NULL", "o.due_at, o.id"),
        Case("one customer", {"customer": str(sample.customer_id)}, f"o.customer_id = {sample.customer_id}"),
        Case("counts", {}, ""),
        Case("search: code", {"search": sample.code}, like(sample.code.lower()), search=True),
        Case("search: phone", {"search": sample.dropoff_phone}, like(digits), search=True),
        Case(
            "search: customer",
            {"search": sample.customer_name},
            like(*(word for word in sample.customer_name.lower().split())),
            search=True,
        ),
        Case(
            "search: address",
            {"search": sample.dropoff_address.replace(",", "")},
            like(*(word if len(word) > 2 else f" {word}" for word in street)),
            search=True,
        ),
    ]


def deep_enough(tenant: int) -> bool:
    from orders.models import Order

    return Order.objects.filter(tenant_id=tenant)[900_000:900_001].exists()


@contextmanager
def database_clock() -> Iterator[list[float]]:
    """Seconds that each statement took, from sending it to having its rows."""
    from django.db import connection

    spent: list[float] = []

    def timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - started)

    with connection.execute_wrapper(timed):
        yield spent


def measure_database(tenant: int, runs: int) -> list[tuple[Case, list[float], list[float]]]:
    from django.db import connection

    from dispatch_console.core.actor import Actor
    from dispatch_console.core.permissions import PERMISSIONS
    from orders.counts import counts
    from orders.selectors import order_page

    actor = Actor(kind="user", id=1, label="Bench", tenant_id=tenant, permissions=frozenset(PERMISSIONS), source="api")
    results = []
    for case in cases(tenant):
        params = dict(case.params)
        if params.get("cursor"):
            params["cursor"] = deep_cursor(partial(next_in_process, actor))
        ask = counts if case.name == "counts" else order_page
        statements = case.by_hand(tenant)
        product: list[float] = []
        hand: list[float] = []
        for _ in range(runs + 2):
            with database_clock() as spent:
                ask(actor, params)
            product.append(sum(spent) * 1000)
            started = time.perf_counter()
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                    cursor.fetchall()
            hand.append((time.perf_counter() - started) * 1000)
        results.append((case, product[2:], hand[2:]))
    return results


def next_in_process(actor: Any, cursor: str) -> str | None:
    from orders.selectors import order_page

    return order_page(actor, {"limit": "500", "cursor": cursor}).next_cursor


def deep_cursor(next_of: Callable[[str], str | None]) -> str:
    cursor = ""
    for _ in range(DEEP_PAGES):
        cursor = next_of(cursor) or ""
    return cursor


@contextmanager
def serving(server: str, port: int) -> Iterator[tuple[str, psutil.Process]]:
    commands = {
        "gunicorn": ["-m", "gunicorn", "dispatch_console.wsgi", "-b", f"127.0.0.1:{port}", "--threads=4", QUIET],
        "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", "dispatch_console.asgi:application"],
    }
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings", "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen([sys.executable, *commands[server]], cwd=ROOT, env=environment)
    try:
        yield f"http://127.0.0.1:{port}/api/v1/", psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


def processor_time(server: psutil.Process) -> float:
    """Seconds that the server and its workers have computed: hardly moved by what else the machine does."""
    times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def measure_http(tenant: int, server: str, port: int, runs: int) -> list[tuple[Case, list[float], float, int]]:
    import httpx

    from dispatch_console.core.models import ApiKey

    key, secret = ApiKey.issue(tenant_id=tenant, name=f"bench {server}", role="dispatcher")
    results = []
    try:
        with (
            serving(server, port) as (base, process),
            httpx.Client(headers={"Authorization": f"Bearer {secret}"}) as client,
        ):
            wait_for(client, base)
            for case in cases(tenant):
                address = base + ("orders/counts/" if case.name == "counts" else "orders/")
                params = dict(case.params)
                if params.get("cursor"):
                    params["cursor"] = deep_cursor(partial(next_over_http, client, base))
                spent, size, before = [], 0, processor_time(process)
                for _ in range(runs + 2):
                    started = time.perf_counter()
                    answer = client.get(address, params=params)
                    spent.append((time.perf_counter() - started) * 1000)
                    answer.raise_for_status()
                    size = len(answer.content)
                computed = (processor_time(process) - before) * 1000 / (runs + 2)
                results.append((case, spent[2:], computed, size))
    finally:
        key.delete()
    return results


def next_over_http(client: Any, base: str, cursor: str) -> str | None:
    return client.get(base + "orders/", params={"limit": "500", "cursor": cursor}).json()["next_cursor"]


def wait_for(client: Any, base: str) -> None:
    import httpx

    for _ in range(150):
        try:
            client.get(base + "me/").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("The server did not start.")


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--port", type=int, default=8205)
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--servers", nargs="*", default=["gunicorn", "daphne"])
    options = parser.parse_args()
    if options.reset:
        with bench_database("bench_table"):
            pass
    with bench_database("bench_table", keep=True):
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request would bury the table
        from bench.table_data import load

        tenant = load()
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        print(f"{'database, ms':30} {'p50':>8} {'p95':>8} {'by hand p50':>12} {'ratio':>6}")
        for case, product, hand in measure_database(tenant, options.runs):
            middle, by_hand = statistics.median(product), statistics.median(hand)
            ratio = middle / by_hand
            verdict = "" if ratio <= RATIO_TARGET else f"  over {RATIO_TARGET:g}"
            print(f"{case.name:30} {middle:8.1f} {p95(product):8.1f} {by_hand:12.1f} {ratio:6.2f}{verdict}", flush=True)
        for number, server in enumerate(options.servers):
            print(f"\n{f'HTTP, {server}, ms':30} {'p50':>8} {'p95':>8} {'CPU':>6} {'KB':>6}")
            for case, spent, computed, size in measure_http(tenant, server, options.port + number, options.runs):
                target = SEARCH_TARGET_MS if case.is_search else PAGE_TARGET_MS
                verdict = "" if p95(spent) < target else f"  over {target}"
                print(
                    f"{case.name:30} {statistics.median(spent):8.1f} {p95(spent):8.1f} {computed:6.1f} "
                    f"{size / 1024:6.0f}{verdict}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
