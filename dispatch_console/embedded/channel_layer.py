"""The in-memory channel layer for one process in which worker threads publish, too."""

import asyncio
from typing import Any

from channels.layers import InMemoryChannelLayer


class ThreadSafeInMemoryChannelLayer(InMemoryChannelLayer):
    """Hands what other threads send over to the event loop that receives.

    An asyncio queue does not wake its reader when another thread fills it: without this, a message published by a
    worker thread arrives only when something else happens to wake the loop.
    """

    receiving_loop: asyncio.AbstractEventLoop | None = None

    async def receive(self, channel: str) -> dict[str, Any]:
        self.receiving_loop = asyncio.get_running_loop()
        return await super().receive(channel)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self.on_receiving_loop(super().send(channel, message))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.on_receiving_loop(super().group_send(group, message))

    async def on_receiving_loop(self, sending: Any) -> None:
        loop = self.receiving_loop
        if loop is None or not loop.is_running() or loop is asyncio.get_running_loop():
            await sending
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sending, loop))
