"""A session: one run of a route, with the orders that go along."""

from typing import ClassVar

from django.db import models

from drivers.models import Driver
from orders.models import Order
from orders.states import GroupKind, Status
from routes.models.group import Group, GroupQuerySet
from routes.models.route import Route


class SessionStatus(models.TextChoices):
    OPEN = "open", "Open"
    STARTED = "started", "Started"
    PICKED_UP = "picked_up", "Picked up"
    IN_TRANSIT = "in_transit", "In transit"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


# Orders may still be taken out, and the whole session called off.
BEFORE_PICKUP = (SessionStatus.OPEN, SessionStatus.STARTED)
RUNNING = (*BEFORE_PICKUP, SessionStatus.PICKED_UP, SessionStatus.IN_TRANSIT)
# Somebody still has to do something with an order like this.
LIVE = (Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT)
# When a status was reached last; a session that goes back loses the moments after it.
MOMENTS: dict[str, str] = {
    SessionStatus.STARTED: "started_at",
    SessionStatus.PICKED_UP: "picked_up_at",
    SessionStatus.IN_TRANSIT: "in_transit_at",
    SessionStatus.COMPLETED: "completed_at",
    SessionStatus.CANCELLED: "cancelled_at",
}


class RouteSession(Group):
    """One run. `status` follows from the orders once it has started (see `routes.commands.session_status`).

    `scheduled_for` is the moment of the schedule that opened it. `capacity` was the route's when it opened.
    """

    KIND: ClassVar[GroupKind] = GroupKind.SESSION

    route = models.ForeignKey(Route, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="route_sessions")
    status = models.CharField(max_length=10, choices=SessionStatus.choices, default=SessionStatus.OPEN)
    capacity = models.PositiveIntegerField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    picked_up_at = models.DateTimeField(null=True)
    in_transit_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "label"], name="session_label_once_per_tenant"),
            models.UniqueConstraint(
                fields=["route"], condition=models.Q(status=SessionStatus.OPEN), name="one_open_session_per_route"
            ),
            models.UniqueConstraint(
                fields=["route", "scheduled_for"],
                condition=models.Q(scheduled_for__isnull=False),
                name="one_session_per_slot",
            ),
        ]
        indexes = [
            models.Index("tenant", models.F("created_at").desc(), models.F("id").desc(), name="session_newest"),
            models.Index(fields=["driver", "status"], name="session_of_driver"),
        ]

    def member_codes(self) -> list[str]:
        """The orders of the session that are not over, by id; those that are need no lock."""
        return [item.order.code for item in self.held_items() if item.order.status in LIVE]

    def held_items(self) -> list["SessionItem"]:
        """What the session holds now with the orders, ended ones included, by order id."""
        held = self.items.filter(removed_at__isnull=True, order__held_by=self.held_by)
        return list(held.select_related("order").order_by("order_id"))


class SessionItem(models.Model):
    """An order's place in a session; the row stays as history when the order is taken out or the session is over."""

    session = models.ForeignKey(RouteSession, on_delete=models.CASCADE, related_name="items")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="session_items")
    added_by = models.CharField(max_length=160)
    added_at = models.DateTimeField()
    removed_by = models.CharField(max_length=160, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "order"], name="order_once_per_session")]

    def __str__(self) -> str:
        return f"{self.order_id} in {self.session_id}"
