"""When reality and the record differ: corrections with a note, and returns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders.actions.assignments import close_assignment, locked_driver, open_assignment, reopen_assignment
from orders.actions.base import Action, CannotUndo, require_note, require_reason
from orders.actions.dispatch import require_who_did_it
from orders.actions.outcome import deliver, pick_up, take_back
from orders.actions.rules import (
    ENDS_AT_RECEIVER,
    NOT_IN_WAYBILL,
    NOT_ON_HOLD,
    PACKAGE_IN_HANDS,
    Guard,
    status_in,
    words,
)
from orders.models import Order
from orders.states import AssignmentStatus, CarrierType, ReasonKind, Status

CORRECTIONS: dict[str, tuple[Status, ...]] = {
    Status.PENDING: (Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED),
    Status.ASSIGNED: (Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED),
    Status.PICKED_UP: (Status.ASSIGNED, Status.IN_TRANSIT, Status.DELIVERED),
    Status.IN_TRANSIT: (Status.PICKED_UP, Status.DELIVERED),
    Status.DELIVERED: (Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT),
}
AFTER_PICKUP = (Status.PICKED_UP, Status.IN_TRANSIT)


@dataclass(frozen=True, kw_only=True)
class Correct(Action):
    """Set a status backwards or by skipping steps. A note is mandatory; out of delivered it takes a higher right.

    `is_undo` goes back to what was before a correction, also where that skipped a step.
    """

    name: ClassVar[str] = "correct"
    label: ClassVar[str] = "Correct status"
    event: ClassVar[str] = "order.status_corrected"
    permission: ClassVar[str] = "orders.correct"
    guard: ClassVar[Guard] = Guard(
        (
            status_in(Status.PENDING, Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT, Status.DELIVERED),
            NOT_ON_HOLD,
            NOT_IN_WAYBILL,
        )
    )

    target: Status
    note: str = ""
    driver_id: int | None = None
    is_undo: bool = False

    def content(self) -> dict[str, Any]:
        said = super().content()
        if not self.is_undo:
            del said["is_undo"]
        return said

    def needed_permission(self, order: Order) -> str:
        return "orders.correct_closed" if order.status == Status.DELIVERED else self.permission

    def check(self, order: Order, actor: Actor) -> None:
        if self.target == Status.DELIVERED and (why := ENDS_AT_RECEIVER.why_not(order)):
            raise Refused(why.sentence, code=why.code)
        if self.target not in CORRECTIONS[order.status] and not self.is_undo:
            possible = ", ".join(status.label.lower() for status in CORRECTIONS[order.status])
            raise Refused(
                f"Order {order.code} is {words(order)} and cannot be corrected to {Status(self.target).label.lower()}. "
                f"Possible: {possible}.",
                code="transition_not_allowed",
            )
        require_who_did_it(order, self.driver_id, target=Status(self.target))
        require_note(
            self.note,
            why=f"This corrects the status from {words(order)} by hand. Note why, so that others can follow it.",
        )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        was_delivered = order.status == Status.DELIVERED
        changed: list[str] = []
        if self._is_internal(order) and order.driver_id is None:
            driver = locked_driver(order, self.driver_id, actor)
            changed += open_assignment(order, driver, actor, needs_acceptance=False)
        elif was_delivered and order.driver_id is not None:
            changed += reopen_assignment(order, actor)
        if self.target == Status.DELIVERED:
            if order.picked_up_at is None:
                order.picked_up_at = clock.now()
                changed.append("picked_up_at")
            return [*changed, *deliver(order, actor)]
        was_picked_up = order.picked_up_at is not None
        is_picked_up = self.target in AFTER_PICKUP
        if was_delivered or not is_picked_up:
            changed += take_back(order, actor, delivery=was_delivered, pickup=not is_picked_up)
        elif not was_picked_up:
            changed += pick_up(order, actor)
        order.status = self.target
        order.holder_id = order.driver_id if is_picked_up else None
        order.picked_up_at = (order.picked_up_at or clock.now()) if is_picked_up else None
        return [*changed, "status", "holder", "picked_up_at"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        before, after = Status(event.data["before"]["status"]), Status(event.data["after"]["status"])
        if before == Status.PENDING:
            raise CannotUndo(
                f"This correction from {before.label.lower()} to {after.label.lower()} cannot be taken "
                "back in one step. Correct the status again, with a note."
            )
        return Correct(target=before, note="Undone: corrected by mistake", is_undo=True)

    @staticmethod
    def _is_internal(order: Order) -> bool:
        return order.carrier_type == CarrierType.INTERNAL


@dataclass(frozen=True, kw_only=True)
class Return(Action):
    """The package went back to its sender."""

    name: ClassVar[str] = "return"
    label: ClassVar[str] = "Record return"
    event: ClassVar[str] = "order.returned"
    permission: ClassVar[str] = "orders.return"
    reason_kind: ClassVar[str] = ReasonKind.RETURN
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard((PACKAGE_IN_HANDS, NOT_IN_WAYBILL))

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed = close_assignment(order, AssignmentStatus.RETURNED, reason=self.reason, keep_driver=True)
        order.status = Status.RETURNED
        order.holder = None
        order.closed_at = clock.now()
        order.closing_reason = self.reason
        order.attempt_failed = False
        return [*changed, "status", "holder", "closed_at", "closing_reason", "attempt_failed"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("A recorded return ends the package's journey. Create a new order to send it again.")
