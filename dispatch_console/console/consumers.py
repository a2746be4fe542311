"""The console's WebSocket: lets members in, hands them to the hub, and hears how far they have come."""

from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

import msgspec
from django.conf import settings
from django.utils.http import is_same_domain

from dispatch_console.console.live import rights
from dispatch_console.console.live.board import View
from dispatch_console.console.live.feed import Scope
from dispatch_console.console.live.hub import Hub, hub_here
from dispatch_console.console.live.viewer import Viewer
from dispatch_console.core.sockets import FORBIDDEN, TextSocket, header

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]  # a map can be dragged round the world


class Hello(msgspec.Struct, tag_field="t", tag="hello"):
    """Begin, or go on after the number `last`."""

    last: Number | None = None


class Seen(msgspec.Struct, tag_field="t", tag="seen"):
    """Everything up to this beat has been worked through."""

    beat: Number


class Look(msgspec.Struct, tag_field="t", tag="view"):
    """Positions from this part of the map are enough: south, west, north, east in degrees; nothing is everything."""

    bounds: tuple[Latitude, Longitude, Latitude, Longitude] | None = None


class ConsoleSocket(TextSocket):
    decoder = msgspec.json.Decoder(Hello | Seen | Look)
    hub: Hub
    viewer: Viewer | None = None

    async def opened(self) -> None:
        if not is_own_page(self.scope):
            await self.close(FORBIDDEN)
        self.hub = hub_here()
        who = await self.hub.threads.run(rights.identify, self.scope["user"], self.scope["session"])
        if isinstance(who, int):
            await self.close(who)
            return
        identity, actor = who
        self.tenant_id = actor.tenant_id
        self.viewer = Viewer(Scope(actor), identity, self.send)

    async def received(self, message: Hello | Seen | Look) -> None:
        viewer = self.viewer
        if viewer is None:
            return
        if isinstance(message, Seen):
            viewer.saw(message.beat)
        elif isinstance(message, Look):
            view = None if message.bounds is None else View.of(*message.bounds)
            self.hub.look(self.tenant_id, viewer, view)
        else:
            await self.hub.join(self.tenant_id, viewer, message.last)

    async def closed(self) -> None:
        if self.viewer is not None:
            self.viewer.is_closed = True
            self.hub.leave(self.tenant_id, self.viewer)


def is_own_page(scope: Any) -> bool:
    """A browser says which page opens the socket; another site's page must not use our visitor's session.

    The same rule as Django's for forms. `AllowedHostsOriginValidator` alone says yes to everybody where ALLOWED_HOSTS
    is a star. Programs that are not browsers send no Origin, and no cookie they did not choose to send.
    """
    text = header(scope, b"origin")
    if not text:
        return True
    origin = urlsplit(text)
    trusted = (urlsplit(each) for each in settings.CSRF_TRUSTED_ORIGINS)
    return origin.netloc == header(scope, b"host") or any(_is_covered(origin, each) for each in trusted)


def _is_covered(origin: SplitResult, trusted: SplitResult) -> bool:
    """A trusted origin may stand for all its sub-domains: https://*.example.com."""
    return origin.scheme == trusted.scheme and is_same_domain(origin.netloc, trusted.netloc.removeprefix("*"))
