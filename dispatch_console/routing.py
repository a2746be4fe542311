"""Every WebSocket address, the addresses answered before Django, and what ends with the server."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import URLPattern, path, re_path

from dispatch_console.console.consumers import ConsoleSocket
from dispatch_console.core.api.raw import RawDoor
from drivers import writer
from drivers.api.ingest import PositionsDoor
from drivers.api.osmand import OsmandDoor
from drivers.consumers import DriverSocket
from orders.api.import_upload import UploadGate


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

positions, osmand = PositionsDoor(), OsmandDoor()
raw_doors: dict[str, RawDoor] = {
    "/api/v1/driver/positions": positions,
    "/api/v1/driver/positions/": positions,
    "/api/v1/driver/osmand": osmand,
    "/api/v1/driver/osmand/": osmand,
    "/api/v1/imports/": UploadGate(),
}


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Servers that know the protocol (uvicorn, not daphne) let us finish what is under way before they end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await writer.close_here()
            await send({"type": "lifespan.shutdown.complete"})
            return
