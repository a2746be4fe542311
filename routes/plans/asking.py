"""Begin a plan run: find the orders and drivers that are meant, and work it out here or hand it to a worker."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import ExpressionWrapper, F, FloatField, QuerySet, Value

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from drivers.models import Driver, DriverStatus
from orders.actions.rules import READY
from orders.models import Order
from orders.selectors import filtered_orders
from orders.states import CarrierType, Status
from routes.commands import plans
from routes.models import PlanKind, PlanRun
from routes.plans import work
from routes.plans.wishes import MOST_DRIVERS, MOST_ORDERS
from routes.stops import point_of


def ask(
    *,
    kind: str,
    codes: Sequence[str] | None,
    filters: Mapping[str, str] | None,
    driver_ids: Sequence[int],
    options: Mapping[str, Any],
    actor: Actor,
    key: str = "",
) -> tuple[PlanRun, bool]:
    """The run, worked out already when it is a short one; True with it when the same key made it before."""
    asked = {
        "kind": kind,
        "codes": codes,
        "filters": filters,
        "driver_ids": sorted(driver_ids),
        "options": dict(options),
    }
    if earlier := plans.made_before(actor, key, asked):
        return earlier, True
    wanted = list(dict.fromkeys(codes)) if codes is not None else []
    if codes is None and filters is not None:
        wanted = _waiting(actor, filters)
    chosen = sorted(set(driver_ids))
    if not chosen:
        chosen, on_duty = _on_duty(actor, wanted)
        options = {**options, "on_duty": on_duty if on_duty > len(chosen) else 0}
    run, is_replay = plans.start(
        kind=kind, codes=wanted, driver_ids=chosen, options=options, actor=actor, key=key, asked=asked
    )
    if not is_replay:
        carry_out(run, actor)
    return run, is_replay


def carry_out(run: PlanRun, actor: Actor) -> None:
    if run.kind == PlanKind.BUILD:
        plans.enqueue(run)
    else:
        work.work_on(run, actor)


def waiting_orders(actor: Actor, filters: Mapping[str, str]) -> QuerySet[Order]:
    """Orders that a plan could be about: they wait for a driver of the own fleet and are in nothing."""
    found = filtered_orders(actor, filters)
    return found.filter(
        READY, status=Status.PENDING, driver__isnull=True, on_hold=False, held_by="", carrier_type=CarrierType.INTERNAL
    )


def _waiting(actor: Actor, filters: Mapping[str, str]) -> list[str]:
    found = waiting_orders(actor, filters).order_by("priority", F("due_at").asc(nulls_last=True), "pk")
    codes = list(found.values_list("code", flat=True)[: MOST_ORDERS + 1])
    if len(codes) > MOST_ORDERS:
        raise Invalid.fields(filters=f"A plan takes {MOST_ORDERS} orders at most. Narrow the filters.")
    if not codes:
        raise Invalid.fields(filters="No order that waits for a driver matches these filters.")
    return codes


def _on_duty(actor: Actor, codes: Sequence[str]) -> tuple[list[int], int]:
    """Who is on duty, and how many there are: of a large fleet those nearest to the first order are taken."""
    drivers = Driver.objects.visible_to(actor).filter(status=DriverStatus.ACTIVE, is_online=True)
    first = Order.objects.visible_to(actor).filter(code__in=codes[:1]).first()
    point = None if first is None else point_of(first, "pickup")
    ordering: list[Any] = ["name", "pk"]
    if point is not None:
        latitude, longitude = point
        north = F("position__latitude") - Value(latitude)
        east = (F("position__longitude") - Value(longitude)) * Value(math.cos(math.radians(latitude)))
        squared = ExpressionWrapper(north * north + east * east, output_field=FloatField())
        ordering = [squared.asc(nulls_last=True), *ordering]
    found = list(drivers.order_by(*ordering).values_list("pk", flat=True)[:MOST_DRIVERS])
    if not found:
        raise Invalid.fields(driver_ids="Nobody is on duty. Choose drivers yourself.")
    return found, len(found) if len(found) < MOST_DRIVERS else drivers.count()
