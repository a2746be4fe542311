"""The phones of `bench.positions`, in a process of their own: told what to do on standard input, a line of JSON each.

`{"way", "ports", "rate" or null, "seconds", "connections", "samples"}`: with a rate, pings fall due at fixed moments
whatever the server does (open loop), and carry that moment as their device time; without one, each connection sends
again as soon as it was answered. The answer says how many positions were answered with success, and how the rest was.
"""

import asyncio
import json
import math
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bench.live_sockets import Client, connect

CENTRE = (47.14, 9.52)
SPREAD = (0.10, 0.15)  # degrees: a region of 22 km by 23 km
SPEED = 8.0  # metres per second
DRAIN_SECONDS = 10.0

Done = Callable[[str], None]


@cache
def road(driver: int) -> tuple[float, float, float, float]:
    """Where it begins, how many seconds it takes to its end, and where on it the driver began."""
    chance = random.Random(driver)
    latitude = CENTRE[0] + chance.uniform(-1, 1) * SPREAD[0]
    longitude = CENTRE[1] + chance.uniform(-1, 1) * SPREAD[1]
    return latitude, longitude, chance.uniform(300, 900), chance.random()


def place(driver: int, moment: float) -> tuple[float, float]:
    """Everybody drives up and down a road of their own, never faster than SPEED."""
    latitude, longitude, period, phase = road(driver)
    metres = SPEED * period * abs((moment / period + phase) % 2 - 1)
    return latitude + metres / 111_195, longitude


def samples(driver: int, moment: float, count: int) -> str:
    """As JSON; `count` readings, the last at `moment`."""
    found = []
    for back in range(count):
        at = moment - back * 0.5
        latitude, longitude = place(driver, at)
        stamp = datetime.fromtimestamp(math.floor(at * 1000) / 1000, UTC).isoformat(timespec="milliseconds")
        found.append(
            f'{{"latitude":{latitude:.6f},"longitude":{longitude:.6f},"recorded_at":"{stamp}","heading":0,'
            f'"speed":{SPEED},"accuracy":6,"battery":0.8}}'
        )
    return f"[{','.join(found)}]"


class HttpPhone(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, port: int, path: str) -> None:
        self.head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self.buffer = b""
        self.done: Done | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, token: str, body: str, done: Done) -> None:
        self.done, self.buffer = done, b""
        self.transport.write(
            f"{self.head}Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) >= length and self.done is not None:
            done, self.done = self.done, None
            done(head[9:12].decode())

    def connection_lost(self, exc: Exception | None) -> None:
        if self.done is not None:
            self.done("lost")


class SocketPhone:
    """A driver socket; the next batch goes out when the last was acknowledged."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.done: Done | None = None

    def received(self, client: Client, payload: bytes) -> None:
        if self.done is not None and not payload.startswith(b'{"t":"welcome"'):
            done, self.done = self.done, None
            done("200" if payload.startswith(b'{"t":"ack"') else "refused")

    def send(self, token: str, body: str, done: Done) -> None:
        self.done = done
        self.client.send(f'{{"t":"positions","id":1,"samples":{body}}}'.encode())


async def open_phones(order: dict[str, Any], tokens: list[str]) -> list[Any]:
    loop = asyncio.get_running_loop()
    paths = {
        "http": "/api/v1/driver/positions",
        "bare": "/bench/bare",
        "socket": "/ws/driver/",
        "relay": "/bench/relay",
    }
    path = paths[order["way"]]
    phones: list[Any] = []
    for number in range(order["connections"]):
        port = order["ports"][number % len(order["ports"])]
        if order["way"] in ("http", "bare"):
            _, phone = await loop.create_connection(lambda port=port: HttpPhone(port, path), "127.0.0.1", port)
        else:
            phone = SocketPhone(None)  # type: ignore[arg-type]
            phone.client = await connect(port, path, phone.received, Authorization=f"Bearer {tokens[number]}")
        phones.append(phone)
    return phones


async def play(order: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
    phones = await open_phones(order, tokens)
    counts: Counter[str] = Counter()
    waits: list[float] = []
    idle = deque(range(len(phones)))
    due: deque[tuple[int, float]] = deque()
    began = time.time()
    ends = began + order["seconds"]
    is_socket = order["way"] in ("socket", "relay")
    turn = 0

    def give(number: int, driver: int, moment: float) -> None:
        def done(status: str) -> None:
            counts[status] += order["samples"]
            waits.append(time.time() - moment)
            idle.append(number)
            pump()

        # A socket belongs to its driver; HTTP connections carry whoever is due.
        driver = number if is_socket else driver
        phones[number].send(tokens[driver], samples(driver, moment, order["samples"]), done)

    def pump() -> None:
        nonlocal turn
        while idle:
            if order["rate"] is None:
                if time.time() >= ends:
                    return
                turn += 1
                give(idle.popleft(), turn % len(tokens), time.time())
            elif due:
                give(idle.popleft(), *due.popleft())
            else:
                return

    pump()
    sent = 0
    while (elapsed := time.time() - began) < order["seconds"]:
        if order["rate"] is not None:
            for number in range(sent, int(elapsed * order["rate"])):
                due.append((number % len(tokens), began + number / order["rate"]))
                sent = number + 1
            pump()
        await asyncio.sleep(0.005)
    deadline = time.time() + DRAIN_SECONDS
    while (due or len(idle) < len(phones)) and time.time() < deadline:
        pump()
        await asyncio.sleep(0.01)
    for phone in phones:
        (phone.client if is_socket else phone).transport.abort()
    waits.sort()
    ok = counts.pop("200", 0)
    unsent = len(due) * order["samples"] + (len(phones) - len(idle)) * order["samples"]
    return {
        "ok": ok,
        "other": dict(counts),
        "unanswered": unsent,
        "seconds": time.time() - began,
        "p50": 1000 * waits[len(waits) // 2] if waits else None,
        "p95": 1000 * waits[int(0.95 * len(waits))] if waits else None,
    }


def main() -> None:
    tokens = json.loads(sys.stdin.readline())
    for line in sys.stdin:
        print(json.dumps(asyncio.run(play(json.loads(line), tokens))), flush=True)


if __name__ == "__main__":
    main()
