"""One tenant's open consoles in this process: reads the stream once for all of them."""

import asyncio
import logging
from collections.abc import Iterable

from dispatch_console.console.live import feed, frames, rights
from dispatch_console.console.live.audience import Audience
from dispatch_console.console.live.feed import Scope, ScopeKey
from dispatch_console.console.live.motion import Motion
from dispatch_console.console.live.viewer import Viewer
from dispatch_console.core.actor import Actor
from dispatch_console.core.database_threads import DatabaseThreads
from dispatch_console.core.realtime import EtaRow, ProgressRow
from dispatch_console.core.sockets import TOO_SLOW
from drivers import positions

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# After reading the stream wait so long before reading it again: a burst of changes is sent as one frame.
LINGER_SECONDS = 0.02
READ_AT_ONCE = 200
# A longer gap is cheaper to close by reading the page's data anew.
REPLAY_AT_MOST = 1000
# No proof of life while the database does not answer: the consoles then show how old their picture is.
FRESH_SECONDS = 5.0
SILENCE_SECONDS = 60.0
COMPLAIN_EVERY_SECONDS = 30.0


class Room:
    def __init__(self, tenant_id: int, threads: DatabaseThreads) -> None:
        self.tenant_id = tenant_id
        self.empty_since = 0.0
        self._threads = threads
        self._audiences: dict[ScopeKey, Audience] = {}
        self._number = 0  # every viewer has been offered everything up to here
        self._reading = asyncio.Lock()
        self._news = asyncio.Event()
        self._read_at = 0.0
        self._complained_at = -COMPLAIN_EVERY_SECONDS
        self._replays: dict[tuple[ScopeKey, int], asyncio.Task[feed.Stretch | None]] = {}
        self.motion = Motion(self._audiences)

    @property
    def viewers(self) -> list[Viewer]:
        return [viewer for audience in self._audiences.values() for viewer in audience.viewers]

    @property
    def number(self) -> int:
        return self._number

    async def open(self) -> None:
        self._number = await self._threads.run(feed.start, self.tenant_id)
        await self.refresh_positions()
        self._read_at = _time()

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            await self._read_on()
            await asyncio.sleep(LINGER_SECONDS)

    def close(self) -> None:
        self.motion.close()
        for task in self._replays.values():
            task.cancel()

    # Coming and going

    async def join(self, viewer: Viewer, last: int | None) -> None:
        """Take a viewer in who has seen everything up to `last`; None is one who begins with what comes next."""
        self.leave(viewer)
        driver_ids = await self._threads.run(feed.visible_driver_ids, viewer.scope)
        if last is not None and last > self._number:  # seen through another process, which was quicker to read
            await self._read_on()
        number = self._number
        viewer.offer(frames.welcome(number))
        if last is not None and not number - REPLAY_AT_MOST <= last <= number:
            why = "The stream was restarted." if last > number else "Too much has happened since."
            viewer.offer(frames.reload(number, why))
            last = None
        at = number if last is None else last
        at = await self._catch_up(viewer, at)
        async with self._reading:  # no stretch is on its way to the audiences now: nothing can fall between
            await self._catch_up(viewer, at)
            audience = self._audiences.setdefault(viewer.scope.key, Audience(viewer.scope, driver_ids))
            audience.viewers.add(viewer)
        viewer.missed_positions = viewer.scope.sees_drivers
        self.motion.send_all(audience, [viewer])

    def leave(self, viewer: Viewer) -> None:
        self.motion.forget(viewer)
        audience = self._audiences.get(viewer.scope.key)
        if audience is not None and viewer in audience.viewers:
            audience.viewers.discard(viewer)
            if not audience.viewers:
                del self._audiences[viewer.scope.key]
            if not self._audiences:
                self.empty_since = _time()

    async def _catch_up(self, viewer: Viewer, at: int) -> int:
        while at < self._number:
            stretch = await self._replay(viewer.scope, at)
            if stretch is None:  # numbers that are no longer there
                viewer.offer(frames.reload(self._number, "Part of the stream is no longer kept."))
                return self._number
            for frame in stretch.frames[viewer.scope.key]:
                viewer.offer(frame)
            at = stretch.last
        return at

    async def _replay(self, scope: Scope, after: int) -> feed.Stretch | None:
        """Many consoles come back at once after a restart, all with the same last number: one reading serves them."""
        key = (scope.key, after)
        if key not in self._replays:
            limit = self._number - after
            work = self._threads.run(feed.read, self.tenant_id, after, [scope], limit)
            self._replays[key] = asyncio.ensure_future(work)
        task = self._replays[key]
        try:
            return await asyncio.shield(task)
        except Exception:
            self._replays.pop(key, None)
            raise

    # The stream

    def wake(self) -> None:
        self._news.set()

    async def _read_on(self) -> None:
        async with self._reading:
            try:
                while await self._read_stretch():
                    pass
                self._read_at = _time()
            except Exception:
                self._complain("The live stream of tenant %s cannot be read; trying again.")

    async def _read_stretch(self) -> bool:
        """Read on once and send it; whether there may be more."""
        scopes = [audience.scope for audience in self._audiences.values()]
        stretch = await self._threads.run(feed.advance, self.tenant_id, self._number, scopes, READ_AT_ONCE)
        if stretch is None:
            return False
        self._number = stretch.last
        self._replays.clear()
        # Nobody joins while the stretch is read, so every audience's scope is among those read for.
        for key, audience in self._audiences.items():
            for viewer in audience.viewers:
                for frame in stretch.frames[key]:
                    viewer.offer(frame)
        return stretch.last - stretch.first + 1 == READ_AT_ONCE

    def beat(self, beat_number: int) -> None:
        now = _time()
        if not self._audiences or now - self._read_at > FRESH_SECONDS:
            return
        frame = frames.beat(self._number, beat_number)
        self.motion.beat()
        for viewer in self.viewers:
            if viewer.is_behind and viewer.has_caught_up:
                viewer.is_behind = False
                viewer.missed_positions = True
                viewer.offer(frames.reload(self._number, "This connection was too slow to show every change."))
            if viewer.silent_for(now) > SILENCE_SECONDS:
                viewer.close(TOO_SLOW)
            viewer.offer_beat(frame, beat_number)

    # Positions

    async def refresh_positions(self) -> None:
        """Positions travel by messages that may be lost; now and then look into the table."""
        rows = await self._threads.run(positions.latest, self.tenant_id)
        self.motion.take(rows)

    # Times of arrival

    def tell_etas(self, rows: Iterable[EtaRow]) -> None:
        """To each audience those of the orders it sees; what is lost comes with the next change of the order's time."""
        rows = list(rows)
        for audience in self._audiences.values():
            if not audience.scope.actor.may("orders.view"):
                continue
            if seen := [row for row in rows if _sees(audience.scope.actor, row)]:
                frame = frames.etas(seen)
                for viewer in audience.viewers:
                    viewer.offer(frame)

    # Long work

    def tell_progress(self, rows: Iterable[ProgressRow]) -> None:
        """To those whom each work concerns; what is lost the next row says, and pages ask when none comes."""
        rows = list(rows)
        for viewer in self.viewers:
            if mine := [row for row in rows if _concerns(row, viewer)]:
                viewer.offer(frames.progress(mine))

    # Rights

    async def check_rights(self) -> None:
        """Close the sockets of those who may no longer look on, or not as before."""
        watching = {viewer: (viewer.identity, viewer.scope.actor) for viewer in self.viewers}
        try:
            verdicts = await self._threads.run(rights.check, self.tenant_id, watching)
            for viewer, code in verdicts.items():
                self.leave(viewer)
                viewer.close(code)
            for audience in list(self._audiences.values()):
                if audience.scope.is_limited:
                    audience.driver_ids = await self._threads.run(feed.visible_driver_ids, audience.scope)
        except Exception:
            self._complain("The rights of the consoles of tenant %s cannot be checked; trying again.")

    def _complain(self, sentence: str) -> None:
        """An outage is one line in a while, not one per attempt."""
        if _time() - self._complained_at > COMPLAIN_EVERY_SECONDS:
            self._complained_at = _time()
            logger.exception(sentence, self.tenant_id)


def _sees(actor: Actor, row: EtaRow) -> bool:
    """As `Order.objects.visible_to` says of the order."""
    if actor.team_ids is not None and row.team_id is not None and row.team_id not in actor.team_ids:
        return False
    if actor.driver_id is not None and row.driver_id not in (None, actor.driver_id):
        return False
    return actor.customer_id is None or row.customer_id == actor.customer_id


def _concerns(row: ProgressRow, viewer: Viewer) -> bool:
    if row.user_id is not None and row.user_id == viewer.identity.user_id:
        return True
    return bool(row.permission) and not viewer.scope.is_limited and viewer.scope.actor.may(row.permission)


def _time() -> float:
    return asyncio.get_running_loop().time()
