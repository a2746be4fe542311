"""A slow console: it costs nobody else anything, and no event is ever left out silently."""

import asyncio
import json
from typing import Any

import pytest

from dispatch_console.console.live import frames
from dispatch_console.console.live import viewer as viewer_module
from dispatch_console.console.live.audience import Audience
from dispatch_console.console.live.feed import Scope
from dispatch_console.console.live.frames import Frame
from dispatch_console.console.live.room import Room
from dispatch_console.console.live.viewer import Identity, Viewer
from dispatch_console.core.actor import Actor, ActorKind, Source
from dispatch_console.core.database_threads import DatabaseThreads
from dispatch_console.core.permissions import BUILT_IN_ROLES, RoleKind
from dispatch_console.core.realtime import PositionRow

ACTOR = Actor(ActorKind.USER, 1, "Bea", 1, BUILT_IN_ROLES[RoleKind.DISPATCHER], Source.CONSOLE)


class Socket:
    """The server's side of a socket: takes frames only while `is_open_to_write`."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.closed_with: int | None = None
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def send(self, message: Any) -> None:
        await self.may_write.wait()
        if message["type"] == "websocket.close":
            self.closed_with = message["code"]
        else:
            self.got.append(json.loads(message["text"]))

    @property
    def kinds(self) -> list[str]:
        return [frame["t"] for frame in self.got]


def viewer_on(socket: Socket) -> Viewer:
    return Viewer(Scope(ACTOR), Identity(1, "session"), socket.send)


def event(number: int, *, padding: int = 0) -> Frame:
    return frames.events(number, number, [{"number": number, "note": "x" * padding}])


def moved(driver_id: int, at: int = 1) -> PositionRow:
    return PositionRow(driver_id, 47.0, 9.5, None, None, at, 0)


async def test_a_socket_that_is_ready_gets_its_frame_without_waiting_for_the_loop() -> None:
    socket = Socket()
    viewer_on(socket).offer(event(1))
    await asyncio.sleep(0)
    assert socket.kinds == ["events"]


async def test_frames_keep_their_order_when_the_socket_stalls() -> None:
    socket = Socket()
    viewer = viewer_on(socket)
    viewer.offer(event(1))
    await asyncio.sleep(0)
    socket.may_write.clear()
    for number in (2, 3, 4):
        viewer.offer(event(number))
    await asyncio.sleep(0)
    assert len(socket.got) == 1
    socket.may_write.set()
    await asyncio.sleep(0.01)
    assert [frame["to"] for frame in socket.got] == [1, 2, 3, 4]


async def test_a_stalled_socket_is_spared_stale_positions_but_no_event() -> None:
    socket = Socket()
    viewer = viewer_on(socket)
    socket.may_write.clear()
    viewer.offer(event(1))
    await asyncio.sleep(0)
    viewer.offer(event(2))
    for _ in range(1000):
        viewer.offer(frames.positions([moved(1)]))
    viewer.offer(event(3))
    socket.may_write.set()
    await asyncio.sleep(0.01)
    assert socket.kinds == ["events"] * 3
    assert viewer.missed_positions


async def test_a_viewer_that_falls_too_far_behind_gets_nothing_more_until_it_is_told_to_reload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(viewer_module, "MAX_WAITING_FRAMES", 5)
    slow, quick = Socket(), Socket()
    room = room_with(viewer_on(slow), viewer_on(quick))
    slow_viewer = next(viewer for viewer in room.viewers if viewer._send == slow.send)
    slow.may_write.clear()
    for number in range(1, 31):
        for viewer in room.viewers:
            viewer.offer(event(number))
        await asyncio.sleep(0)
    assert slow_viewer.is_behind
    assert [frame["to"] for frame in quick.got] == list(range(1, 31)), "the others are not held up"

    room._number = 30
    room.beat(1)
    assert "reload" not in slow.kinds, "not before it has taken what it had"
    slow.may_write.set()
    await asyncio.sleep(0.01)
    before = len(slow.got)
    room.beat(2)
    await asyncio.sleep(0.01)
    assert [frame["t"] for frame in slow.got[before:]] == ["reload", "beat"]
    assert slow.got[before]["number"] == 30
    numbers = [frame["to"] for frame in slow.got[:before] if frame["t"] == "events"]
    assert numbers == list(range(1, len(numbers) + 1)), "what it got before has no hole"
    slow_viewer.offer(event(31))
    await asyncio.sleep(0.01)
    assert slow.got[-1]["to"] == 31


async def test_a_viewer_that_stops_answering_beats_is_behind_even_where_the_server_buffers_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(viewer_module, "MAX_UNSEEN_BYTES", 20_000)
    monkeypatch.setattr(viewer_module, "MANY_UNSEEN_BYTES", 5_000)
    socket = Socket()
    viewer = viewer_on(socket)
    room = room_with(viewer)
    room.beat(1)
    viewer.saw(1)
    for number in range(1, 41):
        viewer.offer(event(number, padding=1000))
        await asyncio.sleep(0)
    assert viewer.is_behind
    assert 19 <= socket.kinds.count("events") <= 21
    room.beat(2)
    assert "reload" not in socket.kinds
    viewer.saw(2)
    room.beat(3)
    await asyncio.sleep(0.01)
    assert "reload" in socket.kinds


async def test_a_viewer_that_never_answers_is_not_held_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_module, "MAX_UNSEEN_BYTES", 1000)
    socket = Socket()
    viewer = viewer_on(socket)
    for number in range(50):
        viewer.offer(event(number, padding=1000))
        await asyncio.sleep(0)
    assert socket.kinds.count("events") == 50


async def test_a_viewer_that_used_to_answer_and_is_silent_for_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    from dispatch_console.console.live import room as room_module

    monkeypatch.setattr(room_module, "SILENCE_SECONDS", 0.05)
    socket = Socket()
    viewer = viewer_on(socket)
    room = room_with(viewer)
    room.beat(1)
    viewer.saw(1)
    room.beat(2)
    await asyncio.sleep(0.1)
    room.beat(3)
    await asyncio.sleep(0.01)
    assert socket.closed_with == 4408


async def test_who_missed_positions_gets_all_of_them_once_there_is_room(settings: Any) -> None:
    settings.LIVE_POSITION_INTERVAL = 0.01
    socket = Socket()
    viewer = viewer_on(socket)
    room = room_with(viewer)
    socket.may_write.clear()
    viewer.offer(event(1))
    await asyncio.sleep(0)
    viewer.offer(event(2))
    room.motion.take([moved(1), moved(2)])
    await asyncio.sleep(0.03)
    room.beat(1)
    socket.may_write.set()
    await asyncio.sleep(0.01)
    assert "positions" not in socket.kinds
    room.beat(2)
    await asyncio.sleep(0.01)
    [frame] = [frame for frame in socket.got if frame["t"] == "positions"]
    assert sorted(row[0] for row in frame["drivers"]) == [1, 2], "though neither of them has moved again"


async def test_who_leaves_the_view_is_seen_leaving_and_the_overview_brings_those_elsewhere(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch_console.console.live import motion
    from dispatch_console.console.live.board import View

    settings.LIVE_POSITION_INTERVAL = 0.01
    monkeypatch.setattr(motion, "OVERVIEW_SECONDS", 0.0)
    socket, whole = Socket(), Socket()
    viewer = viewer_on(socket)
    room = room_with(viewer, viewer_on(whole))
    viewer.view = View.of(47.0, 9.4, 47.1, 9.6)

    async def move(driver_id: int, latitude: float, at: int, longitude: float = 9.5) -> list[list[int]]:
        before = len(socket.got)
        room.motion.take([PositionRow(driver_id, latitude, longitude, None, None, at, 0)])
        await asyncio.sleep(0.03)
        return [[row[0] for row in frame["drivers"]] for frame in socket.got[before:]]

    assert await move(1, 47.05, at=1) == [[1]]
    assert await move(1, 47.30, at=2) == [[1]], "out of the view: the last that is seen of it"
    assert await move(1, 47.31, at=3) == []
    assert await move(1, 47.04, at=4) == [[1]], "and back in"
    assert await move(2, 46.00, at=5) == []
    assert len(whole.got) == 5, "who asked for no view gets everything"
    before = len(socket.got)
    room.beat(1)
    await asyncio.sleep(0.01)
    [overview, _] = socket.got[before:]
    assert sorted(row[0] for row in overview["drivers"]) == [1, 2]
    assert len(whole.got) == 6, "the beat"

    viewer.view = View.of(-10, 170, 10, -170)
    assert await move(3, 0.0, at=6, longitude=-175.0) == [[3]], "across the date line"
    assert await move(4, 0.0, at=6, longitude=0.0) == []
    viewer.view = View.of(-85, -500, 85, 500)
    assert await move(4, 1.0, at=7, longitude=179.9) == [[4]], "the whole world, several times over"


async def test_an_older_position_that_comes_by_another_way_is_dropped(settings: Any) -> None:
    settings.LIVE_POSITION_INTERVAL = 0.01
    socket = Socket()
    room = room_with(viewer_on(socket))
    room.motion.take([moved(1, at=20)])
    await asyncio.sleep(0.03)
    room.motion.take([moved(1, at=10)])
    await asyncio.sleep(0.03)
    assert len(socket.got) == 1


async def test_a_broken_socket_is_forgotten_without_a_sound() -> None:
    async def fail(message: Any) -> None:
        raise ConnectionResetError

    viewer = Viewer(Scope(ACTOR), Identity(1, "session"), fail)
    viewer.offer(event(1))
    await asyncio.sleep(0.01)
    assert viewer.is_closed
    viewer.offer(event(2))
    viewer.close(4401)


def room_with(*viewers: Viewer) -> Room:
    """A room that has just read the stream, without a database behind it."""
    room = Room(1, DatabaseThreads("unused"))
    audience = Audience(viewers[0].scope, None, set(viewers))
    room._audiences[viewers[0].scope.key] = audience
    room._read_at = asyncio.get_running_loop().time()
    return room
