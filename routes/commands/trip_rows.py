"""The stops of a trip as rows: read in sequence, and written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from orders.models import Order
from orders.states import DONE, MOVING, Status
from routes.commands.trip_layout import PlannedStop
from routes.models.trip import LIVE, StopKind, Trip, TripStop


def steps_of(trip: Trip) -> list[PlannedStop]:
    return [PlannedStop(*row) for row in trip.stops.order_by("place").values_list("order__code", "kind")]


def finished(trip: Trip) -> list[PlannedStop]:
    """The stops at which nothing is left to do, in sequence: done, or left out for good."""
    columns = ("order__code", "kind", "order__status", "order__picked_up_at", "order__holder_id")
    rows = trip.stops.order_by("place").values_list(*columns)
    return [PlannedStop(code, kind) for code, kind, *order in rows if _is_finished(kind, *order)]


def _is_finished(kind: str, status: str, picked_up_at: datetime | None, holder_id: int | None) -> bool:
    if kind == StopKind.PICKUP:
        return picked_up_at is not None or status in MOVING or status in DONE
    # The package of a cancelled order is still to be brought back.
    return status in DONE and not (status == Status.CANCELLED and holder_id is not None)


def put_in_sequence(trip: Trip, wanted: Sequence[PlannedStop], orders: Mapping[str, Order] | None = None) -> None:
    """Write the stops of the locked trip; `orders` are those that are new on it, by code."""
    there = {PlannedStop(stop.order.code, stop.kind): stop for stop in trip.stops.select_related("order")}
    TripStop.objects.filter(pk__in=[stop.pk for step, stop in there.items() if step not in set(wanted)]).delete()
    new, moved = [], []
    for place, step in enumerate(wanted, start=1):
        if (stop := there.get(step)) is None:
            new.append(TripStop(trip=trip, order=(orders or {})[step.code], kind=step.kind, place=place))
        elif stop.place != place:
            stop.place = place
            moved.append(stop)
    TripStop.objects.bulk_update(moved, ["place"])
    TripStop.objects.bulk_create(new)


def common_team(trip: Trip) -> int | None:
    """The team that all orders belong to; a trip over several teams is everybody's to see."""
    teams = set(trip.stops.filter(kind=StopKind.DROPOFF).values_list("order__team_id", flat=True))
    return teams.pop() if len(teams) == 1 else None


def places(order_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """The sequencer of trips (`orders.groups.sequencers`): places of pickup and dropoff on the trip, by order id."""
    found: dict[int, dict[str, int]] = {}
    rows = TripStop.objects.filter(order__in=order_ids, trip__status__in=LIVE)
    for order_id, kind, place in rows.values_list("order_id", "kind", "place"):
        found.setdefault(order_id, {})[kind] = place
    return {pk: (ends[StopKind.PICKUP], ends[StopKind.DROPOFF]) for pk, ends in found.items()}
