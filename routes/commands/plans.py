"""What people do with plan runs: start one, stop it, apply it, take it back, throw it away.

A run changes no order. Applying one writes its trips through `routes.commands.trips`, all or none, and refuses when an
order or a driver's work is no longer as it was when the plan was made.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from celery import current_app
from django.db import IntegrityError
from django.db.models import Q

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, NotVisible, Refused
from dispatch_console.core.models import Counter
from drivers.models import Driver
from orders import commands
from orders.actions import Unassign
from orders.models import Order
from orders.rearrange import require_assign
from orders.sequence import IN_WORK
from orders.states import Status
from routes.commands import grouping, trip_changes, trip_rows, trips
from routes.commands.trip_changes import Change, NewTrip
from routes.commands.trip_layout import PlannedStop
from routes.models import PlanRun, PlanState, Trip, TripStatus, TripType
from routes.models.plan_run import AT_WORK

logger = logging.getLogger(__name__)

TASK = "routes.tasks.work_on_plan"
NAMED = 4


def find(number: int, actor: Actor) -> PlanRun:
    grouping.require(actor)
    run = PlanRun.objects.visible_to(actor).filter(number=number).first()
    if run is None:
        raise NotVisible(f"There is no plan {number}.")
    return run


def start(
    *,
    kind: str,
    codes: Sequence[str],
    driver_ids: Sequence[int],
    options: Mapping[str, Any],
    actor: Actor,
    key: str = "",
    asked: Mapping[str, Any] | None = None,
) -> tuple[PlanRun, bool]:
    """Make a run; True with it when the same key made it before. `enqueue` or `routes.plans.work` does the rest.

    `asked` is what the key stands for, where orders and drivers were found by it.
    """
    grouping.require(actor)
    require_assign(actor)
    content = {"kind": kind, "codes": list(codes), "driver_ids": list(driver_ids), "options": dict(options)}
    asked = content if asked is None else asked
    if earlier := made_before(actor, key, asked):
        return earlier, True
    run = PlanRun(
        tenant_id=actor.tenant_id,
        number=Counter.objects.next_value(actor.tenant_id, "plan"),
        token=key,
        fingerprint=_fingerprint(asked) if key else "",
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        source=actor.source,
        created_at=clock.now(),
        **content,
    )
    try:
        run.save(force_insert=True)
    except IntegrityError:
        if earlier := made_before(actor, key, asked):
            return earlier, True
        raise
    return run, False


def made_before(actor: Actor, key: str, asked: Mapping[str, Any]) -> PlanRun | None:
    """The run that this key made; KeyReused when it stood for something else."""
    return events.made_before(PlanRun.objects.all(), actor, key, column="token", fingerprint=_fingerprint(asked))


def _fingerprint(asked: Mapping[str, Any]) -> str:
    return events.fingerprint("plan", dict(asked))


def enqueue(run: PlanRun) -> None:
    """Hand a waiting run to a worker; when no queue can be reached, the clock finds it (`resume_plans`)."""
    try:
        current_app.send_task(TASK, args=[run.pk])
    except Exception:
        logger.exception("%s could not be handed to a worker; it is found and carried on later.", run)


def cancel(number: int, *, actor: Actor) -> PlanRun:
    """Stop a search; it ends within a second and keeps nothing. A run that is over is answered as it is."""
    run = find(number, actor)
    waiting = PlanRun.objects.filter(pk=run.pk, state=PlanState.WAITING)
    if not waiting.update(state=PlanState.CANCELLED, finished_at=clock.now()):
        PlanRun.objects.filter(pk=run.pk, state__in=AT_WORK).update(stop_wanted=True)
    run.refresh_from_db()
    return run


def discard(number: int, *, actor: Actor) -> PlanRun:
    """Throw a plan away that was not applied."""
    run = find(number, actor)
    PlanRun.objects.filter(pk=run.pk, state=PlanState.READY).update(state=PlanState.DISCARDED)
    run.refresh_from_db()
    return run


def apply(number: int, *, actor: Actor, key: str = "", driver_ids: Sequence[int] | None = None) -> PlanRun:
    """Write the plan's trips in one transaction; `driver_ids` takes some drivers' parts only. Repeating it is harmless.

    Refused "plan_outdated" names what moved per driver; trips may refuse by their own rules. Then nothing is written.
    """
    run = find(number, actor)
    require_assign(actor)
    if run.state == PlanState.APPLIED:
        return run
    if run.state != PlanState.READY:
        raise Refused(f"{run} is {run.get_state_display().lower()} and cannot be applied.", code="plan_not_ready")
    parts = [part for part in run.planned_trips if driver_ids is None or part["driver_id"] in driver_ids]
    parts = [part for part in parts if part["stops"]]
    if not parts:
        raise Refused("This plan changes nothing. Throw it away, or plan anew.", code="plan_changes_nothing")
    labels = [part["trip"] or grouping.next_label(actor.tenant_id, trips.COUNTER, trips.LABEL) for part in parts]
    claim = _Claim(run, parts, labels, actor)
    changes = [
        _change(part, label, claim if number == 0 else None)
        for number, (part, label) in enumerate(zip(parts, labels, strict=True))
    ]
    trip_changes.carry_out(changes, actor=actor, content={"plan": run.number}, key=key)
    run.refresh_from_db()
    return run


class _Claim:
    """Asked within the trips' transaction, before their locks and again under them: is the world as it was planned for,
    and is this run still free? It becomes applied in that transaction, or not at all."""

    def __init__(self, run: PlanRun, parts: Sequence[dict[str, Any]], labels: Sequence[str], actor: Actor) -> None:
        self.run, self.parts, self.actor = run, parts, actor
        self.at = clock.now()
        new = set(run.codes)
        changed = {label: part for part, label in zip(parts, labels, strict=True) if part["trip"]}
        self.applied = {
            "trips": list(labels),
            "created": [label for label in labels if label not in changed],
            "before": _present(list(changed), actor),
            "versions": {label: part["trip_version"] + 1 for label, part in changed.items()},
            "assigned": sorted(code for part in parts for code in part["added"] if code in new),
        }

    def make(self) -> None:
        free = Q(state=PlanState.READY) | Q(state=PlanState.APPLIED, applied_at=self.at)
        claimed = PlanRun.objects.filter(free, pk=self.run.pk).update(
            state=PlanState.APPLIED, applied=self.applied, applied_at=self.at, applied_by=self.actor.label
        )
        if not claimed:
            raise Refused(f"{self.run} was applied or thrown away by somebody else.", code="plan_not_ready")
        if moved := _moved(self.run, self.parts, self.actor):
            raise _outdated(moved)


def _change(part: dict[str, Any], label: str, claim: _Claim | None) -> Change:
    stops = [PlannedStop(stop["code"], stop["kind"]) for stop in part["stops"]]

    def steps(present: Sequence[PlannedStop], trip: Trip | None) -> Sequence[PlannedStop]:
        if claim is not None:
            claim.make()
        return stops

    if part["trip"]:
        return Change(trips.REPLANNED, steps, label=label, version=part["trip_version"], switches=True)
    new = NewTrip(label, TripType.MIXED, part["driver_id"])
    return Change(trip_changes.CREATED, steps, new=new, switches=True)


def take_back(number: int, *, actor: Actor) -> tuple[PlanRun, list[dict[str, str]]]:
    """Call off the trips that applying made, give trips it changed their old stops, and unassign what it assigned.

    What has begun since stays; each such thing is one refusal {label, code, message}.
    """
    run = find(number, actor)
    if run.state != PlanState.APPLIED:
        raise Refused(f"{run} is {run.get_state_display().lower()}: there is nothing to take back.", code="not_applied")
    refused: list[dict[str, str]] = []
    for label in run.applied.get("created", []):
        try:
            trips.cancel(label, actor=actor, reason=f"Plan {run.number} taken back")
        except DomainError as error:
            refused.append({"label": label, "code": error.code, "message": error.message})
    for label, stops in run.applied.get("before", {}).items():
        wanted = [PlannedStop(*stop) for stop in stops]
        try:
            trips.replan(label, stops=wanted, version=run.applied["versions"].get(label), actor=actor)
        except DomainError as error:
            refused.append({"label": label, "code": error.code, "message": error.message})
    for code in run.applied.get("assigned", []):
        order = Order.objects.visible_to(actor).filter(code=code).first()
        if order is None or order.status != Status.ASSIGNED or order.held_by:
            continue
        try:
            commands.perform(Unassign(reason="Plan taken back"), code=code, actor=actor, version=order.version)
        except DomainError as error:
            refused.append({"label": code, "code": error.code, "message": error.message})
    PlanRun.objects.filter(pk=run.pk).update(state=PlanState.TAKEN_BACK)
    run.refresh_from_db()
    return run, refused


def _codes(parts: Sequence[dict[str, Any]]) -> set[str]:
    return {stop["code"] for part in parts for stop in part["stops"]}


def _present(labels: Sequence[str], actor: Actor) -> dict[str, list[PlannedStop]]:
    """The stops that trips have now which the plan changes, to put them back."""
    found = Trip.objects.visible_to(actor).filter(label__in=labels, status=TripStatus.PLANNED)
    return {trip.label: trip_rows.steps_of(trip) for trip in found}


def _moved(run: PlanRun, parts: Sequence[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    """What is no longer as it was, per driver: {driver_id, driver, sentence, codes}."""
    wanted = _codes(parts)
    rows = {
        order.code: order for order in Order.objects.visible_to(actor).filter(code__in=wanted).select_related("driver")
    }
    driver_ids = [part["driver_id"] for part in parts]
    work: dict[int, set[str]] = {}
    open_work = Order.objects.visible_to(actor).filter(driver__in=driver_ids, status__in=IN_WORK).order_by()
    for code, driver_id in open_work.values_list("code", "driver_id"):
        work.setdefault(driver_id or 0, set()).add(code)
    drivers = {driver.pk: driver for driver in Driver.objects.filter(pk__in=driver_ids)}
    found = []
    for part in parts:
        changed = [
            stop["code"]
            for stop in part["stops"]
            if stop["kind"] == "pickup"
            and (stop["code"] not in rows or rows[stop["code"]].version != run.basis["orders"].get(stop["code"]))
        ]
        known = set(run.basis["work"].get(str(part["driver_id"]), [])) | wanted
        new = sorted(work.get(part["driver_id"], set()) - known)
        sentences = []
        if changed:
            sentences.append(f"{'; '.join(_what_became(code, rows.get(code)) for code in changed[:NAMED])}")
        if new:
            sentences.append(f"{_listed(new)} came to {part['driver']}")
        driver = drivers.get(part["driver_id"])
        if driver is None:
            sentences.append(f"{part['driver']} is no longer there")
        if sentences:
            found.append(
                {
                    "driver_id": part["driver_id"],
                    "driver": part["driver"],
                    "sentence": f"{part['driver']}: {'; '.join(sentences)}.",
                    "codes": [*changed, *new],
                }
            )
    return found


def _what_became(code: str, order: Order | None) -> str:
    if order is None:
        return f"{code} is no longer there"
    if order.status not in (Status.PENDING, Status.ASSIGNED):
        return f"{code} is {Status(order.status).label.lower()}"
    if order.held_by:
        return f"{code} is in {order.held_by.partition(':')[2]}"
    return f"{code} is with {order.driver}" if order.driver else f"{code} was changed"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:NAMED]) + (f" and {len(codes) - NAMED} more" if len(codes) > NAMED else "")


def _outdated(moved: list[dict[str, Any]]) -> Refused:
    what = " ".join(each["sentence"] for each in moved[:NAMED])
    return Refused(
        f"Things have changed since this was planned. {what} Nothing was applied; plan again.",
        code="plan_outdated",
        details={"drivers": moved},
    )
