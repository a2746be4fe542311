"""Actions per second with 8 writers, against bare transactions that do the same row writes.

`python -m bench.commands [--seconds 5] [--writers 8]`. Each writer is a process with orders of its own. Two workloads:
hold/release (one order row, one event) and assign/unassign (also the assignment row and the driver's lock). Baselines:
`orm`, the same locks and row writes in one bare Django transaction, without rights, guards, checks, history or
publishing; and `sql`, the same as hand-made statements through psycopg. Measured in turns, so that a drift of the
machine hits all.
"""

import argparse
import json
import multiprocessing
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from bench.database import bench_database

ORDERS_PER_WRITER = 40


def prepare(writers: int) -> dict[str, Any]:
    from tests import factories

    tenant = factories.make_tenant()
    customer, service = factories.make_customer(tenant), factories.make_service(tenant)
    plan: dict[str, Any] = {"tenant": tenant.pk, "writers": []}
    for _ in range(writers):
        driver = factories.make_driver(tenant)
        orders = [
            factories.make_order(tenant, customer_id=customer.pk, service_id=service.pk)
            for _ in range(ORDERS_PER_WRITER)
        ]
        plan["writers"].append(
            {
                "driver": driver.pk,
                "vehicle": driver.primary_vehicle_id,
                "orders": [(order.pk, order.code) for order in orders],
            }
        )
    return plan


def command_writer(
    work: dict[str, Any], tenant_id: int, workload: str, seconds: float, start: Any, results: Any
) -> None:
    import django

    django.setup()
    from dispatch_console.core.actor import Actor
    from dispatch_console.core.permissions import PERMISSIONS
    from orders import commands
    from orders.actions import Assign, Hold, Release, Unassign

    actor = Actor(
        kind="user", id=1, label="Bench", tenant_id=tenant_id, permissions=frozenset(PERMISSIONS), source="api"
    )
    there, back = {
        "hold/release": (Hold(reason="Bench"), Release()),
        "assign/unassign": (Assign(driver_id=work["driver"]), Unassign(reason="Bench")),
    }[workload]
    commands.perform(there, code=work["orders"][0][1], actor=actor)
    commands.perform(back, code=work["orders"][0][1], actor=actor)
    start.wait()
    _measure(
        lambda index: commands.perform(
            there if index % 2 == 0 else back, code=work["orders"][index // 2 % ORDERS_PER_WRITER][1], actor=actor
        ),
        seconds,
        results,
    )


def orm_writer(work: dict[str, Any], tenant_id: int, workload: str, seconds: float, start: Any, results: Any) -> None:
    import django

    django.setup()
    from django.db import transaction

    from dispatch_console.core.models import Event
    from drivers.models import Driver
    from orders.models import Assignment, Order

    data = {"input": {"reason": "Bench", "note": ""}, "before": {"x": 1}, "after": {"x": 2}, "names": {}}

    def act(index: int) -> None:
        there = index % 2 == 0
        now = datetime.now(UTC)
        with transaction.atomic():
            order = Order.objects.select_for_update(no_key=True).get(
                tenant_id=tenant_id, code=work["orders"][index // 2 % ORDERS_PER_WRITER][1]
            )
            changed = ["version", "updated_at"]
            order.version, order.updated_at = order.version + 1, now
            if workload == "hold/release":
                order.on_hold, order.hold_reason = there, "Bench" if there else ""
                changed += ["on_hold", "hold_reason"]
            else:
                if there:
                    driver = Driver.objects.select_for_update(no_key=True).get(pk=work["driver"])
                    Assignment.objects.create(
                        tenant_id=tenant_id,
                        order=order,
                        driver=driver,
                        vehicle_id=work["vehicle"],
                        status="assigned",
                        assigned_by="Bench",
                        created_at=now,
                    )
                else:
                    Assignment.objects.filter(order=order, ended_at__isnull=True).update(
                        status="unassigned", reason="Bench", ended_at=now
                    )
                order.driver_id, order.vehicle_id = (work["driver"], work["vehicle"]) if there else (None, None)
                order.assignment_status = "assigned" if there else "none"
                order.status = "assigned" if there else "pending"
                changed += ["driver", "vehicle", "assignment_status", "status"]
            order.save(update_fields=changed)
            Event.objects.create(
                tenant_id=tenant_id,
                stream="order",
                object_id=order.pk,
                object_code=order.code,
                version=order.version,
                kind="order.held",
                actor_kind="user",
                actor_id=1,
                actor_label="Bench",
                source="api",
                reason="Bench",
                data=data,
                occurred_at=now,
                recorded_at=now,
            )

    act(0)
    act(1)
    start.wait()
    _measure(act, seconds, results)


def sql_writer(work: dict[str, Any], tenant_id: int, workload: str, seconds: float, start: Any, results: Any) -> None:
    import django

    django.setup()
    import psycopg
    from django.db import connection

    connection.ensure_connection()
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    raw = psycopg.connect(**{key: value for key, value in parameters.items() if key != "prepare_threshold"})
    data = json.dumps({"input": {"reason": "Bench", "note": ""}, "before": {"x": 1}, "after": {"x": 2}, "names": {}})

    def act(index: int) -> None:
        there = index % 2 == 0
        order_id, code = work["orders"][index // 2 % ORDERS_PER_WRITER]
        now = datetime.now(UTC)
        with raw.transaction():
            version = raw.execute(
                "SELECT version FROM orders_order WHERE tenant_id = %s AND code = %s FOR NO KEY UPDATE",
                [tenant_id, code],
            ).fetchone()[0]  # type: ignore[index]
            if workload == "hold/release":
                raw.execute(
                    "UPDATE orders_order SET on_hold = %s, hold_reason = %s, version = %s, updated_at = %s "
                    "WHERE id = %s",
                    [there, "Bench" if there else "", version + 1, now, order_id],
                )
            elif there:
                raw.execute("SELECT id FROM drivers_driver WHERE id = %s FOR NO KEY UPDATE", [work["driver"]])
                raw.execute(
                    "INSERT INTO orders_assignment (tenant_id, order_id, driver_id, vehicle_id, status, assigned_by, "
                    "reason, warnings, created_at) VALUES (%s, %s, %s, %s, 'assigned', 'Bench', '', '[]', %s)",
                    [tenant_id, order_id, work["driver"], work["vehicle"], now],
                )
                raw.execute(
                    "UPDATE orders_order SET driver_id = %s, vehicle_id = %s, assignment_status = 'assigned', "
                    "status = 'assigned', version = %s, updated_at = %s WHERE id = %s",
                    [work["driver"], work["vehicle"], version + 1, now, order_id],
                )
            else:
                raw.execute(
                    "UPDATE orders_assignment SET status = 'unassigned', reason = 'Bench', ended_at = %s "
                    "WHERE order_id = %s AND ended_at IS NULL",
                    [now, order_id],
                )
                raw.execute(
                    "UPDATE orders_order SET driver_id = NULL, vehicle_id = NULL, assignment_status = 'none', "
                    "status = 'pending', version = %s, updated_at = %s WHERE id = %s",
                    [version + 1, now, order_id],
                )
            raw.execute(
                "INSERT INTO core_event (tenant_id, stream, object_id, object_code, version, kind, actor_kind, "
                "actor_id, actor_label, source, source_id, reason, note, data, key, fingerprint, request_id, "
                "occurred_at, recorded_at) VALUES (%s, 'order', %s, %s, %s, 'order.held', 'user', 1, 'Bench', 'api', "
                "'', 'Bench', '', %s, '', '', '', %s, %s)",
                [tenant_id, order_id, code, version + 1, data, now, now],
            )

    act(0)
    act(1)
    start.wait()
    _measure(act, seconds, results)


def _measure(act: Any, seconds: float, results: Any) -> None:
    """Act until the time is up and report the count and each duration in milliseconds."""
    durations, index = [], 0
    stop = time.perf_counter() + seconds
    while (began := time.perf_counter()) < stop:
        act(index)
        durations.append((time.perf_counter() - began) * 1000)
        index += 1
    if index % 2:
        act(index)  # leave the order as it was found
    results.put(durations)


def run(writer: Any, plan: dict[str, Any], workload: str, seconds: float) -> tuple[float, list[float]]:
    """Actions per second over all writers, and every duration."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(len(plan["writers"])), context.Queue()
    processes = [
        context.Process(target=writer, args=(work, plan["tenant"], workload, seconds, start, results))
        for work in plan["writers"]
    ]
    for process in processes:
        process.start()
    durations = [value for _ in processes for value in results.get(timeout=seconds + 120)]
    for process in processes:
        process.join()
    return len(durations) / seconds, durations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with bench_database("dispatch_bench_commands"):
        plan = prepare(options.writers)
        print(f"{options.writers} writers, {options.rounds} rounds of {options.seconds:g} s in turns; median of rounds")
        heads = f"{'command/s':>11}{'p50 ms':>8}{'p95 ms':>8}{'orm/s':>8}{'sql/s':>8}"
        print(f"{'workload':<18}{heads}{'orm ÷ command':>15}{'sql ÷ command':>15}")
        writers = {"command": command_writer, "orm": orm_writer, "sql": sql_writer}
        for workload in ("hold/release", "assign/unassign"):
            rates: dict[str, list[float]] = {name: [] for name in writers}
            times: list[float] = []
            for _ in range(options.rounds):
                for name, writer in writers.items():
                    rate, durations = run(writer, plan, workload, options.seconds)
                    rates[name].append(rate)
                    times += durations if name == "command" else []
            middle = {name: statistics.median(values) for name, values in rates.items()}
            ratios = [
                statistics.median(b / c for b, c in zip(rates[name], rates["command"], strict=True))
                for name in ("orm", "sql")
            ]
            p95 = statistics.quantiles(times, n=20)[18]
            print(
                f"{workload:<18}{middle['command']:>11.0f}{statistics.median(times):>8.1f}{p95:>8.1f}"
                f"{middle['orm']:>8.0f}{middle['sql']:>8.0f}{ratios[0]:>15.2f}{ratios[1]:>15.2f}"
            )


if __name__ == "__main__":
    main()
