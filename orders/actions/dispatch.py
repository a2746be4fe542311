"""Giving work to drivers: assign, switch, unassign, and the driver's own accept and reject."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders.actions.assignments import close_assignment, give_back, hand_over, locked_driver, open_assignment
from orders.actions.base import Action, CannotUndo, require_note, require_reason
from orders.actions.rules import (
    HAS_DRIVER,
    INTERNAL_CARRIER,
    NO_DRIVER,
    NOT_IN_GROUP,
    NOT_ON_HOLD,
    PACKAGE_AT_PICKUP_OR_DROPPED,
    TAKES_A_DRIVER,
    Guard,
    Rule,
    status_in,
)
from orders.models import Assignment, Order
from orders.states import MOVING, OWN_FLEET, AssignmentStatus, ReasonKind, Status

WAITING_FOR_DRIVER = Rule(
    code="no_open_offer",
    test=lambda order: order.assignment_status == AssignmentStatus.PENDING,
    condition=Q(assignment_status=AssignmentStatus.PENDING),
    sentence=lambda order: f"Order {order.code} is not waiting for a driver's answer.",
)


@dataclass(frozen=True, kw_only=True)
class Giving(Action):
    """What giving an order to a driver has in common, with or without one before.

    `force` puts it on the driver's list without asking, where drivers are asked. `explanation` is advice that a door
    brings along; it is kept with the assignment and is no part of what was asked for.
    """

    driver_id: int
    force: bool = False
    explanation: dict[str, Any] | None = None

    def content(self) -> dict[str, Any]:
        said = super().content()
        del said["explanation"]
        if not self.force:
            del said["force"]
        return said

    def needs_answer(self, order: Order) -> bool:
        return order.tenant.drivers_accept and not self.force


@dataclass(frozen=True, kw_only=True)
class Assign(Giving):
    """Give an order without a driver to one; a package whose driver dropped it keeps its progress."""

    name: ClassVar[str] = "assign"
    label: ClassVar[str] = "Assign driver"
    event: ClassVar[str] = "order.assigned"
    permission: ClassVar[str] = "orders.assign"
    key: ClassVar[str] = "a"
    guard: ClassVar[Guard] = Guard(
        (
            INTERNAL_CARRIER,
            TAKES_A_DRIVER,
            NO_DRIVER,
            PACKAGE_AT_PICKUP_OR_DROPPED,
            NOT_ON_HOLD,
            *NOT_IN_GROUP,
        )
    )

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        driver = locked_driver(order, self.driver_id, actor)
        at_pickup = order.status == Status.PENDING
        needs_answer = at_pickup and self.needs_answer(order)
        changed = open_assignment(order, driver, actor, needs_acceptance=needs_answer, explanation=self.explanation)
        if at_pickup:
            order.status = Status.ASSIGNED
            return [*changed, "status"]
        return [*changed, *hand_over(order, driver)]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Unassign(reason="Undone", note="Assigned by mistake")


@dataclass(frozen=True, kw_only=True)
class Switch(Giving):
    """Move an order to another driver in one step; progress is kept."""

    name: ClassVar[str] = "switch"
    label: ClassVar[str] = "Switch driver"
    event: ClassVar[str] = "order.switched"
    permission: ClassVar[str] = "orders.assign"
    key: ClassVar[str] = "a"
    reason_kind: ClassVar[str] = ReasonKind.SWITCH
    guard: ClassVar[Guard] = Guard(
        (
            INTERNAL_CARRIER,
            status_in(Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT),
            HAS_DRIVER,
            NOT_ON_HOLD,
            *NOT_IN_GROUP,
        )
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        if self.driver_id == order.driver_id:
            raise Refused(
                f"Order {order.code} is already with {order.driver}. Choose a different driver.", code="same_driver"
            )
        if order.status in MOVING:
            require_reason(self.reason, order=order, kind=self.reason_kind)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        driver = locked_driver(order, self.driver_id, actor)
        close_assignment(order, AssignmentStatus.UNASSIGNED, reason=self.reason)
        needs_answer = order.status == Status.ASSIGNED and self.needs_answer(order)
        changed = open_assignment(order, driver, actor, needs_acceptance=needs_answer, explanation=self.explanation)
        return [*changed, *hand_over(order, driver)]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        was_asked = not event.data["input"].get("force") and _was_asked(event)
        return Switch(driver_id=event.data["before"]["driver"], reason="Undone", force=not was_asked)


@dataclass(frozen=True, kw_only=True)
class Unassign(Action):
    """Take the driver off. Before pickup the order is pending again; after it the former driver keeps the package."""

    name: ClassVar[str] = "unassign"
    label: ClassVar[str] = "Unassign driver"
    event: ClassVar[str] = "order.unassigned"
    permission: ClassVar[str] = "orders.assign"
    key: ClassVar[str] = "u"
    reason_kind: ClassVar[str] = ReasonKind.UNASSIGN
    guard: ClassVar[Guard] = Guard(
        (
            INTERNAL_CARRIER,
            status_in(Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT),
            HAS_DRIVER,
            *NOT_IN_GROUP,
        )
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)
        if order.status in MOVING:
            require_note(
                self.note,
                why=f"{order.driver} already has the package. Switch the driver, or note how it will be handed over.",
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return give_back(order, AssignmentStatus.UNASSIGNED, reason=self.reason)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Assign(driver_id=event.data["before"]["driver"], force=not _was_asked(event))


@dataclass(frozen=True, kw_only=True)
class Accept(Action):
    """The driver takes the order that was offered."""

    name: ClassVar[str] = "accept"
    label: ClassVar[str] = "Accept"
    event: ClassVar[str] = "order.accepted"
    permission: ClassVar[str] = "work.own"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard((status_in(Status.ASSIGNED), WAITING_FOR_DRIVER))

    def check(self, order: Order, actor: Actor) -> None:
        open_offers = Assignment.objects.filter(order=order, ended_at__isnull=True)
        if open_offers.filter(expires_at__lte=clock.now()).exists():
            raise Refused(
                f"The offer of order {order.code} has run out. It goes to somebody else.", code="offer_expired"
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        Assignment.objects.filter(order=order, ended_at__isnull=True).update(
            status=AssignmentStatus.ACCEPTED, responded_at=clock.now()
        )
        order.assignment_status = AssignmentStatus.ACCEPTED
        return ["assignment_status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("The driver's acceptance is the driver's word. Unassign the order instead.")


@dataclass(frozen=True, kw_only=True)
class Reject(Action):
    """The driver refuses the order that was offered; it goes back to the unassigned queue."""

    name: ClassVar[str] = "reject"
    label: ClassVar[str] = "Reject"
    event: ClassVar[str] = "order.rejected"
    permission: ClassVar[str] = "work.own"
    own_work: ClassVar[bool] = True
    reason_kind: ClassVar[str] = ReasonKind.REJECT
    guard: ClassVar[Guard] = Guard((status_in(Status.ASSIGNED), WAITING_FOR_DRIVER))

    reason: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return give_back(order, AssignmentStatus.REJECTED, reason=self.reason)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("A refusal is the driver's word. Assign the order again instead.")


def _was_asked(event: Event) -> bool:
    """The driver had not answered when the order went away; who had it for sure gets it back for sure."""
    waiting = AssignmentStatus.PENDING
    return bool(event.data["before"].get("assignment_status", waiting) == waiting)


def driver_required(order: Order, *, target: Status) -> Invalid:
    """The refusal of a status that needs somebody to have done it."""
    sentence = (
        f"Order {order.code} has no driver. Choose the driver who has it before it can be {target.label.lower()}."
    )
    return Invalid(sentence, code="driver_required", details={"fields": {"driver_id": [sentence]}})


def require_who_did_it(order: Order, driver_id: int | None, *, target: Status) -> None:
    """What is set by hand was done by the order's driver, or by the one who is named where it has none."""
    is_ours = order.carrier_type in OWN_FLEET
    if is_ours and order.driver_id is None and driver_id is None:
        raise driver_required(order, target=target)
    if not is_ours and driver_id is not None:
        raise Invalid.fields(driver_id=f"Order {order.code} is not carried by your own fleet: it takes no driver.")
    if order.driver_id is not None and driver_id not in (None, order.driver_id):
        raise Invalid.fields(
            driver_id=f"Order {order.code} is with {order.driver}. Switch the driver first, or leave this empty."
        )
