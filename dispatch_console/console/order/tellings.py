"""One telling per kind of event of an order: its picture, its tone, and its sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dispatch_console.console.order.changes import changes_of
from dispatch_console.console.order.fields import Words, label
from dispatch_console.core.models import Event
from orders import groups
from orders.states import MOVING, ExceptionStatus, Resolution, ReturnStatus, Status

NAMED_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Telling:
    icon: str
    tone: str
    tell: Callable[[Event, Words], str]


def _driver(event: Event, words: Words, side: str) -> str:
    pk = event.data.get(side, {}).get("driver")
    return words.of("driver", pk) if pk is not None else "the driver"


def _created(event: Event, words: Words) -> str:
    after, asked = event.data.get("after", {}), event.data.get("input", {})
    if "source" in asked:
        why = {"replacement": "after the replacement was delivered", "request": "by an approved request"}
        given = f", with {_driver(event, words, 'after')}" if after.get("driver") is not None else ""
        return f"Created to go back from {asked['source']}, {why.get(asked.get('why', ''), 'as a return')}{given}"
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


def _rescheduled(event: Event, words: Words) -> str:
    moment = event.data.get("after", {}).get("due_at") or event.data.get("after", {}).get("scheduled_pickup_at")
    return f"Rescheduled to {words.of('due_at', moment)}" if moment else "Rescheduled"


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


def _landed(event: Event, words: Words) -> str:
    after = event.data.get("after", {})
    warehouse, address = after.get("pickup_warehouse"), after.get("pickup_address")
    place = words.of("pickup_warehouse", warehouse) if warehouse is not None else address
    return f"Came to {place}, and waits there" if place else "Received, and waits there"


def _grouped(event: Event, words: Words) -> str:
    return f"Added to {groups.words(event.data['after']['held_by'])}"


def _ungrouped(event: Event, words: Words) -> str:
    return f"Taken out of {groups.words(event.data['before']['held_by'])}"


def _exception_settled(event: Event, words: Words) -> str:
    asked = event.data.get("input", {})
    status = ExceptionStatus(asked["status"])
    if status == ExceptionStatus.RESOLVED:
        return f"Exception resolved: {Resolution(asked['resolution']).label.lower()}"
    return "Exception taken up again" if status == ExceptionStatus.PENDING else f"Exception {status.label.lower()}"


def _staged(event: Event, words: Words) -> str:
    if event.data.get("after", {}).get("driver") is not None:
        return f"Staged at the warehouse, brought by {_driver(event, words, 'after')}"
    return "Staged at the warehouse"


def _unstaged(event: Event, words: Words) -> str:
    return f"Not at the warehouse after all: {words.of('status', event.data['after'].get('status')).lower()} again"


def _followed(event: Event, words: Words) -> str:
    leg, status = event.data["input"]["leg"], event.data.get("after", {}).get("status")
    return f"Followed {leg}: {words.of('status', status).lower()}" if status else f"Followed {leg}"


def _return_requested(event: Event, words: Words) -> str:
    is_approved = event.data.get("after", {}).get("return_status") == ReturnStatus.APPROVED
    return "Return asked for, and approved by rule" if is_approved else "Return asked for"


def _just(words_: str) -> Callable[[Event, Words], str]:
    return lambda event, words: words_


TELLINGS: dict[str, Telling] = {
    "order.staged": Telling("warehouse", "good", _staged),
    "order.unstaged": Telling("warehouse", "warn", _unstaged),
    "order.leg_unlocked": Telling("lock", "accent", _just("Ready at the warehouse")),
    "order.leg_locked": Telling("lock", "warn", _just("Waits for the warehouse again")),
    "order.followed_leg": Telling("link", "quiet", _followed),
    "order.return_requested": Telling("return", "accent", _return_requested),
    "order.return_approved": Telling("check", "good", _just("Return approved")),
    "order.return_rejected": Telling("close", "bad", _just("Return rejected")),
    "order.return_withdrawn": Telling("undo", "quiet", _just("Return request withdrawn")),
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
    "order.rescheduled": Telling("calendar", "accent", _rescheduled),
    "order.held": Telling("pause", "warn", _just("Put on hold")),
    "order.released": Telling("play", "accent", _just("Released from hold")),
    "order.handed_to_carrier": Telling("arrow-right", "move", _just("Handed to the carrier, on the way")),
    "order.landed": Telling("warehouse", "good", _landed),
    "order.grouped": Telling("link", "accent", _grouped),
    "order.ungrouped": Telling("link", "quiet", _ungrouped),
    "order.exception_raised": Telling("warning", "bad", _just("Exception raised")),
    "order.exception_settled": Telling("check", "accent", _exception_settled),
    "order.noted": Telling("edit", "quiet", _just("Note added")),
    "order.edited": Telling("edit", "quiet", _edited),
    "order.cancelled": Telling("error", "bad", _cancelled),
    "order.reopened": Telling("refresh", "accent", _reopened),
}
