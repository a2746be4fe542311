"""Addresses that are answered before Django's handler: the few that are called a hundred times as often as others.

Under ASGI a request through Django costs ten to a hundred times what these cost, most of it for the change between
threads. They answer as the same address does through Django, in the same error shape.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec
from django.conf import settings

from dispatch_console.core.api.errors import SERVER_FAULT, ServerFault, TooLarge, as_domain_error, headers_for
from dispatch_console.core.errors import DomainError
from dispatch_console.core.logs import accepted_request_id, request_id

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

BODY_SECONDS = 20.0
JSON = b"application/json"
encode = msgspec.json.Encoder().encode


class Gone(Exception):
    """The caller hung up before the body was whole."""


class BodyTooSlow(DomainError):
    status = 408
    code = "request_timeout"


class RawRequest:
    """One HTTP request as the server hands it over."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = accepted_request_id(self.header(b"x-request-id"))
        request_id.set(self.request_id)

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def is_secure(self) -> bool:
        """Came over TLS, by the same rule as Django's `request.is_secure()`."""
        if settings.SECURE_PROXY_SSL_HEADER:
            name, value = settings.SECURE_PROXY_SSL_HEADER
            sent = self.header(name.removeprefix("HTTP_").replace("_", "-").lower().encode())
            if sent:
                return sent.split(",")[0].strip() == value
        return self.scope.get("scheme") == "https"

    async def body(self, *, limit: int, too_large: str) -> bytes:
        """The whole body; raises TooLarge with that sentence, BodyTooSlow, or Gone."""
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            raise TooLarge(too_large)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._whole_body(limit, too_large)
        except TimeoutError:
            raise BodyTooSlow("The body did not come in time. Send it again.") from None

    async def _whole_body(self, limit: int, too_large: str) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            if part := message.get("body", b""):
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise TooLarge(too_large)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def discard(self, *, most: int) -> None:
        """Read the body and keep nothing of it: many a client hears no answer before it has sent everything."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BODY_SECONDS):
                while size <= most:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    size += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    async def answer(self, body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        lines = [
            (b"content-type", JSON),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", self.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        if headers:
            lines += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, error: DomainError) -> None:
        body = encode(error.as_dict(request_id=self.request_id))
        await self.answer(body, status=error.status, headers=headers_for(error))


class RawDoor:
    """What stands at an address. `takes` decides by the head alone; what it does not take goes on to Django."""

    def takes(self, request: RawRequest) -> bool:
        raise NotImplementedError

    async def serve(self, request: RawRequest) -> bytes:
        """The body of a 200; refusals are raised."""
        raise NotImplementedError


def in_front_of(django: Application, doors: Mapping[str, RawDoor]) -> Application:
    """`doors` by path; everything else is Django's."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        door = doors.get(scope["path"])
        if door is None:
            await django(scope, receive, send)
            return
        request = RawRequest(scope, receive, send)
        # Django sends whoever comes without TLS to where there is some.
        if (settings.SECURE_SSL_REDIRECT and not request.is_secure) or not door.takes(request):
            await django(scope, receive, send)
            return
        try:
            body = await door.serve(request)
        except Gone:
            return
        except Exception as error:
            meaning = as_domain_error(error)
            if meaning is None:
                logger.exception("An address before Django failed: %s", scope["path"])
                meaning = ServerFault(SERVER_FAULT)
            await request.refuse(meaning)
        else:
            await request.answer(body)

    return application
