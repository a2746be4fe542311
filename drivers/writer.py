"""Positions from many phones, committed together: whoever is answered with success is in the database.

One task per event loop collects what was delivered within a few milliseconds and has one thread store it in one
transaction. While that runs, the next batch collects: the busier it is, the larger the batches, and the less each
position costs.
"""

import asyncio
import contextlib
import contextvars
import logging
from collections import deque
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from django.db import Error, IntegrityError, InterfaceError, OperationalError, connection

from dispatch_console.core.database_threads import DatabaseThreads
from dispatch_console.core.errors import DomainError, NotSignedIn
from drivers import positions
from drivers.positions import Delivery, News
from drivers.samples import Receipt, Sample, sift

logger = logging.getLogger(__name__)

LINGER_SECONDS = 0.01
MOST_AT_ONCE = 1_000  # samples in one transaction
MOST_WAITING = 20_000  # samples; beyond that a phone is told to come back
RETRY_AFTER_SECONDS = 1


class Busy(DomainError):
    status = 429
    code = "busy"


class NotStored(DomainError):
    status = 503
    code = "unavailable"


class PositionWriter:
    """Belongs to one event loop; started by the first delivery."""

    def __init__(self) -> None:
        self._threads = DatabaseThreads("position-writer", threads=1)
        self._waiting: deque[tuple[Delivery, asyncio.Future[None]]] = deque()
        self._samples_waiting = 0
        self._is_needed = asyncio.Event()
        # A context of its own: a request's would lend its executor, which ends with the request.
        self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def report(self, driver_id: int, tenant_id: int, samples: list[Sample]) -> Receipt:
        """As `positions.report`, committed together with what others report at the same time.

        Raises Invalid when no sample can be taken, Busy when too many wait already, NotStored when the database fails.
        """
        delivery = Delivery(driver_id, tenant_id, samples)
        delivery.samples, rejected = sift(samples, delivery.received_at)
        if self._samples_waiting + len(delivery.samples) > MOST_WAITING:
            raise Busy(
                "More positions are coming in than can be stored. Try again in a second.",
                details={"retry_after": RETRY_AFTER_SECONDS},
            )
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        self._samples_waiting += len(delivery.samples)
        self._is_needed.set()
        await stored
        return Receipt(len(delivery.samples), rejected)

    async def close(self) -> None:
        """Store what still waits, and give the connection back."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        while self._waiting:
            await self._store(self._batch())
        self._threads.close()

    async def _run(self) -> None:
        while True:
            await self._is_needed.wait()
            if self._samples_waiting < MOST_AT_ONCE:
                await asyncio.sleep(LINGER_SECONDS)
            self._is_needed.clear()
            while self._waiting:
                # Shielded: whoever ends this task must not tear a transaction from those who wait for its end.
                await asyncio.shield(self._store(self._batch()))

    def _batch(self) -> list[tuple[Delivery, asyncio.Future[None]]]:
        batch = []
        samples = 0
        while self._waiting and samples < MOST_AT_ONCE:
            batch.append(self._waiting.popleft())
            samples += len(batch[-1][0].samples)
        self._samples_waiting -= samples
        return batch

    async def _store(self, batch: list[tuple[Delivery, asyncio.Future[None]]]) -> None:
        deliveries = [delivery for delivery, _ in batch]
        try:
            news = await self._threads.run(store_stubbornly, deliveries)
        except IntegrityError:
            # Somebody's driver or company was deleted a moment ago: that must not cost the others their positions.
            if len(batch) > 1:
                for each in batch:
                    await self._store([each])
                return
            error: Exception | None = NotSignedIn("The account of this driver is no longer there.")
        except Exception as fault:
            logger.exception("Positions could not be stored; the phones will send them again.")
            is_passing = isinstance(fault, Error)
            details = {"retry_after": RETRY_AFTER_SECONDS} if is_passing else {}
            error = NotStored("The database does not answer. Try again in a moment.", details=details)
        else:
            positions.publish(news)
            error = None
        for _, stored in batch:
            if not stored.done():  # whoever is gone needs no answer
                stored.set_result(None) if error is None else stored.set_exception(error)


def store_stubbornly(deliveries: Sequence[Delivery]) -> News:
    """Once more where the connection broke or another transaction stood in the way."""
    try:
        return positions.store(deliveries)
    except (OperationalError, InterfaceError):
        connection.close()
        return positions.store(deliveries)


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, PositionWriter] = WeakKeyDictionary()


def writer_here() -> PositionWriter:
    """The writer of the running event loop."""
    loop = asyncio.get_running_loop()
    writer = _writers.get(loop)
    if writer is None:
        writer = _writers[loop] = PositionWriter()
    return writer


async def close_here() -> None:
    """Flush and end the writer of the running event loop, if there is one."""
    if writer := _writers.pop(asyncio.get_running_loop(), None):
        await writer.close()
