"""What was promised to the receiver, and whether it will be or was kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from dispatch_console.core.actor import Actor
from orders.models import Order, OrderEta
from orders.states import DONE, Status


@dataclass(frozen=True)
class Promise:
    order: Order
    actor: Actor
    now: datetime

    @property
    def is_closed(self) -> bool:
        return self.order.status in DONE

    @property
    def tone(self) -> str:
        due = self.order.due_at
        if due is None or self.is_closed:
            return ""
        if due < self.now:
            return "late"
        if self.expected_late:
            return "soon"
        return "soon" if due < self.now + timedelta(minutes=self.order.tenant.late_risk_minutes) else ""

    @property
    def outcome(self) -> timedelta | None:
        """How long before (positive) or after it a delivered order arrived."""
        order = self.order
        if order.status != Status.DELIVERED or order.due_at is None or order.closed_at is None:
            return None
        return order.due_at - order.closed_at

    @cached_property
    def eta(self) -> OrderEta | None:
        """When the driver who has it is expected."""
        if not self.order.is_open or self.order.driver_id is None:
            return None
        return OrderEta.objects.visible_to(self.actor).filter(pk=self.order.pk, driver=self.order.driver_id).first()

    @property
    def expected_late(self) -> timedelta | None:
        """By how much it will be missed, where that is to be feared."""
        due = self.order.due_at
        if self.eta is None or self.eta.dropoff_at is None or due is None:
            return None
        late = self.eta.dropoff_at - due
        return late if late >= timedelta(minutes=1) else None

    @property
    def source(self) -> str:
        """What it rests on."""
        if self.order.scheduled_delivery_at is not None:
            return "the scheduled delivery"
        return f"the service {self.order.service.name}: {self.order.service.promise_minutes} min"
