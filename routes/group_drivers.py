"""Who could take all orders of a group: every available driver, judged by the same rules as for a single order."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from drivers.models import Driver, DriverStatus, Vehicle
from orders.actions.eligibility import ON_BOARD, Verdict, loads, verdicts
from orders.models import Order
from routes.models.group import Group

SHOWN = 80


def candidates_for(group: Group, actor: Actor, *, search: str = "") -> dict[str, Any]:
    """In the shape of a single order's candidates, those who can take it first. Seven queries.

    Whoever drives the group already is left out.
    """
    orders = list(
        Order.objects.visible_to(actor)
        .filter(code__in=group.member_codes())
        .select_related("service", "pickup_zone", "dropoff_zone")
        .order_by("pk")
    )
    drivers = Driver.objects.visible_to(actor).filter(status=DriverStatus.ACTIVE)
    if (driving := getattr(group, "driver_id", None)) is not None:
        drivers = drivers.exclude(pk=driving)
    if search:
        drivers = drivers.filter(name__icontains=search)
    at_work = Count("orders", filter=Q(orders__status__in=ON_BOARD), distinct=True)
    found = list(
        drivers.annotate(open_orders=at_work)
        .select_related("primary_vehicle", "position", "tenant")
        .prefetch_related("allowed_zones", "preferred_zones")
        .order_by("-is_online", "name", "pk")[:SHOWN]
    )
    used = loads(driver.pk for driver in found)
    kinds = {(order.service_id, order.pickup_zone_id, order.dropoff_zone_id): order for order in orders}
    units = sum(order.unit_size for order in orders)
    rows = [_row(driver, used.get(driver.pk, 0), list(kinds.values()), units) for driver in found]
    rows.sort(key=lambda row: row["is_blocked"])
    return {
        "candidates": rows,
        "total": drivers.count() if len(found) == SHOWN else len(found),
        "judged": len(found),
        "possible": sum(not row["is_blocked"] for row in rows),
        "measured_from": "",
        "change": None,
    }


def _row(driver: Driver, used: int, kinds: Sequence[Order], units: int) -> dict[str, Any]:
    vehicle, position = driver.primary_vehicle, getattr(driver, "position", None)
    found = _judged(driver, vehicle, used, kinds, units)
    blocks = [each.sentence for each in found if each.level == "block"]
    warnings = [each.sentence for each in found if each.level == "warning"]
    free = f"{vehicle.capacity_units - used} of {vehicle.capacity_units} units are free." if vehicle else "No vehicle."
    seen = position.recorded_at if position is not None else None
    stale = seen is not None and (clock.now() - seen).total_seconds() > 60 * driver.tenant.stale_position_minutes
    return {
        "id": driver.pk,
        "name": driver.name,
        "phone": driver.phone,
        "is_online": driver.is_online,
        "vehicle": None if vehicle is None else {"name": vehicle.name, "kind": vehicle.get_kind_display()},
        "used": used,
        "limit": vehicle.capacity_units if vehicle else None,
        "open_orders": driver.open_orders,  # type: ignore[attr-defined]
        "metres": None,
        "seen_at": None if seen is None else clock.iso(seen),
        "is_stale": stale,
        "is_blocked": bool(blocks),
        "pickup_minutes": None,
        "door_minutes": None,
        "deciding": free,
        "blocks": blocks,
        "warnings": warnings,
    }


def _judged(driver: Driver, vehicle: Vehicle | None, used: int, kinds: Sequence[Order], units: int) -> list[Verdict]:
    """The verdicts on all orders, each said once; the load is judged for all of them together."""
    found: dict[str, Verdict] = {}
    for order in kinds:
        for verdict in verdicts(order, driver, vehicle=vehicle, used=used):
            if verdict.code != "over_capacity":
                found.setdefault(verdict.sentence, verdict)
    if vehicle is not None and used + units > vehicle.capacity_units:
        sentence = f"{driver.name} carries {used} of {vehicle.capacity_units} units; these orders need {units} more."
        found[sentence] = Verdict("over_capacity", "block", sentence)
    return sorted(found.values(), key=lambda verdict: verdict.level != "block")
