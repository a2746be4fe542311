"""Reads xlsx and xls workbooks: the values that are stored in them. Formulas are never worked out."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import openpyxl
import xlrd
from xlrd import xldate

from dispatch_console.core.errors import DomainError
from orders.importing.cells import MOST_COLUMNS, Line, Value, damaged, refused, too_many_columns, trimmed
from orders.importing.sniffing import is_encrypted

LAST_ROW = 1_048_576


def sheets_of(path: Path, kind: str) -> list[str]:
    """The names of the visible sheets that can hold rows."""
    with _opened(path, kind) as book:
        if kind == "xls":
            names = [name for place, name in enumerate(book.sheet_names()) if not _is_hidden(book, place)]
        else:
            names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not names:
        raise refused("file_empty", "The workbook has no visible sheet with rows.")
    return names


def _is_hidden(book: Any, place: int) -> bool:
    return bool(book._sheet_visibility[place])


def workbook_lines(path: Path, kind: str, *, sheet: str) -> Iterator[Line]:
    with _opened(path, kind) as book:
        try:
            yield from (_old_lines if kind == "xls" else _new_lines)(book, sheet)
        except DomainError:
            raise
        except Exception as error:  # a damaged workbook makes its reader fail in more ways than anybody can list
            raise damaged() from error


@contextlib.contextmanager
def _opened(path: Path, kind: str) -> Iterator[Any]:
    # Opened here: given a name, openpyxl goes by its ending.
    with path.open("rb") as file:
        try:
            book = _open_old(path) if kind == "xls" else _open_new(file)
        except Exception as error:
            if "encrypted" in str(error).lower():
                raise is_encrypted() from error
            raise damaged() from error
        try:
            yield book
        finally:
            book.release_resources() if kind == "xls" else book.close()


def _open_old(path: Path) -> Any:
    # What it finds odd it would print.
    return xlrd.open_workbook(path, logfile=io.StringIO(), on_demand=True, ragged_rows=True)


def _open_new(file: IO[bytes]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _new_lines(book: Any, name: str) -> Iterator[Line]:
    sheet = book[name]
    # What a sheet says of its own size is often wrong, and sometimes a trap.
    sheet.reset_dimensions()
    padding: dict[int, int] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number > LAST_ROW:
                raise damaged()
            if not cells:
                continue
            line = trimmed([_new_value(cell, padding) for cell in cells])
            if len(line) > MOST_COLUMNS:
                raise too_many_columns(len(line))
            if line:
                yield Line(number, line)


def _new_value(cell: Any, padding: dict[int, int]) -> Value:
    value: Value = cell.value
    if type(value) is int and (style := cell._style_id):
        # A number shown as 0012 by its format: what a person sees is what is meant.
        width = padding.get(style)
        if width is None:
            shown = cell.number_format
            width = padding[style] = len(shown) if shown and not shown.strip("0") else 0
        if width > 1:
            return f"{value:0{width}d}"
    return value


def _old_lines(book: Any, name: str) -> Iterator[Line]:
    sheet = book.sheet_by_name(name)
    for number in range(sheet.nrows):
        types, values = sheet.row_types(number), sheet.row_values(number)
        cells = [_old_value(kind, value, book.datemode) for kind, value in zip(types, values, strict=True)]
        line = trimmed(cells)
        if line:
            yield Line(number + 1, line)


def _old_value(kind: int, value: Any, datemode: int) -> Value:
    if kind == xlrd.XL_CELL_DATE:
        try:
            moment: datetime = xldate.xldate_as_datetime(value, datemode)
        except (xldate.XLDateError, OverflowError, ValueError):
            return float(value)
        return moment.time() if value < 1 else moment
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#VALUE!"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return value or None if isinstance(value, str) else value
