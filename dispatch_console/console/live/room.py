"""One tenant's open consoles in this process: reads the stream once for all of them, and sends in ticks."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings

from dispatch_console.console.live import feed, frames, rights
from dispatch_console.console.live.board import Board, View
from dispatch_console.console.live.feed import Scope, ScopeKey
from dispatch_console.console.live.viewer import Viewer
from dispatch_console.core.actor import Actor
from dispatch_console.core.database_threads import DatabaseThreads
from dispatch_console.core.realtime import EtaRow, PositionRow, ProgressRow
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
# Who looks at a part of the map hears of the drivers elsewhere so often: lists tell how old each position is.
OVERVIEW_SECONDS = 20.0


@dataclass(slots=True)
class Group:
    """Viewers who see the same. `driver_ids` None means every driver of the tenant."""

    scope: Scope
    driver_ids: frozenset[int] | None
    viewers: set[Viewer] = field(default_factory=set)


class Room:
    def __init__(self, tenant_id: int, threads: DatabaseThreads) -> None:
        self.tenant_id = tenant_id
        self.empty_since = 0.0
        self._threads = threads
        self._groups: dict[ScopeKey, Group] = {}
        self._number = 0  # every viewer in a group has been offered everything up to here
        self._reading = asyncio.Lock()
        self._news = asyncio.Event()
        self._read_at = 0.0
        self._complained_at = -COMPLAIN_EVERY_SECONDS
        self._replays: dict[tuple[ScopeKey, int], asyncio.Task[feed.Stretch | None]] = {}
        self._board = Board()
        self._looking: dict[Viewer, View | None] = {}  # who has asked for another view since the last tick
        self._overview_at = 0.0
        self._ticked_at = 0.0
        self._tick: asyncio.TimerHandle | None = None

    @property
    def viewers(self) -> list[Viewer]:
        return [viewer for group in self._groups.values() for viewer in group.viewers]

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
        if self._tick is not None:
            self._tick.cancel()
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
        async with self._reading:  # no stretch is on its way to the groups now: nothing can fall between
            await self._catch_up(viewer, at)
            group = self._groups.setdefault(viewer.scope.key, Group(viewer.scope, driver_ids))
            group.viewers.add(viewer)
        viewer.missed_positions = viewer.scope.sees_drivers
        self._send_all_positions(group, [viewer])

    def leave(self, viewer: Viewer) -> None:
        self._looking.pop(viewer, None)
        group = self._groups.get(viewer.scope.key)
        if group is not None and viewer in group.viewers:
            group.viewers.discard(viewer)
            if not group.viewers:
                del self._groups[viewer.scope.key]
            if not self._groups:
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
        scopes = [group.scope for group in self._groups.values()]
        stretch = await self._threads.run(feed.advance, self.tenant_id, self._number, scopes, READ_AT_ONCE)
        if stretch is None:
            return False
        self._number = stretch.last
        self._replays.clear()
        # Nobody joins while the stretch is read, so every group's scope is among those read for.
        for key, group in self._groups.items():
            for viewer in group.viewers:
                for frame in stretch.frames[key]:
                    viewer.offer(frame)
        return stretch.last - stretch.first + 1 == READ_AT_ONCE

    def beat(self, beat_number: int) -> None:
        now = _time()
        if not self._groups or now - self._read_at > FRESH_SECONDS:
            return
        frame = frames.beat(self._number, beat_number)
        if now - self._overview_at >= OVERVIEW_SECONDS:
            self._send_overview()
        for group in self._groups.values():
            self._send_all_positions(group, group.viewers)
        for viewer in self.viewers:
            if viewer.is_behind and viewer.has_caught_up:
                viewer.is_behind = False
                viewer.missed_positions = True
                viewer.offer(frames.reload(self._number, "This connection was too slow to show every change."))
            if viewer.silent_for(now) > SILENCE_SECONDS:
                viewer.close(TOO_SLOW)
            viewer.offer_beat(frame, beat_number)

    # Positions

    def take_positions(self, rows: Iterable[PositionRow]) -> None:
        self._board.take(rows)
        if self._board.has_news:
            self._tick_soon()

    def look(self, viewer: Viewer, view: View | None) -> None:
        """Send the viewer what moves in this part of the map; None is everything. Taken up at the next tick."""
        self._looking[viewer] = view
        self._tick_soon()

    def _tick_soon(self) -> None:
        if self._tick is None:
            delay = max(0.0, self._ticked_at + settings.LIVE_POSITION_INTERVAL - _time())
            self._tick = asyncio.get_running_loop().call_later(delay, self._send_positions)

    def _send_positions(self) -> None:
        self._tick, self._ticked_at = None, _time()
        self._turn_views()
        moves = self._board.moves()
        for group, viewer in self._viewers_of_drivers():
            if frame := moves.frame(group.driver_ids, viewer.view):
                viewer.offer(frame)

    def _viewers_of_drivers(self) -> Iterator[tuple[Group, Viewer]]:
        for group in self._groups.values():
            if group.scope.sees_drivers:
                for viewer in group.viewers:
                    yield group, viewer

    def _turn_views(self) -> None:
        """Viewers who look elsewhere now get whoever is there, although they do not move."""
        looking, self._looking = self._looking, {}
        for viewer, view in looking.items():
            before, viewer.view = viewer.view, view
            group = self._groups.get(viewer.scope.key)
            if group is None or before is None or before == view or not group.scope.sees_drivers:
                continue
            if rows := _seen_by(group, self._board.rows(view, but_not=before)):
                viewer.offer(frames.positions(rows))

    def _send_overview(self) -> None:
        self._overview_at = _time()
        moves = self._board.overview()
        for group, viewer in self._viewers_of_drivers():
            if viewer.view is not None and (frame := moves.frame(group.driver_ids, None)):
                viewer.offer(frame)

    def _send_all_positions(self, group: Group, viewers: Iterable[Viewer]) -> None:
        """To those who have none yet, or who missed frames that held the last place of drivers who stand still now."""
        waiting = [viewer for viewer in viewers if viewer.missed_positions and viewer.has_caught_up]
        seen = _seen_by(group, self._board.rows(None)) if waiting else []
        frame = frames.positions(seen) if seen else None
        for viewer in waiting:
            viewer.missed_positions = False
            if frame is not None:
                viewer.offer(frame)

    async def refresh_positions(self) -> None:
        """Positions travel by messages that may be lost; now and then look into the table."""
        rows = await self._threads.run(positions.latest, self.tenant_id)
        self.take_positions(rows)

    # Times of arrival

    def tell_etas(self, rows: Iterable[EtaRow]) -> None:
        """Each group gets those of the orders it sees; what is lost comes with the next change of the order's time."""
        rows = list(rows)
        for group in self._groups.values():
            if not group.scope.actor.may("orders.view"):
                continue
            if seen := [row for row in rows if _sees(group.scope.actor, row)]:
                frame = frames.etas(seen)
                for viewer in group.viewers:
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
            for group in list(self._groups.values()):
                if group.scope.is_limited:
                    group.driver_ids = await self._threads.run(feed.visible_driver_ids, group.scope)
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


def _seen_by(group: Group, rows: Iterable[PositionRow]) -> list[PositionRow]:
    visible = group.driver_ids
    return [row for row in rows if visible is None or row.driver_id in visible]


def _time() -> float:
    return asyncio.get_running_loop().time()
