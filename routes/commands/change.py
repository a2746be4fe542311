"""The frame of a change of a group that exists: replay, locks in one sequence, version, and then the work.

    def seal(label, *, actor, version=None, key=""):
        def work(locked):
            ... look at locked.group and locked.orders, run actions, change columns ...
            return grouping.record(locked.group, kind="waybill.sealed", changed=[...], before={...}, key=key, ...)

        return change(Waybill, label, actor=actor, kind="waybill.sealed", version=version, key=key, work=work)

`content` is what was asked, beyond the label: it is compared when an idempotency key comes again, so the event must be
recorded with the same `kind`, `content=asked(label, content)` and `key`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, transaction

from dispatch_console.core import events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, NotVisible, Refused
from dispatch_console.core.models import Event
from drivers import commands as driver_commands
from drivers.models import Driver
from orders.models import Order
from routes.commands import grouping
from routes.commands.grouping import Refusal
from routes.models.group import Group

ATTEMPTS = 3

G = TypeVar("G", bound=Group)


@dataclass(frozen=True, slots=True)
class Locked(Generic[G]):
    """What `work` gets: the group's orders by code with those asked for beside them, the drivers by id, the group."""

    group: G
    orders: dict[str, Order]
    drivers: dict[int, Driver]

    def members(self, codes: Iterable[str] | None = None) -> list[Order]:
        """The orders the group holds, or those named, by id; a code that is not in the group is refused."""
        held = {code: order for code, order in self.orders.items() if order.held_by == self.group.held_by}
        if codes is None:
            return list(held.values())
        wanted = list(dict.fromkeys(codes))
        if strange := [code for code in wanted if code not in held]:
            sentence = f"Order {strange[0][:24]} is not in {self.group.words}."
            raise Refused(sentence, code="not_in_group", details={"fields": {"codes": [sentence]}, "codes": strange})
        return [order for code, order in held.items() if code in wanted]


@dataclass(frozen=True, slots=True)
class Changed(Generic[G]):
    """What a command did: the group as it is now, its event, and the orders that could not come along, if any may."""

    group: G
    event: Event
    is_replay: bool = False
    refused: Sequence[Refusal] = field(default=())


class _Moved(Exception):
    """Orders joined or left between reading the group and locking it."""


def asked(label: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """What an idempotency key stands for."""
    return {"label": label, **(content or {})}


def find(model: type[G], label: str, actor: Actor) -> G:
    """The group, unlocked; NotVisible when the actor must not know of it."""
    group = model._default_manager.visible_to(actor).filter(label=label).first()  # type: ignore[attr-defined]
    if group is None:
        raise NotVisible(f"There is no {model.KIND.label.lower()} {label[:24]}.")
    return group


def change(
    model: type[G],
    label: str,
    *,
    actor: Actor,
    kind: str,
    work: Callable[[Locked[G]], Event],
    content: dict[str, Any] | None = None,
    version: int | None = None,
    key: str = "",
    codes: Iterable[str] = (),
    driver_ids: Callable[[G], Iterable[int | None]] = lambda group: (),
    allowed: Callable[[G], bool] | None = None,
) -> Changed[G]:
    """Change a group and its orders in one transaction; `work` is called with everything locked and must record.

    `codes` are orders beyond the group's own that are locked, too. `driver_ids` are the drivers to lock, between orders
    and group. `allowed` says who may, instead of the right to run groups. A refusal of any kind changes nothing.
    """
    found = find(model, label, actor)
    if allowed is None or not allowed(found):
        grouping.require(actor)
    ask = asked(label, content)
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                if event := events.replayed(kind, ask, actor, key):
                    return Changed(find(model, label, actor), event, is_replay=True)
                return _change(model, found.pk, ask, actor, kind, work, version, key, codes, driver_ids)
        except _Moved:
            continue
        except IntegrityError:
            # A twin with the same key was faster.
            if event := events.replayed(kind, ask, actor, key):
                return Changed(find(model, label, actor), event, is_replay=True)
            raise
    raise Refused(f"{_start(found)} is changing at this moment. Look at it and try again.", code="group_is_changing")


def change_here(
    model: type[G],
    label: str,
    *,
    actor: Actor,
    kind: str,
    work: Callable[[Locked[G]], Event],
    content: dict[str, Any] | None = None,
    codes: Iterable[str] = (),
    driver_ids: Callable[[G], Iterable[int | None]] = lambda group: (),
) -> Changed[G]:
    """`change` inside a transaction that the caller has opened, for one row of many."""
    found = find(model, label, actor)
    grouping.require(actor)
    try:
        return _change(model, found.pk, asked(label, content), actor, kind, work, None, "", codes, driver_ids)
    except _Moved:
        sentence = f"{_start(found)} is changing at this moment. Look at it and try again."
        raise Refused(sentence, code="group_is_changing") from None


def _change(
    model: type[G],
    pk: int,
    ask: dict[str, Any],
    actor: Actor,
    kind: str,
    work: Callable[[Locked[G]], Event],
    version: int | None,
    key: str,
    codes: Iterable[str],
    driver_ids: Callable[[G], Iterable[int | None]],
) -> Changed[G]:
    group = model._default_manager.visible_to(actor).get(pk=pk)  # type: ignore[attr-defined]
    members = group.member_codes()
    try:
        orders = grouping.lock_orders([*members, *codes], actor)
    except NotVisible:
        raise Refused(
            f"{_start(group)} carries orders of teams that are not yours. Ask somebody who sees them all.",
            code="orders_of_other_teams",
        ) from None
    wanted = sorted({driver_id for driver_id in driver_ids(group) if driver_id is not None})
    drivers = {driver_id: _locked_driver(driver_id, actor) for driver_id in wanted}
    group = model._default_manager.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if event := events.replayed(kind, ask, actor, key):  # the twin that waited for the locks
        return Changed(group, event, is_replay=True)
    if set(group.member_codes()) != set(members) or not set(driver_ids(group)) <= {*drivers, None}:
        raise _Moved
    grouping.require_version(group, version)
    event = work(Locked(group, {order.code: order for order in orders}, drivers))
    return Changed(group, event)


def _locked_driver(driver_id: int, actor: Actor) -> Driver:
    try:
        return driver_commands.locked(driver_id, actor)
    except NotVisible:
        raise Invalid.fields(driver_id="There is no such driver. Choose one from the list.") from None


def _start(group: Group) -> str:
    return f"{group.words[:1].upper()}{group.words[1:]}"
