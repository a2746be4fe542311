"""Rows as csv and xlsx files that a spreadsheet opens without running anything in them."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet takes text that begins like this for a formula and would run it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROWS_AT_ONCE = 500
IN_MEMORY = 5 * 1024 * 1024
WIDTH = 20

Cell = str | int | float | Decimal | datetime | None


def csv_chunks(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file in pieces, as the rows are read. Without the byte order mark it begins with, Excel misreads umlauts."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for number, row in enumerate(rows, start=1):
        writer.writerow([csv_text(value) for value in row])
        if number % ROWS_AT_ONCE == 0:
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


def unprotected(text: str) -> str:
    """What `csv_text` was given: without the apostrophe before what would run as a formula."""
    if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS):
        return text[1:]
    return text


def write_xlsx(rows: Iterable[Sequence[Cell]], *, title: str, widths: Sequence[int] = ()) -> IO[bytes]:
    """The whole file, on disk when it is large; the caller closes it. The first row is the headings.

    `widths` of the columns are in characters.
    """
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    following = iter(rows)
    headings = next(following, ())
    for position, width in enumerate(widths or [WIDTH] * len(headings), start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.append([_heading(sheet, value) for value in headings])
    for row in following:
        sheet.append([_sheet_cell(sheet, value) for value in row])
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    book.save(file)
    file.seek(0)
    return file


def _heading(sheet: Any, value: Cell) -> Any:
    cell = _text_cell(sheet, str(value))
    cell.font = Font(bold=True)
    return cell


def _sheet_cell(sheet: Any, value: Cell) -> Any:
    if isinstance(value, str):
        # Only what openpyxl would take for a formula or an error needs to be told that it is text.
        return _text_cell(sheet, value) if value.startswith(("=", "#")) else ILLEGAL_CHARACTERS_RE.sub("", value)
    if isinstance(value, datetime | Decimal):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "0.00"
        return cell
    return value


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell
