"""The status of a trip follows from its orders; a change of one changes the trip in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders.states import DONE, MOVING, Status
from routes.commands import grouping
from routes.models.trip import StopKind, Trip, TripStatus, TripStop

STARTED = "trip.started"
COMPLETED = "trip.completed"
RESUMED = "trip.resumed"
SET_BACK = "trip.set_back"


class Member(NamedTuple):
    """What the status of a trip depends on, of one of its orders."""

    status: str
    holder_id: int | None
    picked_up_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Nothing is left to do: also not a package to bring back."""
        return self.status in DONE and self.holder_id is None

    @property
    def has_begun(self) -> bool:
        """Somebody drove for it. An order called off before its pickup starts no trip."""
        if self.status in MOVING:
            return True
        return self.status in DONE and (self.status != Status.CANCELLED or self.picked_up_at is not None)


def derived(members: Iterable[Member]) -> TripStatus:
    """All waiting is planned, all over is completed, everything between is in progress."""
    members = list(members)
    if members and all(member.is_over for member in members):
        return TripStatus.COMPLETED
    if any(member.has_begun for member in members):
        return TripStatus.IN_PROGRESS
    return TripStatus.PLANNED


def locked(labels: Iterable[str], tenant_id: int) -> dict[str, Trip]:
    """The trips by label, locked by label, after their orders and drivers. The caller has decided who may."""
    found = Trip.objects.filter(tenant_id=tenant_id, label__in=set(labels)).order_by("label")
    return {trip.label: trip for trip in found.select_for_update(of=("self",), no_key=True)}


def keep(label: str, event: Event, actor: Actor) -> None:
    """The keeper of trips (`orders.groups.keepers`): an order of the trip was changed by itself and is locked."""
    trip = locked([label], event.tenant_id)[label]
    _refuse_another_driver(trip, event)
    follow(trip, actor=actor, at=event.occurred_at)


def follow(trip: Trip, *, actor: Actor, at: datetime | None = None) -> Event | None:
    """Bring the locked trip's status up to its orders; the event of the change, or None when there is none.

    The orders are read after the trip was locked: of two that end at the same moment, the later reads both.
    """
    if trip.status == TripStatus.CANCELLED:
        return None
    rows = TripStop.objects.filter(trip=trip, kind=StopKind.DROPOFF)
    members = [Member(*row) for row in rows.values_list("order__status", "order__holder_id", "order__picked_up_at")]
    status, old = derived(members), TripStatus(trip.status)
    if status == old:
        return None
    before = trip.snapshot(["status", "started_at", "completed_at"])
    moment = at or clock.now()
    is_begun = any(member.has_begun for member in members)
    trip.status = status
    trip.started_at = (trip.started_at or moment) if is_begun else None
    trip.completed_at = max(moment, trip.started_at or moment) if status == TripStatus.COMPLETED else None
    return grouping.record(
        trip, actor=actor, kind=_kind(old, status), changed=["status", "started_at", "completed_at"], before=before
    )


def _kind(old: TripStatus, new: TripStatus) -> str:
    if new == TripStatus.PLANNED:
        return SET_BACK
    if new == TripStatus.COMPLETED:
        return COMPLETED
    return RESUMED if old == TripStatus.COMPLETED else STARTED


def _refuse_another_driver(trip: Trip, event: Event) -> None:
    """A single act must not bring in a driver other than the trip's: corrections and reopened orders can name one.

    What a former driver of the trip did can be taken back all the same; the trip then gives that order on.
    """
    driver_id = event.data["after"].get("driver")
    if driver_id is None or driver_id == trip.driver_id:
        return
    whose = f"{trip.driver}'s" if trip.driver is not None else "without a driver"
    advice = "Change the driver of the trip" if trip.driver is not None else "Give the trip its driver first"
    raise Refused(
        f"Order {event.object_code} is in {trip.words}, which is {whose}. {advice}, or take the order out of it.",
        code="in_trip",
        details={"group": trip.held_by},
    )
