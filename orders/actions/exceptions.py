"""What went wrong with an order: raised by its driver or the office, settled by the office. And plain notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders.actions.base import Action, CannotUndo, require_note, require_reason
from orders.actions.rules import Guard, Rule, status_not_in
from orders.models import Order, OrderException, Reason
from orders.states import (
    DONE,
    MOVING,
    SETTLED_EXCEPTION,
    ExceptionStage,
    ExceptionStatus,
    ReasonKind,
    Resolution,
    Status,
)

NO_DRAFT = status_not_in(
    Status.DRAFT, sentence=lambda order: f"Order {order.code} is a draft. Confirm it first, or write it into its notes."
)
HAS_EXCEPTION = Rule(
    code="no_open_exception",
    test=lambda order: order.open_exceptions > 0,
    condition=Q(open_exceptions__gt=0),
    sentence=lambda order: f"Order {order.code} has no open exception. Raise one first.",
)
# What an open exception can become; a settled one stays as it is, and a new one is raised.
STEPS: dict[str, tuple[ExceptionStatus, ...]] = {
    ExceptionStatus.PENDING: (ExceptionStatus.RESOLVED, ExceptionStatus.ESCALATED, ExceptionStatus.CLOSED),
    ExceptionStatus.ESCALATED: (ExceptionStatus.RESOLVED, ExceptionStatus.PENDING, ExceptionStatus.CLOSED),
}


def stage_now(order: Order) -> ExceptionStage:
    """How far the order is, in the words of exceptions."""
    if order.status in DONE:
        return ExceptionStage.POST_DELIVERY
    if order.status not in MOVING:
        return ExceptionStage.PRE_DISPATCH
    return ExceptionStage.AT_DELIVERY if order.arrived_dropoff_at is not None else ExceptionStage.IN_TRANSIT


def count_open(order: Order) -> list[str]:
    order.open_exceptions = OrderException.objects.filter(order=order).exclude(status__in=SETTLED_EXCEPTION).count()
    return ["open_exceptions"]


@dataclass(frozen=True, kw_only=True)
class RaiseException(Action):
    """Something went wrong. The order keeps its status and is marked until somebody settles it."""

    name: ClassVar[str] = "raise-exception"
    label: ClassVar[str] = "Raise exception"
    event: ClassVar[str] = "order.exception_raised"
    permission: ClassVar[str] = "orders.exceptions"
    own_work: ClassVar[bool] = True
    reason_kind: ClassVar[str] = ReasonKind.EXCEPTION
    guard: ClassVar[Guard] = Guard((NO_DRAFT,), of_parents=True)

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)
        types = Reason.objects.filter(tenant_id=order.tenant_id, kind=self.reason_kind, is_active=True)
        known = list(types.values_list("label", flat=True)[:50])
        if known and self.reason not in known:
            sentence = f"“{self.reason[:60]}” is no type of exception here. Choose one of: {', '.join(known)}."
            raise Invalid(sentence, code="unknown_type", details={"fields": {"reason": [sentence]}})

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        OrderException.objects.create(
            tenant_id=order.tenant_id,
            order=order,
            driver_id=order.driver_id or order.holder_id,
            type=self.reason,
            stage=stage_now(order),
            note=self.note,
            raised_by=actor.label,
            raised_at=clock.now(),
        )
        return count_open(order)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("An exception leaves its trace. Close it instead, with a note.")


@dataclass(frozen=True, kw_only=True)
class SettleException(Action):
    """Resolve an open exception, escalate it or close it. An empty `exception_id` means the order's only open one."""

    name: ClassVar[str] = "settle-exception"
    label: ClassVar[str] = "Settle exception"
    event: ClassVar[str] = "order.exception_settled"
    permission: ClassVar[str] = "orders.exceptions"
    guard: ClassVar[Guard] = Guard((HAS_EXCEPTION,), of_parents=True)

    status: ExceptionStatus
    exception_id: int | None = None
    resolution: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        found = self._found(order)
        if self.status not in STEPS.get(found.status, ()):
            is_now = f"The exception “{found.type}” is {found.get_status_display().lower()}"
            advice = "already." if self.status == found.status else "and stays so. Raise a new one."
            raise Refused(f"{is_now} {advice}", code="transition_not_allowed")
        if self.status == ExceptionStatus.RESOLVED and not self.resolution:
            ways = ", ".join(way.label.lower() for way in Resolution)
            sentence = f"Say how it was resolved: {ways}."
            raise Invalid(sentence, code="resolution_required", details={"fields": {"resolution": [sentence]}})
        if self.status != ExceptionStatus.RESOLVED and self.resolution:
            raise Invalid.fields(resolution="Only a resolved exception has a resolution. Leave it empty.")
        if self.status == ExceptionStatus.CLOSED:
            require_note(self.note, why="Note why it is closed without being resolved.")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        found = self._found(order)
        found.status = self.status
        if self.status == ExceptionStatus.RESOLVED:
            found.resolution = self.resolution
        found.resolution_note = self.note
        found.settled_by, found.settled_at = actor.label, clock.now()
        found.save(update_fields=["status", "resolution", "resolution_note", "settled_by", "settled_at"])
        return count_open(order)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("What was said of an exception stays. Raise a new one instead.")

    def _found(self, order: Order) -> OrderException:
        rows = OrderException.objects.filter(order=order)
        if self.exception_id is not None:
            found = rows.filter(pk=self.exception_id).first()
            if found is None:
                raise Invalid.fields(exception_id=f"Order {order.code} has no such exception.")
            return found
        live = list(rows.exclude(status__in=SETTLED_EXCEPTION)[:2])
        if len(live) != 1:
            how_many = "several open exceptions" if live else "no open exception"
            raise Invalid.fields(exception_id=f"Order {order.code} has {how_many}. Say which one.")
        return live[0]


@dataclass(frozen=True, kw_only=True)
class AddNote(Action):
    """Write something into the order's history that everybody who works on it should know."""

    name: ClassVar[str] = "note"
    label: ClassVar[str] = "Add note"
    event: ClassVar[str] = "order.noted"
    permission: ClassVar[str] = "orders.exceptions"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(of_parents=True)

    note: str

    def check(self, order: Order, actor: Actor) -> None:
        require_note(self.note, why="Write the note.")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return []

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("A note stays in the history. Add another that puts it right.")
