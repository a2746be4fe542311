"""The in-memory layer of the one-process fallback wakes its readers from any thread."""

import asyncio
import threading
import time

from asgiref.sync import async_to_sync

from dispatch_console.embedded.channel_layer import ThreadSafeInMemoryChannelLayer


async def test_a_message_of_a_worker_thread_arrives_at_once() -> None:
    layer = ThreadSafeInMemoryChannelLayer()
    channel = await layer.new_channel()
    await layer.group_add("tenant", channel)
    reading = asyncio.ensure_future(layer.receive(channel))
    await asyncio.sleep(0)

    # Nothing else happens on this loop meanwhile: without the hand-over nobody would wake it.
    sent = threading.Thread(target=async_to_sync(layer.group_send), args=("tenant", {"type": "news"}))
    began = time.monotonic()
    sent.start()
    message = await asyncio.wait_for(reading, 5)
    assert message == {"type": "news"}
    assert time.monotonic() - began < 2
    await asyncio.to_thread(sent.join)  # the loop must run on until the sender has its answer


async def test_a_message_of_the_same_loop_arrives_too() -> None:
    layer = ThreadSafeInMemoryChannelLayer()
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "news"})
    assert await layer.receive(channel) == {"type": "news"}
    await layer.send(channel, {"type": "more"})
    assert await layer.receive(channel) == {"type": "more"}


def test_a_reader_that_has_ended_does_not_hold_up_the_sender() -> None:
    layer = ThreadSafeInMemoryChannelLayer()

    async def read_once() -> None:
        await layer.send("channel", {"type": "news"})
        await layer.receive("channel")

    asyncio.run(read_once())
    async_to_sync(layer.send)("channel", {"type": "later"})
    assert asyncio.run(layer.receive("channel")) == {"type": "later"}
