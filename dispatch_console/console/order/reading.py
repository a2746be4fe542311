"""Reads an order with all that hangs on it, in a constant number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from dispatch_console.console.order import history, showing
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import Team, Tenant, Warehouse, Zone
from drivers.models import DriverPosition
from orders.access import visible_orders
from orders.models import Assignment, Attempt, Collection, Order, OrderException, PackageItem, Proof
from orders.states import AssignmentStatus

RECENT_EVENTS = 8
ENDS = ("pickup", "dropoff")
ITEM_FIELDS = {name: name for name in ("name", "description", "quantity", "weight", "length", "width", "height")}
ASSIGNMENT_FIELDS = {
    "driver": "driver__name",
    "vehicle": "vehicle__name",
    **{
        name: name
        for name in (
            *("status", "assigned_by", "reason", "warnings", "explanation", "is_automatic"),
            *("created_at", "responded_at", "ended_at"),
        )
    },
}


@dataclass(frozen=True, slots=True)
class AssignmentLine:
    """One driver's hold on the order, for the timeline."""

    driver: str
    vehicle: str
    status: str
    assigned_by: str
    reason: str
    warnings: list[str]
    explanation: dict[str, Any] | None
    is_automatic: bool
    created_at: datetime | None
    responded_at: datetime | None
    ended_at: datetime | None

    @property
    def word(self) -> str:
        return AssignmentStatus(self.status).label

    @property
    def is_live(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a driver was last, and when."""

    driver_id: int
    latitude: float
    longitude: float
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """The order with what hangs on it: package items, assignments and latest events, both newest first.

    `zones` and `warehouses` are those of the ends, by end, as plain values.
    """

    order: Order
    team: str
    zones: dict[str, dict[str, Any] | None]
    warehouses: dict[str, dict[str, Any] | None]
    seen: Seen | None
    items: list[dict[str, Any]]
    assignments: list[AssignmentLine]
    entries: list[history.Entry]
    proofs: list[showing.Shown]
    attempts: list[showing.FailedAttempt]
    cash: list[showing.Cash]
    exceptions: list[showing.Trouble]


def read_order(actor: Actor, tenant: Tenant, code: str) -> Reading:
    """Two queries, and a third where the history names places or customers."""
    order: Any = _order(actor, code)
    order.tenant = tenant
    events = list(history.events_of(order)[:RECENT_EVENTS])
    return Reading(
        order=order,
        team=order.team_name or "",
        zones={end: getattr(order, f"{end}_zone_part") for end in ENDS},
        warehouses={end: getattr(order, f"{end}_warehouse_part") for end in ENDS},
        seen=_seen(order.seen_part),
        items=order.item_lines,
        assignments=[_line(values) for values in reversed(order.assignment_lines)],
        entries=history.read(events, tenant),
        proofs=showing.proofs_of(order.proof_lines),
        attempts=showing.attempts_of(order.attempt_lines),
        cash=showing.cash_of(order.cash_lines),
        exceptions=showing.exceptions_of(order.exception_lines),
    )


def _order(actor: Actor, code: str) -> Order:
    # Joining everything would cost more to plan than to run: the planner tries the orders of that many tables. What
    # the rules of actions look at is joined; what is only shown comes from subqueries, each planned by itself.
    order = (
        visible_orders(actor)
        .select_related("service__policy", "customer", "vehicle", "driver", "holder")
        .annotate(
            team_name=Subquery(Team.objects.filter(pk=OuterRef("team")).values("name")),
            seen_part=_part(
                DriverPosition.objects.filter(driver=Coalesce(OuterRef("driver"), OuterRef("holder"))),
                ("driver_id", "latitude", "longitude", "recorded_at"),
            ),
            item_lines=_lines(PackageItem, ITEM_FIELDS),
            assignment_lines=_lines(Assignment, ASSIGNMENT_FIELDS),
            proof_lines=_lines(Proof, showing.PROOF_FIELDS),
            attempt_lines=_lines(Attempt, showing.ATTEMPT_FIELDS),
            cash_lines=_lines(Collection, showing.COLLECTION_FIELDS),
            exception_lines=_lines(OrderException, showing.EXCEPTION_FIELDS),
            **{f"{end}_zone_part": _part(Zone.objects.filter(pk=OuterRef(f"{end}_zone")), ("name",)) for end in ENDS},
            **{
                f"{end}_warehouse_part": _part(
                    Warehouse.objects.filter(pk=OuterRef(f"{end}_warehouse")), ("name", "address")
                )
                for end in ENDS
            },
        )
        .filter(code=code)
        .first()
    )
    if order is None:
        raise NotVisible(f"There is no order {code[:24]}. It may belong to another company, or the code is wrong.")
    return order


def _part(rows: QuerySet, fields: Iterable[str]) -> Subquery:
    """One related row as a JSON object, or null."""
    return Subquery(rows.values(part=JSONObject(**{name: name for name in fields})))


def _lines(model: type[Model], fields: Mapping[str, str]) -> ArraySubquery:
    """Everything that points at the order, oldest first, as JSON objects."""
    rows = model._default_manager.filter(order=OuterRef("pk")).order_by("pk")
    return ArraySubquery(rows.values(line=JSONObject(**fields)))


def _seen(values: dict[str, Any] | None) -> Seen | None:
    if values is None:
        return None
    return Seen(**values | {"recorded_at": datetime.fromisoformat(values["recorded_at"])})


def _line(values: dict[str, Any]) -> AssignmentLine:
    return AssignmentLine(
        driver=values["driver"],
        vehicle=values["vehicle"] or "",
        status=values["status"],
        assigned_by=values["assigned_by"],
        reason=values["reason"],
        warnings=[warning["sentence"] for warning in values["warnings"]],
        explanation=values["explanation"],
        is_automatic=values["is_automatic"],
        created_at=_moment(values["created_at"]),
        responded_at=_moment(values["responded_at"]),
        ended_at=_moment(values["ended_at"]),
    )


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
