"""An order enters or leaves a waybill, a trip or a route's session; only the commands of those groups do this."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders import groups
from orders.actions.assignments import give_back
from orders.actions.base import Action, CannotUndo
from orders.actions.rules import IN_GROUP, NOT_IN_GROUP, NOT_ON_HOLD, STAGED_FIRST, Guard, status_not_in
from orders.models import Order
from orders.states import DONE, AssignmentStatus, Status


@dataclass(frozen=True, kw_only=True)
class JoinGroup(Action):
    """The group takes the order; `group` is the value of `held_by`. What else it must be, each kind of group says."""

    name: ClassVar[str] = "join-group"
    label: ClassVar[str] = "Add to group"
    event: ClassVar[str] = "order.grouped"
    permission: ClassVar[str] = "groups.manage"
    guard: ClassVar[Guard] = Guard((status_not_in(Status.DRAFT, *DONE), STAGED_FIRST, NOT_ON_HOLD, *NOT_IN_GROUP))

    group: str

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.held_by = self.group
        return ["held_by"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise _undo_in_group(event.data["after"]["held_by"], "Take the order out of it there.")


@dataclass(frozen=True, kw_only=True)
class RejoinGroup(JoinGroup):
    """The group has the order again that it let go of by mistake, whatever became of the order while it had it."""

    name: ClassVar[str] = "rejoin-group"
    guard: ClassVar[Guard] = Guard(NOT_IN_GROUP)


@dataclass(frozen=True, kw_only=True)
class LeaveGroup(Action):
    """The group lets the order go, which keeps its status and its driver.

    `gives_back`: a driver who has not picked it up loses it, and it is pending again.
    """

    name: ClassVar[str] = "leave-group"
    label: ClassVar[str] = "Take out of group"
    event: ClassVar[str] = "order.ungrouped"
    permission: ClassVar[str] = "groups.manage"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard((IN_GROUP, *NOT_IN_GROUP))

    gives_back: bool = False
    reason: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.held_by = ""
        if self.gives_back and order.status == Status.ASSIGNED:
            return ["held_by", *give_back(order, AssignmentStatus.UNASSIGNED, reason=self.reason)]
        return ["held_by"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise _undo_in_group(event.data["before"]["held_by"], "Add the order to it again there.")


def _undo_in_group(held_by: str, advice: str) -> CannotUndo:
    return CannotUndo(f"This is a change of {groups.words(held_by)}. {advice}")
