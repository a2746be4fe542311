"""The driver app's WebSocket: positions go in and each batch is acknowledged once it is stored."""

import time
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import msgspec

from dispatch_console.core import access, clock
from dispatch_console.core.database_threads import DatabaseThreads
from dispatch_console.core.errors import DomainError, NotSignedIn
from dispatch_console.core.sockets import FORBIDDEN, NOT_SIGNED_IN, TextSocket, header
from drivers import positions
from drivers.samples import Sample, counted

CHECK_TOKEN_SECONDS = 30.0
MAX_TOKEN = 200


class Hello(msgspec.Struct, tag_field="t", tag="hello"):
    """The first message of an app that cannot set the Authorization header."""

    token: str


class Report(msgspec.Struct, tag_field="t", tag="positions"):
    """A batch; `id` comes back with the answer."""

    samples: list[Sample]
    id: int | str | None = None


class Ping(msgspec.Struct, tag_field="t", tag="ping"):
    """For apps that want to know whether the line still stands, and what time the server has."""


@dataclass(frozen=True, slots=True)
class SignedInDriver:
    driver_id: int
    tenant_id: int


@cache
def threads() -> DatabaseThreads:
    return DatabaseThreads("driver-socket", threads=4)


class DriverSocket(TextSocket):
    """One message is worked off after the other: an app that sends faster than we store is slowed by its own socket."""

    max_message: ClassVar[int] = 256 * 1024
    decoder = msgspec.json.Decoder(Hello | Report | Ping)
    token = ""
    driver: SignedInDriver | None = None
    checked_at = 0.0

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
        self.token = token
        self.driver = await threads().run(driver_of_token, token)
        self.checked_at = time.monotonic()
        if self.driver is None:
            await self.send_error(NotSignedIn("This key is unknown, expired, switched off or not a driver's."))
            await self.close(NOT_SIGNED_IN)
        await self.send_json({"t": "welcome", "server_time": clock.iso(clock.now())})

    async def _report(self, message: Report) -> None:
        if self.driver is None:
            await self.send_error(NotSignedIn("Send the key first: {“t”: “hello”, “token”: …}."), id=message.id)
            await self.close(NOT_SIGNED_IN)
            return
        if time.monotonic() - self.checked_at > CHECK_TOKEN_SECONDS:
            self.driver = await threads().run(driver_of_token, self.token)
            self.checked_at = time.monotonic()
            if self.driver is None:
                await self.close(FORBIDDEN)
                return
        try:
            receipt = await threads().run(store, self.driver, message.samples)
        except DomainError as error:
            await self.send_error(error, id=message.id)
        else:
            await self.send_json({"t": "ack", "id": message.id, **receipt.as_dict()})


def driver_of_token(token: str) -> SignedInDriver | None:
    if not token or len(token) > MAX_TOKEN:
        return None
    key = access.key_for_secret(token)
    actor = access.actor_for_key(key) if key else None
    if key is None or actor is None or actor.driver_id is None or not actor.may("work.own"):
        return None
    access.note_use(key)
    return SignedInDriver(actor.driver_id, actor.tenant_id)


def store(driver: SignedInDriver, samples: list[Sample]) -> Any:
    return positions.report(driver.driver_id, driver.tenant_id, counted(samples))
