"""The server under `bench.live`: the product itself, and beside it the two broadcasters it is compared with.

Everything is fed by the same socket, `/feed/<way>`, one message per batch of position updates:
*hub* hands them to the product's own `realtime.publish_positions`, whose consoles listen on /ws/console/;
*groups* does one Channels `group_send` per update to a usual consumer; *plain* writes each update to every socket of a
bare ASGI application.
"""

from typing import Any

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from dispatch_console.asgi import application as product
from dispatch_console.core import realtime
from dispatch_console.core.realtime import PositionRow

GROUP = "bench"

_decode = msgspec.json.Decoder(tuple[int, list[PositionRow]]).decode
_encode = msgspec.json.Encoder().encode
_plain_viewers: set[Any] = set()


class GroupViewer(AsyncWebsocketConsumer):
    groups = [GROUP]

    async def position(self, message: dict[str, Any]) -> None:
        await self.send(text_data=message["text"])


async def plain_viewer(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    _plain_viewers.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        _plain_viewers.discard(send)


async def to_hub(tenant_id: int, rows: list[PositionRow]) -> None:
    realtime.publish_positions(tenant_id, rows)


async def to_groups(tenant_id: int, rows: list[PositionRow]) -> None:
    layer: Any = get_channel_layer()
    for row in rows:
        await layer.group_send(GROUP, {"type": "position", "text": _encode(row).decode()})


async def to_plain(tenant_id: int, rows: list[PositionRow]) -> None:
    for row in rows:
        message = {"type": "websocket.send", "text": _encode(row).decode()}
        for send in list(_plain_viewers):
            await send(message)


def feed(way: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await way(*_decode(message["text"]))

    return app


OWN = {
    "/feed/hub": feed(to_hub),
    "/feed/groups": feed(to_groups),
    "/feed/plain": feed(to_plain),
    "/bench/groups": GroupViewer.as_asgi(),
    "/bench/plain": plain_viewer,
}


async def application(scope: Any, receive: Any, send: Any) -> None:
    await OWN.get(scope.get("path"), product)(scope, receive, send)
