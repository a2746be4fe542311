"""Acts that a phone made without network: stored once, carried out in the phone's own sequence, answered for ever.

A batch may come in any order, any number of times and in any pieces. An act is carried out when all before it have
their verdict; until then it waits. Its verdict is written in the same transaction as its effect, and never changes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.crypto import salted_hmac

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import DomainError, Invalid
from drivers.models import Device
from orders import commands, verdicts
from orders.actions import Action
from orders.commands import Outcome
from orders.models import DeviceAct, Verdict

MOST_ACTS = 500
# How far ahead of the last answered act a number may be: what waits behind a gap is kept, but not without end.
MOST_AHEAD = 5_000
MOST_CARRIED_OUT = 1_000
LARGEST_SKEW = timedelta(days=366)
# Fills a number whose act the phone has lost, so that the later ones need not wait for it.
SKIP = "skip"
KEPT_AFTER_SIGN_OUT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Act:
    """One act as the phone sent it. `made_at` is its own clock, `version` the order version it was looking at."""

    id: UUID
    sequence: int
    name: str
    made_at: datetime
    code: str = ""
    version: int | None = None
    input: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        # Keyed: an input may hold a PIN, and a plain digest of four digits is as good as the digits.
        content = {"sequence": self.sequence, "code": self.code, "made_at": self.made_at, "input": dict(self.input)}
        return salted_hmac("orders.sync", events.fingerprint(self.name, content), algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Problem:
    """An act that cannot be taken, by its place in the batch."""

    index: int
    id: str
    code: str
    message: str
    fields: dict[str, list[str]] = field(default_factory=dict)


Build = Callable[[str, Mapping[str, Any]], Action]


def receive(
    device: Device, acts: Sequence[tuple[int, Act]], *, sent_at: datetime, actor: Actor, build: Build
) -> list[Problem]:
    """Store what is new, carry out whatever is next in sequence, and name the acts that cannot be taken.

    `acts` come with their places in the batch; `sent_at` is the phone's clock when it sent them; `build` makes the
    action of a name and its input, or raises Invalid.
    """
    now = clock.now()
    skew = now - sent_at
    if abs(skew) > LARGEST_SKEW:
        raise Invalid(
            f"The clock of the phone says {sent_at:%Y-%m-%d %H:%M}, and it is {now:%Y-%m-%d %H:%M} UTC. "
            "Set the phone's clock and send again; nothing is lost.",
            code="clock_wrong",
            details={"server_time": clock.iso(now)},
        )
    Device.objects.filter(pk=device.pk).update(skew_seconds=round(skew.total_seconds(), 3), synced_at=now)
    problems = _store(device, acts, now=now, skew=skew)
    carry_out(device, actor=actor.through(Source.DRIVER_APP, source_id=f"device:{device.pk}"), build=build)
    return problems


def carry_out(device: Device, *, actor: Actor, build: Build) -> None:
    """Every waiting act that is next in the device's sequence, one transaction each."""
    device.refresh_from_db(fields=["last_sequence"])
    expected = device.last_sequence + 1
    waiting = DeviceAct.objects.filter(device=device, verdict=Verdict.WAITING, sequence__gte=expected)
    for act in waiting.order_by("sequence")[:MOST_CARRIED_OUT]:
        if act.sequence != expected:
            return
        _carry_out(act, actor=actor, build=build)
        expected += 1


def answers(device: Device, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """What became of these acts, in the same order; an unknown id is left out."""
    rows = {act.act_id: act for act in DeviceAct.objects.filter(device=device, act_id__in=ids)}
    return [_answer(rows[pk]) for pk in dict.fromkeys(ids) if pk in rows]


def _store(device: Device, acts: Sequence[tuple[int, Act]], *, now: datetime, skew: timedelta) -> list[Problem]:
    known = _known(device, acts)
    device.refresh_from_db(fields=["last_sequence"])
    by_id = {row.act_id: row.fingerprint for row in known}
    by_sequence = {row.sequence: row.act_id for row in known}
    new, problems = [], []
    for index, act in acts:
        if problem := _problem(act, by_id, by_sequence, last=device.last_sequence):
            problems.append(Problem(index, str(act.id), *problem))
        elif act.id not in by_id:
            by_id[act.id], by_sequence[act.sequence] = act.fingerprint, act.id
            new.append(
                DeviceAct(
                    tenant_id=device.tenant_id,
                    device=device,
                    act_id=act.id,
                    sequence=act.sequence,
                    name=act.name,
                    order_code=act.code,
                    seen_version=act.version,
                    input=dict(act.input),
                    fingerprint=act.fingerprint,
                    made_at=act.made_at,
                    happened_at=_shifted(act.made_at, skew, latest=now),
                    received_at=now,
                )
            )
    if new:
        # The same batch may come twice at once: then the rows of the other one are as good.
        DeviceAct.objects.bulk_create(new, ignore_conflicts=True)
    return problems


def _known(device: Device, acts: Sequence[tuple[int, Act]]) -> list[DeviceAct]:
    ids, sequences = [act.id for _, act in acts], [act.sequence for _, act in acts]
    rows = DeviceAct.objects.filter(Q(act_id__in=ids) | Q(sequence__in=sequences), device=device)
    return list(rows.only("act_id", "sequence", "fingerprint"))


def _problem(
    act: Act, by_id: Mapping[UUID, str], by_sequence: Mapping[int, UUID], *, last: int
) -> tuple[str, str] | None:
    if act.id in by_id:
        if by_id[act.id] == act.fingerprint:
            return None
        return "id_reused", "This id came before with other content. Give every act an id of its own."
    if act.sequence in by_sequence or act.sequence <= last:
        return "sequence_used", f"The number {act.sequence} belongs to another act of this device. Count on."
    if act.sequence > last + MOST_AHEAD:
        sentence = f"The number {act.sequence} is too far ahead: {last + 1} is expected. Send the acts before it first."
        return "sequence_too_far", sentence
    return None


def _carry_out(act: DeviceAct, *, actor: Actor, build: Build) -> None:
    def is_open() -> bool:
        row = DeviceAct.objects.select_for_update(no_key=True).only("verdict").get(pk=act.pk)
        return row.verdict == Verdict.WAITING

    def keep(result: Outcome | DomainError | None) -> None:
        verdict, answer = verdicts.of(act, result, actor)
        # The input has done its work: a receiver's PIN need not be kept.
        kept = {name: value for name, value in act.input.items() if name != "pin"}
        DeviceAct.objects.filter(pk=act.pk).update(
            verdict=verdict, answer=events.plain(answer), answered_at=clock.now(), input=kept
        )
        Device.objects.filter(pk=act.device_id, last_sequence__lt=act.sequence).update(last_sequence=act.sequence)

    if act.name == SKIP:
        commands.settle_without_action(is_open=is_open, keep=lambda: keep(None))
        return
    try:
        action = build(act.name, act.input)
    except DomainError as refusal:
        error = refusal
        commands.settle_without_action(is_open=is_open, keep=lambda: keep(error))
        return
    commands.settle(
        action,
        code=act.order_code,
        actor=actor,
        key=str(act.act_id),
        made_at=act.happened_at,
        is_open=is_open,
        keep=keep,
    )


def _answer(act: DeviceAct) -> dict[str, Any]:
    told = {"code": "", "message": "", "version": None, "status": "", "changes": [], "details": {}, **act.answer}
    return {
        "id": str(act.act_id),
        "sequence": act.sequence,
        "act": act.name,
        "order": act.order_code,
        "verdict": act.verdict,
        **told,
    }


def _shifted(made_at: datetime, skew: timedelta, *, latest: datetime) -> datetime:
    """The phone's time in ours; a phone whose clock jumped must not put anything into the future."""
    try:
        return min(made_at + skew, latest)
    except OverflowError:
        return latest


def prune() -> int:
    """Forget the acts of devices that can never send them again; how many those were."""
    before = clock.now() - KEPT_AFTER_SIGN_OUT
    ended = Q(device__signed_out_at__lt=before) | Q(device__key__expires_at__lt=before) | Q(device__key__isnull=True)
    return DeviceAct.objects.filter(ended).delete()[0]
