"""Moving an order forward: confirm, pick up, depart, deliver."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.actions.base import Action, CannotUndo, require_note
from orders.actions.outcome import deliver, needs_proof
from orders.actions.rules import HAS_DRIVER, INTERNAL_CARRIER, NOT_IN_GROUP, NOT_ON_HOLD, Guard, status_in
from orders.actions.trouble import Correct
from orders.models import Order
from orders.states import Status


@dataclass(frozen=True, kw_only=True)
class Confirm(Action):
    """Release a draft into the queue."""

    name: ClassVar[str] = "confirm"
    label: ClassVar[str] = "Confirm draft"
    event: ClassVar[str] = "order.confirmed"
    permission: ClassVar[str] = "orders.edit"
    guard: ClassVar[Guard] = Guard((status_in(Status.DRAFT), NOT_ON_HOLD))

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.status = Status.PENDING
        return ["status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("A confirmed order cannot become a draft again. Cancel or hold it instead.")


@dataclass(frozen=True, kw_only=True)
class PickUp(Action):
    """The driver has the package."""

    name: ClassVar[str] = "pick-up"
    label: ClassVar[str] = "Picked up"
    event: ClassVar[str] = "order.picked_up"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.ASSIGNED), HAS_DRIVER, NOT_ON_HOLD, NOT_IN_GROUP)
    )

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.status = Status.PICKED_UP
        order.holder = order.driver
        order.picked_up_at = clock.now()
        return ["status", "holder", "picked_up_at"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Correct(target=Status.ASSIGNED, note="Undone: picked up by mistake")


@dataclass(frozen=True, kw_only=True)
class Depart(Action):
    """The package is on its way to the dropoff."""

    name: ClassVar[str] = "depart"
    label: ClassVar[str] = "In transit"
    event: ClassVar[str] = "order.departed"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.PICKED_UP), HAS_DRIVER, NOT_ON_HOLD, NOT_IN_GROUP)
    )

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.status = Status.IN_TRANSIT
        return ["status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Correct(target=Status.PICKED_UP, note="Undone: departed by mistake")


@dataclass(frozen=True, kw_only=True)
class Deliver(Action):
    """The receiver has the package. Without the proof the policy asks for, a note is needed and the order flagged."""

    name: ClassVar[str] = "deliver"
    label: ClassVar[str] = "Delivered"
    event: ClassVar[str] = "order.delivered"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.PICKED_UP, Status.IN_TRANSIT), HAS_DRIVER, NOT_ON_HOLD, NOT_IN_GROUP)
    )

    note: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        if needs_proof(order):
            require_note(
                self.note,
                why=f"{order.service.name} needs proof of delivery and order {order.code} has none. Note how you know.",
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        return deliver(order)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Correct(target=Status(event.data["before"]["status"]), note="Undone: delivered by mistake")
