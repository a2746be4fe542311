"""The history of a group: its own events as sentences, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch_console.console.groups.kinds import GroupKindPages, Telling
from dispatch_console.core.models import Event

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Entry:
    event: Event
    telling: Telling

    @property
    def actor(self) -> str:
        return self.event.actor_label

    @property
    def source(self) -> str:
        return self.event.source_words

    @property
    def at(self) -> datetime:
        return self.event.occurred_at

    @property
    def note(self) -> str:
        return str(self.event.data.get("input", {}).get("note", ""))


def read(pages: GroupKindPages, group: Any) -> Sequence[Entry]:
    """The latest events; who may see the group may see all of them."""
    events = Event.objects.filter(tenant_id=group.tenant_id, stream=group.KIND, object_id=group.pk)
    return [Entry(event, pages.telling(event)) for event in events.order_by("-version")[:SHOWN]]
