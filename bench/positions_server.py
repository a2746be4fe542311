"""The server under `bench.positions`: the product itself, and beside it the two least things that could take a ping.

`/bench/bare` reads a ping with the product's own decoder and answers; `/bench/relay` is a socket that does the same and
hands every ping to whoever listens on `/bench/viewer`. Neither checks a key or stores anything.
"""

from typing import Any

from dispatch_console.asgi import application as product
from drivers.consumers import DriverSocket
from drivers.samples import decode

ANSWER = b'{"accepted":1,"rejected":[]}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())],
}
_viewers: set[Any] = set()
_read_message = DriverSocket.decoder.decode


async def bare(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    decode(body)
    await send(START)
    await send({"type": "http.response.body", "body": ANSWER})


async def relay(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        report = _read_message(message["text"])
        for viewer in list(_viewers):
            await viewer({"type": "websocket.send", "text": message["text"]})
        await send({"type": "websocket.send", "text": f'{{"t":"ack","id":{report.id}}}'})


async def viewer(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    _viewers.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        _viewers.discard(send)


OWN = {"/bench/bare": bare, "/bench/relay": relay, "/bench/viewer": viewer}


async def application(scope: Any, receive: Any, send: Any) -> None:
    await OWN.get(scope.get("path"), product)(scope, receive, send)
