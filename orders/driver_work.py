"""What a driver has in hands: offers, open work in its order, what is free to take, and what is finished today.

The number of queries does not depend on the number of orders.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Tenant
from drivers.models import Driver
from orders.access import own_orders
from orders.actions.claims import unclaimed
from orders.actions.eligibility import units_on_board, verdicts
from orders.actions.proving import FAILED_ATTEMPT
from orders.models import Assignment, FulfilmentPolicy, Order, PackageItem, Proof, Reason
from orders.next_step import Known, todo
from orders.rows import rows_for
from orders.sequence import work_in_order
from orders.states import DONE, MOVING, AssignmentStatus, ReasonKind, Status

MOST_UNCLAIMED = 50
# How many free orders are judged, the most urgent first, to find those.
MOST_JUDGED = 300
MOST_FINISHED = 200
FOR_DRIVERS = (
    ReasonKind.REJECT,
    ReasonKind.RETURN,
    ReasonKind.UNASSIGN,
    ReasonKind.PICKUP_FAILED,
    ReasonKind.DELIVERY_FAILED,
    ReasonKind.EXCEPTION,
)

Job = dict[str, Any]


def work(actor: Actor) -> dict[str, Any]:
    """Everything that is to be done: `offers` wait for an answer, `orders` come in the order they are worked off."""
    driver_id = own_driver_id(actor)
    open_work = work_in_order(driver_id)
    kept = Order.objects.visible_to(actor).filter(holder_id=driver_id).exclude(driver_id=driver_id, status__in=MOVING)
    kept = kept.filter(status__in=(*MOVING, Status.CANCELLED)).select_related(
        "service", "pickup_warehouse", "dropoff_warehouse"
    )
    orders = [*open_work, *kept.order_by("pk")]
    jobs = _jobs(orders, actor)
    offered = [order.pk for order in open_work if order.assignment_status == AssignmentStatus.PENDING]
    return {
        "offers": [jobs[pk] for pk in offered],
        "orders": [jobs[order.pk] for order in orders if order.pk not in set(offered)],
    }


def job(code: str, actor: Actor) -> Job | None:
    """One of the driver's own orders; None when it is not (any more) the driver's."""
    order = (
        own_orders(actor).select_related("service", "pickup_warehouse", "dropoff_warehouse").filter(code=code).first()
    )
    return None if order is None else _jobs([order], actor)[order.pk]


def free_orders(actor: Actor) -> list[Job]:
    """Orders that the driver may take now: every rule of an assignment holds; the most urgent first."""
    driver = _profile(actor)
    free = unclaimed(actor).select_related(
        "service", "pickup_warehouse", "dropoff_warehouse", "pickup_zone", "dropoff_zone"
    )
    used = units_on_board(driver)
    found = [
        order
        for order in free.order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST_JUDGED]
        if not any(verdict.level == "block" for verdict in verdicts(order, driver, used=used))
    ][:MOST_UNCLAIMED]
    jobs = _jobs(found, actor)
    return [jobs[order.pk] for order in found]


def finished_today(actor: Actor) -> list[dict[str, Any]]:
    """What ended since midnight of the company's time zone, newest first, also what was cancelled on its way."""
    driver_id = own_driver_id(actor)
    zone = Tenant.objects.get(pk=actor.tenant_id).zone_info
    midnight = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    # A cancellation before pickup also ends the assignment, so the order is nobody's any more.
    taken_off = Q(order__status=Status.CANCELLED, ended_at__gte=F("order__closed_at") - timedelta(seconds=5))
    found = (
        Assignment.objects.filter(
            Q(order__driver_id=driver_id) | taken_off,
            driver_id=driver_id,
            tenant_id=actor.tenant_id,
            order__status__in=DONE,
            order__closed_at__gte=midnight,
        )
        .order_by("-order__closed_at", "-order_id")
        .values_list("order_id", flat=True)
    )
    ids = list(dict.fromkeys(found[: 2 * MOST_FINISHED]))[:MOST_FINISHED]
    rows = rows_for(ids)
    return [dict(rows[pk]) for pk in ids if pk in rows]


def own_driver_id(actor: Actor) -> int:
    own_orders(actor)  # refuses whoever is no driver
    return actor.driver_id or 0


def _profile(actor: Actor) -> Driver:
    drivers = Driver.objects.visible_to(actor).select_related("primary_vehicle")
    return drivers.prefetch_related("allowed_zones", "preferred_zones").get(pk=own_driver_id(actor))


def _jobs(orders: Iterable[Order], actor: Actor) -> dict[int, Job]:
    """By order id. The orders come with `service` and warehouses."""
    orders = list({order.pk: order for order in orders}.values())
    if not orders:
        return {}
    ids = [order.pk for order in orders]
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    policies = FulfilmentPolicy.objects.in_bulk({order.service.policy_id for order in orders} - {None})
    for order in orders:
        order.tenant = tenant
        order.service.policy = policies.get(order.service.policy_id)
    known = Known(
        driver_id=own_driver_id(actor),
        currency=tenant.currency,
        self_assign=tenant.drivers_self_assign,
        self_unassign=tenant.drivers_self_unassign,
        reasons=_reasons(tenant),
        shown=_shown(ids) if policies else {},
    )
    rows, items, offered = rows_for(ids, whole_notes=True), _items(ids), _offers(ids, known.driver_id)
    return {
        order.pk: {
            "order": rows[order.pk],
            "instructions": order.instructions,
            "items": items.get(order.pk, []),
            "offer": offered.get(order.pk) if order.assignment_status == AssignmentStatus.PENDING else None,
            **todo(order, known),
        }
        for order in orders
        if order.pk in rows
    }


def _reasons(tenant: Tenant) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = Reason.objects.filter(tenant=tenant, kind__in=FOR_DRIVERS, is_active=True)
    for kind, label in rows.order_by("kind", "position", "label").values_list("kind", "label"):
        found.setdefault(kind, []).append(label)
    return found


def _shown(order_ids: list[int]) -> Mapping[tuple[int, str], set[str]]:
    found: dict[tuple[int, str], set[str]] = {}
    proofs = Proof.objects.filter(order__in=order_ids, attached_at__isnull=False, superseded_at__isnull=True)
    for order_id, stage, kind in proofs.exclude(act=FAILED_ATTEMPT).values_list("order_id", "stage", "kind"):
        found.setdefault((order_id, stage), set()).add(kind)
    return found


def _items(order_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for item in PackageItem.objects.filter(order__in=order_ids).order_by("id"):
        shown = {"name": item.name, "quantity": item.quantity, "description": item.description}
        found.setdefault(item.order_id, []).append(shown)
    return found


def _offers(order_ids: list[int], driver_id: int) -> dict[int, dict[str, Any]]:
    live = Assignment.objects.filter(
        order__in=order_ids, driver=driver_id, status=AssignmentStatus.PENDING, ended_at__isnull=True
    )
    now = clock.now()
    return {
        order_id: {
            "offered_at": clock.iso(created_at),
            "expires_at": clock.iso(expires_at),
            "seconds_left": _seconds_until(expires_at, now),
        }
        for order_id, created_at, expires_at in live.values_list("order_id", "created_at", "expires_at")
    }


def _seconds_until(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, int((moment - now).total_seconds()))
