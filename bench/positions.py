"""Positions: what taking them costs, and how soon a ping is on the screens.

`REDIS_URL=... python -m bench.positions [--drivers 5000] [--consoles 20] [--seconds 10] [--server uvicorn]`

*Ingest*: as fast as one server process takes them, by single requests, by requests of ten and over driver sockets,
beside a bare ASGI endpoint and a bare WebSocket relay in the same run. *Ping to frame*: 5,000 drivers with a ping each
5 s while consoles look on, half of them at a part of the map; from the moment a ping was due to the frame that shows
it. Then the rate is raised until the p95 is over 1.5 s or not everything is answered, and once more with two server
processes that share through Redis. After every step the rows in the database are counted against what was answered.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psutil

from bench.database import ROOT, bench_database
from bench.live import wait_until_it_answers
from bench.live_sockets import Client, connect
from bench.positions_phones import CENTRE, SPREAD

P95_LIMIT_MS = 1500.0
READ_CLOSELY = 4  # of the consoles; the others' frames are counted only
STEPS = (1, 1.5, 2, 3, 4, 6, 8)  # times the rate of the fleet


@dataclass(frozen=True)
class Stage:
    tenant_id: int
    cookie: str
    tokens: list[str]


@dataclass
class Screens:
    """What the consoles received: of the closely read ones, how late each ping was.

    Pings from before `since` (ms) are left out, and for whoever looks at a part of the map those from elsewhere: they
    come by and by, on purpose.
    """

    since: float = float("inf")
    frames: int = 0
    size: int = 0
    latencies: list[float] = field(default_factory=list)
    seen: dict[tuple[Client, int], int] = field(default_factory=dict)
    closely: dict[Client, list[float] | None] = field(default_factory=dict)  # with the bounds each looks at

    def received(self, client: Client, payload: bytes) -> None:
        if payload.startswith(b'{"t":"beat"'):
            client.send(b'{"t":"seen","beat":%d}' % msgspec.json.decode(payload)["beat"])
            return
        if not payload.startswith(b'{"t":"positions"'):
            return
        self.frames += 1
        self.size += len(payload)
        if client in self.closely:
            now = time.time() * 1000
            south, west, north, east = self.closely[client] or [-90, -180, 90, 180]
            for driver, latitude, longitude, _, _, recorded_at, _ in msgspec.json.decode(payload)["drivers"]:
                is_wanted = south <= latitude <= north and west <= longitude <= east and recorded_at >= self.since
                if is_wanted and self.seen.get((client, driver), 0) < recorded_at:
                    self.seen[client, driver] = recorded_at
                    self.latencies.append(now - recorded_at)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def prepare(drivers: int) -> Stage:
    from django.conf import settings
    from django.test import Client as Browser

    from dispatch_console.core.models import ApiKey, Membership, User
    from dispatch_console.core.models.keys import digest
    from dispatch_console.core.permissions import RoleKind
    from drivers.models import Driver
    from tests import factories

    tenant = factories.make_tenant()
    member = factories.make_member(tenant, RoleKind.TENANT_ADMIN)
    browser = Browser()
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    users = User.objects.bulk_create(User(email=f"driver{number}@bench.test") for number in range(drivers))
    members = Membership.objects.bulk_create(
        Membership(tenant=tenant, user=user, role=RoleKind.DRIVER) for user in users
    )
    Driver.objects.bulk_create(
        Driver(tenant=tenant, user=user, name=f"Driver {number}", is_online=True) for number, user in enumerate(users)
    )
    tokens = [f"{number:08x}.bench" for number in range(drivers)]
    ApiKey.objects.bulk_create(
        ApiKey(
            tenant=tenant,
            name=token,
            prefix=token[:8],
            digest=digest(token),
            role=RoleKind.DRIVER,
            membership=membership,
        )
        for token, membership in zip(tokens, members, strict=True)
    )
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return Stage(tenant.pk, cookie, tokens)


@contextmanager
def serve(server: str, port: int) -> Iterator[psutil.Process]:
    app = "bench.positions_server:application"
    uvicorn = ["uvicorn", app, "--port", str(port), "--log-level", "warning", "--ws-per-message-deflate", "false"]
    command = [*uvicorn, "--no-access-log"] if server == "uvicorn" else ["daphne", "-p", str(port), "-v", "0", app]
    environment = {**os.environ, "LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "bench.settings"}
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=environment)
    try:
        wait_until_it_answers(process, port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()


class Phones:
    """The process that plays the phones."""

    def __init__(self, tokens: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.positions_phones"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._write(tokens)

    def _write(self, content: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(content) + "\n")
        self.process.stdin.flush()

    async def play(self, way: str, ports: Sequence[int], **order: Any) -> dict[str, Any]:
        defaults: dict[str, Any] = {"rate": None, "connections": 64, "samples": 1}
        self._write({"way": way, "ports": list(ports), **defaults, **order})
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(await asyncio.to_thread(self.process.stdout.readline))
        return answer

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()


def rows_stored() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM drivers_positionsample")
        return int(cursor.fetchone()[0])


def cpu(processes: Sequence[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


async def measure_ingest(phones: Phones, server: psutil.Process, port: int, seconds: float) -> None:
    print(f"\nIngest, one server process, as fast as it goes for {seconds:g} s")
    print(f"{'':34}{'positions/s':>12}{'per core-second':>17}{'CPU us each':>13}{'answered':>10}{'stored':>9}")
    ways: list[tuple[str, str, dict[str, Any]]] = [
        ("bare ASGI endpoint, single", "bare", {}),
        ("REST, single", "http", {}),
        ("REST, single, 256 connections", "http", {"connections": 256}),
        ("bare ASGI endpoint, 10 a request", "bare", {"samples": 10}),
        ("REST, 10 a request", "http", {"samples": 10}),
        ("bare WebSocket relay, no viewer", "relay", {"connections": 256}),
        ("WebSocket, single", "socket", {"connections": 256}),
    ]
    for name, way, order in ways:
        stored, used = await asyncio.to_thread(rows_stored), cpu([server])
        result = await phones.play(way, [port], seconds=seconds, **order)
        used = cpu([server]) - used
        stored = await asyncio.to_thread(rows_stored) - stored
        kept = "-" if way in ("bare", "relay") else f"{stored:,}"
        print(
            f"{name:34}{result['ok'] / result['seconds']:12,.0f}{result['ok'] / used:17,.0f}"
            f"{1e6 * used / max(1, result['ok']):13.0f}{result['ok']:10,}{kept:>9}",
            flush=True,
        )
        if result["other"] or result["unanswered"]:
            print(f"{'':34}not taken: {result['other']}, unanswered: {result['unanswered']}")


async def open_consoles(stage: Stage, ports: Sequence[int], count: int, screens: Screens) -> list[Client]:
    clients = []
    for number in range(count):
        port = ports[number % len(ports)]
        origin = f"http://127.0.0.1:{port}"
        client = await connect(port, "/ws/console/", screens.received, Cookie=stage.cookie, Origin=origin)
        client.send(b'{"t":"hello"}')
        bounds = None
        if number % 2:
            # Every second one looks at a part of its own, a quarter of the region each way.
            south = CENTRE[0] + SPREAD[0] * (number / count - 0.5)
            west = CENTRE[1] + SPREAD[1] * (0.5 - number / count)
            bounds = [south, west, south + SPREAD[0] / 2, west + SPREAD[1] / 2]
            client.send(json.dumps({"t": "view", "bounds": bounds}).encode())
        clients.append(client)
        if number < READ_CLOSELY:  # of those who see everything and of those who look at a part
            screens.closely[client] = bounds
    return clients


async def measure_frames(
    stage: Stage,
    phones: Phones,
    servers: Sequence[psutil.Process],
    ports: Sequence[int],
    *,
    rates: Sequence[int],
    consoles: int,
    seconds: float,
) -> None:
    processes = "one server process" if len(servers) == 1 else f"{len(servers)} server processes through Redis"
    print(f"\nPing to frame, {len(stage.tokens):,} drivers, {consoles} consoles, {processes}, {seconds:g} s a step")
    print(
        f"{'pings/s':>8}{'answered':>10}{'stored':>9}{'answer p95':>12}{'frame p50':>11}{'p95':>8}{'p99':>8}"
        f"{'CPU':>7}{'KB/s a console':>16}"
    )
    for rate in rates:
        screens = Screens()
        clients = await open_consoles(stage, ports, consoles, screens)
        await asyncio.sleep(1.0)
        screens.since = time.time() * 1000
        stored, used, traffic = await asyncio.to_thread(rows_stored), cpu(servers), screens.size
        began = time.monotonic()
        result = await phones.play("http", ports, rate=rate, seconds=seconds, connections=256)
        await asyncio.sleep(0.5)
        took = time.monotonic() - began
        stored, used = await asyncio.to_thread(rows_stored) - stored, cpu(servers) - used
        traffic = screens.size - traffic
        for client in clients:
            client.transport.abort()
        p95 = screens.percentile(0.95)
        print(
            f"{rate:8,}{result['ok']:10,}{stored:9,}{result['p95'] or 0:9.0f} ms{screens.percentile(0.5):8.0f} ms"
            f"{p95:8.0f}{screens.percentile(0.99):8.0f}{used / took:7.0%}{traffic / took / consoles / 1000:16.1f}",
            flush=True,
        )
        if stored < result["ok"]:
            print(f"{'':8}LOST: {result['ok']:,} answered with success, {stored:,} stored")
        if result["other"] or result["unanswered"] or p95 > P95_LIMIT_MS:
            print(f"{'':8}the knee: not taken {result['other']}, unanswered {result['unanswered']}, p95 {p95:.0f} ms")
            return
    print(f"{'':8}no knee up to {rates[-1]:,} pings/s")


async def run(stage: Stage, options: argparse.Namespace) -> None:
    phones = Phones(stage.tokens)
    fleet = len(stage.tokens) // 5
    try:
        with ExitStack() as stack:
            server = stack.enter_context(serve(options.server, options.port))
            if not options.rates:
                await measure_ingest(phones, server, options.port, options.seconds / 2)
            rates = options.rates or [round(fleet * times) for times in STEPS]
            await measure_frames(
                stage, phones, [server], [options.port], rates=rates, consoles=options.consoles, seconds=options.seconds
            )
            if not os.environ.get("REDIS_URL"):
                print("\nTwo server processes need REDIS_URL.")
                return
            second = stack.enter_context(serve(options.server, options.port + 1))
            await measure_frames(
                stage,
                phones,
                [server, second],
                [options.port, options.port + 1],
                rates=rates[:3],
                consoles=options.consoles,
                seconds=options.seconds,
            )
    finally:
        phones.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drivers", type=int, default=5_000)
    parser.add_argument("--consoles", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of one step")
    parser.add_argument("--rates", type=int, nargs="+", help="pings a second; leaves the ingest out")
    parser.add_argument("--port", type=int, default=8180)
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    options = parser.parse_args()
    layer = "Redis" if os.environ.get("REDIS_URL") else "in memory"
    print(f"Server: {options.server}, channel layer: {layer}, load before the run: {os.getloadavg()[0]:.1f}")
    with bench_database("dispatch_bench_positions"):
        asyncio.run(run(prepare(options.drivers), options))


if __name__ == "__main__":
    main()
