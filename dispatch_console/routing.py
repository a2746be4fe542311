"""Every WebSocket address; consumers live in their apps."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import URLPattern, path, re_path

from dispatch_console.console.consumers import ConsoleSocket
from drivers.consumers import DriverSocket


async def nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """Refuse the handshake; without this every stranger's guess would be a logged error."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[URLPattern] = [
    path("ws/console/", AllowedHostsOriginValidator(AuthMiddlewareStack(ConsoleSocket.serve))),
    # Driver apps sign in by token and send no Origin.
    path("ws/driver/", DriverSocket.serve),  # type: ignore[arg-type]
    re_path("", nothing_here),  # type: ignore[arg-type]
]
