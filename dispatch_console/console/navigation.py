"""Where the rail, the palette and the user menu lead: one line per destination."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from dispatch_console.core.actor import Actor


@dataclass(frozen=True)
class Destination:
    """A page of the console; `keys` is the two-key shortcut, `filtered` says that it shows the shared filter set."""

    name: str
    label: str
    icon: str
    url_name: str
    keys: str
    permission: str
    filtered: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)


DESTINATIONS = (
    Destination("map", "Map", "map", "console:map", "g m", "orders.view", filtered=True),
    Destination("table", "Table", "table", "console:table", "g t", "orders.view", filtered=True),
    Destination("drivers", "Drivers", "driver", "console:drivers", "g d", "drivers.view"),
    Destination("planning", "Planning", "plan", "console:planning", "g l", "groups.manage"),
    Destination("bulk", "Bulk", "layers", "console:bulk", "g b", "orders.view"),
    Destination("import", "Import", "upload", "console:import", "g i", "orders.import"),
    Destination("exceptions", "Exceptions", "warning", "console:exceptions", "g x", "orders.view"),
    Destination("waybills", "Waybills", "waybill", "console:waybills", "g w", "orders.view"),
    Destination("trips", "Trips", "trip", "console:trips", "g p", "orders.view"),
    Destination("routes", "Routes", "route", "console:routes", "g r", "orders.view"),
)


def destinations(actor: Actor) -> Iterator[Destination]:
    return (destination for destination in DESTINATIONS if actor.may(destination.permission))


def address(url_name: str, *args: str) -> str:
    """The address of a page, or nothing where that part is not installed: then it is not offered either."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""
