"""One open console: what it may see, what it has been sent, and how far it has come with reading."""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from dispatch_console.console.live.board import View
from dispatch_console.console.live.feed import Scope
from dispatch_console.console.live.frames import Frame
from dispatch_console.core.sockets import Send

MAX_WAITING_FRAMES = 256
# On the way to a viewer that answers our beats. A server may buffer without end for a socket that does not read
# (daphne does), so what is not yet seen is counted here.
MAX_UNSEEN_BYTES = 8 * 1024 * 1024
MANY_UNSEEN_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sits before the screen; compared again and again with what the database says."""

    user_id: int
    session_key: str


class Viewer:
    """Frames are offered, never awaited: a slow viewer costs the others nothing.

    One that falls too far behind gets nothing more until it has caught up, and is then told to read everything anew:
    an event is never left out silently.
    """

    def __init__(self, scope: Scope, identity: Identity, send: Send) -> None:
        self.scope = scope
        self.identity = identity
        self.view: View | None = None  # the part of the map it gets positions of; None: everything
        self.is_behind = False
        self.missed_positions = False
        self.is_closed = False
        self._send = send
        self._waiting: deque[Frame] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._is_stalled = False  # seen between two turns of the loop: the server does not take the frame
        self._sent_bytes = 0
        self._seen_bytes: int | None = None  # None: has never answered a beat, and need not
        self._unanswered: deque[tuple[int, int, float]] = deque(maxlen=64)

    def offer(self, frame: Frame) -> None:
        if self.is_closed or self.is_behind:
            return
        if frame.is_stale_soon and (self._is_stalled or self._unseen > MANY_UNSEEN_BYTES):
            self.missed_positions = True
        elif len(self._waiting) >= MAX_WAITING_FRAMES or self._unseen > MAX_UNSEEN_BYTES:
            self._waiting.clear()
            self.is_behind = True
        else:
            self._queue(frame)

    def offer_beat(self, frame: Frame, beat: int) -> None:
        """A beat is sent even to a viewer that is behind: its answer is how we learn that it has caught up."""
        if self.is_closed or len(self._waiting) >= MAX_WAITING_FRAMES:
            return
        self._unanswered.append((beat, self._sent_bytes, asyncio.get_running_loop().time()))
        self._queue(frame)

    def saw(self, beat: int) -> None:
        """The viewer has worked through everything that was sent before this beat."""
        while self._unanswered and self._unanswered[0][0] <= beat:
            _, self._seen_bytes, _ = self._unanswered.popleft()

    @property
    def has_caught_up(self) -> bool:
        return not self._is_stalled and self._unseen <= MANY_UNSEEN_BYTES

    def silent_for(self, now: float) -> float:
        """Seconds since the oldest beat without an answer, for a viewer that used to answer."""
        if self._seen_bytes is None or not self._unanswered:
            return 0.0
        return now - self._unanswered[0][2]

    def close(self, code: int) -> None:
        """End it. The server then reports the disconnect, and the socket leaves by itself."""
        if self.is_closed:
            return
        self.is_closed = True
        self._waiting.clear()
        self._end = start_now(self._say_goodbye(code))

    @property
    def _unseen(self) -> int:
        return 0 if self._seen_bytes is None else self._sent_bytes - self._seen_bytes

    def _queue(self, frame: Frame) -> None:
        self._waiting.append(frame)
        self._sent_bytes += frame.size
        if self._sender is None or self._sender.done():
            self._sender = start_now(self._send_waiting())

    async def _send_waiting(self) -> None:
        try:
            while self._waiting:
                frame = self._waiting.popleft()
                self._is_stalled = True
                await self._send(frame.message)
                self._is_stalled = False
        except Exception:
            # The socket is gone; the server reports the disconnect to the consumer, which leaves the room.
            self.is_closed = True
            self._waiting.clear()

    async def _say_goodbye(self, code: int) -> None:
        with contextlib.suppress(Exception):
            await self._send({"type": "websocket.close", "code": code})


def start_now(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that begins at once: sending to a socket that is ready then never takes a turn of the event loop."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(work, loop=loop, eager_start=True)
    return loop.create_task(work)
