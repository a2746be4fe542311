"""A console's socket in tests: signs in as a member, and reads frames by their kind."""

import json
import time
from typing import Any

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from dispatch_console.asgi import application
from dispatch_console.core.models import Membership

HOST = "testserver"


def signed_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def session_cookie(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


class Console:
    """One open console, driven in the event loop of the test."""

    def __init__(
        self, client: Client | None = None, *, origin: str = f"http://{HOST}", path: str = "/ws/console/"
    ) -> None:
        headers = [(b"host", HOST.encode()), (b"origin", origin.encode())]
        if client is not None:
            headers.append((b"cookie", session_cookie(client).encode()))
        self.socket = WebsocketCommunicator(application, path, headers=headers)

    async def open(self) -> "Console":
        accepted, _ = await self.socket.connect(timeout=5)
        assert accepted
        return self

    async def hello(self, last: int | None = None) -> dict[str, Any]:
        await self.say({"t": "hello", "last": last})
        return await self.next("welcome", "reload")

    async def say(self, content: Any) -> None:
        await self.socket.send_to(text_data=content if isinstance(content, str) else json.dumps(content))

    async def frame(self, *, within: float = 5) -> dict[str, Any]:
        message = await self.socket.receive_output(within)
        assert message["type"] == "websocket.send", message
        content: dict[str, Any] = json.loads(message["text"])
        return content

    async def next(self, *kinds: str, within: float = 5) -> dict[str, Any]:
        """The next frame of one of these kinds; others are passed over."""
        deadline = time.monotonic() + within
        while True:
            frame = await self.frame(within=max(0.01, deadline - time.monotonic()))
            if frame["t"] in kinds:
                return frame

    async def items(self, until: int) -> list[dict[str, Any]]:
        """The items of the events frames up to a number, which must come without a hole."""
        found: list[dict[str, Any]] = []
        while True:
            frame = await self.next("events")
            if hasattr(self, "last"):
                assert frame["from"] == self.last + 1, "a hole in the stream"
            self.last = frame["to"]
            found += frame["items"]
            if self.last >= until:
                return found

    async def closed_with(self, *, within: float = 5) -> int:
        deadline = time.monotonic() + within
        while True:
            message = await self.socket.receive_output(max(0.01, deadline - time.monotonic()))
            if message["type"] == "websocket.close":
                return int(message["code"])

    async def is_quiet(self, seconds: float = 0.2) -> bool:
        return await self.socket.receive_nothing(timeout=seconds)

    async def leave(self) -> None:
        await self.socket.disconnect()
