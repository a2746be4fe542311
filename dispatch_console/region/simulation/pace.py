"""Simulated time: a minute of the town lasts `60 / speed` real seconds."""

import asyncio
import random
import time
from datetime import UTC, datetime


class Pace:
    """Sleeps and measures in the town's seconds; times told to the server stay real."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._began = time.monotonic()

    def now(self) -> float:
        """Seconds of the town since the simulation began."""
        return (time.monotonic() - self._began) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    async def sleep_about(self, seconds: float) -> None:
        """Around the given time, never on the beat: forty drivers must not act in the same instant."""
        await self.sleep(seconds * random.uniform(0.6, 1.4))


def wall_clock() -> datetime:
    return datetime.now(UTC)


def stamp(moment: float) -> str:
    """A time.time() value as the API wants it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
