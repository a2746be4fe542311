"""Changing the sequence of a driver's run: what is still to come moves, what is under way keeps its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Invalid, Refused, Stale
from dispatch_console.core.models import Event
from drivers import commands as driver_commands
from drivers.models import Driver
from orders import sequence
from orders.models import Order, RunSequence
from orders.sequence import Run
from orders.states import Status

CHANGED = "driver.sequence_changed"
NAMED_AT_MOST = 4
LATEST_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Rearranged:
    """The run as it is now, and the codes as they were `before`; `event` is None when nothing changed."""

    run: Run
    event: Event | None
    before: list[str]
    is_replay: bool = False


def change_sequence(
    driver_id: int, *, codes: Sequence[str], version: int | None, actor: Actor, key: str = ""
) -> Rearranged:
    """Put the driver's open orders into this order, all of them named once.

    `version` is that of the run the list was made on (`sequence.Run`). Raises Stale with what changed when the driver
    has progressed or somebody else was faster, Refused when a fixed order would move, Invalid for another list.
    """
    require_assign(actor)
    if version is None:
        raise Invalid.fields(version="Send the version of the run that you arranged, as its reading gave it.")
    content = {"driver_id": driver_id, "codes": list(codes), "version": version}
    with transaction.atomic(durable=True):
        driver = driver_commands.locked(driver_id, actor)
        run = sequence.run_of(driver, actor)
        if event := events.replayed(CHANGED, content, actor, key):
            return Rearranged(run, event, event.data["before"]["codes"], is_replay=True)
        if version != run.version:
            raise stale(run, codes, actor)
        _refuse_another_list(run, codes)
        _refuse_moving_fixed(run, codes)
        before = run.codes
        if list(codes) == before:
            return Rearranged(run, None, before)
        arranged = _merged(run, codes)
        store(driver, arranged)
        event = driver_commands.record(
            driver,
            actor=actor,
            kind=CHANGED,
            before={"codes": before},
            after={"codes": list(codes)},
            key=key,
            fingerprint=events.fingerprint(CHANGED, content) if key else "",
        )
        return Rearranged(sequence.run_of(driver, actor), event, before)


def store(driver: Driver, arranged: Iterable[Order]) -> None:
    """Keep this order for the driver, who is locked."""
    stored = RunSequence.objects.filter(driver=driver).first() or RunSequence(driver=driver, tenant_id=driver.tenant_id)
    stored.order_ids = [order.pk for order in arranged]
    stored.version += 1
    stored.save()


def require_assign(actor: Actor) -> None:
    if not actor.may("orders.assign"):
        raise Forbidden(
            "Your role does not allow arranging a driver's work. Ask a tenant admin for the right.",
            details={"permission": "orders.assign"},
        )


def stale(run: Run, codes: Sequence[str], actor: Actor, *, advice: str = "arrange it again") -> Stale:
    """What became of the run since the asker read it: which orders left it, came, or are under way now."""
    listed, now = set(codes), set(run.codes)
    gone = Order.objects.visible_to(actor).filter(code__in=listed - now).select_related("driver").order_by("code")
    left = [{"code": order.code, "status": order.status, "sentence": _what_became(order, run.driver)} for order in gone]
    fixed = [order.code for order in run.shown if sequence.why_fixed(order)]
    moving = [order.code for order in run.shown if sequence.is_under_way(order)]
    new = [code for code in run.codes if code not in listed]
    parts = [str(each["sentence"]) for each in left[:NAMED_AT_MOST]]
    if new:
        parts.append(f"{_named(new)} {'is' if len(new) == 1 else 'are'} new")
    if moving:
        parts.append(f"{_named(moving)} {'is' if len(moving) == 1 else 'are'} under way now")
    what = "; ".join(parts) or "the order of the stops was changed"
    details = {
        "version": run.version,
        "codes": run.codes,
        "left": left,
        "new": new,
        "fixed": fixed,
        "changes": _latest_changes([order.pk for order in run.shown] + [order.pk for order in gone]),
    }
    return Stale(
        f"{run.driver.name}'s run has changed since you opened it: {what}. Look at it and {advice}.",
        details=details,
    )


def _refuse_another_list(run: Run, codes: Sequence[str]) -> None:
    if sorted(codes) == sorted(run.codes):
        return
    missing = [code for code in run.codes if code not in codes]
    foreign = [code for code in dict.fromkeys(codes) if code not in run.codes]
    sentence = f"Name every open order of {run.driver.name} exactly once."
    if missing:
        sentence += f" Missing: {_named(missing)}."
    if foreign:
        sentence += f" Not in this run: {_named([code[:24] for code in foreign])}."
    raise Invalid(sentence, details={"fields": {"codes": [sentence]}})


def _refuse_moving_fixed(run: Run, codes: Sequence[str]) -> None:
    moved = [
        (order, why)
        for order, code in zip(run.shown, codes, strict=True)
        if order.code != code and (why := sequence.why_fixed(order))
    ]
    if moved:
        order, why = moved[0]
        raise Refused(
            f"Order {order.code} cannot be moved. {why} Move the orders after it.",
            code="fixed_order",
            details={"fixed": {order.code: why for order, why in moved}},
        )


def _merged(run: Run, codes: Sequence[str]) -> list[Order]:
    """All of the run: orders that the actor does not see keep their places."""
    known = {order.code: order for order in run.shown}
    rest = iter([known[code] for code in codes])
    return [next(rest) if order.code in known else order for order in run.work]


def _what_became(order: Order, driver: Driver) -> str:
    if order.driver is not None and order.driver_id != driver.pk:
        return f"{order.code} is now with {order.driver.name}"
    if order.driver is None and order.status == Status.PENDING:
        return f"{order.code} was taken off"
    return f"{order.code} is {Status(order.status).label.lower()}"


def _latest_changes(order_ids: list[int]) -> list[dict[str, object]]:
    found = Event.objects.filter(stream="order", object_id__in=order_ids).order_by("-id")[:LATEST_CHANGES]
    return [
        {"code": event.object_code, "kind": event.kind, "actor": event.actor_label, "at": clock.iso(event.occurred_at)}
        for event in found
    ]


def _named(codes: Sequence[str]) -> str:
    shown = ", ".join(codes[:NAMED_AT_MOST])
    return shown + (f" and {len(codes) - NAMED_AT_MOST} more" if len(codes) > NAMED_AT_MOST else "")
