"""Order lists as files: the filtered set with chosen columns, in the tenant's time zone."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Literal
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.filtering import once_each, refuse_unknown, shown
from dispatch_console.core.keyset import count_up_to, read_page
from dispatch_console.core.models import Tenant
from orders.access import require
from orders.form_columns import form_rows
from orders.importing.fields import FIELDS
from orders.models import ServiceLevel
from orders.rows import EndPart, OrderRow
from orders.selectors import DEFAULT_ORDERING, SORTS, filtered_orders, in_order
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

Kind = Literal["csv", "xlsx"]
LIMITS: dict[str, int] = {"csv": 200_000, "xlsx": 25_000}
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 1000
# A spreadsheet takes text that begins like this for a formula and would run it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | float | Decimal | datetime | None
# In place of column names: the columns of an import, so that the file can be imported again.
FOR_IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    value: Callable[[OrderRow], Any]
    kind: Literal["text", "moment", "money", "number"] = "text"
    # Read from `form_columns`, which lists and tables have no use for.
    is_of_form: bool = False


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


@dataclass(frozen=True, slots=True)
class Export:
    """A checked request: nothing is read until it is written."""

    actor: Actor
    params: dict[str, str]
    kind: str
    columns: list[Column]
    zone: ZoneInfo
    filename: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]

    def headings(self) -> list[str]:
        return [
            f"{column.heading} ({self.zone.key})" if column.kind == "moment" else column.heading
            for column in self.columns
        ]

    def rows(self) -> Iterator[list[Cell]]:
        """All rows by keyset pages, so that neither memory nor one long query holds them."""
        cursor: str | None = ""
        found = filtered_orders(self.actor, self.params)
        ordering = self.params.get("ordering") or DEFAULT_ORDERING
        while cursor is not None:
            page = read_page(found, SORTS, ordering=ordering, cursor=cursor, limit=CHUNK)
            rows = in_order(page.ids, whole_notes=True)
            if any(column.is_of_form for column in self.columns):
                forms = form_rows(page.ids)
                for row in rows:
                    row["form"] = forms[row["id"]]  # type: ignore[typeddict-unknown-key]
            for row in rows:
                yield [self._cell(column, row) for column in self.columns]
            cursor = page.next_cursor

    def _cell(self, column: Column, row: OrderRow) -> Cell:
        value = column.value(row)
        if column.kind == "moment":
            return datetime.fromisoformat(value).astimezone(self.zone).replace(tzinfo=None) if value else None
        return Decimal(value) if column.kind == "money" else value


def prepare(actor: Actor, params: Mapping[str, str]) -> Export:
    """Check an export before a byte is sent: the right, the filters, the columns, and that it is not cut short."""
    require(actor, "orders.export")
    asked = once_each(params)
    kind = asked.pop("format", "csv")
    if kind not in LIMITS:
        raise Invalid.fields(format="Choose csv or xlsx.")
    columns = read_columns(asked.pop("columns", ""))
    refuse_unknown([name for name in ("cursor", "limit") if name in asked], known=["format", "columns", "ordering"])
    found = filtered_orders(actor, asked)
    if (ordering := asked.get("ordering", "")) and ordering.removeprefix("-") not in SORTS:
        raise Invalid.fields(ordering=f"Order by one of: {', '.join(SORTS)}; with a minus sign for descending.")
    most = LIMITS[kind]
    if count_up_to(found, most)[1]:
        other = f", or take CSV, which holds up to {LIMITS['csv']:,}" if kind == "xlsx" else ""
        raise Refused(
            f"The list has more than {most:,} orders, the most a {kind.upper()} file takes. Narrow the filters{other}.",
            code="export_too_large",
            details={"limit": most},
        )
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    today = clock.now().astimezone(tenant.zone_info)
    filename = f"orders-{today:%Y-%m-%d-%H%M}.{kind}"
    return Export(actor, asked, kind, columns, tenant.zone_info, filename)


def read_columns(text: str) -> list[Column]:
    if text.strip() == FOR_IMPORT:
        return list(IMPORT_COLUMNS.values())
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip())) or list(DEFAULT_COLUMNS)
    if unknown := [name for name in names if name not in COLUMNS]:
        raise Invalid.fields(columns=f"There is no column “{shown(unknown[0])}”. Known: {', '.join(COLUMNS)}.")
    return [COLUMNS[name] for name in names]


def csv_chunks(export: Export) -> Iterator[bytes]:
    """The file in pieces, as it is read. It begins with a byte order mark, without which Excel misreads umlauts."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(export.headings())
    for number, row in enumerate(export.rows(), start=1):
        writer.writerow([csv_text(value) for value in row])
        if number % CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def csv_text(value: Cell) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        # Also where apostrophes come first: whoever reads the file takes away exactly one.
        return f"'{value}" if value.lstrip("'").startswith(FORMULA_STARTS) else value
    return "" if value is None else str(value)


def write_xlsx(export: Export) -> IO[bytes]:
    """The whole file, on disk when it is large; the caller closes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.freeze_panes = "A2"
    for position, column in enumerate(export.columns):
        width = {"moment": 17, "money": 12, "number": 8}.get(column.kind, 20)
        sheet.column_dimensions[_letters(position)].width = width
    headings = [WriteOnlyCell(sheet, heading) for heading in export.headings()]
    for heading in headings:
        heading.font = Font(bold=True)
    sheet.append(headings)
    for row in export.rows():
        sheet.append([_sheet_cell(sheet, value) for value in row])
    file = tempfile.SpooledTemporaryFile(max_size=5 * 1024 * 1024)  # noqa: SIM115 (the answer closes it)
    book.save(file)
    file.seek(0)
    return file


def _sheet_cell(sheet: Any, value: Cell) -> Any:
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)
        if not text.startswith("="):
            return text
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"  # text stays text, whatever it begins with
        return cell
    if isinstance(value, datetime | Decimal):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "0.00"
        return cell
    return value


def _letters(position: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    return (chr(64 + position // 26) if position >= 26 else "") + chr(65 + position % 26)
