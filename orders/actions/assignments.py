"""Opening and closing the assignment row that stands behind an order's driver."""

from datetime import timedelta
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.errors import Invalid
from drivers.models import Driver
from orders.actions.eligibility import Verdict, check_driver
from orders.models import Assignment, Order
from orders.states import MOVING, AssignmentStatus, Status


def locked_driver(order: Order, driver_id: int | None, actor: Actor) -> Driver:
    """The chosen driver, locked so that two orders cannot both take the last of the capacity."""
    # The visible set may join teams, which cannot be locked; so it only names the row that is then locked.
    visible = Driver.objects.visible_to(actor).filter(pk=driver_id).values("pk")  # type: ignore[misc]
    try:
        return Driver.objects.select_for_update(of=("self",), no_key=True).get(pk__in=visible)
    except Driver.DoesNotExist:
        raise Invalid.fields(driver_id="There is no such driver. Choose one from the list.") from None


def open_assignment(
    order: Order, driver: Driver, actor: Actor, *, needs_acceptance: bool, explanation: dict[str, Any] | None = None
) -> list[str]:
    """Give the order to the driver after all checks, and name the changed order columns."""
    warnings = check_driver(order, driver)
    status = AssignmentStatus.PENDING if needs_acceptance else AssignmentStatus.ASSIGNED
    now, seconds = clock.now(), order.tenant.offer_seconds
    Assignment.objects.create(
        tenant_id=order.tenant_id,
        order=order,
        driver=driver,
        vehicle=driver.primary_vehicle,
        status=status,
        assigned_by=actor.label,
        warnings=[_as_dict(warning) for warning in warnings],
        explanation=explanation,
        is_automatic=actor.kind == ActorKind.SYSTEM,
        created_at=now,
        expires_at=now + timedelta(seconds=seconds) if needs_acceptance and seconds else None,
    )
    order.driver = driver
    order.vehicle = driver.primary_vehicle
    order.assignment_status = status
    # Another driver has not been at any door yet; and giving the order away is the answer to a failed attempt.
    order.attempt_failed = False
    arrival = "arrived_dropoff_at" if order.status in MOVING else "arrived_pickup_at"
    setattr(order, arrival, None)
    return ["driver", "vehicle", "assignment_status", "attempt_failed", arrival]


def close_assignment(
    order: Order, status: AssignmentStatus, *, reason: str = "", keep_driver: bool = False
) -> list[str]:
    """End the live assignment, if any; `keep_driver` leaves the driver's name on a finished order."""
    Assignment.objects.filter(order=order, ended_at__isnull=True).update(
        status=status, reason=reason, ended_at=clock.now()
    )
    if keep_driver:
        if order.driver_id is None:
            return []
        order.assignment_status = status
        return ["assignment_status"]
    order.driver = None
    order.vehicle = None
    order.assignment_status = AssignmentStatus.NONE
    return ["driver", "vehicle", "assignment_status"]


def give_back(order: Order, status: AssignmentStatus, *, reason: str) -> list[str]:
    """End the live assignment: before pickup the order is pending again, after it the package keeps its progress."""
    changed = close_assignment(order, status, reason=reason)
    if order.status == Status.ASSIGNED:
        order.status = Status.PENDING
        return [*changed, "status"]
    return changed


def reopen_assignment(order: Order, actor: Actor) -> list[str]:
    """Put a finished order's driver back to work on it, for corrections out of a closed status."""
    Assignment.objects.create(  # type: ignore[misc]
        tenant_id=order.tenant_id,
        order=order,
        driver_id=order.driver_id,
        vehicle_id=order.vehicle_id,
        status=AssignmentStatus.ASSIGNED,
        assigned_by=actor.label,
        created_at=clock.now(),
    )
    order.assignment_status = AssignmentStatus.ASSIGNED
    return ["assignment_status"]


def hand_over(order: Order, driver: Driver) -> list[str]:
    """A package already picked up passes to the new driver's hands."""
    if order.status not in (Status.PICKED_UP, Status.IN_TRANSIT):
        return []
    order.holder = driver
    return ["holder"]


def _as_dict(warning: Verdict) -> dict[str, str]:
    return {"code": warning.code, "sentence": warning.sentence}
