"""Where drivers are, sent in ticks: to each viewer what moves in their part of the map."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from django.conf import settings

from dispatch_console.console.live import frames
from dispatch_console.console.live.audience import Audience
from dispatch_console.console.live.board import Board, View
from dispatch_console.console.live.feed import ScopeKey
from dispatch_console.console.live.viewer import Viewer
from dispatch_console.core.realtime import PositionRow

# Who looks at a part of the map hears of the drivers elsewhere so often: lists tell how old each position is.
OVERVIEW_SECONDS = 20.0


class Motion:
    """`audiences` are the room's own, and change as viewers come and go."""

    def __init__(self, audiences: Mapping[ScopeKey, Audience]) -> None:
        self._audiences = audiences
        self._board = Board()
        self._looking: dict[Viewer, View | None] = {}  # who has asked for another view since the last tick
        self._overview_at = 0.0
        self._ticked_at = 0.0
        self._tick: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self._tick is not None:
            self._tick.cancel()

    def beat(self) -> None:
        """What only needs to be sent now and then."""
        if _time() - self._overview_at >= OVERVIEW_SECONDS:
            self._send_overview()
        for audience in self._audiences.values():
            self.send_all(audience, audience.viewers)

    def take(self, rows: Iterable[PositionRow]) -> None:
        self._board.take(rows)
        if self._board.has_news:
            self._tick_soon()

    def look(self, viewer: Viewer, view: View | None) -> None:
        """Send the viewer what moves in this part of the map; None is everything. Taken up at the next tick."""
        self._looking[viewer] = view
        self._tick_soon()

    def forget(self, viewer: Viewer) -> None:
        self._looking.pop(viewer, None)

    def _tick_soon(self) -> None:
        if self._tick is None:
            delay = max(0.0, self._ticked_at + settings.LIVE_POSITION_INTERVAL - _time())
            self._tick = asyncio.get_running_loop().call_later(delay, self._send_moves)

    def _send_moves(self) -> None:
        self._tick, self._ticked_at = None, _time()
        self._turn_views()
        moves = self._board.moves()
        for audience, viewer in self._viewers_of_drivers():
            if frame := moves.frame(audience.driver_ids, viewer.view):
                viewer.offer(frame)

    def _viewers_of_drivers(self) -> Iterator[tuple[Audience, Viewer]]:
        for audience in self._audiences.values():
            if audience.scope.sees_drivers:
                for viewer in audience.viewers:
                    yield audience, viewer

    def _turn_views(self) -> None:
        """Viewers who look elsewhere now get whoever is there, although they do not move."""
        looking, self._looking = self._looking, {}
        for viewer, view in looking.items():
            before, viewer.view = viewer.view, view
            audience = self._audiences.get(viewer.scope.key)
            if audience is None or before is None or before == view or not audience.scope.sees_drivers:
                continue
            if rows := audience.seen_of(self._board.rows(view, but_not=before)):
                viewer.offer(frames.positions(rows))

    def _send_overview(self) -> None:
        self._overview_at = _time()
        moves = self._board.overview()
        for audience, viewer in self._viewers_of_drivers():
            if viewer.view is not None and (frame := moves.frame(audience.driver_ids, None)):
                viewer.offer(frame)

    def send_all(self, audience: Audience, viewers: Iterable[Viewer]) -> None:
        """To those who have none yet, or who missed frames that held the last place of drivers who stand still now."""
        waiting = [viewer for viewer in viewers if viewer.missed_positions and viewer.has_caught_up]
        seen = audience.seen_of(self._board.rows(None)) if waiting else []
        frame = frames.positions(seen) if seen else None
        for viewer in waiting:
            viewer.missed_positions = False
            if frame is not None:
                viewer.offer(frame)


def _time() -> float:
    return asyncio.get_running_loop().time()
