"""The channel layer's one speaker: from any thread, in few messages, and never in anybody's way."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from channels.layers import channel_layers

from dispatch_console.core import realtime
from dispatch_console.core.realtime import Listener, News, PositionRow

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A process that has said nothing yet."""
    fresh = realtime._Outbox()
    monkeypatch.setattr(realtime, "_outbox", fresh)
    yield fresh
    if fresh._own is not None:
        eventually(lambda: fresh._sending_on is None)
        fresh._own.call_soon_threadsafe(fresh._own.stop)
        eventually(fresh._own.is_closed)


@pytest.fixture(params=["in-memory", "redis"])
def layer(request: pytest.FixtureRequest) -> None:
    if request.param == "redis":
        request.getfixturevalue("redis_channel_layer")


def moved(driver_id: int, at: int = 1) -> PositionRow:
    return PositionRow(driver_id, 47.0, 9.5, 90, 4.5, at, 0)


class Heard:
    """Listens to tenant 1 in the background."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.came = asyncio.Event()
        self.listener = Listener()

    async def listen(self) -> None:
        async for news in self.listener.news():
            self.news.append(news)
            self.came.set()

    async def some(self) -> list[News]:
        await asyncio.wait_for(self.came.wait(), 5)
        return self.news


@pytest.fixture
async def heard(layer: None) -> AsyncIterator[Heard]:
    ear = Heard()
    await ear.listener.join(1)
    task = asyncio.create_task(ear.listen())
    await asyncio.sleep(0.05)
    yield ear
    task.cancel()


pytestmark = pytest.mark.services


async def test_a_nudge_from_another_thread_is_heard(heard: Heard) -> None:
    threading.Thread(target=realtime.nudge, args=[1]).start()
    [news] = await heard.some()
    assert (news.tenant_id, news.events, news.access, news.positions) == (1, True, False, [])


async def test_a_nudge_from_the_event_loop_that_listens_is_heard(heard: Heard) -> None:
    realtime.attach(asyncio.get_running_loop())
    realtime.nudge(1)
    assert (await heard.some())[0].events


async def test_positions_travel_whole(heard: Heard) -> None:
    row = PositionRow(7, 47.123456, -9.5, None, None, 1_700_000_000_000, 3)
    realtime.publish_positions(1, [row])
    [news] = await heard.some()
    assert news.positions == [row]
    assert not news.events


async def test_a_burst_becomes_few_messages_with_the_latest_position_of_each_driver(heard: Heard) -> None:
    for step in range(500):
        realtime.nudge(1)
        realtime.publish_positions(1, [moved(1, at=step), moved(2, at=step)])
    await heard.some()
    await asyncio.sleep(0.2)
    assert len(heard.news) < 50
    latest = {row.driver_id: row.recorded_at_ms for news in heard.news for row in news.positions}
    assert latest == {1: 499, 2: 499}


async def test_other_tenants_are_not_heard(heard: Heard) -> None:
    realtime.nudge(2)
    realtime.nudge_access(1)
    [news] = await heard.some()
    assert (news.tenant_id, news.access) == (1, True)


class BrokenLayer:
    def __init__(self) -> None:
        self.asked = 0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.asked += 1
        raise ConnectionRefusedError("Redis is away")


class HangingLayer(BrokenLayer):
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.asked += 1
        await asyncio.sleep(60)


@pytest.mark.parametrize("kind", [BrokenLayer, HangingLayer])
def test_a_layer_that_fails_or_hangs_neither_raises_nor_holds_anybody_up(
    kind: type[BrokenLayer], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = kind()
    monkeypatch.setitem(channel_layers.backends, "default", broken)
    monkeypatch.setattr(realtime, "SEND_TIMEOUT_SECONDS", 0.05)
    started = time.monotonic()
    for _ in range(1000):
        realtime.nudge(1)
    assert time.monotonic() - started < 5
    eventually(lambda: broken.asked > 0)
    realtime.nudge(1)
    eventually(lambda: broken.asked > 1)


async def test_it_speaks_again_after_the_loop_it_spoke_on_has_died(heard: Heard, outbox: Any) -> None:
    dead = asyncio.new_event_loop()
    outbox.home = outbox._sending_on = dead
    dead.close()
    realtime.nudge(1)
    assert (await heard.some())[0].events


FORKED = """
import os
from dispatch_console.core import realtime
realtime.nudge(1)
parents = realtime._outbox
assert parents._own is not None
if os.fork() == 0:
    assert realtime._outbox is not parents and realtime._outbox._own is None
    realtime.nudge(1)
    os._exit(0 if realtime._outbox._own.is_running() else 1)
_, status = os.wait()
os._exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_worker_speaks_by_a_thread_of_its_own() -> None:
    # In a process of its own: forking this one, with all its threads, could leave the child stuck.
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], cwd=ROOT, timeout=60).returncode == 0


def eventually(holds: Any) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
