"""The order's history as sentences: what happened, who did it, from where, why, and what it changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dispatch_console.console.order.fields import LABELS, POINTS, RELATIONS, UNSAID, NameKey, Words, label, names_of
from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.models import Event, Tenant
from drivers.models import Driver
from orders.models import Order
from orders.states import MOVING, Status

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
        "picked_up_at",
        "proof_missing",
    }
)
# Relations that no sentence and no change list names: nothing to look up.
UNTOLD = frozenset({"vehicle", "holder", "team"})
STREAM = "order"
NAMED_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it was and what it is."""

    field: str
    label: str
    before: str
    after: str


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
        """Where it came from, with the number of the run it belongs to."""
        word = Source(self.event.source).label if self.event.source in Source.values else self.event.source
        return f"{word} {self.event.source_id}".strip()

    @property
    def is_bulk(self) -> bool:
        return self.event.source == Source.BULK

    @property
    def is_undo(self) -> bool:
        return "undoes" in self.event.data

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


def changes_of(event: Event, words: Words) -> list[Change]:
    """Every field the event changed, coordinates as one point, copies left out."""
    found = []
    before, after = event.data.get("before", {}), event.data.get("after", {})
    for name in sorted(after, key=_reading_order):
        if name in UNSAID:
            continue
        if name in POINTS:
            end = name.removesuffix("_latitude")
            found.append(_point_change(end, before, after, words))
        elif words.of(name, before.get(name)) != words.of(name, after[name]):
            found.append(Change(name, label(name), words.of(name, before.get(name)), words.of(name, after[name])))
    return found


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


def _reading_order(name: str) -> int:
    order = list(LABELS)
    name = POINTS.get(name, name)
    return order.index(name) if name in order else len(order)


def _point_change(end: str, before: dict[str, Any], after: dict[str, Any], words: Words) -> Change:
    latitude, longitude = f"{end}_latitude", f"{end}_longitude"

    def point(side: dict[str, Any]) -> str:
        # A move straight along a meridian changes one of the two only.
        return words.point(side.get(latitude), side.get(longitude, after.get(longitude, before.get(longitude))))

    return Change(f"{end}_point", LABELS[f"{end}_point"], point(before), point(after))


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


# One telling per kind of event: its picture, its tone, and its sentence.


@dataclass(frozen=True, slots=True)
class Telling:
    icon: str
    tone: str
    tell: Callable[[Event, Words], str]


def _driver(event: Event, words: Words, side: str) -> str:
    pk = event.data.get(side, {}).get("driver")
    return words.of("driver", pk) if pk is not None else "the driver"


def _created(event: Event, words: Words) -> str:
    after = event.data.get("after", {})
    if after.get("status") == Status.DRAFT:
        return "Created as a draft"
    if after.get("driver") is not None:
        return f"Created and assigned to {_driver(event, words, 'after')}"
    return "Created"


def _assigned(event: Event, words: Words) -> str:
    name = _driver(event, words, "after")
    if "status" not in event.data.get("after", {}):
        return f"Handed to {name}, who carries on with the package"
    return f"Assigned to {name}"


def _switched(event: Event, words: Words) -> str:
    return f"Switched from {_driver(event, words, 'before')} to {_driver(event, words, 'after')}"


def _unassigned(event: Event, words: Words) -> str:
    name = _driver(event, words, "before")
    if "status" not in event.data.get("after", {}):
        return f"Taken off {name}, who still has the package"
    return f"Taken off {name}, back in the queue"


def _arrived(event: Event, words: Words) -> str:
    return f"Arrived at the {'dropoff' if 'arrived_dropoff_at' in event.data.get('after', {}) else 'pickup'}"


def _attempt_failed(event: Event, words: Words) -> str:
    count = event.data.get("after", {}).get("failed_attempts", 1)
    return "Attempt failed" if count == 1 else f"Attempt failed, for the {_ordinal(count)} time"


def _ordinal(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _pin_refused(event: Event, words: Words) -> str:
    left = event.data.get("refusal", {}).get("details", {}).get("tries_left", 0)
    return "Wrong PIN at the door" if left else "Wrong PIN at the door: the PIN is locked now"


def _proof_added(event: Event, words: Words) -> str:
    return f"Proof of {event.data.get('input', {}).get('stage', 'delivery')} added"


def _picked_up(event: Event, words: Words) -> str:
    if event.data.get("after", {}).get("proof_missing"):
        return "Picked up, without the proof that the service asks for"
    return "Picked up"


def _delivered(event: Event, words: Words) -> str:
    if event.data.get("after", {}).get("proof_missing"):
        return "Delivered, without the proof that the service asks for"
    return "Delivered"


def _corrected(event: Event, words: Words) -> str:
    before, after = event.data.get("before", {}).get("status"), event.data.get("after", {}).get("status")
    sentence = f"Status corrected from {words.of('status', before).lower()} to {words.of('status', after).lower()}"
    if event.data.get("after", {}).get("driver") is not None:
        sentence += f", with {_driver(event, words, 'after')} as driver"
    return sentence


def _cancelled(event: Event, words: Words) -> str:
    if event.data.get("before", {}).get("status") in MOVING:
        return "Cancelled; the package is still with the driver"
    return "Cancelled"


def _reopened(event: Event, words: Words) -> str:
    after = event.data.get("after", {})
    if after.get("driver") is not None:
        return f"Reopened and assigned to {_driver(event, words, 'after')}"
    return f"Reopened as {words.of('status', after.get('status')).lower()}"


def _edited(event: Event, words: Words) -> str:
    asked = event.data.get("input", {}).get("changes", {})
    fields = [change.field for change in changes_of(event, words) if _was_asked(change.field, asked)]
    names = [label(name).lower() for name in fields if not _goes_without_saying(name, fields)]
    if not names:
        return "Saved without a change"
    if len(names) > NAMED_FIELDS:
        rest = len(names) - NAMED_FIELDS
        return f"Edited {', '.join(names[:NAMED_FIELDS])} and {rest} more {'field' if rest == 1 else 'fields'}"
    return f"Edited {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))}"


def _was_asked(name: str, asked: dict[str, Any]) -> bool:
    """Not what merely followed, such as the zone of a new address."""
    return name in asked or f"{name}_id" in asked or name.replace("_point", "_latitude") in asked


def _goes_without_saying(name: str, fields: list[str]) -> bool:
    """A new address has a new point."""
    end = name.removesuffix("_point")
    return name != end and (f"{end}_address" in fields or f"{end}_warehouse" in fields)


def _just(words_: str) -> Callable[[Event, Words], str]:
    return lambda event, words: words_


TELLINGS: dict[str, Telling] = {
    "order.created": Telling("plus", "accent", _created),
    "order.confirmed": Telling("check", "accent", _just("Draft confirmed")),
    "order.assigned": Telling("driver", "accent", _assigned),
    "order.switched": Telling("swap", "accent", _switched),
    "order.unassigned": Telling("driver", "warn", _unassigned),
    "order.accepted": Telling("check", "good", _just("Accepted by the driver")),
    "order.rejected": Telling("close", "bad", _just("Refused by the driver, back in the queue")),
    "order.offer_expired": Telling("clock", "bad", _just("The driver did not answer in time, back in the queue")),
    "order.self_assigned": Telling("driver", "accent", _just("Taken by the driver")),
    "order.self_unassigned": Telling("driver", "warn", _just("Given back by the driver")),
    "order.offered_nearby": Telling("driver", "accent", _just("Offered to drivers nearby")),
    "order.offered_further": Telling("driver", "accent", _just("Offered to the next drivers, further away")),
    "order.offered_in_vain": Telling("clock", "bad", _just("No driver nearby took it")),
    "order.offers_stopped": Telling("close", "warn", _just("No longer offered to drivers nearby")),
    "order.offer_refused": Telling("close", "quiet", _just("Refused by one of the drivers asked")),
    "order.offer_taken": Telling("check", "good", _just("Taken by the first driver to accept")),
    "order.arrived": Telling("pin", "move", _arrived),
    "order.attempt_failed": Telling("error", "bad", _attempt_failed),
    "order.attempt_withdrawn": Telling("refresh", "warn", _just("Failed attempt withdrawn: it does not count")),
    "order.retry_ordered": Telling("refresh", "accent", _just("To be tried again by the same driver")),
    "order.pin_refused": Telling("lock", "bad", _pin_refused),
    "order.pin_unlocked": Telling("lock", "accent", _just("PIN unlocked: the driver may try again")),
    "order.proof_added": Telling("success", "accent", _proof_added),
    "order.picked_up": Telling("package", "move", _picked_up),
    "order.departed": Telling("arrow-right", "move", _just("On the way to the dropoff")),
    "order.delivered": Telling("success", "good", _delivered),
    "order.status_corrected": Telling("edit", "warn", _corrected),
    "order.returned": Telling("return", "quiet", _just("Returned to the sender")),
    "order.held": Telling("pause", "warn", _just("Put on hold")),
    "order.released": Telling("play", "accent", _just("Released from hold")),
    "order.edited": Telling("edit", "quiet", _edited),
    "order.cancelled": Telling("error", "bad", _cancelled),
    "order.reopened": Telling("refresh", "accent", _reopened),
}
