"""An order's relatives as the drawer shows them: legs, what goes back, and the request for that."""

from dataclasses import dataclass
from typing import Any

from dispatch_console.console.tones import STATUS_TONES
from dispatch_console.core.actor import Actor
from orders.access import visible_orders
from orders.models import Order, ReturnRequest
from orders.states import Flow, Leg, ReturnStatus, Status

RETURN_TONES = {
    ReturnStatus.PENDING: "warn",
    ReturnStatus.APPROVED: "good",
    ReturnStatus.REJECTED: "bad",
    ReturnStatus.CANCELLED: "quiet",
}


@dataclass(frozen=True, slots=True)
class Relative:
    """Another order, or this one among its legs. `words` says what it is to this one."""

    code: str
    words: str
    status: str
    driver: str
    is_this: bool = False
    is_locked: bool = False

    @property
    def status_word(self) -> str:
        if self.status == Status.STAGED:
            return "Staged"
        return "Locked" if self.is_locked else Status(self.status).label

    @property
    def tone(self) -> str:
        return "quiet" if self.is_locked else STATUS_TONES[self.status]


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a return, with its answer."""

    row: ReturnRequest

    @property
    def word(self) -> str:
        return self.row.get_status_display()

    @property
    def tone(self) -> str:
        return RETURN_TONES[ReturnStatus(self.row.status)]


@dataclass(frozen=True, slots=True)
class Kin:
    warehouse: str
    legs: list[Relative]
    returns: list[Relative]
    requests: list[Request]


def kin_of(order: Order, actor: Actor) -> Kin:
    """Reads nothing for an order without relatives, which most are."""
    parent_id = order.pk if order.is_parent else order.parent_id
    legs: list[Relative] = []
    warehouse = ""
    if parent_id is not None:
        rows = visible_orders(actor).filter(parent=parent_id).select_related("driver", "dropoff_warehouse")
        found = list(rows.order_by("leg"))
        legs = [_relative(leg, Leg(leg.leg).label, order) for leg in found]
        warehouse = next((leg.dropoff_warehouse.name for leg in found if leg.dropoff_warehouse), "")
    may_go_back = order.flow == Flow.FORWARD or order.return_status != ""
    returns: Any = visible_orders(actor).none()
    if order.source_order_id is not None:
        returns = visible_orders(actor).filter(pk=order.source_order_id)
    elif may_go_back and not order.leg:
        returns = visible_orders(actor).filter(source_order=order)
    words = "Goes back from" if order.source_order_id is not None else "Return"
    requests = ReturnRequest.objects.filter(order=order).select_related("return_order") if order.return_status else []
    return Kin(
        warehouse,
        legs,
        [_relative(other, words, order) for other in returns.select_related("driver").order_by("pk")],
        [Request(row) for row in requests],
    )


def _relative(other: Order, words: str, order: Order) -> Relative:
    return Relative(
        code=other.code,
        words=words,
        status=other.status,
        driver=other.driver.name if other.driver else "",
        is_this=other.pk == order.pk,
        is_locked=other.awaits_staging and other.status == Status.PENDING,
    )
