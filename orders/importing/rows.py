"""From a line of the file to the input of `POST /orders/`: the same serializer, with a finding for each bad cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework.exceptions import ErrorDetail, ValidationError

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from orders.actions import NewOrder
from orders.importing import values
from orders.importing.cells import Line, Value
from orders.importing.fields import BY_INPUT, BY_NAME, ENDS, Field
from orders.importing.headings import text_of
from orders.importing.mapping import Mapping_
from orders.importing.places import Places
from orders.importing.records import Records
from orders.importing.values import Unreadable
from orders.inputs import CreateInput
from orders.models import ImportFinding, ImportJob

# Of one row; more would not help anybody to correct it.
MOST_FINDINGS = 5
MISSING = "The {label} is missing."


@dataclass(slots=True)
class Row:
    """One row of the file: the order to be created, unless one of its findings is an error."""

    line: Line
    new: NewOrder | None = None
    findings: list[ImportFinding] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.line.number

    @property
    def is_valid(self) -> bool:
        return self.new is not None


class RowReader:
    """Reads the rows of one job for one actor."""

    def __init__(self, job: ImportJob, actor: Actor, places: Places) -> None:
        self._job, self._places = job, places
        self._zone: ZoneInfo = job.tenant.zone_info
        self._mapping: Mapping_ = job.mapping
        self._records = Records(actor)
        self._input = CreateInput(context={"zone": lambda: self._zone})

    def read(self, lines: Sequence[Line]) -> list[Row]:
        """In their sequence; what is asked of the database is asked once for all of them."""
        if "customer" in self._mapping:
            self._records.gather_customers(
                text_of(self._cell(BY_NAME["customer"], line)).strip() for line in lines if not line.fault
            )
        return [self._row(line) for line in lines]

    def _row(self, line: Line) -> Row:
        row = Row(line)
        if line.fault is not None:
            self._add(row, None, None, line.fault.code, line.fault.sentence)
            return row
        data: dict[str, Any] = {"bulk_group": self._job.bulk_group}
        for name in self._mapping:
            one = BY_NAME[name]
            cell = self._cell(one, line)
            try:
                value = self._value(one, cell)
            except Unreadable as fault:
                self._add(row, one, cell, fault.code, fault.sentence)
                continue
            if value is not None:
                data[one.target] = value
            elif one.is_needed:
                self._add(row, one, None, "required", MISSING.format(label=one.label.lower()))
        if row.findings:
            return row
        self._find_places(row, data)
        try:
            row.new = self._input.read(data)
        except ValidationError as error:
            for name, code, sentence in _sentences(error.detail):
                one_field = BY_INPUT.get(name)
                self._add(row, one_field, self._cell(one_field, line) if one_field else None, code, sentence)
        return row

    def refuse(self, row: Row, error: DomainError) -> None:
        """What the rules of creating an order say against it."""
        row.new = None
        fields = error.details.get("fields") or {"": [error.message]}
        for name, sentences in fields.items():
            one = BY_INPUT.get(name)
            self._add(row, one, self._cell(one, row.line) if one else None, error.code, sentences[0])

    def warn(self, row: Row, code: str, sentence: str) -> None:
        self._add(row, None, None, code, sentence, is_error=False)

    def _cell(self, one: Field, line: Line) -> Value:
        """The field's cell; where it is empty, the value for all rows."""
        source = self._mapping.get(one.name)
        if source is None:
            return None
        place = source["column"]
        cell = line.cells[place] if place is not None and place < len(line.cells) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return source["value"] or None
        return cell

    def _value(self, one: Field, cell: Value) -> Any:
        """The input's value; None for an empty cell."""
        match one.kind:
            case "number" | "whole":
                return values.number(cell)
            case "degrees":
                return values.number(cell, is_degrees=True)
            case "moment":
                return values.moment(cell, zone=self._zone, date_order=self._job.date_order)
        text = values.plain_text(cell)
        if not text:
            return None
        match one.kind:
            case "choice":
                return values.choice(cell, one)
            case "yes_no":
                return values.yes_no(cell)
            case "items":
                return values.items(cell)
            case "customer":
                return self._records.customer(text)
            case "service":
                return self._records.service(text)
            case "warehouse":
                return self._records.warehouse(text)
        return text

    def _find_places(self, row: Row, data: dict[str, Any]) -> None:
        for end in ENDS:
            address = data.get(f"{end}_address")
            if not address or data.get(f"{end}_latitude") is not None or data.get(f"{end}_longitude") is not None:
                continue
            found = self._places.find(address)
            if found is None or found.latitude is None:
                continue
            data[f"{end}_latitude"], data[f"{end}_longitude"] = found.latitude, found.longitude
            if found.is_approximate:
                self.warn(row, "approximate_place", f"The place of the {end} is approximate: {found.label}.")

    def _add(
        self, row: Row, one: Field | None, cell: Value, code: str, sentence: str, *, is_error: bool = True
    ) -> None:
        if len(row.findings) >= MOST_FINDINGS:
            return
        column = ""
        if one is not None:
            place = self._mapping.get(one.name, {"column": None, "value": ""})["column"]
            column = self._job.headings[place] if place is not None else one.label
        row.findings.append(
            ImportFinding(
                job=self._job,
                row=row.number,
                is_error=is_error,
                field=one.name if one else "",
                column=_storable(column, 80),
                value=_storable(text_of(cell), 120),
                code=code[:40],
                message=_storable(sentence, 600),
            )
        )


def _sentences(detail: Any) -> list[tuple[str, str, str]]:
    """(input name, code, sentence) of each fault of a serializer."""
    found = []
    for name, faults in detail.items():
        fault = faults
        while not isinstance(fault, ErrorDetail):
            inner = list(fault.values()) if isinstance(fault, dict) else list(fault)
            fault = next((each for each in inner if each), ErrorDetail("", "invalid"))
        found.append((str(name), str(fault.code), str(fault)))
    return found


def _storable(text: str, longest: int) -> str:
    """What PostgreSQL can hold of a text from anywhere."""
    return text[: longest + 20].encode("utf-8", "replace").decode().replace("\x00", "�")[:longest]
