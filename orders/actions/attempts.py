"""At the door: arriving, and what happens when nothing can be collected or delivered."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders.actions.base import Action, CannotUndo, require_reason
from orders.actions.proving import FAILED_ATTEMPT, attach, named
from orders.actions.rules import (
    HAS_DRIVER,
    INTERNAL_CARRIER,
    NOT_IN_WAYBILL,
    NOT_ON_HOLD,
    Guard,
    Rule,
    status_in,
    words,
)
from orders.models import Attempt, Order
from orders.states import MOVING, ReasonKind, Stage, Status

AT_WORK = (
    INTERNAL_CARRIER,
    status_in(Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT),
    HAS_DRIVER,
    NOT_ON_HOLD,
    NOT_IN_WAYBILL,
)

NOT_ARRIVED = Rule(
    code="already_arrived",
    test=lambda order: order.attempt_failed or getattr(order, arrival_column(order)) is None,
    condition=Q(attempt_failed=True)
    | Q(status=Status.ASSIGNED, arrived_pickup_at__isnull=True)
    | Q(status__in=MOVING, arrived_dropoff_at__isnull=True),
    sentence=lambda order: f"The arrival at the {stage_of(order)} of order {order.code} is already recorded.",
)

ATTEMPT_FAILED = Rule(
    code="no_failed_attempt",
    test=lambda order: order.attempt_failed,
    condition=Q(attempt_failed=True),
    sentence=lambda order: f"Order {order.code} has no failed attempt that waits for a decision.",
)


def stage_of(order: Order) -> Stage:
    """Which door the driver goes to next."""
    return Stage.DELIVERY if order.status in MOVING else Stage.PICKUP


def arrival_column(order: Order) -> str:
    return "arrived_dropoff_at" if stage_of(order) == Stage.DELIVERY else "arrived_pickup_at"


def require_stage(order: Order, stage: str) -> None:
    """An act made without network may speak of a door that the order has left behind."""
    if stage and stage != stage_of(order):
        raise Refused(
            f"Order {order.code} is {words(order)}: the next door is the {stage_of(order)}, not the {stage}.",
            code="wrong_stage",
        )


@dataclass(frozen=True, kw_only=True)
class Arrive(Action):
    """The driver is at the door of the pickup or the delivery; an empty `stage` follows from the status."""

    name: ClassVar[str] = "arrive"
    label: ClassVar[str] = "Arrived"
    event: ClassVar[str] = "order.arrived"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard((*AT_WORK, NOT_ARRIVED))

    stage: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_stage(order, self.stage)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        column = arrival_column(order)
        setattr(order, column, clock.now())
        order.attempt_failed = False
        return [column, "attempt_failed"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("An arrival only notes a time and changes nothing else. Go on with what is true.")


@dataclass(frozen=True, kw_only=True)
class FailAttempt(Action):
    """The driver is at the door and cannot collect or deliver. The order keeps its status and waits for a decision."""

    name: ClassVar[str] = FAILED_ATTEMPT
    label: ClassVar[str] = "Failed attempt"
    event: ClassVar[str] = "order.attempt_failed"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    reason_kind: ClassVar[str] = ReasonKind.DELIVERY_FAILED
    guard: ClassVar[Guard] = Guard(AT_WORK)

    reason: str = ""
    note: str = ""
    proof_ids: tuple[str, ...] = ()
    stage: str = ""

    @classmethod
    def reason_kind_for(cls, order: Order) -> str:
        return ReasonKind.DELIVERY_FAILED if stage_of(order) == Stage.DELIVERY else ReasonKind.PICKUP_FAILED

    def check(self, order: Order, actor: Actor) -> None:
        require_stage(order, self.stage)
        require_reason(self.reason, order=order, kind=self.reason_kind_for(order))
        named(order, actor, self.proof_ids, stage=stage_of(order))

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        stage = stage_of(order)
        Attempt.objects.create(  # type: ignore[misc]
            tenant_id=order.tenant_id,
            order=order,
            driver_id=order.driver_id,
            stage=stage,
            reason=self.reason,
            note=self.note,
            reported_by=actor.label,
            created_at=clock.now(),
        )
        attach(order, actor, act=self.name, stage=stage, proof_ids=self.proof_ids)
        order.attempt_failed = True
        order.failed_attempts += 1
        return ["attempt_failed", "failed_attempts"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return WithdrawAttempt(note="Undone: reported by mistake")


@dataclass(frozen=True, kw_only=True)
class WithdrawAttempt(Action):
    """The failed attempt was reported by mistake: it does not count."""

    name: ClassVar[str] = "withdraw-attempt"
    label: ClassVar[str] = "Withdraw failed attempt"
    event: ClassVar[str] = "order.attempt_withdrawn"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard((*AT_WORK, ATTEMPT_FAILED))

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        last = Attempt.objects.filter(order=order, withdrawn_at__isnull=True).order_by("-id").values("pk")[:1]
        Attempt.objects.filter(pk__in=list(last.values_list("pk", flat=True))).update(withdrawn_at=clock.now())
        order.attempt_failed = False
        order.failed_attempts -= 1
        return ["attempt_failed", "failed_attempts"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("Report the failed attempt again instead, with its reason.")


@dataclass(frozen=True, kw_only=True)
class TryAgain(Action):
    """The decision after a failed attempt: the same driver goes on with the order. The attempt stays counted."""

    name: ClassVar[str] = "try-again"
    label: ClassVar[str] = "Try again"
    event: ClassVar[str] = "order.retry_ordered"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard((*AT_WORK, ATTEMPT_FAILED))

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.attempt_failed = False
        return ["attempt_failed"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("Decide again instead: unassign the driver, cancel the order or record the return.")
