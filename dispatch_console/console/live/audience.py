"""Viewers of one tenant who see the same, so that what they get is made once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dispatch_console.console.live.feed import Scope
from dispatch_console.console.live.viewer import Viewer
from dispatch_console.core.realtime import PositionRow


@dataclass(slots=True)
class Audience:
    """`driver_ids` None means every driver of the tenant."""

    scope: Scope
    driver_ids: frozenset[int] | None
    viewers: set[Viewer] = field(default_factory=set)

    def seen_of(self, rows: Iterable[PositionRow]) -> list[PositionRow]:
        return [row for row in rows if self.driver_ids is None or row.driver_id in self.driver_ids]
