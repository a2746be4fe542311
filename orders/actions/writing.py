"""Carrying out an action on a locked order: change it, save what changed, append its one event.

Whoever calls this has locked the order and judged the action: the engine, and what follows in its transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.actions.base import Action
from orders.actions.form_rules import items_of
from orders.actions.rules import NOT_IN_GROUP, Why
from orders.models import Order

STREAM = "order"
# Columns that nothing but the order's own row tells: an undo puts them back, whatever its action makes of them.
PLAIN = (
    *("attempt_failed", "arrived_pickup_at", "arrived_dropoff_at", "picked_up_at", "closed_at", "closing_reason"),
    *("on_hold", "hold_reason", "pin_tries", "received_by", "holder"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What an event says beyond the change itself. `asked` is the input as it was sent, where the action is another."""

    asked: Action | None = None
    undoes: Event | None = None
    made_at: datetime | None = None
    key: str = ""


class Change:
    """One action on one order, from its old columns to its event.

    `apply` changes the order in memory; `finish` saves and tells. Between the two, what hangs on the order may follow.
    """

    def __init__(self, action: Action, order: Order, actor: Actor, cause: Cause | None = None) -> None:
        self.action, self.order, self.actor = action, order, actor
        self.cause = cause or Cause()
        self.asked = self.cause.asked or action
        self.happened_at = moment_of(order, self.cause.made_at)
        self.changed: set[str] = set()
        self.old: dict[str, Any] = {}
        self.old_items: list[dict[str, Any]] | None = None

    def apply(self) -> None:
        self.old = {column: getattr(self.order, column) for column in _columns()}
        self.old_items = items_of(self.order) if "items" in getattr(self.action, "changes", {}) else None
        with clock.at(self.happened_at):
            self.changed = set(self.action.apply(self.order, self.actor))
        if self.cause.undoes is not None:
            self._put_back(self.cause.undoes)

    def _put_back(self, undone: Event) -> None:
        before = undone.data["before"]
        if not before:  # a creation: there is nothing to go back to, the order ends
            return
        for name in PLAIN:
            column = Order._meta.get_field(name)
            value = column.to_python(before[name]) if name in before else self.old[_column(name)]  # type: ignore[union-attr]
            setattr(self.order, _column(name), value)
        self.changed.update(PLAIN)

    @property
    def names(self) -> list[str]:
        """The columns that have other values than before."""
        return sorted(name for name in self.changed if getattr(self.order, _column(name)) != self.old[_column(name)])

    def finish(self) -> Event:
        order, old, cause, names = self.order, self.old, self.cause, self.names
        data: dict[str, Any] = {
            "input": self.asked.content(),
            "before": {name: old[_column(name)] for name in names},
            "after": order.snapshot(names),
        }
        if self.old_items is not None:
            data["before"]["items"], data["after"]["items"] = self.old_items, items_of(order)
        if cause.undoes is not None:
            data["undoes"] = cause.undoes.pk
        if refusal := self.action.refusal(order):
            data["refusal"] = refusal
        if cause.made_at is not None:
            data["made_at"] = clock.iso(cause.made_at)
        data["names"] = _names_of_people(old, order, names)
        if held_by := old["held_by"] or order.held_by:
            data["group"] = held_by

        order.version += 1
        order.updated_at = clock.now()
        order.save(update_fields=[*names, "version", "updated_at"])
        said = {"code": order.code, **self.asked.content()}
        return events.record(
            actor=self.actor,
            stream=STREAM,
            object_id=order.pk,
            object_code=order.code,
            version=order.version,
            kind=self.action.event,
            team_id=order.team_id,
            reason=self.action.stated_reason,
            note=self.action.stated_note,
            data=data,
            occurred_at=self.happened_at,
            key=cause.key,
            fingerprint=events.fingerprint(self.asked.name, said) if cause.key else "",
        )


def write(action: Action, order: Order, actor: Actor, cause: Cause | None = None) -> Event:
    change = Change(action, order, actor, cause)
    change.apply()
    return change.finish()


def refused(why: Why, order: Order) -> Refused:
    details: dict[str, Any] = {"status": order.status, "version": order.version}
    if why.instead:
        details["order"] = why.instead
    if why.code in {rule.code for rule in NOT_IN_GROUP}:
        details["group"] = order.held_by
    return Refused(why.sentence, code=why.code, details=details)


def moment_of(order: Order, made_at: datetime | None) -> datetime:
    """When to say that it happened: as the phone says, but never in the future and never before what it follows."""
    now = clock.now()
    if made_at is None:
        return now
    return min(max(made_at, order.created_at, order.picked_up_at or order.created_at), now)


def _columns() -> Iterable[str]:
    return [field.attname for field in Order._meta.concrete_fields if not isinstance(field, models.GeneratedField)]


def _column(name: str) -> str:
    return Order._meta.get_field(name).attname  # type: ignore[union-attr]


def _names_of_people(old: dict[str, Any], order: Order, names: list[str]) -> dict[str, str]:
    """Names of the drivers an event speaks of, so that history reads well after a driver is renamed or gone."""
    if "driver" not in names and "holder" not in names:
        return {}
    ids = {old["driver_id"], order.driver_id, old["holder_id"], order.holder_id} - {None}
    # The new driver was read and locked by the action.
    known = {order.driver.pk: order.driver.name} if order.driver is not None else {}
    if missing := ids - set(known):
        known |= dict(Driver.objects.filter(pk__in=missing).values_list("pk", "name"))
    return {str(pk): known[pk] for pk in ids}
