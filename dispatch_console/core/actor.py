"""Who acts: the one value every command, selector and socket asks for its rights."""

from dataclasses import dataclass, replace
from typing import Self

from django.db import models


class Source(models.TextChoices):
    CONSOLE = "console", "Console"
    API = "api", "API"
    DRIVER_APP = "driver_app", "Driver app"
    BULK = "bulk", "Bulk run"
    IMPORT = "import", "Import"
    # What a group does to its orders; the label is the source's id.
    WAYBILL = "waybill", "Waybill"
    TRIP = "trip", "Trip"
    SESSION = "session", "Route session"
    TASK = "task", "Background task"
    SYSTEM = "system", "System"


class ActorKind(models.TextChoices):
    USER = "user", "User"
    DRIVER = "driver", "Driver"
    API_KEY = "api_key", "API key"
    SYSTEM = "system", "System"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, driver, integration or the system itself, seen in one tenant through one door.

    `team_ids` None means every team; `driver_id` limits to that driver's own work; `customer_id` limits to that
    customer's orders. `permissions` holds codes of `core.permissions.PERMISSIONS`.
    """

    kind: str
    id: int | None
    label: str
    tenant_id: int
    permissions: frozenset[str]
    source: str
    team_ids: frozenset[int] | None = None
    driver_id: int | None = None
    customer_id: int | None = None
    request_id: str = ""
    source_id: str = ""

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def is_limited(self) -> bool:
        """Not everything in the tenant is theirs to see."""
        return not (self.team_ids is None and self.driver_id is None and self.customer_id is None)

    def through(self, source: str, *, source_id: str = "") -> Self:
        """The same actor by another door, for example one row of a bulk run."""
        return replace(self, source=source, source_id=source_id or self.source_id)

    @property
    def scope_key(self) -> tuple[int, frozenset[int] | None, int | None, int | None]:
        """Actors with equal keys see the same orders: what live frames are encoded once for."""
        return (self.tenant_id, self.team_ids, self.driver_id, self.customer_id)
