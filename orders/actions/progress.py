"""Moving an order forward: confirm, pick up, depart, deliver."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.actions import cash, pin, proving
from orders.actions.base import Action, CannotUndo
from orders.actions.outcome import deliver, pick_up
from orders.actions.rules import (
    ENDS_AT_RECEIVER,
    HAS_DRIVER,
    INTERNAL_CARRIER,
    NOT_A_LEG,
    NOT_IN_WAYBILL,
    NOT_ON_HOLD,
    Guard,
    status_in,
)
from orders.actions.trouble import Correct
from orders.models import Order
from orders.states import CashStage, Stage, Status


@dataclass(frozen=True, kw_only=True)
class Confirm(Action):
    """Release a draft into the queue."""

    name: ClassVar[str] = "confirm"
    label: ClassVar[str] = "Confirm draft"
    event: ClassVar[str] = "order.confirmed"
    permission: ClassVar[str] = "orders.edit"
    guard: ClassVar[Guard] = Guard((NOT_A_LEG, status_in(Status.DRAFT), NOT_ON_HOLD), of_parents=True)

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        return Confirm()

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.status = Status.PENDING
        return ["status"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("A confirmed order cannot become a draft again. Cancel or hold it instead.")


@dataclass(frozen=True, kw_only=True)
class PickUp(Action):
    """The driver has the package.

    `proof_ids` name pictures uploaded before; a driver without the proof the policy asks for is refused, anybody else
    needs a note. `collected` is the cash taken from a sender who pays the fee in cash; empty means exactly what is due.
    """

    name: ClassVar[str] = "pick-up"
    label: ClassVar[str] = "Picked up"
    event: ClassVar[str] = "order.picked_up"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (INTERNAL_CARRIER, status_in(Status.ASSIGNED), HAS_DRIVER, NOT_ON_HOLD, NOT_IN_WAYBILL)
    )

    note: str = ""
    proof_ids: tuple[str, ...] = ()
    barcode: str = ""
    collected: cash.Money = None
    collected_reason: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        proving.require_proof(
            order, actor, stage=Stage.PICKUP, proof_ids=self.proof_ids, barcode=self.barcode, note=self.note
        )
        cash.check_collected(order, CashStage.PICKUP, self.collected, self.collected_reason)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        lacks_proof = bool(proving.needed(order, Stage.PICKUP)) and not self.proof_ids
        proving.attach(
            order,
            actor,
            act=self.name,
            stage=Stage.PICKUP,
            proof_ids=self.proof_ids,
            barcode=self.barcode,
            note=self.note if lacks_proof else "",
        )
        return pick_up(order, actor, collected=self.collected, collected_reason=self.collected_reason)

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
        (INTERNAL_CARRIER, status_in(Status.PICKED_UP), HAS_DRIVER, NOT_ON_HOLD, NOT_IN_WAYBILL)
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
    """The receiver has the package.

    A driver without the proof the policy asks for is refused; anybody else needs a note, and the order is flagged.
    `pin` is what the receiver says: a wrong one is counted and refused. `collected` is the cash taken at the door;
    empty means exactly what is due. `recipient` is who took the package.
    """

    name: ClassVar[str] = "deliver"
    label: ClassVar[str] = "Delivered"
    event: ClassVar[str] = "order.delivered"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard(
        (
            INTERNAL_CARRIER,
            ENDS_AT_RECEIVER,
            status_in(Status.PICKED_UP, Status.IN_TRANSIT),
            HAS_DRIVER,
            NOT_ON_HOLD,
            NOT_IN_WAYBILL,
        )
    )

    note: str = ""
    proof_ids: tuple[str, ...] = ()
    barcode: str = ""
    pin: str = ""
    recipient: str = ""
    collected: cash.Money = None
    collected_reason: str = ""

    def content(self) -> dict[str, Any]:
        return asdict(self) | {"pin": pin.sealed(self.pin)}

    def resolved(self, order: Order) -> Action:
        if self._is_judged_by_pin(order) and not pin.is_right(order, self.pin):
            return pin.RefusePin(act=self)
        return self

    def check(self, order: Order, actor: Actor) -> None:
        if self.pin and pin.wants_pin(order) and pin.is_locked(order) and actor.driver_id is not None:
            raise pin.locked_refusal(order)
        proving.require_proof(
            order,
            actor,
            stage=Stage.DELIVERY,
            proof_ids=self.proof_ids,
            barcode=self.barcode,
            pin=self.pin if self._is_judged_by_pin(order) else "",
            note=self.note,
        )
        cash.check_collected(order, CashStage.DROPOFF, self.collected, self.collected_reason)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        is_proven_by_pin = self._is_judged_by_pin(order)
        lacks_proof = bool(proving.needed(order, Stage.DELIVERY)) and not (self.proof_ids or is_proven_by_pin)
        proving.attach(
            order,
            actor,
            act=self.name,
            stage=Stage.DELIVERY,
            proof_ids=self.proof_ids,
            barcode=self.barcode,
            pin=is_proven_by_pin,
            note=self.note if lacks_proof else "",
        )
        order.received_by = self.recipient.strip()
        changed = deliver(order, actor, collected=self.collected, collected_reason=self.collected_reason)
        return [*changed, "received_by"]

    def _is_judged_by_pin(self, order: Order) -> bool:
        return bool(self.pin) and pin.wants_pin(order) and not pin.is_locked(order)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        return Correct(target=Status(event.data["before"]["status"]), note="Undone: delivered by mistake")
