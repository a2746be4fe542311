"""The order row: the one JSON shape that the table, the map, the live frames, the API and the export share."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypedDict

from django.db.models import F, Model, TextField, Value
from django.db.models.functions import Cast, Left

from dispatch_console.core import clock
from dispatch_console.core.models import Tenant, Warehouse, Zone
from drivers.models import Driver, Vehicle
from orders.attention import Attention, attention
from orders.kinship import COLUMNS as KINSHIP_COLUMNS
from orders.kinship import Kinship, kinship
from orders.models import DeliveryService, Order
from orders.models.order import OrderQuerySet
from orders.states import MOVING, OPEN, Status

NOTES_EXCERPT = 140

Names = dict[tuple[str, int], tuple[str, str]]


class Named(TypedDict):
    id: int
    name: str


class CustomerPart(TypedDict):
    id: int
    name: str
    phone: str


class ServicePart(TypedDict):
    id: int
    name: str
    level: str


class ZonePart(TypedDict):
    id: int
    name: str
    code: str


class EndPart(TypedDict):
    """One end: `label` is the address or the warehouse's name; no coordinates means "not on the map"."""

    kind: Literal["address", "warehouse"]
    label: str
    warehouse_id: int | None
    lat: float | None
    lng: float | None
    zone: ZonePart | None
    contact: str
    phone: str


class EtaPart(TypedDict):
    """When the driver is expected: no pickup once it is done, no time for an end that is not on the map.

    `is_estimate`: some way up to there is not known by streets, or the driver was not seen lately.
    """

    pickup_at: str | None
    dropoff_at: str | None
    is_estimate: bool


class OrderRow(Kinship):
    """One order in a list.

    Times are ISO 8601 in UTC ending in `Z`; money is a string with two decimals, such as "48.20".
    `version` rises by one with every change: a client drops a row whose version is not newer than the one it has.
    `notes` is the beginning of the notes, empty when there are none.
    `package_with_driver`: cancelled after pickup, the driver still holds the package.
    `holder_dropped`: picked up, but its driver was taken off; somebody must carry on.
    `attempt_failed`: the last try at a door failed, and nobody has decided yet what comes next.
    `open_exceptions` counts those that nobody has settled.
    `eta` follows the driver without any new version: it comes again in frames of its own.
    `attention` is the most urgent of what applies, see `orders.attention`; as time passes clients derive
    `late` and `at_risk` again from `due_at` and `eta`.
    """

    id: int
    code: str
    barcode: str
    version: int
    type: str
    status: str
    assignment_status: str
    carrier_type: str
    direction: str
    customer: CustomerPart
    service: ServicePart
    team_id: int | None
    driver: Named | None
    vehicle: str | None
    holder: Named | None
    package_with_driver: bool
    holder_dropped: bool
    on_hold: bool
    hold_reason: str
    closing_reason: str
    held_by: str
    pickup: EndPart
    dropoff: EndPart
    payer: str
    payment_method: str
    payment_status: str
    cod_amount: str
    delivery_fee: str
    unit_size: int
    priority: int
    due_at: str | None
    eta: EtaPart | None
    scheduled_pickup_at: str | None
    scheduled_delivery_at: str | None
    created_at: str
    updated_at: str
    picked_up_at: str | None
    closed_at: str | None
    external_reference: str
    bulk_group: str
    notes: str
    proof_missing: bool
    attempt_failed: bool
    failed_attempts: int
    open_exceptions: int
    attention: Attention | None


_ORDER_COLUMNS = """
    id code barcode version type status assignment_status carrier_type direction tenant_id customer_id customer_name
    customer_phone service_id team_id driver_id vehicle_id holder_id on_hold hold_reason closing_reason held_by payer
    payment_method payment_status cod_amount delivery_fee unit_size priority due_at scheduled_pickup_at
    scheduled_delivery_at created_at updated_at picked_up_at closed_at external_reference bulk_group proof_missing
    attempt_failed failed_attempts open_exceptions
"""
_END_COLUMNS = """
    {0}_address {0}_warehouse_id {0}_latitude {0}_longitude {0}_zone_id {0}_contact {0}_phone
"""
_ETA_COLUMNS = ("eta__driver_id", "eta__pickup_at", "eta__dropoff_at", "eta__is_estimate")
COLUMNS = [
    *_ORDER_COLUMNS.split(),
    *KINSHIP_COLUMNS,
    *_END_COLUMNS.format("pickup").split(),
    *_END_COLUMNS.format("dropoff").split(),
    *_ETA_COLUMNS,
]
# What a row says of the records it points at: a name, and one more word.
_REFERENCES: dict[str, tuple[type[Model], tuple[str, ...], str, str]] = {
    "driver": (Driver, ("driver_id", "holder_id"), "name", ""),
    "vehicle": (Vehicle, ("vehicle_id",), "name", ""),
    "service": (DeliveryService, ("service_id",), "name", "level"),
    "zone": (Zone, ("pickup_zone_id", "dropoff_zone_id"), "name", "code"),
    "warehouse": (Warehouse, ("pickup_warehouse_id", "dropoff_warehouse_id", "staging_warehouse_id"), "name", ""),
    "tenant": (Tenant, ("tenant_id",), "late_risk_minutes", ""),
}


def order_rows(orders: OrderQuerySet, *, whole_notes: bool = False) -> list[OrderRow]:
    """The rows of a queryset, in its order, by two queries and without building model instances.

    The second brings all names at once. One query with nine joins would be planned for longer than both of them run.
    """
    now = clock.now()
    found = orders.annotate(notes_shown=F("notes") if whole_notes else Left("notes", NOTES_EXCERPT))
    values = list(found.values_list(*COLUMNS, "notes_shown", named=True))
    names = _names(values)
    return [_row(row, names, now) for row in values]


def rows_for(order_ids: Iterable[int], *, whole_notes: bool = False) -> dict[int, OrderRow]:
    """The rows of orders known by id: the caller has already decided who may see them."""
    orders = Order.objects.filter(pk__in=list(order_ids)).order_by()
    return {row["id"]: row for row in order_rows(orders, whole_notes=whole_notes)}


def _names(values: list[Any]) -> Names:
    """Name and further word of everything the rows point at, by kind and id."""
    parts = []
    for kind, (model, columns, name, word) in _REFERENCES.items():
        ids = {getattr(row, column) for row in values for column in columns} - {None}
        if ids:
            records = model._default_manager.filter(pk__in=ids).order_by()
            word_shown = Cast(word, TextField()) if word else Value("", TextField())
            parts.append(records.values_list(Value(kind, TextField()), "pk", Cast(name, TextField()), word_shown))
    if not parts:
        return {}
    return {(kind, pk): (name, word) for kind, pk, name, word in parts[0].union(*parts[1:], all=True)}


def _named(pk: int | None, names: Names) -> Named | None:
    return None if pk is None else {"id": pk, "name": names["driver", pk][0]}


def _end(values: Any, end: str, names: Names) -> EndPart:
    def value(column: str) -> Any:
        return getattr(values, f"{end}_{column}")

    warehouse_id = value("warehouse_id")
    zone: ZonePart | None = None
    if (zone_id := value("zone_id")) is not None:
        name, code = names["zone", zone_id]
        zone = {"id": zone_id, "name": name, "code": code}
    return {
        "kind": "address" if warehouse_id is None else "warehouse",
        "label": value("address") if warehouse_id is None else names["warehouse", warehouse_id][0],
        "warehouse_id": warehouse_id,
        "lat": value("latitude"),
        "lng": value("longitude"),
        "zone": zone,
        "contact": value("contact"),
        "phone": value("phone"),
    }


class Eta(NamedTuple):
    """Of whoever has the order now: what was reckoned for a driver before is of no worth."""

    pickup_at: datetime | None
    dropoff_at: datetime | None
    is_estimate: bool


def _eta(values: Any) -> Eta | None:
    driver_id, pickup_at, dropoff_at, is_estimate = (getattr(values, column) for column in _ETA_COLUMNS)
    if driver_id is None or driver_id != values.driver_id or values.status not in OPEN:
        return None
    return Eta(None if values.status in MOVING else pickup_at, dropoff_at, is_estimate)


def _row(values: Any, names: Names, now: datetime) -> OrderRow:
    has_driver, has_holder = values.driver_id is not None, values.holder_id is not None
    service, level = names["service", values.service_id]
    eta = _eta(values)
    return {
        **kinship(values, names),
        "id": values.id,
        "code": values.code,
        "barcode": values.barcode,
        "version": values.version,
        "type": values.type,
        "status": values.status,
        "assignment_status": values.assignment_status,
        "carrier_type": values.carrier_type,
        "direction": values.direction,
        "customer": {"id": values.customer_id, "name": values.customer_name, "phone": values.customer_phone},
        "service": {"id": values.service_id, "name": service, "level": level},
        "team_id": values.team_id,
        "driver": _named(values.driver_id, names),
        "vehicle": None if values.vehicle_id is None else names["vehicle", values.vehicle_id][0],
        "holder": _named(values.holder_id, names),
        "package_with_driver": values.status == Status.CANCELLED and has_holder,
        "holder_dropped": values.status in OPEN and has_holder and not has_driver,
        "on_hold": values.on_hold,
        "hold_reason": values.hold_reason,
        "closing_reason": values.closing_reason,
        "held_by": values.held_by,
        "pickup": _end(values, "pickup", names),
        "dropoff": _end(values, "dropoff", names),
        "payer": values.payer,
        "payment_method": values.payment_method,
        "payment_status": values.payment_status,
        "cod_amount": str(values.cod_amount),
        "delivery_fee": str(values.delivery_fee),
        "unit_size": values.unit_size,
        "priority": values.priority,
        "due_at": clock.iso(values.due_at),
        "eta": None
        if eta is None
        else {
            "pickup_at": clock.iso(eta.pickup_at),
            "dropoff_at": clock.iso(eta.dropoff_at),
            "is_estimate": eta.is_estimate,
        },
        "scheduled_pickup_at": clock.iso(values.scheduled_pickup_at),
        "scheduled_delivery_at": clock.iso(values.scheduled_delivery_at),
        "created_at": clock.iso(values.created_at),
        "updated_at": clock.iso(values.updated_at),
        "picked_up_at": clock.iso(values.picked_up_at),
        "closed_at": clock.iso(values.closed_at),
        "external_reference": values.external_reference,
        "bulk_group": values.bulk_group,
        "notes": values.notes_shown,
        "proof_missing": values.proof_missing,
        "attempt_failed": values.attempt_failed,
        "failed_attempts": values.failed_attempts,
        "open_exceptions": values.open_exceptions,
        "attention": attention(
            status=values.status,
            has_driver=has_driver,
            has_holder=has_holder,
            attempt_failed=values.attempt_failed,
            has_exception=values.open_exceptions > 0,
            on_hold=values.on_hold,
            due_at=values.due_at,
            eta_at=None if eta is None else eta.dropoff_at,
            late_risk_minutes=int(names["tenant", values.tenant_id][0]),
            now=now,
        ),
    }
