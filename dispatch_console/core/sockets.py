"""The base of every WebSocket: text frames in JSON, bounded and checked, and errors in the one error shape."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar

import msgspec

from dispatch_console.core.errors import DomainError, Invalid

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Close codes of our own (4000 to 4999); a client decides by them whether to try again.
BAD_INPUT = 4400
NOT_SIGNED_IN = 4401
FORBIDDEN = 4403
TOO_SLOW = 4408
RIGHTS_CHANGED = 4410

MISTAKES_FORGIVEN = 10


class Closed(Exception):
    """The socket is over, by either side."""


class TextSocket:
    """One WebSocket as an ASGI application; subclasses fill in `opened`, `received` and `closed`.

    It does without Channels' consumers, whose every incoming and outgoing message takes the way through a channel
    layer and a database check.
    """

    max_message: ClassVar[int] = 4096
    decoder: ClassVar[msgspec.json.Decoder[Any]]

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self.send = send
        self._mistakes = 0

    @classmethod
    async def serve(cls, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        await cls(scope, receive, send)._run()

    async def opened(self) -> None:
        """The connection stands; raise `Closed` after `close` to refuse it."""

    async def received(self, message: Any) -> None:
        """One decoded message."""
        raise NotImplementedError

    async def closed(self) -> None:
        """Whatever happened, it is over."""

    async def send_json(self, content: dict[str, Any]) -> None:
        await self.send({"type": "websocket.send", "text": msgspec.json.encode(content).decode()})

    async def send_error(self, error: DomainError, **context: Any) -> None:
        await self.send_json({"t": "error", **context, **error.as_dict()})

    async def close(self, code: int) -> None:
        await self.send({"type": "websocket.close", "code": code})
        raise Closed

    async def _run(self) -> None:
        if (await self._receive())["type"] != "websocket.connect":
            return
        # Accepted before anything is checked: a refused handshake has no close code that a browser could read.
        await self.send({"type": "websocket.accept"})
        try:
            await self.opened()
            while True:
                await self._take(await self._receive())
        except Closed:
            pass
        finally:
            await self.closed()

    async def _take(self, message: Message) -> None:
        if message["type"] == "websocket.disconnect":
            raise Closed
        text = message.get("text")
        try:
            await self.received(self._decoded(text))
        except DomainError as error:
            await self.send_error(error)
            self._mistakes += 1
            if self._mistakes > MISTAKES_FORGIVEN:
                await self.close(BAD_INPUT)

    def _decoded(self, text: str | None) -> Any:
        if text is None:
            raise Invalid("Send text frames with JSON; binary frames are not read.", code="malformed")
        if len(text) > self.max_message:
            raise Invalid(f"A message may have at most {self.max_message} characters.", code="too_large")
        try:
            return self.decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise Invalid(f"This message is not understood: {error}.", code="malformed") from None


def header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
