"""Trips as lists, details and pickers show them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.filtering import IdsFilter, NumberFilter, TextFilter, WordsFilter
from dispatch_console.core.keyset import Sort, moment
from orders.models import Order, ReturnRequest
from orders.rows import OrderRow
from orders.states import DONE, MOVING, ReturnStatus, Status
from routes.commands.trip_acts import offers
from routes.commands.trip_rules import ELIGIBLE, why_not_on
from routes.models import Trip, TripStatus, TripType
from routes.models.trip import LIVE
from routes.reading.eligible import eligible_page
from routes.reading.lists import GroupFilter, Listing, moments, read_list, visible
from routes.reading.trip_stops import Stop, read_stops

RELATED = ("driver", "vehicle")
MOMENTS = ("started", "completed", "cancelled")
# The statuses in the order of a trip's life, which is how people read a sorted column.
LIFECYCLE = Case(
    *(When(status=status, then=Value(place)) for place, status in enumerate(TripStatus.values)),
    output_field=IntegerField(),
)
SORTS = {
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
    "started_at": moment("started_at", nullable=True),
    "completed_at": moment("completed_at", nullable=True),
    "label": Sort("number"),
    "status": Sort(LIFECYCLE),
    "type": Sort("type"),
    "notes": Sort("notes"),
}


class TripFilter(GroupFilter):
    status = WordsFilter("status", words=TripStatus.values, help_text="Statuses.")
    type = WordsFilter("type", words=TripType.values, help_text="Types.")
    driver = IdsFilter("driver", allow_none=True, help_text="Driver ids, or `none`.")
    vehicle = IdsFilter("vehicle", allow_none=True, help_text="Vehicle ids, or `none`.")
    vehicle_name = TextFilter("vehicle__name", help_text="Text in the vehicle's name.")
    orders = NumberFilter("order_count", "exact", help_text="Exactly this many orders.")
    orders_min = NumberFilter("order_count", "gte", help_text="At least this many orders.")
    orders_max = NumberFilter("order_count", "lte", help_text="At most this many orders.")
    locals().update(moments(*MOMENTS))


def read_trips(actor: Actor, params: Mapping[str, str]) -> Listing[Trip]:
    return read_list(
        visible(Trip, actor),
        params,
        actor=actor,
        filters=TripFilter,
        sorts=SORTS,
        statuses=TripStatus.values,
        related=RELATED,
    )


def get_trip(actor: Actor, label: str, *, rows: QuerySet[Trip] | None = None) -> Trip:
    """One trip; another company's, another team's and a missing one look the same."""
    found = visible(Trip, actor) if rows is None else rows
    trip = found.select_related(*RELATED).filter(label=label).first()
    if trip is None:
        raise NotVisible(f"There is no trip {label[:24]}.")
    return trip


def own_trips(actor: Actor) -> QuerySet[Trip]:
    """The trips a driver has to drive."""
    return Trip.objects.visible_to(actor).filter(driver=actor.driver_id, status__in=LIVE)


def trip_row(trip: Trip) -> dict[str, Any]:
    """One trip as JSON. Times are ISO 8601 in UTC; `orders` counts all on it, whatever became of them."""
    times = ("created_at", "updated_at", *(f"{name}_at" for name in MOMENTS))
    return {
        "label": trip.label,
        "version": trip.version,
        "status": trip.status,
        "type": trip.type,
        "orders": trip.order_count,
        "driver": None if trip.driver is None else {"id": trip.driver_id, "name": trip.driver.name},
        "vehicle": None if trip.vehicle is None else {"id": trip.vehicle_id, "name": trip.vehicle.name},
        "notes": trip.notes,
        "created_by": trip.created_by,
        **{name: iso(getattr(trip, name)) for name in times},
    }


def iso(value: Any) -> str | None:
    return None if value is None else clock.iso(value)


def summary(rows: Sequence[OrderRow], requested: Collection[int]) -> dict[str, int]:
    """How many of the orders wait, are under way, and how the others ended. `requested` comes from `requested_of`."""
    statuses = [row["status"] for row in rows]
    return {
        "planned": sum(status not in (*DONE, *MOVING) for status in statuses),
        "in_progress": sum(status in MOVING for status in statuses),
        "delivered": sum(status in (Status.DELIVERED, Status.STAGED) for status in statuses),
        "returned": statuses.count(Status.RETURNED),
        "cancelled": statuses.count(Status.CANCELLED),
        "to_bring_back": sum(row["package_with_driver"] for row in rows),
        "return_requests": sum(row["id"] in requested for row in rows),
    }


def requested_of(rows: Iterable[OrderRow]) -> set[int]:
    """The ids of those orders that somebody wants to send back. One query."""
    found = ReturnRequest.objects.filter(order__in=[row["id"] for row in rows]).exclude(status=ReturnStatus.CANCELLED)
    return set(found.values_list("order_id", flat=True))


def rows_of(stops: Sequence[Stop]) -> list[OrderRow]:
    """The orders of the stops, each once, as they first come."""
    return list({stop.code: stop.row for stop in stops}.values())


def stop_part(stop: Stop) -> dict[str, Any]:
    end = stop.end
    return {
        "place": stop.place,
        "kind": stop.kind,
        "order": stop.code,
        "state": stop.state,
        "is_current": stop.is_current,
        "is_next": stop.is_next,
        "is_at_door": stop.is_at_door,
        "label": end["label"],
        "lat": end["lat"],
        "lng": end["lng"],
        "contact": end["contact"],
        "phone": end["phone"],
        "due_at": stop.row["due_at"] if stop.kind == "dropoff" else None,
        "opens_at": stop.row["scheduled_pickup_at"] if stop.kind == "pickup" else None,
    }


def trip_detail(trip: Trip, actor: Actor) -> dict[str, Any]:
    """The row of the list with summary, stops, orders and every act with whether it is possible now. Four queries."""
    return trip_details([trip], actor)[0]


def trip_details(trips: Sequence[Trip], actor: Actor) -> list[dict[str, Any]]:
    """The same of several, in as many queries as for one."""
    stops = read_stops(trips, actor)
    requested = requested_of(stop.row for each in stops.values() for stop in each)
    found = []
    for trip in trips:
        rows = rows_of(stops[trip.pk])
        found.append(
            {
                **trip_row(trip),
                "summary": summary(rows, requested),
                "stops": [stop_part(stop) for stop in stops[trip.pk]],
                "order_rows": rows,
                "hidden_orders": trip.order_count - len(rows),
                "actions": offers(trip, actor),
            }
        )
    return found


def eligible(trip: Trip, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
    """Orders that may come onto the trip, newest first: nobody's, or its driver's. `here=1`: only nobody's."""

    def narrowed(rows: QuerySet[Order]) -> QuerySet[Order]:
        whose = Q(driver__isnull=True)
        if trip.driver_id is not None and params.get("here") != "1":
            whose |= Q(driver=trip.driver_id)
        return rows.filter(ELIGIBLE.q(), whose)

    return eligible_page(
        actor,
        params,
        narrowed=narrowed,
        why_not=lambda order: why_not_on(order, trip),
        warning=lambda row: f"{row['driver']['name']} has it already." if row["driver"] else "",
    )
