"""Many orders at once, against the same rows written by hand-made SQL.

`python -m bench.bulk [--actions] [--orders 500] [--rounds 5] [--import] [--rows 100000]`. *Import*: see
`bench.bulk_import`. *Actions*: one bulk run over 500 orders (hold, assign to
one driver, mark as delivered), checked and carried out, beside one hand-made transaction per order that takes the same
locks and writes the same rows (order, event, and assignment where there is one) and keeps the same verdict row, without
rights, guards, checks, or anything that could say no. Product and SQL take turns, each on orders of its own.

Each subject is a function `bench_<name>(arguments)` that prints its own figures; `main` runs those that are asked for.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.database import bench_database

EVENT = (
    "INSERT INTO core_event (tenant_id, stream, object_id, object_code, version, kind, actor_kind, actor_id, "
    "actor_label, source, source_id, reason, note, data, key, fingerprint, request_id, occurred_at, recorded_at) "
    "VALUES (%s, 'order', %s, %s, %s, %s, 'user', 1, 'Bench', 'bulk', '1', 'Bench', '', %s, '', '', '', %s, %s)"
)
DATA = json.dumps({"input": {"reason": "Bench", "note": ""}, "before": {"x": 1}, "after": {"x": 2}, "names": {}})
SUBJECTS: dict[str, Callable[[argparse.Namespace], None]] = {}


def subject(run: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], None]:
    SUBJECTS[run.__name__.removeprefix("bench_")] = run
    return run


# Actions on many orders


@subject
def bench_actions(arguments: argparse.Namespace) -> None:
    from tests import factories

    tenant = factories.make_tenant()
    member = factories.make_member(tenant)
    actor = factories.make_actor(tenant, id=member.user_id)
    raw = _raw_connection()
    print(f"\nOne action on {arguments.orders} orders, seconds (median of {arguments.rounds}):")
    print(f"{'':>10} {'check':>8} {'execute':>8} {'sql':>8} {'ratio':>6}")
    for name in ("hold", "assign", "delivered"):
        found = [_round(name, tenant, actor, raw, arguments.orders) for _ in range(arguments.rounds)]
        check, execute, sql = (statistics.median(each) for each in zip(*found, strict=True))
        print(f"{name:>10} {check:8.2f} {execute:8.2f} {sql:8.2f} {execute / sql:5.1f}x")


def _round(name: str, tenant: Any, actor: Any, raw: Any, count: int) -> tuple[float, float, float]:
    """Seconds of the check, of carrying it out, and of the same rows by SQL."""
    from orders import bulk
    from tests import factories

    # One driver takes them all.
    driver = factories.make_driver(tenant, primary_vehicle=factories.make_vehicle(tenant, capacity_units=10 * count))
    ours, theirs = (_orders(tenant, count, driver if name == "delivered" else None) for _ in range(2))
    params = {
        "hold": {"reason": "Bench"},
        "assign": {"driver_id": driver.pk},
        "delivered": {"note": "Bench"},
    }[name]
    start = time.perf_counter()
    run, _ = bulk.create(actor, action=name, params=params, codes=[code for _, code in ours])
    checked = time.perf_counter() - start
    start = time.perf_counter()
    done = bulk.execute(actor, run.number)
    executed = time.perf_counter() - start
    assert done.done == count, done.rows.values_list("error_code", "message").first()
    start = time.perf_counter()
    for position, (pk, code) in enumerate(theirs, start=1):
        with raw.transaction():
            _by_sql(name, raw, tenant.pk, pk, code, driver)
            raw.execute(
                "UPDATE orders_bulkrow SET outcome = 'done', version_after = %s, status = 'x', event_id = %s "
                "WHERE run_id = %s AND position = %s",
                [position, position, run.pk, position],
            )
    return checked, executed, time.perf_counter() - start


def _orders(tenant: Any, count: int, driver: Any) -> list[tuple[int, str]]:
    """Ids and codes of orders that the action fits, made in few statements."""
    from orders.models import Assignment, Order
    from tests import factories

    first = factories.make_order(tenant, **({"driver_id": driver.pk} if driver else {}))
    now = datetime.now(UTC)
    shared = {
        field.attname: getattr(first, field.attname)
        for field in Order._meta.concrete_fields
        if field.attname not in ("id", "code", "barcode", "search_text")
    }
    if driver:
        shared |= {"status": "in_transit", "picked_up_at": now, "holder_id": driver.pk}
    stem = f"{first.code}-"
    made = Order.objects.bulk_create(
        Order(**shared, code=f"{stem}{number}", barcode=f"{first.pk}-{number}") for number in range(count)
    )
    if driver:
        Assignment.objects.bulk_create(
            Assignment(
                tenant=tenant, order=order, driver=driver, status="assigned", assigned_by="Bench", created_at=now
            )
            for order in made
        )
    return [(order.pk, order.code) for order in made]


def _by_sql(name: str, raw: Any, tenant_id: int, pk: int, code: str, driver: Any) -> None:
    now = datetime.now(UTC)
    version = raw.execute(
        "SELECT version FROM orders_order WHERE tenant_id = %s AND code = %s FOR NO KEY UPDATE", [tenant_id, code]
    ).fetchone()[0]
    if name == "hold":
        raw.execute(
            "UPDATE orders_order SET on_hold = true, hold_reason = 'Bench', version = %s, updated_at = %s "
            "WHERE id = %s",
            [version + 1, now, pk],
        )
    elif name == "assign":
        raw.execute("SELECT id FROM drivers_driver WHERE id = %s FOR NO KEY UPDATE", [driver.pk])
        raw.execute(
            "INSERT INTO orders_assignment (tenant_id, order_id, driver_id, vehicle_id, status, assigned_by, reason, "
            "warnings, is_automatic, created_at) VALUES (%s, %s, %s, %s, 'assigned', 'Bench', '', '[]', false, %s)",
            [tenant_id, pk, driver.pk, driver.primary_vehicle_id, now],
        )
        raw.execute(
            "UPDATE orders_order SET driver_id = %s, vehicle_id = %s, assignment_status = 'assigned', "
            "status = 'assigned', version = %s, updated_at = %s WHERE id = %s",
            [driver.pk, driver.primary_vehicle_id, version + 1, now, pk],
        )
    else:
        raw.execute(
            "UPDATE orders_assignment SET status = 'completed', ended_at = %s WHERE order_id = %s AND ended_at IS NULL",
            [now, pk],
        )
        raw.execute(
            "UPDATE orders_order SET status = 'delivered', assignment_status = 'completed', holder_id = NULL, "
            "closed_at = %s, version = %s, updated_at = %s WHERE id = %s",
            [now, version + 1, now, pk],
        )
    raw.execute(EVENT, [tenant_id, pk, code, version + 1, f"order.{name}", DATA, now, now])


# A file of orders


@subject
def bench_import(arguments: argparse.Namespace) -> None:
    from bench.bulk_import import measure, tell

    print("\nA file of orders:")
    tell(measure(arguments.rows, arguments.format).as_dict())


def _raw_connection() -> Any:
    """psycopg without Django, to the database of the bench."""
    import psycopg
    from django.db import connection

    connection.ensure_connection()
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return psycopg.connect(**parameters, autocommit=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=100_000, help="of the imported file")
    parser.add_argument("--format", choices=("csv", "xlsx"), default="csv", help="of the imported file")
    for name in SUBJECTS:
        parser.add_argument(f"--{name}", action="append_const", const=name, dest="subjects", help=f"only {name}")
    arguments = parser.parse_args()
    with bench_database("dispatch_bench_bulk"):
        for name in arguments.subjects or SUBJECTS:
            SUBJECTS[name](arguments)


if __name__ == "__main__":
    main()
