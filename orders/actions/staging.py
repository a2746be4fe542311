"""A package comes to the warehouse of its staged order, and taking that back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders import legs
from orders.actions.assignments import close_assignment, locked_driver, open_assignment, reopen_assignment
from orders.actions.base import Action, CannotUndo, require_note
from orders.actions.dispatch import require_who_did_it
from orders.actions.outcome import pick_up, take_back
from orders.actions.rules import NOT_IN_WAYBILL, NOT_ON_HOLD, Guard, Rule, status_in, words
from orders.models import Order
from orders.states import MOVING, AssignmentStatus, Leg, Status

IS_INBOUND = Rule(
    code="not_inbound_leg",
    test=lambda order: order.leg == Leg.INBOUND,
    condition=Q(leg=Leg.INBOUND),
    sentence=lambda order: (
        f"Order {order.code} starts at the warehouse: there is nothing to stage."
        if order.leg
        else f"Order {order.code} passes through no staging warehouse, so it cannot be staged."
    ),
)
BACK_TO = (Status.PICKED_UP, Status.IN_TRANSIT)


@dataclass(frozen=True, kw_only=True)
class StageAtWarehouse(Action):
    """The package is at the staging warehouse: the inbound leg has done its part, the outbound leg can begin.

    Without an active assignment `driver_id` names who brought it, who must be allowed to work there. A driver stages
    only what the driver has picked up; for everybody else an arrival also stands for the pickup before it.
    """

    name: ClassVar[str] = "stage"
    label: ClassVar[str] = "Stage at warehouse"
    event: ClassVar[str] = "order.staged"
    permission: ClassVar[str] = "orders.stage"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (
            IS_INBOUND,
            status_in(Status.PENDING, Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT),
            NOT_ON_HOLD,
            NOT_IN_WAYBILL,
        )
    )

    driver_id: int | None = None
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        if actor.driver_id is not None and order.status not in MOVING:
            raise Refused(
                f"Order {order.code} is {words(order)}. Pick it up first, then bring it to the warehouse.",
                code="status_locked",
            )
        require_who_did_it(order, self.driver_id, target=Status.STAGED)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        changed: list[str] = []
        if order.driver_id is None and self.driver_id is not None:
            driver = locked_driver(order, self.driver_id, actor)
            changed += open_assignment(order, driver, actor, needs_acceptance=False)
        if order.picked_up_at is None:
            changed += pick_up(order, actor)
        changed += close_assignment(order, AssignmentStatus.COMPLETED, keep_driver=True)
        order.status = Status.STAGED
        order.holder = None
        order.closed_at = clock.now()
        order.arrived_dropoff_at = order.arrived_dropoff_at or order.closed_at
        order.attempt_failed = False
        return [*changed, "status", "holder", "closed_at", "arrived_dropoff_at", "attempt_failed"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Unstage(target=Status(event.data["before"]["status"]), note="Undone: staged by mistake", is_undo=True)


@dataclass(frozen=True, kw_only=True)
class Unstage(Action):
    """The package is not at the warehouse after all: a correction, possible while its outbound leg has not begun.

    An undo goes back to what was before the staging; by hand the package is with its driver again.
    """

    name: ClassVar[str] = "unstage"
    label: ClassVar[str] = "Take back staging"
    event: ClassVar[str] = "order.unstaged"
    permission: ClassVar[str] = "orders.stage"
    guard: ClassVar[Guard] = Guard((IS_INBOUND, status_in(Status.STAGED), NOT_ON_HOLD, NOT_IN_WAYBILL))

    target: Status
    note: str = ""
    is_undo: bool = False

    def check(self, order: Order, actor: Actor) -> None:
        if self.target not in BACK_TO and not self.is_undo:
            possible = ", ".join(status.label.lower() for status in BACK_TO)
            raise Refused(
                f"Order {order.code} is {words(order)} and cannot be set to {Status(self.target).label.lower()}. "
                f"Possible: {possible}.",
                code="transition_not_allowed",
            )
        outbound = Order.objects.get(parent=order.parent_id, leg=Leg.OUTBOUND)
        if outbound.status != Status.PENDING or outbound.driver_id is not None or outbound.held_by:
            raise Refused(
                f"Order {outbound.code} goes on from the warehouse and is {words(outbound)}. Take that back first: "
                "as long as it is in work, the package has been at the warehouse.",
                code="outbound_in_work",
                details={"order": outbound.code},
            )
        require_note(self.note, why="This takes a package back out of the warehouse by hand. Note why.")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.status = self.target
        order.closed_at = order.arrived_dropoff_at = None
        changed = ["status", "closed_at", "arrived_dropoff_at"]
        if self.target in MOVING:
            order.holder_id = order.driver_id
            changed.append("holder")
        else:
            changed += [*take_back(order, actor, delivery=False, pickup=True), "picked_up_at"]
            order.picked_up_at = None
        if self.target == Status.PENDING:
            return [*changed, *close_assignment(order, AssignmentStatus.UNASSIGNED)]
        return [*changed, *(reopen_assignment(order, actor) if order.driver_id is not None else [])]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return StageAtWarehouse(note="Undone: taken back by mistake")


@dataclass(frozen=True, kw_only=True)
class UnlockLeg(Action):
    """What waited for the warehouse can begin. Follows from the staging of the other leg."""

    name: ClassVar[str] = "unlock-leg"
    label: ClassVar[str] = "Ready at the warehouse"
    event: ClassVar[str] = "order.leg_unlocked"
    permission: ClassVar[str] = "orders.stage"

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.awaits_staging = False
        return ["awaits_staging"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise _of_the_inbound_leg(event)


@dataclass(frozen=True, kw_only=True)
class LockLeg(Action):
    """It waits for the warehouse again. Follows from taking the staging of the other leg back."""

    name: ClassVar[str] = "lock-leg"
    label: ClassVar[str] = "Waits for the warehouse"
    event: ClassVar[str] = "order.leg_locked"
    permission: ClassVar[str] = "orders.stage"

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.awaits_staging = True
        return ["awaits_staging"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise _of_the_inbound_leg(event)


def _of_the_inbound_leg(event: Event) -> CannotUndo:
    inbound = legs.leg_code(legs.whole_code(event.object_code), Leg.INBOUND)
    return CannotUndo(f"This followed from {inbound}. Undo the staging there.")
