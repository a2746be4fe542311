"""Work that finds its driver without a dispatcher: taken or given back by the driver, and offers that run out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Refused
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.actions.assignments import give_back, locked_driver, open_assignment
from orders.actions.base import Action, CannotUndo, require_note, require_reason
from orders.actions.dispatch import WAITING_FOR_DRIVER, Assign, Unassign
from orders.actions.rules import (
    HAS_DRIVER,
    INTERNAL_CARRIER,
    NO_DRIVER,
    NOT_IN_GROUP,
    NOT_ON_HOLD,
    READY,
    Guard,
    Rule,
    status_in,
)
from orders.models import Assignment, Order
from orders.models.order import OrderQuerySet
from orders.states import MOVING, AssignmentStatus, CarrierType, ReasonKind, Status

NO_ANSWER = "No answer in time"

MAY_SELF_ASSIGN = Rule(
    code="self_assign_off",
    test=lambda order: order.tenant.drivers_self_assign,
    condition=Q(tenant__drivers_self_assign=True),
    sentence=lambda order: "Your company does not let drivers take orders by themselves. Ask dispatch for it.",
)

MAY_SELF_UNASSIGN = Rule(
    code="self_unassign_off",
    test=lambda order: order.tenant.drivers_self_unassign,
    condition=Q(tenant__drivers_self_unassign=True),
    sentence=lambda order: "Your company does not let drivers give orders back by themselves. Ask dispatch to do it.",
)


def unclaimed(actor: Actor) -> OrderQuerySet:
    """Open orders that a driver may think of taking: free, ready, of the driver's teams, where the tenant allows it.

    Zones, vehicle, licence and capacity are the rules of `eligibility`, which speak about one driver and one order.
    """
    free = Order.objects.filter(
        READY,
        tenant_id=actor.tenant_id,
        tenant__drivers_self_assign=True,
        status=Status.PENDING,
        driver__isnull=True,
        carrier_type=CarrierType.INTERNAL,
        on_hold=False,
        held_by="",
    )
    mine = Driver.objects.filter(pk=actor.driver_id)  # type: ignore[misc]
    if mine.filter(all_teams=False).exists():
        teams = mine.values("teams")
        return free.filter(Q(team__isnull=True) | Q(team__in=teams))
    return free


@dataclass(frozen=True, kw_only=True)
class SelfAssign(Action):
    """The driver takes an order that nobody has yet, under the same rules as any assignment."""

    name: ClassVar[str] = "self-assign"
    label: ClassVar[str] = "Take order"
    event: ClassVar[str] = "order.self_assigned"
    permission: ClassVar[str] = "work.own"
    guard: ClassVar[Guard] = Guard(
        (
            INTERNAL_CARRIER,
            status_in(Status.PENDING),
            NO_DRIVER,
            NOT_ON_HOLD,
            *NOT_IN_GROUP,
            MAY_SELF_ASSIGN,
        )
    )

    def reachable(self, actor: Actor) -> OrderQuerySet:
        if actor.driver_id is None:
            return super().reachable(actor)
        # A sub-select: the row is locked without what the conditions join.
        own = Order.objects.visible_to(actor)
        return Order.objects.filter(Q(pk__in=unclaimed(actor).values("pk")) | Q(pk__in=own.values("pk")))

    def check(self, order: Order, actor: Actor) -> None:
        if actor.driver_id is None:
            raise Forbidden("Only a driver can take an order. Assign it to one instead.")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        driver = locked_driver(order, actor.driver_id, actor)
        if not driver.is_online:
            raise Refused("You are off duty. Go on duty first, then take the order.", code="driver_offline")
        changed = open_assignment(order, driver, actor, needs_acceptance=False)
        order.status = Status.ASSIGNED
        return [*changed, "status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Unassign(reason="Undone", note="Taken by mistake")


@dataclass(frozen=True, kw_only=True)
class SelfUnassign(Action):
    """The driver gives an order back. After pickup the package stays in the driver's hands until it is handed over."""

    name: ClassVar[str] = "self-unassign"
    label: ClassVar[str] = "Give back"
    event: ClassVar[str] = "order.self_unassigned"
    permission: ClassVar[str] = "work.own"
    own_work: ClassVar[bool] = True
    reason_kind: ClassVar[str] = ReasonKind.UNASSIGN
    guard: ClassVar[Guard] = Guard(
        (
            INTERNAL_CARRIER,
            status_in(Status.ASSIGNED, *MOVING),
            HAS_DRIVER,
            *NOT_IN_GROUP,
            MAY_SELF_UNASSIGN,
        )
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        if order.driver_id != actor.driver_id:
            raise Refused(f"Order {order.code} is no longer yours, so there is nothing to give back.", code="not_yours")
        if order.assignment_status == AssignmentStatus.PENDING:
            raise Refused(f"Order {order.code} is only offered to you. Reject the offer instead.", code="still_offered")
        require_reason(self.reason, order=order, kind=self.reason_kind)
        if order.status in MOVING:
            require_note(self.note, why="You have the package. Note where and how it will be handed over.")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return give_back(order, AssignmentStatus.UNASSIGNED, reason=self.reason)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Assign(driver_id=event.data["before"]["driver"])


@dataclass(frozen=True, kw_only=True)
class ExpireOffer(Action):
    """Nobody answered the offer in time: the order goes back to the queue. Only the installation itself does this."""

    name: ClassVar[str] = "expire-offer"
    label: ClassVar[str] = "Offer ran out"
    event: ClassVar[str] = "order.offer_expired"
    permission: ClassVar[str] = "orders.assign"
    guard: ClassVar[Guard] = Guard((status_in(Status.ASSIGNED), WAITING_FOR_DRIVER))

    def check(self, order: Order, actor: Actor) -> None:
        open_offers = Assignment.objects.filter(order=order, ended_at__isnull=True)
        if not open_offers.filter(expires_at__lte=clock.now()).exists():
            raise Refused(f"The offer of order {order.code} is still open.", code="offer_open")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return give_back(order, AssignmentStatus.REJECTED, reason=NO_ANSWER)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("The offer ran out by time. Assign the order again instead.")
