"""Handing a driver's whole run to another driver: one act, one transaction, an ordinary switch for every order.

A group that drives as a whole, such as a trip, goes with all its orders in the run or stays with all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.db import transaction

from dispatch_console.core import events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Invalid, NotVisible, Refused
from dispatch_console.core.models import Event
from drivers import commands as driver_commands
from drivers.models import Driver
from drivers.selectors import get_driver
from orders import engine, groups, sequence
from orders.actions import Switch
from orders.models import Assignment, Order
from orders.rearrange import require_assign, stale, store
from orders.sequence import Run
from orders.states import Status

HANDED_OVER = "driver.run_handed_over"
TAKEN_OVER = "driver.run_taken_over"
MOST_ORDERS = 500
ATTEMPTS = 3

Verdict = Literal["done", "possible", "blocked"]


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one order. A blocked one says why; `warnings` are sentences about the new driver."""

    code: str
    verdict: Verdict
    error_code: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandOver:
    """`packages_kept` are cancelled orders whose package the former driver still has to bring back.

    `event` is None for a rehearsal; `taken_version` is the run of the new driver after it, which an undo names.
    """

    from_driver: Driver
    to_driver: Driver
    rows: list[Row]
    packages_kept: list[str]
    event: Event | None = None
    taken_version: int | None = None
    is_replay: bool = False

    @property
    def blocked(self) -> list[Row]:
        return [row for row in self.rows if row.verdict == "blocked"]


class _RunMoved(Exception):
    """Orders came or went between reading the run and locking it."""


def hand_over(
    driver_id: int,
    *,
    to_driver_id: int,
    reason: str,
    actor: Actor,
    codes: Sequence[str] | None = None,
    version: int | None = None,
    rehearse: bool = False,
    leave_blocked: bool = False,
    key: str = "",
) -> HandOver:
    """Move all open orders of one driver, or those named, to another driver, in their order, after the other's own.

    All or nothing: one order that cannot go stops the whole act, unless `leave_blocked` says that such orders stay.
    `rehearse` asks every rule and writes nothing. `version` is that of the giving driver's run (`sequence.Run`).
    """
    require_assign(actor)
    if not reason.strip():
        raise Invalid("Say why the run changes hands.", code="reason_required", details=_at("reason", "Say why."))
    if driver_id == to_driver_id:
        sentence = "Choose a different driver: the run is already with this one."
        raise Invalid(sentence, code="same_driver", details=_at("to_driver_id", sentence))
    asked = _Asked(driver_id, to_driver_id, reason.strip(), tuple(codes) if codes is not None else None, leave_blocked)
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                done = _hand_over(asked, version=version, actor=actor, key="" if rehearse else key)
                if rehearse:
                    transaction.set_rollback(True)
                    return _as_rehearsal(done)
                _refuse_blocked(done, leave_blocked=leave_blocked)
                return done
        except _RunMoved:
            continue
    raise Refused("The driver's work is changing at this moment. Look at it and try again.", code="run_is_changing")


@dataclass(frozen=True, slots=True)
class _Asked:
    driver_id: int
    to_driver_id: int
    reason: str
    codes: tuple[str, ...] | None
    leave_blocked: bool

    def content(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def _hand_over(asked: _Asked, *, version: int | None, actor: Actor, key: str) -> HandOver:
    run = sequence.run_of(get_driver(actor, asked.driver_id), actor)
    if event := events.replayed(HANDED_OVER, asked.content(), actor, key):
        return _again(event, run.driver, actor)
    # Orders by id, then drivers by id: everything that takes more than one lock takes them in this order.
    engine.lock_all([order.code for order in _chosen(run, asked.codes)], actor)
    locked = {pk: _locked_driver(pk, asked, actor) for pk in sorted((asked.driver_id, asked.to_driver_id))}
    giver, taker = locked[asked.driver_id], locked[asked.to_driver_id]
    if event := events.replayed(HANDED_OVER, asked.content(), actor, key):  # the twin that waited for the locks
        return _again(event, giver, actor)

    settled = sequence.run_of(giver, actor)
    if version is not None and version != settled.version:
        raise stale(settled, asked.codes or settled.codes, actor, advice="hand it over again")
    chosen = _chosen(settled, asked.codes)
    if {order.pk for order in chosen} != {order.pk for order in _chosen(run, asked.codes)}:
        raise _RunMoved
    own = sequence.run_of(taker, actor).work
    rows = _moved(chosen, settled, taker, asked.reason, actor, key)
    kept = Order.objects.visible_to(actor).filter(holder=giver, status=Status.CANCELLED).order_by("pk")
    rows = with_warnings(rows, taker)
    done = HandOver(giver, taker, rows, list(kept.values_list("code", flat=True)))
    moved = [row.code for row in rows if row.verdict == "done"]
    if not moved:
        return done
    store(taker, [*own, *(order for order in chosen if order.code in moved)])
    event = driver_commands.record(
        giver,
        actor=actor,
        kind=HANDED_OVER,
        before={"codes": settled.codes},
        after={"codes": moved, "driver": taker.pk},
        reason=asked.reason,
        key=key,
        fingerprint=events.fingerprint(HANDED_OVER, asked.content()) if key else "",
    )
    driver_commands.record(
        taker,
        actor=actor,
        kind=TAKEN_OVER,
        before={"driver": giver.pk},
        after={"codes": moved, "driver": taker.pk},
        reason=asked.reason,
    )
    version_now = sequence.run_of(taker, actor).version
    return HandOver(giver, taker, rows, done.packages_kept, event, version_now)


def _switch(order: Order, taker: Driver, reason: str, actor: Actor, key: str) -> Row:
    code = order.code
    try:
        # A savepoint of its own: what one order began before it was refused must not stay.
        with transaction.atomic():
            engine.run(
                Switch(driver_id=taker.pk, reason=reason), code=code, actor=actor, key=f"{key}:{code}" if key else ""
            )
    except DomainError as refusal:
        return Row(code, "blocked", refusal.code, refusal.message)
    return Row(code, "done")


def _moved(chosen: list[Order], run: Run, taker: Driver, reason: str, actor: Actor, key: str) -> list[Row]:
    """What became of each of the chosen orders, in their sequence."""
    together: dict[str, list[Order]] = {}
    found: dict[str, Row] = {}
    for order in chosen:
        if groups.mover(order.held_by) is not None:
            together.setdefault(order.held_by, []).append(order)
        else:
            found[order.code] = _switch(order, taker, reason, actor, key)
    for held_by, orders in sorted(together.items()):  # groups are locked by label, as everywhere
        whole = [order.code for order in run.work if order.held_by == held_by]
        for row in _move_group(held_by, orders, whole, taker, reason, actor):
            found[row.code] = row
    return [found[order.code] for order in chosen]


def _move_group(
    held_by: str, orders: list[Order], whole: list[str], taker: Driver, reason: str, actor: Actor
) -> list[Row]:
    name = groups.words(held_by)
    if len(orders) < len(whole):
        sentence = f"It is in {name}, which goes as a whole: hand over all of its orders, or take this one out of it."
        return [Row(order.code, "blocked", "in_group", sentence) for order in orders]
    mover = groups.mover(held_by)
    assert mover is not None
    try:
        with transaction.atomic():
            mover(held_by.partition(":")[2], orders, taker, reason, actor)
    except DomainError as refusal:
        blocked = {each["code"]: each for each in refusal.details.get("blocked", [])}
        rest = f"It stays with {name}: {refusal.message}"
        return [
            Row(order.code, "blocked", each["error_code"], each["message"])
            if (each := blocked.get(order.code))
            else Row(order.code, "blocked", refusal.code, rest)
            for order in orders
        ]
    return [Row(order.code, "done") for order in orders]


def with_warnings(rows: list[Row], taker: Driver) -> list[Row]:
    """The sentences that speak against the new driver, as each new assignment keeps them."""
    live = Assignment.objects.filter(order__driver=taker, driver=taker, ended_at__isnull=True)
    found = dict(live.filter(order__code__in=[row.code for row in rows]).values_list("order__code", "warnings"))
    sentences = {code: tuple(warning["sentence"] for warning in warnings) for code, warnings in found.items()}
    return [replace(row, warnings=sentences.get(row.code, ())) for row in rows]


def _chosen(run: Run, codes: tuple[str, ...] | None) -> list[Order]:
    if codes is None:
        chosen = run.shown
    else:
        if unknown := [code for code in dict.fromkeys(codes) if code not in run.codes]:
            sentence = (
                f"Order {unknown[0][:24]} is not among the open orders of {run.driver.name}. Look at the run again."
            )
            raise Refused(sentence, code="not_in_run", details={"codes": unknown, **_at("codes", sentence)})
        chosen = [order for order in run.shown if order.code in codes]
    if not chosen:
        raise Refused(f"{run.driver.name} has no open order to hand over.", code="nothing_to_hand_over")
    if len(chosen) > MOST_ORDERS:
        raise Refused(f"{MOST_ORDERS} orders at most can be handed over at once.", code="too_many_orders")
    return chosen


def _locked_driver(pk: int, asked: _Asked, actor: Actor) -> Driver:
    try:
        return driver_commands.locked(pk, actor)
    except NotVisible:
        if pk == asked.driver_id:
            raise
        raise Invalid.fields(to_driver_id="There is no such driver. Choose one from the list.") from None


def _refuse_blocked(done: HandOver, *, leave_blocked: bool) -> None:
    blocked = done.blocked
    if not blocked or (leave_blocked and len(blocked) < len(done.rows)):
        return
    first = blocked[0]
    many = f" and {len(blocked) - 1} more" if len(blocked) > 1 else ""
    raise Refused(
        f"{done.to_driver.name} cannot take {first.code}{many}: {first.message} Nothing was handed over.",
        code="hand_over_blocked",
        details={
            "blocked": [{"code": row.code, "error_code": row.error_code, "message": row.message} for row in blocked]
        },
    )


def _as_rehearsal(done: HandOver) -> HandOver:
    rows = [replace(row, verdict="possible") if row.verdict == "done" else row for row in done.rows]
    return HandOver(done.from_driver, done.to_driver, rows, done.packages_kept)


def _again(event: Event, giver: Driver, actor: Actor) -> HandOver:
    after = event.data["after"]
    taker = get_driver(actor, after["driver"])
    rows = [Row(code, "done") for code in after["codes"]]
    return HandOver(giver, taker, rows, [], event, sequence.run_of(taker, actor).version, is_replay=True)


def _at(name: str, sentence: str) -> dict[str, object]:
    return {"fields": {name: [sentence]}}
