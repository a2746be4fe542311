"""Calling an order off, and taking that back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders.actions.assignments import close_assignment, locked_driver, open_assignment
from orders.actions.base import Action, require_reason
from orders.actions.rules import NOT_A_LEG, NOT_IN_WAYBILL, Guard, status_in, status_not_in, words
from orders.models import Order
from orders.states import DONE, MOVING, AssignmentStatus, ReasonKind, Status


def _why_not_cancelled(order: Order) -> str:
    if order.status == Status.DELIVERED:
        return f"Order {order.code} is already delivered and cannot be cancelled. Ask for a return instead."
    return f"Order {order.code} is already {words(order)}."


@dataclass(frozen=True, kw_only=True)
class Cancel(Action):
    """Call the order off. After pickup the package stays with its driver until a return is recorded."""

    name: ClassVar[str] = "cancel"
    label: ClassVar[str] = "Cancel order"
    event: ClassVar[str] = "order.cancelled"
    permission: ClassVar[str] = "orders.cancel"
    reason_kind: ClassVar[str] = ReasonKind.CANCEL
    is_dangerous: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (
            NOT_A_LEG,
            status_not_in(Status.DELIVERED, Status.CANCELLED, Status.RETURNED, sentence=_why_not_cancelled),
            NOT_IN_WAYBILL,
        ),
        of_parents=True,
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        return None if leg.status in DONE else self

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed: list[str] = []
        if order.status not in MOVING:
            changed += close_assignment(order, AssignmentStatus.UNASSIGNED, reason=self.reason)
        order.status = Status.CANCELLED
        order.closed_at = clock.now()
        order.closing_reason = self.reason
        order.on_hold, order.hold_reason = False, ""
        order.attempt_failed = False
        return [*changed, "status", "closed_at", "closing_reason", "on_hold", "hold_reason", "attempt_failed"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        before = event.data["before"]
        was_sure = before.get("assignment_status") in (AssignmentStatus.ASSIGNED, AssignmentStatus.ACCEPTED)
        return Reopen(target=Status(before["status"]), driver_id=before.get("driver"), note="Undone", is_sure=was_sure)


@dataclass(frozen=True, kw_only=True)
class Reopen(Action):
    """Take a cancellation back: to the queue, or to the driver who still holds the package.

    `is_sure`: the driver had taken the order, and is not asked again.
    """

    name: ClassVar[str] = "reopen"
    label: ClassVar[str] = "Reopen"
    event: ClassVar[str] = "order.reopened"
    permission: ClassVar[str] = "orders.cancel"
    guard: ClassVar[Guard] = Guard((NOT_A_LEG, status_in(Status.CANCELLED), NOT_IN_WAYBILL), of_parents=True)

    target: Status | None = None
    driver_id: int | None = None
    note: str = ""
    is_sure: bool = False

    def content(self) -> dict[str, Any]:
        said = super().content()
        if not self.is_sure:
            del said["is_sure"]
        return said

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        if leg.status != Status.CANCELLED:
            return None
        last = Event.objects.filter(stream="order", object_id=leg.pk, version=leg.version).first()
        if is_undo and last is not None and last.kind == Cancel.event:
            return Cancel.inverse(last)
        return Reopen(driver_id=None if leg.awaits_staging else self.driver_id, note=self.note)

    def check(self, order: Order, actor: Actor) -> None:
        if order.is_parent:  # each leg says for itself what it can be
            return
        target = self._target(order)
        if (target in MOVING) != order.package_with_driver:
            where = f"with {order.holder}" if order.package_with_driver else "still at its pickup"
            raise Refused(
                f"The package of order {order.code} is {where}, so the order cannot be {target.label.lower()}.",
                code="transition_not_allowed",
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        target = self._target(order)
        changed: list[str] = []
        if order.is_parent:
            order.closed_at, order.closing_reason = None, ""
            return ["closed_at", "closing_reason"]
        if target == Status.PENDING and self.driver_id is not None:
            target = Status.ASSIGNED
        if target == Status.ASSIGNED:
            driver = locked_driver(order, self.driver_id, actor)
            needs_answer = order.tenant.drivers_accept and not self.is_sure
            changed += open_assignment(order, driver, actor, needs_acceptance=needs_answer)
        order.status = target
        order.closed_at = None
        order.closing_reason = ""
        return [*changed, "status", "closed_at", "closing_reason"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Cancel(reason=event.data["before"]["closing_reason"])

    def _target(self, order: Order) -> Status:
        if self.target is not None:
            return Status(self.target)
        return Status.PICKED_UP if order.package_with_driver else Status.PENDING
