"""Making and changing routes: the lane itself, its schedule, its driver, and whether it is in use."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change, find
from routes.commands.grouping import next_label
from routes.commands.route_values import OF_SCHEDULE, chosen_driver, fill, named, require_able
from routes.commands.session_members import hand_to
from routes.commands.session_rules import lock_open, open_of, start_of_sentence
from routes.models import Route, RouteSession, SessionStatus
from routes.models.session import RUNNING

Lane = Changed[Route]

CREATED, EDITED, SWITCHED = "route.created", "route.edited", "route.driver_switched"
DEACTIVATED, REACTIVATED, DELETED = "route.deactivated", "route.reactivated", "route.deleted"

COUNTER, FORM = "route", "R{:04d}"


def create(values: dict[str, Any], *, actor: Actor, key: str = "") -> Lane:
    """Make a route. `values` are columns of EDITABLE and `driver_id`; raises Invalid naming each wrong one."""
    grouping.require(actor)
    if event := events.replayed(CREATED, values, actor, key):
        return Changed(find(Route, event.object_code, actor), event, is_replay=True)
    label = next_label(actor.tenant_id, COUNTER, FORM)
    now = clock.now()
    try:
        with transaction.atomic(durable=True):
            route = Route(tenant_id=actor.tenant_id, label=label, created_by=actor.label, slots_after=now)
            route.created_at = route.updated_at = now
            fill(route, values, actor)
            if values.get("driver_id") is not None:
                route.driver = chosen_driver(values["driver_id"], actor)
                require_able(route.driver, route)
            route.save()
            event = grouping.told(
                route,
                actor=actor,
                kind=CREATED,
                data={"input": values, "before": {}, "after": {"name": route.name, "driver": route.driver_id}},
                key=key,
                content=values,
            )
            return Changed(route, event)
    except IntegrityError:
        if event := events.replayed(CREATED, values, actor, key):  # the twin was faster
            return Changed(find(Route, event.object_code, actor), event, is_replay=True)
        raise


def edit(label: str, values: dict[str, Any], *, actor: Actor, version: int | None = None, key: str = "") -> Lane:
    """Change the named columns. A new capacity holds for the open session, too; a new schedule from now on."""

    def work(locked: Locked[Route]) -> Event:
        route = locked.group
        names = named(values)
        before = {name: getattr(route, name) for name in names}
        fill(route, values, actor)
        changed = [name for name in names if getattr(route, name) != before[name]]
        if any(name in OF_SCHEDULE for name in changed):
            route.slots_after = clock.now()
            route.save(update_fields=["slots_after"])
        if "capacity" in changed:
            RouteSession.objects.filter(route=route, status=SessionStatus.OPEN).update(capacity=route.capacity)
        return grouping.record(
            route,
            actor=actor,
            kind=EDITED,
            changed=[name.removesuffix("_id") for name in changed],
            before={name.removesuffix("_id"): before[name] for name in changed},
            content=asked(label, values),
            key=key,
        )

    return change(Route, label, actor=actor, kind=EDITED, work=work, content=values, version=version, key=key)


def switch_driver(
    label: str,
    driver_id: int | None,
    *,
    actor: Actor,
    reason: str = "",
    version: int | None = None,
    key: str = "",
) -> Lane:
    """Give the route, and its open session with all its orders, to another driver; None leaves the route without one.

    Sessions that have started go on with their driver.
    """
    content = {"driver_id": driver_id, "reason": reason}

    def work(locked: Locked[Route]) -> Event:
        route, former = locked.group, locked.group.driver
        if driver_id == route.driver_id:
            raise Refused(
                f"{start_of_sentence(route)} is already with {former.name}. Choose a different driver."
                if former
                else f"{start_of_sentence(route)} has no driver already.",
                code="same_driver",
            )
        session = lock_open(route)
        driver = None if driver_id is None else locked.drivers[driver_id]
        if driver is None and session is not None:
            raise Refused(
                f"{start_of_sentence(session)} is open and needs a driver. Start it or cancel it first.",
                code="session_open",
            )
        if driver is not None:
            require_able(driver, route)
        moved = {}
        if session is not None and driver is not None and session.driver_id != driver.pk:
            if set(session.member_codes()) - set(locked.orders) or session.driver_id not in locked.drivers:
                raise Refused(
                    f"{start_of_sentence(route)} is changing at this moment. Try again.", code="group_is_changing"
                )
            hand_to(session, driver, actor=actor, content=asked(session.label, content), reason=reason)
            moved = {"session": session.label}
        route.driver = driver
        return grouping.record(
            route,
            actor=actor,
            kind=SWITCHED,
            changed=["driver"],
            before={"driver": former.pk if former else None, "driver_name": former.name if former else ""},
            after={"driver_name": driver.name if driver else "", **moved},
            content=asked(label, content),
            reason=reason,
            key=key,
        )

    def drivers(route: Route) -> list[int | None]:
        return [driver_id, route.driver_id, *open_of(route).values_list("driver_id", flat=True)]

    session = open_of(find(Route, label, actor)).first()
    return change(
        Route,
        label,
        actor=actor,
        kind=SWITCHED,
        work=work,
        content=content,
        version=version,
        key=key,
        codes=session.member_codes() if session else (),
        driver_ids=drivers,
    )


def deactivate(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Lane:
    """Take the route out of use: no new sessions. Those that have started go on."""

    def refusal(route: Route) -> str:
        if not route.is_active:
            return f"{start_of_sentence(route)} is out of use already."
        session = lock_open(route)
        return f"{start_of_sentence(session)} is still open. Start it or cancel it first." if session else ""

    return _set(label, DEACTIVATED, "is_active", False, refusal, actor=actor, version=version, key=key)


def reactivate(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Lane:
    """Put the route into use again; its schedule counts from now on."""

    def refusal(route: Route) -> str:
        if route.is_active:
            return f"{start_of_sentence(route)} is in use already."
        route.slots_after = clock.now()
        route.save(update_fields=["slots_after"])
        return ""

    return _set(label, REACTIVATED, "is_active", True, refusal, actor=actor, version=version, key=key)


def delete(label: str, *, actor: Actor, version: int | None = None, key: str = "") -> Lane:
    """Remove the route from every list. Its sessions and their history stay."""

    def refusal(route: Route) -> str:
        running = RouteSession.objects.filter(route=route, status__in=RUNNING).first()
        if running is None:
            return ""
        status = SessionStatus(running.status).label.lower()
        return f"{start_of_sentence(running)} is {status}. A route can be deleted once its sessions are over."

    return _set(label, DELETED, "deleted_at", clock.now(), refusal, actor=actor, version=version, key=key)


def _set(
    label: str,
    kind: str,
    column: str,
    value: object,
    refusal: Callable[[Route], str],
    *,
    actor: Actor,
    version: int | None,
    key: str,
) -> Lane:
    def work(locked: Locked[Route]) -> Event:
        route = locked.group
        if sentence := refusal(route):
            raise Refused(sentence, code="route_in_use" if kind != REACTIVATED else "already_active")
        before = {column: getattr(route, column)}
        setattr(route, column, value)
        return grouping.record(
            route, actor=actor, kind=kind, changed=[column], before=before, content=asked(label), key=key
        )

    return change(Route, label, actor=actor, kind=kind, work=work, version=version, key=key)
