"""The columns an export can have: their headings, and where each finds its value in an order row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import shown
from orders.importing.fields import FIELDS
from orders.models import ServiceLevel
from orders.rows import EndPart, OrderRow
from orders.states import (
    AssignmentStatus,
    CarrierType,
    Direction,
    Flow,
    Leg,
    OrderType,
    Payer,
    PaymentMethod,
    PaymentStatus,
    Priority,
    ReturnStatus,
    Status,
)

# In place of column names: the columns of an import, so that the file can be imported again.
FOR_IMPORT = "import"
# In characters.
WIDTHS = {"moment": 17, "money": 12, "number": 8, "text": 20}


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    value: Callable[[OrderRow], Any]
    kind: Literal["text", "moment", "money", "number"] = "text"
    # Read from `form_columns`, which lists and tables have no use for.
    is_of_form: bool = False

    @property
    def width(self) -> int:
        return WIDTHS[self.kind]


def _choice(name: str, labels: list[tuple[Any, Any]]) -> Callable[[OrderRow], str]:
    words = {value: str(label) for value, label in labels}
    return lambda row: words.get(row[name], "")  # type: ignore[literal-required]


def _plain(name: str) -> Callable[[OrderRow], Any]:
    return lambda row: row[name]  # type: ignore[literal-required]


def _yes(name: str) -> Callable[[OrderRow], str]:
    return lambda row: "yes" if row[name] else "no"  # type: ignore[literal-required]


def _end(end: str, part: str) -> Callable[[OrderRow], Any]:
    def value(row: OrderRow) -> Any:
        place: EndPart = row[end]  # type: ignore[literal-required]
        return place[part]  # type: ignore[literal-required]

    return value


def _zone(end: str) -> Callable[[OrderRow], str]:
    def value(row: OrderRow) -> str:
        zone = row[end]["zone"]  # type: ignore[literal-required]
        return zone["name"] if zone else ""

    return value


COLUMNS: dict[str, Column] = {
    "code": Column("Code", _plain("code")),
    "type": Column("Type", _choice("type", OrderType.choices)),
    "status": Column("Status", _choice("status", Status.choices)),
    "assignment": Column("Assignment", _choice("assignment_status", AssignmentStatus.choices)),
    "customer_name": Column("Customer", lambda row: row["customer"]["name"]),
    "customer_phone": Column("Customer phone", lambda row: row["customer"]["phone"]),
    "service_name": Column("Service", lambda row: row["service"]["name"]),
    "service_level": Column("Service level", lambda row: ServiceLevel(row["service"]["level"]).label),
    "driver_name": Column("Driver", lambda row: row["driver"]["name"] if row["driver"] else ""),
    "vehicle_name": Column("Vehicle", lambda row: row["vehicle"] or ""),
    "pickup": Column("Pickup", _end("pickup", "label")),
    "pickup_zone": Column("Pickup zone", _zone("pickup")),
    "pickup_contact": Column("Pickup contact", _end("pickup", "contact")),
    "pickup_phone": Column("Pickup phone", _end("pickup", "phone")),
    "dropoff": Column("Dropoff", _end("dropoff", "label")),
    "dropoff_zone": Column("Dropoff zone", _zone("dropoff")),
    "dropoff_contact": Column("Receiver", _end("dropoff", "contact")),
    "dropoff_phone": Column("Receiver phone", _end("dropoff", "phone")),
    "due_at": Column("Due", _plain("due_at"), "moment"),
    "eta": Column("Expected", lambda row: row["eta"]["dropoff_at"] if row["eta"] else None, "moment"),
    "payment_method": Column("Payment method", _choice("payment_method", PaymentMethod.choices)),
    "payer": Column("Payer", _choice("payer", Payer.choices)),
    "payment_status": Column("Payment", _choice("payment_status", PaymentStatus.choices)),
    "cod_amount": Column("Cash on delivery", _plain("cod_amount"), "money"),
    "delivery_fee": Column("Delivery fee", _plain("delivery_fee"), "money"),
    "unit_size": Column("Units", _plain("unit_size"), "number"),
    "priority": Column("Priority", _choice("priority", Priority.choices)),
    "created_at": Column("Created", _plain("created_at"), "moment"),
    "updated_at": Column("Changed", _plain("updated_at"), "moment"),
    "scheduled_pickup_at": Column("Scheduled pickup", _plain("scheduled_pickup_at"), "moment"),
    "scheduled_delivery_at": Column("Scheduled delivery", _plain("scheduled_delivery_at"), "moment"),
    "picked_up_at": Column("Picked up", _plain("picked_up_at"), "moment"),
    "closed_at": Column("Closed", _plain("closed_at"), "moment"),
    "closing_reason": Column("Closing reason", _plain("closing_reason")),
    "on_hold": Column("On hold", _yes("on_hold")),
    "hold_reason": Column("Hold reason", _plain("hold_reason")),
    "proof_missing": Column("Proof missing", _yes("proof_missing")),
    "barcode": Column("Barcode", _plain("barcode")),
    "carrier": Column("Carrier", _choice("carrier_type", CarrierType.choices)),
    "direction": Column("Direction", _choice("direction", Direction.choices)),
    "external_reference": Column("External reference", _plain("external_reference")),
    "bulk_group": Column("Bulk group", _plain("bulk_group")),
    "leg": Column("Leg", _choice("leg", Leg.choices)),
    "parent": Column("Part of", lambda row: row["parent"] or ""),
    "staging": Column("Staging warehouse", lambda row: row["staging"]["name"] if row["staging"] else ""),
    "flow": Column("Flow", _choice("flow", Flow.choices)),
    "source": Column("Goes back from", lambda row: row["source"] or ""),
    "return_status": Column("Return request", _choice("return_status", ReturnStatus.choices)),
    "notes": Column("Notes", _plain("notes")),
}
DEFAULT_COLUMNS = tuple(COLUMNS)[:28]


def _for_import() -> dict[str, Column]:
    """The columns of an import under its own headings, filled with what it would read as the same order."""

    def form(name: str) -> Callable[[OrderRow], Any]:
        return lambda row: row["form"][name] or ""  # type: ignore[typeddict-item]

    def at_address(end: str, part: str) -> Callable[[OrderRow], Any]:
        point = _end(end, part)
        return lambda row: point(row) if row[end]["warehouse_id"] is None else None  # type: ignore[literal-required]

    columns = {
        "customer": Column("", lambda row: form("customer_reference")(row) or row["customer"]["name"], is_of_form=True),
        "service": Column("", form("service_code"), is_of_form=True),
        "is_draft": Column("", lambda row: "yes" if row["status"] == Status.DRAFT else "no"),
        "carrier_type": COLUMNS["carrier"],
    }
    for end in ("pickup", "dropoff"):
        for part, name in (("lat", "latitude"), ("lng", "longitude")):
            columns[f"{end}_{name}"] = Column("", at_address(end, part), "number")
    found = {}
    for field in FIELDS:
        column = columns.get(field.name) or COLUMNS.get(field.name) or Column("", form(field.name), is_of_form=True)
        found[field.name] = replace(column, heading=field.label)
    return found


IMPORT_COLUMNS = _for_import()


def read_columns(text: str) -> list[Column]:
    if text.strip() == FOR_IMPORT:
        return list(IMPORT_COLUMNS.values())
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip())) or list(DEFAULT_COLUMNS)
    if unknown := [name for name in names if name not in COLUMNS]:
        raise Invalid.fields(columns=f"There is no column “{shown(unknown[0])}”. Known: {', '.join(COLUMNS)}.")
    return [COLUMNS[name] for name in names]
