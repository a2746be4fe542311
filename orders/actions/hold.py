"""Pausing an order before pickup, and letting it go on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.actions.base import Action, require_reason
from orders.actions.rules import NOT_A_LEG, NOT_IN_GROUP, NOT_ON_HOLD, ON_HOLD, Guard, status_in
from orders.models import Order
from orders.states import ReasonKind, Status


@dataclass(frozen=True, kw_only=True)
class Hold(Action):
    """Nothing moves until the order is released; a driver already assigned keeps it."""

    name: ClassVar[str] = "hold"
    label: ClassVar[str] = "Hold"
    event: ClassVar[str] = "order.held"
    permission: ClassVar[str] = "orders.hold"
    key: ClassVar[str] = "h"
    reason_kind: ClassVar[str] = ReasonKind.HOLD
    guard: ClassVar[Guard] = Guard(
        (
            NOT_A_LEG,
            status_in(Status.DRAFT, Status.PENDING, Status.ASSIGNED, also=(Status.STAGED,)),
            NOT_ON_HOLD,
            *NOT_IN_GROUP,
        ),
        of_parents=True,
    )

    reason: str = ""
    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        require_reason(self.reason, order=order, kind=self.reason_kind)

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        return self if leg.status in (Status.DRAFT, Status.PENDING, Status.ASSIGNED) else None

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.on_hold, order.hold_reason = True, self.reason
        return ["on_hold", "hold_reason"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Release()


@dataclass(frozen=True, kw_only=True)
class Release(Action):
    """End a hold."""

    name: ClassVar[str] = "release"
    label: ClassVar[str] = "Release hold"
    event: ClassVar[str] = "order.released"
    permission: ClassVar[str] = "orders.hold"
    key: ClassVar[str] = "h"
    guard: ClassVar[Guard] = Guard((NOT_A_LEG, ON_HOLD), of_parents=True)

    note: str = ""

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        return self if leg.on_hold else None

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.on_hold, order.hold_reason = False, ""
        return ["on_hold", "hold_reason"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Hold(reason=event.data["before"]["hold_reason"])
