"""Automatic dispatch: one round per company at a time, decided without locks and carried out by ordinary commands."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Tenant
from orders import commands, rearrange, sequence
from orders.actions import Assign, Switch
from orders.models import Order
from routes.advising import explanation
from routes.changes import nearest_change
from routes.models import AutomaticDecision, DispatchSettings
from routes.models.settings import settings_of
from routes.picture import Standing
from routes.planning import problem
from routes.planning.matching import match
from routes.ranking import rank
from routes.roads.choosing import kind_of, profile_of, roads_of
from routes.roads.straight import metres_between
from routes.rounds import (
    REPLANNED,
    Round,
    Wanted,
    as_driver,
    as_order,
    automatic_orders,
    driver_pk_of,
    open_to_rounds,
    read_round,
)
from routes.turns import only_one

logger = logging.getLogger(__name__)

LABEL = "Automatic dispatch"
# The first half of the advisory lock's number.
LOCK = 0x6469_7370
# The ranking kept with a decision looks at so many of the nearest: the decision itself looked at all.
EXPLAINED_AMONG = 40
# What is said of an order that waits, beside the first reason: the rest is about going now.
ALSO_WHILE_WAITING = ("bundle", "late")
LONGEST_SENTENCE = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a round: how many orders were given, given to somebody else, left waiting, or refused."""

    given: int = 0
    moved: int = 0
    waiting: int = 0
    refused: int = 0


def companies() -> list[int]:
    """Ids of the companies that have something for a round."""
    now = clock.now()
    settings = {row.tenant_id: row for row in DispatchSettings.objects.all()}
    found = []
    for tenant_id in Tenant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        chosen = settings.get(tenant_id) or DispatchSettings(tenant_id=tenant_id)
        orders = Order.objects.visible_to(_actor(tenant_id)).filter(automatic_orders(chosen, now))
        if open_to_rounds(orders).exists():
            found.append(tenant_id)
    return found


def run_round(tenant_id: int) -> Outcome | None:
    """Decide once for everything that waits, and do it; None when another round of the company is running.

    Repeating it is harmless: what it finds decided it leaves as it is.
    """
    with only_one(LOCK, tenant_id) as is_mine:
        return _run(tenant_id) if is_mine else None


def _run(tenant_id: int) -> Outcome:
    now, actor = clock.now(), _actor(tenant_id)
    tenant, settings = Tenant.objects.get(pk=tenant_id), settings_of(tenant_id)
    this_round = read_round(actor, tenant, settings, now)
    decisions = decide(this_round, settings, now)
    outcome, rows = Outcome(), []
    by_id = {each.order.pk: each for each in this_round.wanted}
    for decision in decisions:
        wanted = [by_id[int(pk)] for pk in decision.order_ids]
        if decision.action == "wait":
            rows += [_row(each, decision, "wait", now, this_round) for each in wanted if each.told is None]
            outcome = replace(outcome, waiting=outcome.waiting + sum(each.told is None for each in wanted))
            continue
        outcome = _carry_out(decision, wanted, this_round, settings, now, actor, outcome, rows)
    _remember(tenant_id, rows)
    return outcome


def decide(this_round: Round, settings: DispatchSettings, now: datetime) -> list[problem.Decision]:
    """The decisions on all orders of the round. Orders that the same drivers may take are decided together, those with
    the smallest choice first; what they get is fixed for those that follow."""
    groups: dict[frozenset[int], list[Wanted]] = {}
    for wanted, eligible in zip(this_round.wanted, this_round.eligible, strict=True):
        groups.setdefault(eligible, []).append(wanted)
    weights = problem.Weights(
        late=settings.weight_late,
        switch=settings.replan_gain,
        send_ahead=settings.send_ahead,
        max_bundle=settings.most_in_bundle,
    )
    taken: dict[int, tuple[problem.Stop, ...]] = {}
    found: list[problem.Decision] = []
    for eligible, members in sorted(groups.items(), key=lambda group: (len(group[0]), sorted(group[0]))):
        orders = [as_order(each, settings, now) for each in members]
        if not eligible:
            found += [problem.Decision("wait", (order.id,), None, (), (NOBODY,)) for order in orders]
            continue
        drivers = [
            as_driver(this_round.standings[pk], this_round, settings, now, taken.get(pk, ())) for pk in sorted(eligible)
        ]
        roads = roads_of(settings, _usual_kind([this_round.standings[pk] for pk in eligible]))
        # One question for all, before the search asks for each of them.
        roads.chains([[driver.position, *(stop.point for stop in driver.route if stop.fixed)] for driver in drivers])
        decided = match(orders, drivers, 0.0, roads.travel_time, weights)
        for decision in decided:
            if decision.driver_id is not None:
                pk = driver_pk_of(decision.driver_id)
                taken[pk] = (*taken.get(pk, ()), *(replace(stop, fixed=True) for stop in decision.stops))
        found += decided
    return found


def _usual_kind(standings: list[Standing]) -> str:
    """The kind of vehicle most of them drive: the search knows one table of travel times for all its drivers."""
    kinds = sorted(kind_of(standing.driver) for standing in standings)
    usual, _ = Counter(profile_of(kind) for kind in kinds).most_common(1)[0]
    return next(kind for kind in kinds if profile_of(kind) == usual)


NOBODY = problem.Reason(
    "nobody_may", "No driver on duty may take it: by zone, vehicle, room, team, or because they refused it before."
)


def _carry_out(
    decision: problem.Decision,
    wanted: list[Wanted],
    this_round: Round,
    settings: DispatchSettings,
    now: datetime,
    actor: Actor,
    outcome: Outcome,
    rows: list[AutomaticDecision],
) -> Outcome:
    driver_id = driver_pk_of(decision.driver_id or "")
    sentences = _sentences(decision, this_round)
    done = []
    for each in wanted:
        if each.told == driver_id:
            done.append(each.order)
            continue
        because = _explained(each, driver_id, this_round, settings, now, sentences)
        action: Assign | Switch = Assign(driver_id=driver_id, explanation=because)
        if each.told is not None:
            action = Switch(driver_id=driver_id, reason=REPLANNED, explanation=because)
        order = each.order
        try:
            # On the version the decision was made on: whatever happened since is for the next round to look at.
            key = f"automatic:{order.pk}:{order.version}"
            commands.perform(action, code=order.code, actor=actor, key=key, version=order.version)
        except DomainError as refusal:
            logger.info("The automatic dispatch could not give %s: %s", order.code, refusal.message)
            row = _row(each, decision, "refused", now, this_round)
            row.code, row.sentence = refusal.code, f"Could not be given: {refusal.message}"[:LONGEST_SENTENCE]
            rows.append(row)
            outcome = replace(outcome, refused=outcome.refused + 1)
            continue
        done.append(order)
        moved = each.told is not None
        outcome = replace(outcome, given=outcome.given + (not moved), moved=outcome.moved + moved)
    if len(done) > 1:
        _arrange(driver_id, done, this_round, actor)
    return outcome


def _arrange(driver_id: int, orders: list[Order], this_round: Round, actor: Actor) -> None:
    """The driver's list says in which sequence a bundle is brought; without it, the due times would."""
    run = sequence.run_of(this_round.standings[driver_id].driver, actor)
    bundle = [order.code for order in orders]
    codes = [code for code in run.codes if code not in bundle] + [code for code in bundle if code in run.codes]
    if codes == run.codes:
        return
    try:
        rearrange.change_sequence(driver_id, codes=codes, version=run.version, actor=actor)
    except DomainError as refusal:
        logger.info("The run of driver %s keeps its sequence: %s", driver_id, refusal.message)


def _explained(
    wanted: Wanted,
    driver_id: int,
    this_round: Round,
    settings: DispatchSettings,
    now: datetime,
    sentences: list[str],
) -> dict[str, Any] | None:
    standings = list(this_round.standings.values())
    places = [(standing.position.latitude, standing.position.longitude) for standing in standings]
    metres = metres_between(places, [wanted.pickup])[:, 0].tolist()
    order = sorted(range(len(standings)), key=lambda number: (metres[number], standings[number].driver.pk))
    near = [standings[number] for number in order[:EXPLAINED_AMONG]]
    if all(standing.driver.pk != driver_id for standing in near):
        near.append(this_round.standings[driver_id])
    # Whoever is told already is not ranked against an order of their own.
    near = [standing for standing in near if standing.driver.pk != wanted.told]
    ranking = rank(wanted.order, near, settings=settings, now=now)
    change = nearest_change(ranking, settings)
    return explanation(ranking, driver_id, change, total=len(standings), reasons=sentences)


def _sentences(decision: problem.Decision, this_round: Round) -> list[str]:
    return [_with_names(reason, this_round) for reason in decision.reasons]


def _with_names(reason: problem.Reason, this_round: Round) -> str:
    """The planning knows drivers by their ids only."""
    driver_id = reason.figures.get("driver")
    if not isinstance(driver_id, str):
        return reason.sentence
    return reason.sentence.replace(driver_id, this_round.standings[driver_pk_of(driver_id)].driver.name)


def _row(
    wanted: Wanted, decision: problem.Decision, action: str, now: datetime, this_round: Round
) -> AutomaticDecision:
    reason = decision.reasons[0]
    said = [reason, *(each for each in decision.reasons[1:] if each.code in ALSO_WHILE_WAITING)]
    sentence = " ".join(_with_names(each, this_round) for each in said)
    return AutomaticDecision(
        order_id=wanted.order.pk,
        tenant_id=wanted.order.tenant_id,
        action=action,
        code=reason.code,
        sentence=sentence[:LONGEST_SENTENCE],
        figures=_figures(reason.figures),
        driver_id=None if decision.driver_id is None else driver_pk_of(decision.driver_id),
        decide_by=now + timedelta(minutes=decision.depart_by) if isfinite(decision.depart_by) else None,
        decided_at=now,
    )


def _figures(figures: Mapping[str, float | str]) -> dict[str, float | int | str]:
    """As they are stored: rounded, and the driver's id as everywhere else."""
    found: dict[str, float | int | str] = {}
    for name, value in figures.items():
        if isinstance(value, str):
            found[name] = driver_pk_of(value) if name == "driver" else value
        elif isfinite(value):
            found[name] = round(value, 1)
    return found


def _remember(tenant_id: int, rows: list[AutomaticDecision]) -> None:
    """These rows and no others stand for the company."""
    kept = [row.order_id for row in rows]
    AutomaticDecision.objects.filter(tenant_id=tenant_id).exclude(order__in=kept).delete()
    said = ["action", "code", "sentence", "figures", "driver", "decide_by", "decided_at"]
    AutomaticDecision.objects.bulk_create(
        sorted(rows, key=lambda row: row.order_id),
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=said,
    )


def _actor(tenant_id: int) -> Actor:
    return system_actor(tenant_id, label=LABEL, source=Source.TASK)
