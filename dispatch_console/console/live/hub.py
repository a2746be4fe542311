"""The hub: everything that this event loop does for open consoles, whatever their tenant."""

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

from dispatch_console.console.live.board import View
from dispatch_console.console.live.room import Room
from dispatch_console.console.live.viewer import Viewer
from dispatch_console.core import realtime
from dispatch_console.core.database_threads import DatabaseThreads
from dispatch_console.core.realtime import Listener, News

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
# Rights, sessions and lost positions are looked up so often; `realtime.nudge_access` makes it sooner.
CHECK_SECONDS = 10.0
# A page that loads anew leaves and comes back at once: the room is kept that long.
KEEP_EMPTY_SECONDS = 10.0
RETRY_SECONDS = 1.0
COMPLAIN_EVERY_SECONDS = 30.0


class Hub:
    """Started by the first console of an event loop, ended with the loop."""

    def __init__(self) -> None:
        self.threads = DatabaseThreads("live-hub", threads=2)
        self._listener = Listener()
        self._rooms: dict[int, Room] = {}
        self._opening = asyncio.Lock()
        self._room_tasks: dict[int, asyncio.Task[None]] = {}
        self._checks: set[asyncio.Task[None]] = set()
        self._task = _in_the_background(self._run())

    async def join(self, tenant_id: int, viewer: Viewer, last: int | None) -> None:
        room = await self._room(tenant_id)
        await room.join(viewer, last)

    def look(self, tenant_id: int, viewer: Viewer, view: View | None) -> None:
        if room := self._rooms.get(tenant_id):
            room.motion.look(viewer, view)

    def leave(self, tenant_id: int, viewer: Viewer) -> None:
        if room := self._rooms.get(tenant_id):
            room.leave(viewer)

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _room(self, tenant_id: int) -> Room:
        async with self._opening:
            room = self._rooms.get(tenant_id)
            if room is None:
                room = Room(tenant_id, self.threads)
                # First hear, then look: what is committed between the two is then heard of.
                await self._hear(tenant_id)
                await room.open()
                self._rooms[tenant_id] = room
                self._room_tasks[tenant_id] = _in_the_background(room.run())
            return room

    async def _hear(self, tenant_id: int) -> None:
        try:
            async with asyncio.timeout(realtime.SEND_TIMEOUT_SECONDS):
                await self._listener.join(tenant_id)
        except Exception as error:
            logger.warning("The channel layer does not answer (%r): consoles update by their own poll.", error)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        realtime.attach(loop)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_for_ever("Listening for news", self._listen))
                tasks.create_task(_for_ever("Keeping the beat", self._keep_the_beat))
                tasks.create_task(_for_ever("Looking after the rooms", self._look_after_rooms))
        finally:
            realtime.detach(loop)
            _hubs.pop(loop, None)
            for task in (*self._room_tasks.values(), *self._checks):
                task.cancel()
            for room in self._rooms.values():
                room.close()
            self.threads.close()

    async def _listen(self) -> None:
        async for news in self._listener.news():
            self._hand_on(news)

    def _hand_on(self, news: News) -> None:
        room = self._rooms.get(news.tenant_id)
        if room is None:
            return
        if news.events:
            room.wake()
        if news.positions:
            room.motion.take(news.positions)
        if news.progress:
            room.tell_progress(news.progress)
        if news.etas:
            room.tell_etas(news.etas)
        if news.access:
            task = _in_the_background(room.check_rights())
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def _keep_the_beat(self) -> None:
        beat = 0
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            beat += 1
            for room in self._rooms.values():
                room.beat(beat)

    async def _look_after_rooms(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            for tenant_id, room in list(self._rooms.items()):
                if not room.viewers and asyncio.get_running_loop().time() - room.empty_since > KEEP_EMPTY_SECONDS:
                    await self._close_room(tenant_id)
                    continue
                await self._hear(tenant_id)
                await room.check_rights()
                await room.refresh_positions()

    async def _close_room(self, tenant_id: int) -> None:
        async with self._opening:
            room = self._rooms[tenant_id]
            if room.viewers:
                return
            del self._rooms[tenant_id]
            self._room_tasks.pop(tenant_id).cancel()
            room.close()
            with contextlib.suppress(Exception):
                await self._listener.leave(tenant_id)


async def _for_ever(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """A fault costs a second, never the hub."""
    complained_at = -COMPLAIN_EVERY_SECONDS
    while True:
        try:
            await work()
        except Exception:
            now = asyncio.get_running_loop().time()
            if now - complained_at > COMPLAIN_EVERY_SECONDS:
                complained_at = now
                logger.exception("%s failed; trying again.", what)
        await asyncio.sleep(RETRY_SECONDS)


def _in_the_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    # A context of its own: the first console's connection must not lend its thread and request to everybody.
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub_here() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub()
    return hub
