"""Routes as lists and details show them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, CharField, Count, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible, Refused
from dispatch_console.core.filtering import IdsFilter, TextFilter, WordsFilter, once_each
from dispatch_console.core.keyset import Sort, moment
from dispatch_console.core.models import Tenant
from drivers.models import DriverStatus
from orders.actions import Assign
from orders.models import Order
from orders.rows import OrderRow
from routes.commands.route_values import ENDS
from routes.commands.session_opening import READY
from routes.models import Route, RouteSession, SessionItem, SessionStatus
from routes.models.session import LIVE, RUNNING
from routes.reading.eligible import eligible_page
from routes.reading.lists import GroupFilter, Listing, read_list, visible

RELATED = ("pickup_warehouse", "dropoff_warehouse", "driver__primary_vehicle")
IN_USE = ("assigned", "unassigned")
STATUSES = (*IN_USE, "inactive")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SORTS = {
    "name": Sort("name"),
    "label": Sort("id"),
    "pickup": Sort(Coalesce("pickup_warehouse__name", "pickup_address")),
    "dropoff": Sort(Coalesce("dropoff_warehouse__name", "dropoff_address")),
    "driver": Sort("driver__name", nullable=True),
    "status": Sort("status"),
    "schedule": Sort("schedule_key", nullable=True),
    "active_orders": Sort("active_orders"),
    "starts_on": Sort("starts_key", nullable=True),
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
}


class RouteFilter(GroupFilter):
    """`search` looks in name and number."""

    beside = GroupFilter.beside | {"include_inactive"}

    search = TextFilter("name", "label", help_text="A part of the name or the number.")
    status = WordsFilter("status", words=STATUSES, help_text="assigned, unassigned or inactive.")
    driver = IdsFilter("driver", allow_none=True, help_text="Driver ids, or `none`.")
    warehouse = IdsFilter("pickup_warehouse", "dropoff_warehouse", help_text="Warehouse ids, at either end.")


def read_routes(actor: Actor, params: Mapping[str, str]) -> Listing[Route]:
    """Routes in use; those out of use only where they are asked for."""
    asked = once_each(params)
    include = asked.get("include_inactive", "").lower() in ("true", "1", "yes")
    if not asked.get("status") and not include:
        asked["status"] = ",".join(IN_USE)
    return read_list(
        with_status(visible(Route, actor)),
        asked,
        actor=actor,
        filters=RouteFilter,
        sorts=SORTS,
        statuses=STATUSES,
        related=RELATED,
        default="name",
    )


def get_route(actor: Actor, label: str) -> Route:
    """One route; another company's, another team's and a missing one look the same."""
    route = with_status(visible(Route, actor)).select_related(*RELATED).filter(label=label).first()
    if route is None:
        raise NotVisible(f"There is no route {label[:24]}.")
    return route


def with_status(rows: QuerySet[Route]) -> QuerySet[Route]:
    """Each route with its status in words and its live orders in all sessions."""
    of_route = SessionItem.objects.filter(
        session__route=OuterRef("pk"),
        session__status__in=RUNNING,
        removed_at__isnull=True,
        order__status__in=LIVE,
    )
    count = of_route.order_by().values("session__route").annotate(found=Count("pk")).values("found")
    status = Case(
        When(is_active=False, then=Value("inactive")),
        When(driver__isnull=True, then=Value("unassigned")),
        default=Value("assigned"),
        output_field=CharField(),
    )
    return rows.annotate(
        status=status,
        active_orders=Coalesce(Subquery(count), 0),
        # Keyset pages compare what JSON can carry.
        schedule_key=Cast("schedule_time", CharField()),
        starts_key=Cast("starts_on", CharField()),
    )


def route_rows(routes: Iterable[Route]) -> list[dict[str, Any]]:
    """The rows of a list, in its order. One query for all, beside the company's."""
    routes = list(routes)
    if not routes:
        return []
    zone = Tenant.objects.get(pk=routes[0].tenant_id).zone_info
    opened = RouteSession.objects.filter(route__in=routes, status=SessionStatus.OPEN).values("route_id", "label")
    open_sessions = {row["route_id"]: row["label"] for row in opened}
    return [route_row(route, open_sessions.get(route.pk), zone) for route in routes]


def route_row(route: Route, open_session: str | None, zone: Any) -> dict[str, Any]:
    """One route as JSON. `schedule.next_at` is when its next session opens by itself, ISO 8601 in UTC."""
    driver = route.driver
    vehicle = driver.primary_vehicle if driver else None
    next_at = route.next_slot(clock.now(), zone) if route.is_active and driver and route.has_schedule else None
    return {
        "id": route.pk,
        "label": route.label,
        "version": route.version,
        "name": route.name,
        "status": route.status,  # type: ignore[attr-defined]
        "is_active": route.is_active,
        **{end: end_part(route, end) for end in ENDS},
        "driver": None if driver is None else {"id": driver.pk, "name": driver.name},
        "vehicle": None if vehicle is None else {"name": vehicle.name, "capacity_units": vehicle.capacity_units},
        "problem": problem(route),
        "starts_on": route.starts_on.isoformat() if route.starts_on else None,
        "schedule": {
            "time": route.schedule_time.strftime("%H:%M") if route.schedule_time else None,
            "days": route.schedule_days,
            "words": schedule_words(route),
            "next_at": clock.iso(next_at),
        },
        "capacity": route.capacity,
        "active_orders": route.active_orders,  # type: ignore[attr-defined]
        "open_session": open_session,
        "notes": route.notes,
        "team_id": route.team_id,
        "created_by": route.created_by,
        "created_at": clock.iso(route.created_at),
        "updated_at": clock.iso(route.updated_at),
    }


def problem(route: Route) -> str:
    """Why no session of the route can be opened now, as a sentence; empty where one can."""
    driver = route.driver
    if not route.is_active:
        return ""
    if driver is None:
        return "No driver: nothing can be put on this route."
    if driver.status != DriverStatus.ACTIVE:
        return f"{driver.name} is {DriverStatus(driver.status).label.lower()}. Switch the driver."
    if route.capacity is not None and (driver.primary_vehicle is None or not driver.primary_vehicle.is_active):
        return f"{driver.name} has no vehicle in use."
    return ""


def schedule_words(route: Route) -> str:
    """`Mon-Fri 08:00`; empty without a schedule."""
    if not route.has_schedule or route.schedule_time is None:
        return ""
    days = sorted(route.schedule_days)
    if len(days) == 7:
        named = "Daily"
    elif len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        named = f"{DAYS[days[0] - 1]}\N{EN DASH}{DAYS[days[-1] - 1]}"
    else:
        named = ", ".join(DAYS[day - 1] for day in days)
    return f"{named} {route.schedule_time.strftime('%H:%M')}"


def end_part(route: Route, end: str) -> dict[str, Any]:
    warehouse = getattr(route, f"{end}_warehouse")
    return {
        "kind": "address" if warehouse is None else "warehouse",
        "label": getattr(route, f"{end}_address") if warehouse is None else warehouse.name,
        "warehouse_id": None if warehouse is None else warehouse.pk,
        "lat": getattr(route, f"{end}_latitude"),
        "lng": getattr(route, f"{end}_longitude"),
    }


def session_counts(route: Route) -> dict[str, int]:
    """How many sessions of each status the route has had. One query."""
    found = RouteSession.objects.filter(route=route).order_by().values_list("status").annotate(found=Count("pk"))
    tally = dict(found)
    return {status: tally.get(status, 0) for status in SessionStatus.values}


def open_session(route: Route) -> RouteSession:
    """The session that takes the route's orders; Refused while none is open."""
    found = RouteSession.objects.filter(route=route, status=SessionStatus.OPEN).first()
    if found is None:
        raise Refused(f"No session of {route.words} is open.", code="no_open_session")
    return found


def eligible(route: Route, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
    """Orders that may go on the route, newest first. `here=1`: only those that start at its pickup."""

    def narrowed(rows: QuerySet[Order]) -> QuerySet[Order]:
        rows = rows.filter(Assign.guard.q(), READY.q())
        if params.get("here") != "1":
            return rows
        if route.pickup_warehouse_id is not None:
            return rows.filter(pickup_warehouse=route.pickup_warehouse_id)
        return rows.filter(pickup_address__iexact=route.pickup_address.strip())

    return eligible_page(
        actor,
        params,
        narrowed=narrowed,
        why_not=lambda order: READY.why_not(order) or Assign.guard.why_not(order),
        warning=lambda row: _elsewhere(row, route),
    )


def _elsewhere(row: OrderRow, route: Route) -> str:
    here = row["pickup"]["label"] == end_part(route, "pickup")["label"]
    return "" if here else f"Its pickup is {row['pickup']['label']}, not that of the route."
