"""Opening a session of a route: by hand, with the first orders that are put on the route, or at its schedule."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import DomainError, Invalid, Refused
from dispatch_console.core.models import Event
from drivers import commands as driver_commands
from orders.actions import Assign, JoinGroup
from orders.actions.rules import INTERNAL_CARRIER, NOT_IN_GROUP, NOT_ON_HOLD, Guard, status_in
from orders.models import Order
from orders.states import Status
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change, change_here, find
from routes.commands.grouping import Refusal
from routes.commands.route_values import require_able
from routes.commands.session_members import Session
from routes.commands.session_rules import lock_open, open_of, require, start_of_sentence
from routes.models import Route, RouteSession, SessionItem
from routes.models.session import LIVE

logger = logging.getLogger(__name__)

OPENED, ORDERS_ADDED = "session.opened", "session.orders_added"
MOST_ORDERS = 500

# Beyond what the engine asks of every order and its driver.
READY = Guard(
    (
        INTERNAL_CARRIER,
        *NOT_IN_GROUP,
        status_in(Status.PENDING, hint="Only orders that wait in the queue go on a route."),
        NOT_ON_HOLD,
    )
)


def open_session(label: str, *, actor: Actor, notes: str = "", version: int | None = None, key: str = "") -> Session:
    """Open the route's next session, for its driver. Refused while one is open."""
    content = {"notes": notes}

    def work(locked: Locked[Route]) -> Event:
        route = locked.group
        _require_ready(route)
        if (session := lock_open(route)) is not None:
            raise Refused(
                f"{start_of_sentence(session)} is still open. Add orders to it, or start it first.",
                code="session_open",
                details={"session": session.label},
            )
        _, event = _create(route, actor, notes=notes, content=asked(label, content), key=key)
        return event

    return _of_route(label, OPENED, work, content, actor=actor, version=version, key=key)


def add_orders(
    label: str,
    codes: Sequence[str],
    *,
    actor: Actor,
    into: str = "",
    session_version: int | None = None,
    version: int | None = None,
    key: str = "",
    here: bool = False,
) -> Session:
    """Put orders on the route: they join its open session, which is opened if there is none, and get its driver.

    All or nothing; `details.blocked` says of each order that cannot come along why. `into` names the session that must
    be the open one, in its version `session_version`; `version` is the route's. `here`: inside a transaction that the
    caller has opened.
    """
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        raise Invalid.fields(codes="Name at least one order.")
    if len(wanted) > MOST_ORDERS:
        raise Invalid.fields(codes=f"{MOST_ORDERS} orders at most can be added at once.")
    grouping.require(actor)
    content = {"codes": wanted}
    known, refused = grouping.known_codes(wanted, actor)

    def work(locked: Locked[Route]) -> Event:
        route = locked.group
        _require_ready(route)
        session = lock_open(route)
        if into and (session is None or session.label != into):
            asked_for = find(RouteSession, into, actor)
            require("add-orders", asked_for, live=len(asked_for.member_codes()))
        if session is None:
            session, _ = _create(route, actor)
        grouping.require_version(session, session_version)
        orders = [locked.orders[code] for code in known]
        blocked = [*refused, *_take(session, orders, actor)]
        if here and blocked:  # one row of many: of the others it says nothing
            raise Refused(blocked[0].message, code=blocked[0].error_code)
        grouping.refuse_blocked(blocked)
        return grouping.record(
            session,
            actor=actor,
            kind=ORDERS_ADDED,
            changed=[],
            before={},
            after={"codes": [order.code for order in orders]},
            content=asked(label, content),
            key=key,
        )

    if here:
        return _of_route(label, ORDERS_ADDED, work, content, run=change_here, actor=actor, codes=known)
    return _of_route(label, ORDERS_ADDED, work, content, actor=actor, version=version, key=key, codes=known)


def open_scheduled(now: datetime | None = None) -> list[str]:
    """Open a session for every route whose scheduled moment has come; the labels of those opened.

    Doing it again opens nothing twice: the locked route remembers up to when its schedule was looked after. A route
    whose driver cannot run it is tried again until the day is over.
    """
    now = now or clock.now()
    scheduled = Route.objects.filter(
        deleted_at__isnull=True,
        is_active=True,
        driver__isnull=False,
        schedule_time__isnull=False,
        tenant__is_active=True,
    )
    opened = []
    for route in scheduled.select_related("tenant").order_by("pk"):
        if route.slot_due(now, route.tenant.zone_info) is None:
            continue
        try:
            if session := _open_for_slot(route, now):
                opened.append(session.label)
        except DomainError as refusal:
            logger.warning("The scheduled session of route %s was not opened: %s", route.label, refusal.message)
    return opened


def _open_for_slot(route: Route, now: datetime) -> RouteSession | None:
    actor = system_actor(route.tenant_id, label="Schedule", source=Source.TASK)
    with transaction.atomic(durable=True):
        if route.driver_id is not None:
            driver_commands.locked(route.driver_id, actor)
        held = Route.objects.select_for_update(of=("self",), no_key=True).get(pk=route.pk)
        slot = held.slot_due(now, route.tenant.zone_info)
        if slot is None or held.driver_id != route.driver_id:
            return None  # somebody was faster, or it is for the next round
        _require_ready(held)
        session = None
        if lock_open(held) is None:
            session, _ = _create(held, actor, scheduled_for=slot)
        held.slots_after = slot
        held.save(update_fields=["slots_after"])
        return session


def _of_route(
    label: str, kind: str, work: object, content: object, *, run: Callable[..., Changed[Route]] = change, **more: object
) -> Session:
    """Change through the locked route; the answer is its session."""
    actor = more["actor"]
    done = run(
        Route,
        label,
        kind=kind,
        work=work,
        content=content,
        driver_ids=lambda route: [route.driver_id, *open_of(route).values_list("driver_id", flat=True)],
        **more,
    )
    session = find(RouteSession, done.event.object_code, actor)  # type: ignore[arg-type]
    return Session(session, done.event, done.is_replay)


def _require_ready(route: Route) -> None:
    """Refuse a route out of use, without a driver, or with one who cannot run it; its driver is locked."""
    start = start_of_sentence(route)
    if not route.is_active or route.deleted_at is not None:
        raise Refused(f"{start} is out of use. Put it into use again first.", code="route_inactive")
    if route.driver is None:
        raise Refused(f"{start} has no driver. Choose one for the route first.", code="route_unassigned")
    require_able(route.driver, route)


def _create(
    route: Route,
    actor: Actor,
    *,
    notes: str = "",
    scheduled_for: datetime | None = None,
    content: dict[str, object] | None = None,
    key: str = "",
) -> tuple[RouteSession, Event]:
    now = clock.now()
    route.sessions_made += 1
    route.save(update_fields=["sessions_made"])
    session = RouteSession.objects.create(
        tenant_id=route.tenant_id,
        team_id=route.team_id,
        route=route,
        number=route.sessions_made,
        label=f"{route.label}-{route.sessions_made}",
        driver=route.driver,  # type: ignore[misc]
        capacity=route.capacity,
        notes=notes,
        scheduled_for=scheduled_for,
        created_by=actor.label,
        created_at=now,
        updated_at=now,
    )
    data = {
        "input": content or {},
        "before": {},
        "after": {"route": route.label, "driver": route.driver_id, "scheduled_for": clock.iso(scheduled_for)},
    }
    event = grouping.told(session, actor=actor, kind=OPENED, data=data, key=key, content=content)
    return session, event


def _take(session: RouteSession, orders: Sequence[Order], actor: Actor) -> list[Refusal]:
    """Assign the locked orders to the session's driver and let them join; the refusals of those that cannot."""
    refused = []
    used = sum(item.order.unit_size for item in session.held_items() if item.order.status in LIVE)
    for order in orders:
        try:
            with transaction.atomic():
                _require_fit(order, session, used)
                # The route's driver has agreed to the route: nobody is asked for each order.
                grouping.run(Assign(driver_id=session.driver_id, force=True), order, actor, session)
                grouping.run(JoinGroup(group=session.held_by), order, actor, session)
        except DomainError as error:
            refused.append(Refusal(order.code, error.code, error.message))
            continue
        used += order.unit_size
        SessionItem.objects.update_or_create(
            session=session,
            order=order,
            defaults={"added_by": actor.label, "added_at": clock.now(), "removed_by": "", "removed_at": None},
        )
    return refused


def _require_fit(order: Order, session: RouteSession, used: int) -> None:
    if order.held_by == session.held_by:
        raise Refused(f"Order {order.code} is already in {session.words}.", code="already_in_session")
    if why := READY.why_not(order):
        raise Refused(why.sentence, code=why.code)
    if session.capacity is not None and used + order.unit_size > session.capacity:
        raise Refused(
            f"{start_of_sentence(session)} carries {used} of {session.capacity} units; "
            f"order {order.code} needs {order.unit_size} more.",
            code="over_capacity",
            details={"used": used, "needed": order.unit_size, "limit": session.capacity},
        )
