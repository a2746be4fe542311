"""The group that an order belongs to, and those it could join, as far as the order itself tells."""

from dataclasses import dataclass

from dispatch_console.console.navigation import address
from dispatch_console.core.actor import Actor
from orders import groups
from orders.actions.grouping import JoinGroup
from orders.models import Order
from orders.states import Status
from routes.commands.grouping import PERMISSION
from routes.commands.session_opening import READY
from routes.commands.trip_rules import ELIGIBLE
from routes.models.waybill import CARRIERS


@dataclass(frozen=True, slots=True)
class Grouping:
    order: Order
    actor: Actor

    @property
    def fits_waybill(self) -> bool:
        """Whether it could go on a drafted waybill."""
        order = self.order
        is_free = order.status == Status.PENDING and order.carrier_type in CARRIERS
        return self.actor.may(PERMISSION) and is_free and JoinGroup.guard.why_not(order) is None

    @property
    def fits_trip(self) -> bool:
        """Whether it could come onto a planned trip."""
        return self.actor.may(PERMISSION) and ELIGIBLE.why_not(self.order) is None

    @property
    def fits_route(self) -> bool:
        """Whether it could go on a route."""
        return self.actor.may(PERMISSION) and self.order.driver_id is None and READY.why_not(self.order) is None

    @property
    def words(self) -> str:
        """`waybill:WB00012` -> `waybill WB00012`"""
        return groups.words(self.order.held_by)

    @property
    def url(self) -> str:
        """The page of the group, where that kind has one."""
        kind, _, label = self.order.held_by.partition(":")
        return address(f"console:{kind}", label) if kind else ""
