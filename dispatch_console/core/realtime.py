"""The one place that speaks to the channel layer: what processes tell each other about the live picture.

A message says that there is news, and carries nothing a reader could not find in the database; only driver positions,
times of arrival and the progress of long work travel inside it. It may be lost: every listener also looks by itself
from time to time.
"""

import asyncio
import contextvars
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

MESSAGE_TYPE = "live.news"
# After one message this process waits so long before the next: a burst of commits becomes one nudge.
PAUSE_SECONDS = 0.02
SEND_TIMEOUT_SECONDS = 2.0
COMPLAIN_EVERY_SECONDS = 30.0


class PositionRow(NamedTuple):
    """A driver's position as every console gets it; `flags` are those of `drivers.trust`."""

    driver_id: int
    latitude: float
    longitude: float
    heading: int | None
    speed: float | None
    recorded_at_ms: int
    flags: int


class ProgressRow(NamedTuple):
    """How far one long work is. `user_id` started it and always hears of it; so does, in the whole company, whoever has
    `permission` (empty: nobody else). `total` is None while nobody knows it. `state` is one of `core.progress`."""

    kind: str
    id: str
    done: int
    total: int | None
    state: str
    label: str
    url: str
    user_id: int | None
    permission: str


class EtaRow(NamedTuple):
    """When the driver of an order is expected, as ISO texts; `driver_id` None: nobody is any more. The team, the driver
    and the customer say who may hear of it."""

    order_id: int
    pickup_at: str | None
    dropoff_at: str | None
    is_estimate: bool
    driver_id: int | None
    team_id: int | None
    customer_id: int


@dataclass(slots=True)
class News:
    """What a listener hears about one tenant."""

    tenant_id: int
    events: bool = False
    access: bool = False
    positions: list[PositionRow] = field(default_factory=list)
    progress: list[ProgressRow] = field(default_factory=list)
    etas: list[EtaRow] = field(default_factory=list)


def nudge(tenant_id: int) -> None:
    """The tenant's stream may have grown. From any thread; never blocks and never raises."""
    _outbox.put(tenant_id, events=True)


def nudge_access(tenant_id: int) -> None:
    """Somebody's rights in the tenant may have changed, or a session ended: open sockets are checked again."""
    _outbox.put(tenant_id, access=True)


def publish_positions(tenant_id: int, positions: Iterable[PositionRow]) -> None:
    """Drivers have moved. From any thread; never blocks and never raises. Of each driver the latest is kept."""
    _outbox.put(tenant_id, positions=positions)


def publish_etas(tenant_id: int, etas: Iterable[EtaRow]) -> None:
    """Times of arrival have changed. From any thread; never blocks and never raises."""
    _outbox.put(tenant_id, etas=etas)


def publish_progress(tenant_id: int, row: ProgressRow) -> None:
    """A long work has come further; called through `core.progress`. Of each work the latest is kept."""
    _outbox.put(tenant_id, progress=row)


def attach(loop: asyncio.AbstractEventLoop) -> None:
    """Send from this event loop from now on, instead of from a thread of its own."""
    _outbox.home = loop


def detach(loop: asyncio.AbstractEventLoop) -> None:
    if _outbox.home is loop:
        _outbox.home = None


class Listener:
    """Hears the news of chosen tenants, on the event loop that made it."""

    def __init__(self) -> None:
        self._layer: Any = get_channel_layer()
        self._channel = ""
        self._naming = asyncio.Lock()

    async def join(self, tenant_id: int) -> None:
        """Also call it again now and then: a layer forgets members after a while."""
        await self._layer.group_add(_group(tenant_id), await self._own_channel())

    async def leave(self, tenant_id: int) -> None:
        await self._layer.group_discard(_group(tenant_id), await self._own_channel())

    async def news(self) -> AsyncIterator[News]:
        channel = await self._own_channel()
        while True:
            yield _decode(await self._layer.receive(channel))

    async def _own_channel(self) -> str:
        async with self._naming:
            if not self._channel:
                self._channel = await self._layer.new_channel("live.")
        return self._channel


@dataclass(slots=True)
class _Waiting:
    events: bool = False
    access: bool = False
    positions: dict[int, PositionRow] = field(default_factory=dict)
    progress: dict[tuple[str, str], ProgressRow] = field(default_factory=dict)
    etas: dict[int, EtaRow] = field(default_factory=dict)


class _Outbox:
    """Collects what this process has to say, and says it on one event loop, in one message per tenant and pause."""

    def __init__(self) -> None:
        self.home: asyncio.AbstractEventLoop | None = None
        self._own: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._waiting: dict[int, _Waiting] = {}
        self._sending_on: asyncio.AbstractEventLoop | None = None
        self._complained_at = 0.0

    def put(
        self,
        tenant_id: int,
        *,
        events: bool = False,
        access: bool = False,
        positions: Iterable[PositionRow] = (),
        progress: ProgressRow | None = None,
        etas: Iterable[EtaRow] = (),
    ) -> None:
        try:
            with self._lock:
                waiting = self._waiting.setdefault(tenant_id, _Waiting())
                waiting.events |= events
                waiting.access |= access
                waiting.positions.update((position.driver_id, position) for position in positions)
                if progress is not None:
                    waiting.progress[progress.kind, progress.id] = progress
                waiting.etas.update((row.order_id, row) for row in etas)
                if self._sending_on is not None and self._sending_on.is_running():
                    return
                loop = self._loop()
                self._sending_on = loop
            loop.call_soon_threadsafe(self._start, loop)
        except Exception:
            self._sending_on = None
            logger.exception("A live message could not be handed over; open consoles notice by their own poll.")

    def _loop(self) -> asyncio.AbstractEventLoop:
        if self.home is not None and self.home.is_running():
            return self.home
        if self._own is None or not self._own.is_running():
            self._own = _loop_on_a_thread()
        return self._own

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        # A context of its own: the caller's request, with its executor, is over before this task is.
        self._task = loop.create_task(self._send_all(), context=contextvars.Context())

    async def _send_all(self) -> None:
        while True:
            with self._lock:
                batch, self._waiting = self._waiting, {}
                if not batch:
                    self._sending_on = None
                    return
            for tenant_id, waiting in batch.items():
                await self._send(tenant_id, waiting)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, tenant_id: int, waiting: _Waiting) -> None:
        try:
            layer: Any = get_channel_layer()
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await layer.group_send(_group(tenant_id), _encode(tenant_id, waiting))
        except Exception as error:
            now = time.monotonic()
            if now - self._complained_at > COMPLAIN_EVERY_SECONDS:
                self._complained_at = now
                logger.warning("The channel layer does not answer (%r): consoles update by their own poll.", error)


def _loop_on_a_thread() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    is_running = threading.Event()
    loop.call_soon(is_running.set)

    def run() -> None:
        try:
            loop.run_forever()
        finally:
            loop.close()

    threading.Thread(target=run, name="live-outbox", daemon=True).start()
    is_running.wait(5)
    return loop


def _start_over() -> None:
    global _outbox
    _outbox = _Outbox()


_outbox = _Outbox()
# A forked worker inherits the object but not its thread, and must not share the parent's connection.
os.register_at_fork(after_in_child=_start_over)


def _group(tenant_id: int) -> str:
    return f"live.tenant.{tenant_id}"


_encode_rows = msgspec.msgpack.Encoder().encode
_decode_positions = msgspec.msgpack.Decoder(list[PositionRow]).decode
_decode_progress = msgspec.msgpack.Decoder(list[ProgressRow]).decode
_decode_etas = msgspec.msgpack.Decoder(list[EtaRow]).decode


def _encode(tenant_id: int, waiting: _Waiting) -> dict[str, Any]:
    # Rows go as bytes: the in-memory layer copies every message deeply, and copies bytes for nothing.
    return {
        "type": MESSAGE_TYPE,
        "tenant": tenant_id,
        "events": waiting.events,
        "access": waiting.access,
        "positions": _encode_rows(list(waiting.positions.values())),
        "progress": _encode_rows(list(waiting.progress.values())),
        "etas": _encode_rows(list(waiting.etas.values())),
    }


def _decode(message: dict[str, Any]) -> News:
    return News(
        tenant_id=message["tenant"],
        events=message["events"],
        access=message["access"],
        positions=_decode_positions(message["positions"]),
        progress=_decode_progress(message["progress"]),
        etas=_decode_etas(message["etas"]),
    )
