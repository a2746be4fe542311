"""The stops of trips as they stand: what is done, where the driver is now, and what comes next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dispatch_console.core.actor import Actor
from orders.models import Order
from orders.rows import EndPart, OrderRow, rows_for
from orders.states import DONE, MOVING, Status
from routes.models import StopKind, Trip, TripStatus, TripStop

STATES = {
    "waiting": "Still to come",
    "done": "Done",
    "returned": "Returned",
    "bring_back": "Bring the package back",
    "left_out": "Left out",
}
OPEN = ("waiting", "bring_back")


@dataclass(frozen=True, slots=True)
class Stop:
    """One end of one order. `row` as in `orders.rows`, `state` one of STATES; `is_at_door`: the driver is there."""

    place: int
    kind: str
    row: OrderRow
    state: str
    is_at_door: bool = False
    is_current: bool = False
    is_next: bool = False

    @property
    def code(self) -> str:
        return self.row["code"]

    @property
    def is_finished(self) -> bool:
        """Nothing is left to do there, so that it keeps its place."""
        return self.state not in OPEN

    @property
    def end(self) -> EndPart:
        return self.row["pickup"] if self.kind == StopKind.PICKUP else self.row["dropoff"]


def read_stops(trips: Iterable[Trip], actor: Actor) -> dict[int, list[Stop]]:
    """By trip id, in sequence; the stops of orders that the actor does not see are left out. Two or three queries."""
    by_id = {trip.pk: trip for trip in trips}
    found = TripStop.objects.filter(trip__in=by_id, order__in=Order.objects.visible_to(actor)).order_by("trip", "place")
    columns = ("trip_id", "place", "kind", "order_id", "order__arrived_pickup_at", "order__arrived_dropoff_at")
    lines = list(found.values_list(*columns))
    rows = rows_for({line[3] for line in lines})
    stops: dict[int, list[Stop]] = {pk: [] for pk in by_id}
    for trip_id, place, kind, order_id, at_pickup, at_dropoff in lines:
        if (row := rows.get(order_id)) is not None:
            arrived = at_pickup if kind == StopKind.PICKUP else at_dropoff
            state = state_of(row, kind)
            is_at_door = state == "waiting" and arrived is not None and not row["attempt_failed"]
            stops[trip_id].append(Stop(place, kind, row, state, is_at_door))
    return {pk: _pointed(each, by_id[pk]) for pk, each in stops.items()}


def state_of(row: OrderRow, kind: str) -> str:
    status = row["status"]
    if kind == StopKind.PICKUP:
        if row["picked_up_at"] is not None or status in MOVING:
            return "done"
        return "left_out" if status in DONE else "waiting"
    if status in (Status.DELIVERED, Status.STAGED):
        return "done"
    if status == Status.RETURNED:
        return "returned"
    if status == Status.CANCELLED:
        return "bring_back" if row["package_with_driver"] else "left_out"
    return "waiting"


def _pointed(stops: list[Stop], trip: Trip) -> list[Stop]:
    """The same stops; of a trip that is driven, the one it is at and the one after it are marked."""
    ahead = [stop for stop in stops if stop.state in OPEN]
    if trip.status not in (TripStatus.PLANNED, TripStatus.IN_PROGRESS) or not ahead:
        return stops
    current = next((stop for stop in ahead if stop.is_at_door), None)
    if current is None and trip.status == TripStatus.IN_PROGRESS:
        current = ahead[0]
    following = next((stop for stop in ahead if stop is not current), None)
    return [
        replace(stop, is_current=stop is current, is_next=stop is following)
        if stop is current or stop is following
        else stop
        for stop in stops
    ]
