"""Apply a plan: its trips are written through `routes.commands.trip_changes`, all or none.

Refused when an order or a driver's work is no longer as it was when the plan was made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from drivers.models import Driver
from orders.models import Order
from orders.rearrange import require_assign
from orders.sequence import IN_WORK, work_in_order
from orders.states import Status
from routes.commands import grouping, trip_changes, trip_layout, trip_rows, trip_stops, trips
from routes.commands.plans import find
from routes.commands.trip_changes import Change, NewTrip
from routes.commands.trip_layout import PlannedStop
from routes.models import PlanRun, PlanState, Trip, TripType
from routes.models.trip import LIVE

NAMED = 4


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
        given = {code: part["driver_id"] for part in parts for code in part["added"]}
        owners = Order.objects.visible_to(actor).filter(code__in=set(given) - new, driver__isnull=False)
        moved = dict(owners.order_by().values_list("code", "driver_id"))
        present = Trip.objects.visible_to(actor).filter(label__in=changed, status__in=LIVE)
        self.applied = {
            "trips": list(labels),
            "created": [label for label in labels if label not in changed],
            "before": {trip.label: trip_rows.steps_of(trip) for trip in present},
            "types": {trip.label: trip.type for trip in present},
            "versions": {label: part["trip_version"] + 1 for label, part in changed.items()},
            "assigned": {code: driver_id for code, driver_id in given.items() if code in new},
            # In the sequence in which they change hands: {code, from, to}, both driver ids.
            "moved": [{"code": code, "from": moved[code], "to": to} for code, to in given.items() if code in moved],
            "runs": {str(pk): [order.code for order in work_in_order(pk)] for pk in sorted(set(moved.values()))},
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

    def what_is_left(present: Sequence[PlannedStop], trip: Trip | None) -> Sequence[PlannedStop]:
        """Where the driver is now, and what the planning could not place, comes before what was planned."""
        steps(present, trip)
        assert trip is not None
        over = trip_rows.finished(trip)
        unplanned = [step for step in present if step not in {*over, *stops}]
        return trip_layout.rest_in_sequence(present, over, [*unplanned, *stops])

    if part.get("is_started"):
        version = part["trip_version"]
        return Change(trip_stops.REORDERED, what_is_left, label=label, version=version, in_progress=True)
    if part["trip"]:
        return Change(trips.REPLANNED, steps, label=label, version=part["trip_version"], switches=True, mixes=True)
    new = NewTrip(label, TripType.MIXED, part["driver_id"])
    return Change(trip_changes.CREATED, steps, new=new, switches=True)


def _codes(parts: Sequence[dict[str, Any]]) -> set[str]:
    return {stop["code"] for part in parts for stop in part["stops"]}


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
        changed = _changed(run, part, rows)
        finished = _finished(part, actor)
        known = set(run.basis["work"].get(str(part["driver_id"]), [])) | wanted
        new = sorted(work.get(part["driver_id"], set()) - known)
        sentences = []
        if changed:
            sentences.append(f"{'; '.join(_what_became(code, rows.get(code)) for code in changed[:NAMED])}")
        if finished:
            sentences.append(f"{_listed(finished)} went on")
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
                    "codes": [*changed, *finished, *new],
                }
            )
    return found


def _changed(run: PlanRun, part: Mapping[str, Any], rows: Mapping[str, Order]) -> list[str]:
    """Of a trip that is driven, a version says only that the driver goes on: see `_finished`."""
    if part.get("is_started"):
        return []
    codes = dict.fromkeys(stop["code"] for stop in part["stops"])
    return [code for code in codes if code not in rows or rows[code].version != run.basis["orders"].get(code)]


def _finished(part: Mapping[str, Any], actor: Actor) -> list[str]:
    """The orders of a trip that is driven of which a planned stop is done by now."""
    if not part.get("is_started"):
        return []
    trip = Trip.objects.visible_to(actor).filter(label=part["trip"]).first()
    over = set(trip_rows.finished(trip)) if trip is not None else set()
    return list(dict.fromkeys(s["code"] for s in part["stops"] if PlannedStop(s["code"], s["kind"]) in over))


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
