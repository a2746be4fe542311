"""A driver's phone: sends positions over the driver socket, keeps what it could not send, and has dead spots."""

import asyncio
import contextlib
import json
import logging
import random
from collections import deque
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

logger = logging.getLogger(__name__)

MOST_KEPT = 900
MOST_AT_ONCE = 200
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0
ANSWER_WITHIN = 20.0
REFUSED = 4400


class Phone:
    """`put` never waits; `run` empties the queue in batches, each acknowledged before the next."""

    def __init__(self, url: str, *, every: float) -> None:
        self._url = url
        self.token = ""
        self._every = every
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_KEPT)
        self._has_network = asyncio.Event()
        self._has_network.set()

    def put(self, sample: dict[str, Any]) -> None:
        self._waiting.append(sample)

    async def lose_network_for(self, seconds: float) -> None:
        """A tunnel, a valley: nothing goes out, everything is kept and sent afterwards."""
        self._has_network.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._has_network.set()

    async def run(self) -> None:
        pause = FIRST_PAUSE
        await asyncio.sleep(random.uniform(0, self._every))
        while True:
            try:
                async with connect(
                    self._url, additional_headers={"Authorization": f"Bearer {self.token}"}, open_timeout=10
                ) as socket:
                    await self._expect(socket, "welcome")
                    pause = FIRST_PAUSE
                    await self._talk(socket)
            except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake) as trouble:
                logger.info("A phone lost its connection: %s", type(trouble).__name__)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _talk(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._has_network.wait()
            while self._waiting:
                batch = [self._waiting[index] for index in range(min(len(self._waiting), MOST_AT_ONCE))]
                await socket.send(json.dumps({"t": "positions", "id": batch[-1]["recorded_at"], "samples": batch}))
                answer = await self._expect(socket, "ack", "error")
                if answer["t"] == "error":
                    logger.warning("Positions were refused: %s", answer["error"]["message"])
                for _ in batch:
                    with contextlib.suppress(IndexError):
                        self._waiting.popleft()

    async def _expect(self, socket: ClientConnection, *kinds: str) -> dict[str, Any]:
        while True:
            message = json.loads(await asyncio.wait_for(socket.recv(), ANSWER_WITHIN))
            if message["t"] in kinds:
                return message
