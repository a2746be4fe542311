"""The live picture under load: how soon a change is on 50 screens, and how many positions reach 50 and 200 screens.

`python -m bench.live [--viewers 50 200] [--seconds 2] [--changes 40] [--port 8170] [--server uvicorn]`

*Change to frame*: orders are held and released through the HTTP API while 50 consoles look on; timed from the sent
request, and from its answer, to the frame in each console.

*Deliveries*: position updates come in at an open-loop rate that is doubled until fewer than 99 % arrive or the p99
from the scheduled moment to the frame is over 250 ms. A delivery is one driver's update in one console. The same
server, feed and clients measure the product's hub, Channels with one `group_send` per update, and a plain ASGI
broadcaster.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psutil

from bench.database import ROOT, bench_database
from bench.live_sockets import Client, connect

P99_LIMIT_MS = 250.0
TARGET_DELIVERIES, TARGET_VIEWERS = 40_000, 200
DRIVERS = 5_000
SAMPLED_VIEWERS = 8
FEED_EVERY_SECONDS = 0.01
# Updates a second to begin with; doubled as long as they hold.
LADDERS = {"hub": 200, "groups": 7, "plain": 100}
LONGEST_LADDER = 7
NAMES = {"hub": "this product's hub", "groups": "Channels group_send", "plain": "plain ASGI"}


@dataclass(frozen=True)
class Stage:
    """What stands in the database."""

    tenant_id: int
    cookie: str
    secret: str
    codes: list[str]


@dataclass
class Tally:
    """What the consoles of one step received; only some of them are read closely."""

    frames: int = 0
    deliveries: int = 0
    latencies: list[float] = field(default_factory=list)
    latest: dict[tuple[Client, int], int] = field(default_factory=dict)

    def take(self, client: Client, rows: list[list[Any]]) -> None:
        now = time.time() * 1000
        for row in rows:
            # A console that missed a frame gets all positions again: each update counts once.
            if self.latest.get((client, row[0]), 0) < row[5]:
                self.latest[client, row[0]] = row[5]
                self.deliveries += 1
                self.latencies.append(now - row[5])

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


@dataclass(frozen=True)
class Step:
    viewers: int
    updates_per_second: int
    arrived: float
    frames_per_second: float
    cpu_microseconds: float  # of the server's processor, per delivery: hardly moved by what else the machine does
    p50: float
    p99: float

    @property
    def deliveries_per_second(self) -> int:
        return self.viewers * self.updates_per_second

    @property
    def holds(self) -> bool:
        return self.arrived >= 0.99 and self.p99 <= P99_LIMIT_MS


def prepare() -> Stage:
    from django.conf import settings
    from django.test import Client as Browser

    from dispatch_console.core.permissions import RoleKind
    from tests import factories

    tenant = factories.make_tenant()
    member = factories.make_member(tenant, RoleKind.TENANT_ADMIN)
    browser = Browser()
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    _, secret = factories.make_key(tenant, membership=member)
    codes = [factories.make_order(tenant).code for _ in range(10)]
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return Stage(tenant.pk, cookie, secret, codes)


@contextmanager
def serve(server: str, port: int) -> Iterator[psutil.Process]:
    """One server process, as in production: no compression, which would be paid for again for every console."""
    app = "bench.live_server:application"
    uvicorn = ["uvicorn", app, "--port", str(port), "--log-level", "warning", "--ws-per-message-deflate", "false"]
    command = uvicorn if server == "uvicorn" else ["daphne", "-p", str(port), "-v", "0", app]
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, "LOG_LEVEL": "WARNING"})
    try:
        wait_until_it_answers(process, port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The server did not start.") from error
            time.sleep(0.1)
        else:
            return


def act(port: int, secret: str, code: str, action: str, body: dict[str, str]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/orders/{code}/{action}/",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=20).close()


# Change to frame


class Arrivals:
    """When each console heard of the one change that is under way."""

    def __init__(self, viewers: int) -> None:
        self.viewers = viewers
        self.key: tuple[str, int] = ("", 0)
        self.times: list[float] = []
        self.are_complete = asyncio.Event()

    def expect(self, code: str, version: int) -> None:
        self.key, self.times = (code, version), []
        self.are_complete.clear()

    def received(self, client: Client, payload: bytes) -> None:
        if not payload.startswith(b'{"t":"events"'):
            return
        now = time.perf_counter()
        if any((item["code"], item["version"]) == self.key for item in msgspec.json.decode(payload)["items"]):
            self.times.append(now)
            if len(self.times) == self.viewers:
                self.are_complete.set()


async def measure_changes(stage: Stage, port: int, *, viewers: int, changes: int) -> None:
    arrivals = Arrivals(viewers)
    clients = [await open_console(stage, port, arrivals.received) for _ in range(viewers)]
    await asyncio.sleep(0.3)
    from_request, from_answer, to_last = [], [], []
    for index in range(changes):
        turn, place = divmod(index, len(stage.codes))
        code = stage.codes[place]
        arrivals.expect(code, turn + 2)
        action, body = ("hold", {"reason": "Bench"}) if turn % 2 == 0 else ("release", {})
        sent = time.perf_counter()
        await asyncio.to_thread(act, port, stage.secret, code, action, body)
        answered = time.perf_counter()
        await asyncio.wait_for(arrivals.are_complete.wait(), 5)
        from_request += [1000 * (arrival - sent) for arrival in arrivals.times]
        from_answer += [1000 * max(0.0, arrival - answered) for arrival in arrivals.times]
        to_last.append(1000 * max(0.0, max(arrivals.times) - answered))
    close(clients)
    print(f"\nChange to frame: {changes} actions over HTTP, {viewers} open consoles (ms)")
    print(f"{'':36}{'p50':>8}{'p99':>8}{'max':>8}")
    for name, times in (
        ("request sent to frame", from_request),
        ("answer received to frame", from_answer),
        ("answer received to the last console", to_last),
    ):
        ordered = sorted(times)
        print(f"{name:36}{statistics.median(times):8.1f}{ordered[int(len(ordered) * 0.99)]:8.1f}{ordered[-1]:8.1f}")


async def open_console(stage: Stage, port: int, received: Any) -> Client:
    origin = f"http://127.0.0.1:{port}"
    client = await connect(port, "/ws/console/", received, Cookie=stage.cookie, Origin=origin)
    client.send(b'{"t":"hello"}')
    return client


def close(clients: list[Client]) -> None:
    for client in clients:
        client.transport.abort()


# Deliveries


async def measure_deliveries(
    stage: Stage, server: psutil.Process, port: int, way: str, *, viewers: int, seconds: float
) -> list[Step]:
    tally = Tally()
    sampled: set[Client] = set()

    def received(client: Client, payload: bytes) -> None:
        if way == "hub" and not payload.startswith(b'{"t":"positions"'):
            return
        tally.frames += 1
        if client in sampled:
            content = msgspec.json.decode(payload)
            tally.take(client, content["drivers"] if way == "hub" else [content])

    clients = []
    for _ in range(viewers):
        if way == "hub":
            clients.append(await open_console(stage, port, received))
        else:
            clients.append(await connect(port, f"/bench/{way}", received))
    sampled.update(clients[:: max(1, viewers // SAMPLED_VIEWERS)])
    feed = await connect(port, f"/feed/{way}", lambda client, payload: None)
    await asyncio.sleep(0.8)

    steps: list[Step] = []
    rate = LADDERS[way]
    while len(steps) < LONGEST_LADDER:
        tally.frames, tally.deliveries, tally.latencies = 0, 0, []
        before = server.cpu_times()
        sent = await send_updates(feed, stage.tenant_id, rate, seconds)
        await settle(tally, sent * len(sampled))
        after = server.cpu_times()
        used = after.user - before.user + after.system - before.system
        steps.append(
            Step(
                viewers=viewers,
                updates_per_second=rate,
                arrived=tally.deliveries / (sent * len(sampled)),
                frames_per_second=tally.frames / seconds,
                cpu_microseconds=1e6 * used / (sent * viewers),
                p50=tally.percentile(0.5),
                p99=tally.percentile(0.99),
            )
        )
        if not steps[-1].holds:
            break
        rate *= 2
    close([*clients, feed])
    await asyncio.sleep(0.3)
    return steps


async def send_updates(feed: Client, tenant_id: int, rate: int, seconds: float) -> int:
    """Each update is stamped with the moment it was due, so that a late feed counts as late."""
    began, sent = time.time(), 0
    while (elapsed := time.time() - began) < seconds:
        due = int(elapsed * rate)
        rows = [
            [number % DRIVERS + 1, 47.1, 9.5, 90, 8.3, int((began + number / rate) * 1000), 0]
            for number in range(sent, due)
        ]
        if rows:
            feed.send(msgspec.json.encode([tenant_id, rows]))
        sent = due
        await asyncio.sleep(FEED_EVERY_SECONDS)
    return sent


async def settle(tally: Tally, expected: int) -> None:
    deadline, before = time.monotonic() + 3, -1
    while tally.deliveries < expected and time.monotonic() < deadline and tally.deliveries != before:
        before = tally.deliveries
        await asyncio.sleep(0.4)


def report(found: dict[tuple[str, int], list[Step]], viewers: list[int]) -> None:
    print(f"\nDeliveries: highest rate with 99 % arrived and p99 under {P99_LIMIT_MS:.0f} ms (one server process)")
    print(
        f"{'':22}{'viewers':>8}{'deliveries/s':>14}{'frames/s':>10}{'p50 ms':>8}{'p99 ms':>8}{'CPU us each':>13}  then"
    )
    best = {}
    for (way, count), steps in found.items():
        held = [step for step in steps if step.holds]
        step = best[way, count] = held[-1] if held else steps[0]
        last = steps[-1]
        after = "not tried further" if last.holds else f"{min(1, last.arrived):.0%} arrived, p99 {last.p99:.0f} ms"
        print(
            f"{NAMES[way]:22}{count:8}{step.deliveries_per_second if held else 0:14,}"
            f"{step.frames_per_second:10,.0f}{step.p50:8.1f}{step.p99:8.1f}{step.cpu_microseconds:13.1f}  {after}"
        )
    for count in viewers:
        hub, groups, plain = best["hub", count], best["groups", count], best["plain", count]
        rates = [hub.deliveries_per_second / other.deliveries_per_second for other in (groups, plain)]
        costs = [other.cpu_microseconds / hub.cpu_microseconds for other in (groups, plain)]
        print(f"{count} viewers, rate: {rates[0]:.0f} times group_send, {rates[1]:.1f} times plain ASGI")
        print(
            f"{count} viewers, per processor second: {costs[0]:.0f} times group_send, {costs[1]:.1f} times plain ASGI"
        )
    if TARGET_VIEWERS in viewers:
        at_target = [step for step in found["hub", TARGET_VIEWERS] if step.deliveries_per_second >= TARGET_DELIVERIES]
        verdict = "held" if at_target and at_target[0].holds else "NOT HELD"
        p99 = f", p99 {at_target[0].p99:.0f} ms" if at_target else ""
        print(
            f"Target {TARGET_DELIVERIES:,} deliveries/s to {TARGET_VIEWERS} viewers, p99 under 250 ms: {verdict}{p99}"
        )


async def run(stage: Stage, server: psutil.Process, options: argparse.Namespace) -> None:
    await measure_changes(stage, options.port, viewers=50, changes=options.changes)
    found = {}
    for viewers in options.viewers:
        for way in LADDERS:
            found[way, viewers] = await measure_deliveries(
                stage, server, options.port, way, viewers=viewers, seconds=options.seconds
            )
    report(found, options.viewers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one step")
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--port", type=int, default=8170)
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    options = parser.parse_args()
    layer = "Redis" if os.environ.get("REDIS_URL") else "in memory"
    print(f"Server: {options.server}, channel layer: {layer}, load before the run: {os.getloadavg()[0]:.1f}")
    with bench_database("dispatch_bench_live"):
        stage = prepare()
        with serve(options.server, options.port) as server:
            asyncio.run(run(stage, server, options))


if __name__ == "__main__":
    main()
