"""What the console answers after an act: the outcome as a sentence, its undo, or what came in between."""

from typing import Any

from django.urls import reverse

from dispatch_console.console.order import history
from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Stale
from orders.access import get_order
from orders.commands import Outcome, why_not_undo
from orders.models import Order

SHOWN_CHANGES = 20


def outcome_answer(outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """The toast's words and its Undo, or why there is none."""
    order, event = outcome.order, outcome.event
    entry = history.read([event], order.tenant)[0]
    why_not = why_not_undo(event, order, actor)
    return {
        "message": f"{order.code}: {_small_start(entry.sentence)}.",
        "code": order.code,
        "version": order.version,
        "status": order.status,
        "url": reverse("console:order", kwargs={"code": order.code}),
        "warnings": outcome.warnings,
        "is_replay": outcome.is_replay,
        "undo": None if why_not else undo_of(order.code, event.version),
        "why_not_undo": why_not,
    }


def undo_of(code: str, version: int) -> dict[str, Any]:
    return {"url": reverse("console:order-undo", kwargs={"code": code}), "body": {"version": version}}


def tell_changes(error: Stale, actor: Actor, code: str, *, since: int) -> Stale:
    """The refusal with what happened in between, as people read it."""
    order = get_order(actor, code)
    between = reversed(history.events_of(order).filter(version__gt=since)[:SHOWN_CHANGES])
    error.details["history"] = [entry_dict(entry) for entry in history.read(between, order.tenant)]
    return error


def entry_dict(entry: history.Entry) -> dict[str, Any]:
    return {
        "version": entry.version,
        "sentence": entry.sentence,
        "actor": entry.actor,
        "source": entry.source,
        "at": clock.iso(entry.at),
        "reason": entry.event.reason,
        "note": entry.event.note,
        "changes": [
            {"field": change.field, "label": change.label, "before": change.before, "after": change.after}
            for change in entry.changes
        ],
    }


def summary(order: Order, entry: history.Entry, actor: Actor) -> dict[str, Any]:
    """A person's own last act, for “Undo my last change”."""
    why_not = why_not_undo(entry.event, order, actor)
    return {
        "code": order.code,
        "sentence": entry.sentence,
        "at": clock.iso(entry.at),
        "version": entry.version,
        "why_not": why_not,
        "undo": None if why_not else undo_of(order.code, entry.version),
    }


def _small_start(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
