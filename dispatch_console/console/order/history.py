"""The order's history as sentences: what happened, who did it, from where, why, and what it changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse

from dispatch_console.console.order.changes import Change, changes_of
from dispatch_console.console.order.fields import RELATIONS, NameKey, Words, names_of
from dispatch_console.console.order.tellings import TELLINGS
from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.models import Event, Tenant
from drivers.models import Driver
from orders import groups
from orders.models import Order
from orders.states import GroupKind

# What the sentence itself says, or what follows from it: not repeated among the changes of an event.
TOLD_BY_SENTENCE = frozenset(
    {
        "status",
        "assignment_status",
        "driver",
        "vehicle",
        "holder",
        "on_hold",
        "hold_reason",
        "closing_reason",
        "closed_at",
        "arrived_pickup_at",
        "arrived_dropoff_at",
        "attempt_failed",
        "failed_attempts",
        "pin_tries",
        "open_exceptions",
        "held_by",
        "awaits_staging",
        "return_status",
        "picked_up_at",
        "proof_missing",
    }
)
# Relations that no sentence and no change list names: nothing to look up.
UNTOLD = frozenset({"vehicle", "holder", "team"})
STREAM = "order"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, ready to be read. `changes` are the fields that its sentence does not speak of."""

    event: Event
    sentence: str
    icon: str
    tone: str
    status_words: str
    changes: list[Change] = field(default_factory=list)

    @property
    def actor(self) -> str:
        return self.event.actor_label

    @property
    def by_driver(self) -> bool:
        return self.event.actor_kind == ActorKind.DRIVER

    @property
    def source(self) -> str:
        return self.event.source_words

    @property
    def source_url(self) -> str:
        """Where the run is looked at that this was one row of."""
        if self.is_bulk and self.event.source_id.isdecimal():
            return reverse("console:bulk-run", args=[self.event.source_id])
        return ""

    @property
    def is_bulk(self) -> bool:
        return self.event.source == Source.BULK

    @property
    def is_undo(self) -> bool:
        return "undoes" in self.event.data

    @property
    def group(self) -> str:
        """The waybill, trip or session it happened in, where the sentence does not say it."""
        is_told = self.event.kind in ("order.grouped", "order.ungrouped") or self.event.source in GroupKind.values
        return "" if is_told else groups.words(self.event.data.get("group", ""))

    @property
    def at(self) -> datetime:
        return self.event.occurred_at

    @property
    def version(self) -> int:
        return self.event.version


def events_of(order: Order) -> Any:
    """The order's events, newest first; who may see the order may see all of them, whichever team it had then."""
    return Event.objects.filter(tenant_id=order.tenant_id, stream=STREAM, object_id=order.pk).order_by("-version")


def read(events: Iterable[Event], tenant: Tenant) -> list[Entry]:
    """Entries for the events, in their order; at most one query, for names that the events do not bring themselves."""
    events = list(events)
    known = _names_within(events)
    names = known | names_of(_ids_within(events) - known.keys())
    return [_entry(event, Words(tenant, names)) for event in events]


def _entry(event: Event, words: Words) -> Entry:
    before, after = event.data.get("before", {}), event.data.get("after", {})
    telling = TELLINGS.get(event.kind)
    if telling is None:
        sentence, icon, tone = _plain_words(event), "history", "quiet"
    else:
        icon, tone = telling.icon, telling.tone
        sentence = telling.tell(event, words)
    told = TOLD_BY_SENTENCE if event.kind != "order.edited" else UNTOLD
    return Entry(
        event=event,
        sentence=sentence,
        icon=icon,
        tone=tone,
        status_words=_from_to(before.get("status"), after.get("status"), words),
        changes=[change for change in changes_of(event, words) if change.field not in told]
        if event.kind != "order.created"
        else [],
    )


def _from_to(before: str | None, after: str | None, words: Words) -> str:
    """`pending → assigned`, for an event that moved the order on."""
    if before is None or after is None:
        return ""
    return f"{words.of('status', before).lower()} → {words.of('status', after).lower()}"


def _names_within(events: list[Event]) -> dict[NameKey, str]:
    """Names as they were when it happened: the events carry those of their drivers."""
    return {(Driver, int(pk)): name for event in reversed(events) for pk, name in event.data.get("names", {}).items()}


def _ids_within(events: list[Event]) -> set[NameKey]:
    return {
        (RELATIONS[name], side[name])
        for event in events
        for side in (event.data.get("before", {}), event.data.get("after", {}))
        for name in side
        if name in RELATIONS and name not in UNTOLD and isinstance(side[name], int)
    }


def _plain_words(event: Event) -> str:
    return event.kind.rpartition(".")[2].replace("_", " ").capitalize()
