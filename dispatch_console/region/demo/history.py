"""Lets the planned day happen: every act is a real command by a real person, at its own time."""

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache

from django.db import connection
from django.db.models import Q

from dispatch_console.core import access, clock, places
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import ApiKey, Tenant
from dispatch_console.region import drawings
from dispatch_console.region.demo import drafts, legs, plan, streets
from dispatch_console.region.demo.cast import People, hubs_of, senders_of, stop_at, workers_of
from dispatch_console.region.demo.names import GOODS, REASONS, RECEIVERS
from dispatch_console.region.streets import StreetGraph
from drivers import duty, positions
from drivers.samples import Sample
from orders import commands, fleet, proofs
from orders.actions import (
    Accept,
    Action,
    Assign,
    Cancel,
    Deliver,
    Depart,
    Hold,
    NewOrder,
    PickUp,
    RaiseException,
    Reject,
    Release,
    Return,
    SettleException,
    Unassign,
)
from orders.actions.proving import missing
from orders.filters import STAGED_PARENT
from orders.models import DeliveryService, Order
from orders.states import OPEN, ExceptionStatus, ProofKind, Stage

logger = logging.getLogger(__name__)

OPENS_AT = time(6, 30)
SHORTEST_DAY, LONGEST_DAY = timedelta(hours=5), timedelta(hours=11)
DAY_IS_OVER_AFTER = timedelta(hours=4)
START_OF_SHIFT = timedelta(minutes=50)
FEWEST_WITH_STORIES = 40  # staged orders and a return stand out of a day, they do not make one

ACTIONS: dict[str, Callable[[plan.Act], Action]] = {
    "assign": lambda act: Assign(driver_id=act.driver_id or 0),
    "unassign": lambda act: Unassign(reason=act.reason, note=act.note),
    "accept": lambda act: Accept(),
    "reject": lambda act: Reject(reason=act.reason),
    "hold": lambda act: Hold(reason=act.reason),
    "release": lambda act: Release(),
    "cancel": lambda act: Cancel(reason=act.reason),
    "pick-up": lambda act: PickUp(),
    "depart": lambda act: Depart(),
    "return": lambda act: Return(reason=act.reason),
    "raise-exception": lambda act: RaiseException(reason=act.reason),
    "settle-exception": lambda act: SettleException(
        status=ExceptionStatus.RESOLVED, resolution="continued", note=act.note
    ),
}


@dataclass(frozen=True)
class Summary:
    """What loading did: for the line that is printed."""

    orders: int = 0
    acts: int = 0
    refused: int = 0
    closed: int = 0


def has_a_living_day(tenant: Tenant, now: datetime) -> bool:
    """Whether orders of the last hours are there; yesterday's leftovers are not a day to show."""
    return Order.objects.filter(tenant=tenant, created_at__gt=now - DAY_IS_OVER_AFTER).exists()


def close_the_old_day(tenant: Tenant) -> int:
    """End what an earlier day left open, as the last dispatcher of that evening would have had to."""
    actor = access.system_actor(tenant.pk, label="End of day")
    left = list(Order.objects.filter(Q(status__in=OPEN) | STAGED_PARENT, tenant=tenant).order_by("pk"))
    for order in left:
        order.refresh_from_db()
        if not order.is_open or (order.leg and order.holder_id is None):
            continue  # ended with its parent, or will
        if order.holder_id is not None:
            commands.perform(Return(reason="Not done before the day ended"), code=order.code, actor=actor)
        else:
            commands.perform(Cancel(reason="Not done before the day ended"), code=order.code, actor=actor)
    return len(left)


def live_the_day(tenant: Tenant, *, orders: int, partner: ApiKey, now: datetime) -> Summary:
    """Plan a day that ends now and let it happen."""
    with _quick_commits():
        closed = close_the_old_day(tenant)
        chance = random.Random(f"{tenant.slug} {now.date()}")
        since = _opening(tenant, now)
        workers = workers_of(tenant, since, chance)
        ordered = drafts.orders_of_the_day(
            senders_of(tenant),
            hubs_of(tenant),
            dict(DeliveryService.objects.filter(tenant=tenant).values_list("code", "pk")),
            count=orders,
            since=since,
            now=now,
            door_near=lambda point: stop_at(streets.draw_near(chance, point)),
            goods=GOODS,
            receivers=RECEIVERS,
            chance=chance,
        )
        index = places.zone_index(tenant.pk)

        def zone_of(point: drafts.Point, direction: places.Direction) -> int | None:
            hit = index.best(*point, direction=direction)
            return hit.id if hit else None

        day = plan.Day(
            ordered,
            workers,
            zone_of=zone_of,
            reasons=REASONS,
            now=now,
            chance=chance,
            needs_acceptance=tenant.drivers_accept,
        )
        people = People(tenant, partner, chance)
        _begin_shifts(workers, people, since, chance)
        beside = _stories(tenant, people, chance).moments(now) if orders >= FEWEST_WITH_STORIES else []
        summary = _happen(day, people, chance, beside)
        _leave_positions(tenant, day, now, chance)
    return Summary(orders=summary.orders, acts=summary.acts, refused=summary.refused, closed=closed)


def _stories(tenant: Tenant, people: People, chance: random.Random) -> legs.Stories:
    return legs.Stories(
        senders_of(tenant),
        dict(DeliveryService.objects.filter(tenant=tenant).values_list("code", "pk")),
        drivers=people.drivers,
        dispatchers=people.dispatchers,
        door_near=lambda point: stop_at(streets.draw_near(chance, point)),
        goods=GOODS,
        receivers=RECEIVERS,
        chance=chance,
    )


def _happen(day: plan.Day, people: People, chance: random.Random, beside: list[legs.Moment]) -> Summary:
    """Run the acts in the order of time; when one is refused, the rest of that order's story did not happen.

    What stands `beside` the plan happens between them.
    """
    waiting = list(beside)

    def catch_up(until: datetime | None) -> None:
        while waiting and (until is None or waiting[0][0] <= until):
            moment, happen = waiting.pop(0)
            with clock.at(moment):
                happen()

    codes: dict[int, str] = {}
    stopped: set[int] = set()
    refused = done = 0
    for act in day.acts():
        catch_up(act.at)
        if act.order in stopped:
            continue
        with clock.at(act.at):
            try:
                if act.name == "create":
                    codes[act.order] = _create(day.drafts[act.order], people.who(act))
                elif act.name == "deliver":
                    _deliver(codes[act.order], act.note, people.who(act), chance)
                else:
                    commands.perform(ACTIONS[act.name](act), code=codes[act.order], actor=people.who(act))
                done += 1
            except DomainError as refusal:
                logger.info("%s of order %s: %s", act.name, codes.get(act.order, "new"), refusal.message)
                stopped.add(act.order)
                refused += 1
    catch_up(None)
    return Summary(orders=len(codes), acts=done, refused=refused)


def _deliver(code: str, note: str, actor: Actor, chance: random.Random) -> None:
    """With the pictures that the service asks for."""
    order = Order.objects.visible_to(actor).select_related("service__policy").get(code=code)
    draw = {ProofKind.PHOTO: drawings.door_photo, ProofKind.SIGNATURE: drawings.signature}
    kinds = [kind for kind in missing(order, Stage.DELIVERY) if kind in draw] if actor.driver_id is not None else []
    shown = [proofs.upload(order, actor, kind=kind, stage=Stage.DELIVERY, data=draw[kind](chance))[0] for kind in kinds]
    action = Deliver(note=note, proof_ids=tuple(str(proof.pk) for proof in shown))
    commands.perform(action, code=code, actor=actor)


def _create(draft: drafts.Draft, actor: Actor) -> str:
    values = dict(draft.values)
    if "cod_amount" in values:
        values["cod_amount"] = Decimal(values["cod_amount"])
    values["items"] = [{**item, "weight": Decimal(item["weight"])} for item in values["items"]]
    new = NewOrder(type=draft.type, values=values, is_draft=draft.is_draft, carrier_type=draft.carrier_type)
    return commands.create(new, actor=actor).order.code


def _opening(tenant: Tenant, now: datetime) -> datetime:
    """When the day began: in the morning, but long enough ago that something has happened since."""
    local = now.astimezone(tenant.zone_info)
    morning = datetime.combine(local.date(), OPENS_AT, tzinfo=tenant.zone_info).astimezone(UTC)
    return min(max(morning, now - LONGEST_DAY), now - SHORTEST_DAY)


def _begin_shifts(workers: list[plan.Worker], people: People, since: datetime, chance: random.Random) -> None:
    """Drivers come to work around the opening, one after the other."""
    times = sorted(since + START_OF_SHIFT * chance.random() for _ in workers)
    for moment, worker in zip(times, workers, strict=True):
        with clock.at(moment):
            actor = people.drivers[worker.driver_id]
            duty.start_shift(worker.driver_id, planned_end=None, actor=actor)
            # Whoever has been on a break since yesterday's shift goes on with it.
            fleet.set_online(worker.driver_id, online=True, actor=actor)


def _leave_positions(tenant: Tenant, day: plan.Day, now: datetime, chance: random.Random) -> None:
    """Where each driver is at the end of the planned day, on a street between the last stop and the next."""
    graph = _street_graph()
    for worker in day.workers:
        moving = next((leg for leg in worker.legs if leg[0] <= now < leg[1]), None)
        waiting = max((leg for leg in worker.legs if leg[1] <= now), key=lambda leg: leg[1], default=None)
        spot, speed = waiting[3] if waiting else worker.place, 0.0
        if moving:
            began, ends, start, end = moving
            route = graph.route(start, end)
            share = (now - began) / (ends - began)
            passed = sum(moment <= share * route.duration for moment in route.seconds) - 1
            spot, speed = route.points[passed], route.meters / max(60.0, (ends - began).total_seconds())
        age = timedelta(seconds=chance.uniform(1, 20))
        sample = Sample(
            latitude=spot[0],
            longitude=spot[1],
            recorded_at=now - age,
            speed=round(speed, 1),
            accuracy=round(chance.uniform(4, 18), 1),
            battery=round(chance.uniform(0.25, 0.98), 2),
        )
        with clock.at(now - age):
            positions.report(worker.driver_id, tenant.pk, [sample])


@cache
def _street_graph() -> StreetGraph:
    return StreetGraph.load()


@contextmanager
def _quick_commits() -> Iterator[None]:
    """Many small commits, and none of them worth waiting for the disk: losing demo orders in a crash harms nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
