"""The driver app's WebSocket: positions go in and each batch is acknowledged once it is stored."""

from typing import ClassVar

import msgspec

from dispatch_console.core import clock
from dispatch_console.core.errors import DomainError, NotSignedIn
from dispatch_console.core.sockets import FORBIDDEN, NOT_SIGNED_IN, TextSocket, header
from drivers.samples import Sample, counted
from drivers.tokens import desk_here
from drivers.writer import writer_here


class Hello(msgspec.Struct, tag_field="t", tag="hello"):
    """The first message of an app that cannot set the Authorization header."""

    token: str


class Report(msgspec.Struct, tag_field="t", tag="positions"):
    """A batch; `id` comes back with the answer."""

    samples: list[Sample]
    id: int | str | None = None


class Ping(msgspec.Struct, tag_field="t", tag="ping"):
    """For apps that want to know whether the line still stands, and what time the server has."""


class DriverSocket(TextSocket):
    """One message is worked off after the other: an app that sends faster than we store is slowed by its own socket."""

    max_message: ClassVar[int] = 256 * 1024
    decoder = msgspec.json.Decoder(Hello | Report | Ping)
    token = ""
    is_signed_in = False

    async def opened(self) -> None:
        scheme, _, token = header(self.scope, b"authorization").partition(" ")
        if scheme:
            await self._sign_in(token if scheme.lower() == "bearer" else "")

    async def received(self, message: Hello | Report | Ping) -> None:
        if isinstance(message, Hello):
            await self._sign_in(message.token)
        elif isinstance(message, Ping):
            await self.send_json({"t": "pong", "server_time": clock.iso(clock.now())})
        else:
            await self._report(message)

    async def _sign_in(self, token: str) -> None:
        self.token = token.strip()
        bearer = await desk_here().bearer(self.token)
        self.is_signed_in = bearer is not None and bearer.driver_id is not None
        if not self.is_signed_in:
            await self.send_error(NotSignedIn("This key is unknown, expired, switched off or not a driver's."))
            await self.close(NOT_SIGNED_IN)
        await self.send_json({"t": "welcome", "server_time": clock.iso(clock.now())})

    async def _report(self, message: Report) -> None:
        if not self.is_signed_in:
            await self.send_error(NotSignedIn("Send the key first: {“t”: “hello”, “token”: …}."), id=message.id)
            await self.close(NOT_SIGNED_IN)
        # Asked for every batch, and looked up now and then: a token that was ended is not served for long.
        bearer = await desk_here().bearer(self.token)
        if bearer is None or bearer.driver_id is None:
            await self.close(FORBIDDEN)
            return
        try:
            receipt = await writer_here().report(bearer.driver_id, bearer.tenant_id, counted(message.samples))
        except DomainError as error:
            await self.send_error(error, id=message.id)
        else:
            await self.send_json({"t": "ack", "id": message.id, **receipt.as_dict()})
