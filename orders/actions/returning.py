"""Requests to send a delivered order back: asked for, approved, rejected, withdrawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders.actions.base import Action, CannotUndo, require_reason
from orders.actions.return_orders import open_return
from orders.actions.rules import NOT_A_LEG, Guard, Rule, status_in, words
from orders.models import Order, ReturnDestination, ReturnRequest, ReturnSettings
from orders.states import Flow, ReasonKind, ReturnStatus, Status

NOT_A_RETURN = Rule(
    code="is_return",
    test=lambda order: order.flow != Flow.RETURN,
    condition=~Q(flow=Flow.RETURN),
    sentence=lambda order: f"Order {order.code} is a return itself. Create a new order to send its package again.",
)
NO_LIVE_REQUEST = Rule(
    code="return_exists",
    test=lambda order: order.return_status in ("", ReturnStatus.CANCELLED),
    condition=Q(return_status__in=("", ReturnStatus.CANCELLED)),
    sentence=lambda order: (
        f"A return of order {order.code} was asked for already and is "
        f"{ReturnStatus(order.return_status).label.lower()}."
    ),
)


def _has_request(*statuses: ReturnStatus) -> Rule:
    return Rule(
        code="no_return_request",
        test=lambda order: order.return_status in statuses,
        condition=Q(return_status__in=statuses),
        sentence=lambda order: f"No request for a return of order {order.code} waits for this.",
    )


def live_request(order: Order) -> ReturnRequest:
    """The one request that is not withdrawn; the guard has made sure that there is one."""
    return ReturnRequest.objects.exclude(status=ReturnStatus.CANCELLED).get(order=order)


def approve(order: Order, request: ReturnRequest, actor: Actor, note: str) -> Order:
    """Create the return delivery by the company's rules and link it."""
    rules = ReturnSettings.objects.filter(tenant_id=order.tenant_id).select_related("service", "warehouse").first()
    service = rules.service if rules is not None and rules.service is not None else order.service
    to = rules.warehouse if rules is not None and rules.destination == ReturnDestination.WAREHOUSE else None
    for record, what in ((service, "delivery service"), (to, "warehouse")):
        if record is not None and not record.is_active:
            raise Refused(
                f"Returns go by {record.name}, a {what} that is out of use. Ask an admin to choose another.",
                code="return_rule_unusable",
            )
    request.return_order = open_return(order, actor, why="request", service=service, to=to)
    decide(request, ReturnStatus.APPROVED, actor, note)
    return request.return_order


def decide(request: ReturnRequest, status: ReturnStatus, actor: Actor, said: str) -> None:
    request.status, request.decision = status, said
    request.decided_by, request.decided_at = actor.label, clock.now()
    request.save()


@dataclass(frozen=True, kw_only=True)
class RequestReturn(Action):
    """Ask for a delivered order to go back. One request at a time; the company may approve it at once."""

    name: ClassVar[str] = "request-return"
    label: ClassVar[str] = "Request return"
    event: ClassVar[str] = "order.return_requested"
    permission: ClassVar[str] = "orders.request_return"
    reason_kind: ClassVar[str] = ReasonKind.RETURN
    guard: ClassVar[Guard] = Guard(
        (NOT_A_LEG, NOT_A_RETURN, status_in(Status.DELIVERED), NO_LIVE_REQUEST), of_parents=True
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        request = ReturnRequest.objects.create(
            tenant_id=order.tenant_id,
            order=order,
            reason=self.reason,
            note=self.note,
            requested_by=actor.label,
            requested_at=clock.now(),
        )
        order.return_status = ReturnStatus.PENDING
        if ReturnSettings.objects.filter(tenant_id=order.tenant_id, is_auto_approved=True).exists():
            approve(order, request, actor, "Approved by the company's rule")
            order.return_status = ReturnStatus.APPROVED
        return ["return_status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        if event.data["after"]["return_status"] == ReturnStatus.APPROVED:
            raise CannotUndo("The return is approved already. Cancel its order, then withdraw the request.")
        return WithdrawReturn(note="Undone: asked for by mistake")


@dataclass(frozen=True, kw_only=True)
class ApproveReturn(Action):
    """Let it go back: a return delivery is created, from the receiver to where the company takes returns."""

    name: ClassVar[str] = "approve-return"
    label: ClassVar[str] = "Approve return"
    event: ClassVar[str] = "order.return_approved"
    permission: ClassVar[str] = "orders.decide_return"
    guard: ClassVar[Guard] = Guard(
        (NOT_A_LEG, status_in(Status.DELIVERED), _has_request(ReturnStatus.PENDING, ReturnStatus.REJECTED)),
        of_parents=True,
    )

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        approve(order, live_request(order), actor, self.note)
        order.return_status = ReturnStatus.APPROVED
        return ["return_status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("Its return order exists. Cancel that one, then withdraw the request.")


@dataclass(frozen=True, kw_only=True)
class RejectReturn(Action):
    """Refuse the return and say why. It can still be approved later."""

    name: ClassVar[str] = "reject-return"
    label: ClassVar[str] = "Reject return"
    event: ClassVar[str] = "order.return_rejected"
    permission: ClassVar[str] = "orders.decide_return"
    reason_kind: ClassVar[str] = ReasonKind.RETURN
    is_dangerous: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (NOT_A_LEG, status_in(Status.DELIVERED), _has_request(ReturnStatus.PENDING)), of_parents=True
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        decide(live_request(order), ReturnStatus.REJECTED, actor, self.reason)
        order.return_status = ReturnStatus.REJECTED
        return ["return_status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("Approve the return instead.")


@dataclass(frozen=True, kw_only=True)
class WithdrawReturn(Action):
    """The return is not wanted any more: while nobody has decided, or once its return order is cancelled."""

    name: ClassVar[str] = "withdraw-return"
    label: ClassVar[str] = "Withdraw return request"
    event: ClassVar[str] = "order.return_withdrawn"
    permission: ClassVar[str] = "orders.request_return"
    guard: ClassVar[Guard] = Guard(
        (NOT_A_LEG, status_in(Status.DELIVERED), _has_request(ReturnStatus.PENDING, ReturnStatus.APPROVED)),
        of_parents=True,
    )

    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        back = live_request(order).return_order
        if back is not None and back.status != Status.CANCELLED:
            raise Refused(
                f"The return {back.code} is {words(back)}. Cancel that order first, then withdraw the request.",
                code="return_under_way",
                details={"order": back.code},
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        decide(live_request(order), ReturnStatus.CANCELLED, actor, self.note)
        order.return_status = ReturnStatus.CANCELLED
        return ["return_status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("Ask for the return again instead.")
