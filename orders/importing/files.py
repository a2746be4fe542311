"""Files for people: the template to fill in, and the rows that were not imported with the reason beside them."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from orders.exporting import csv_text
from orders.importing.cells import Line, Value
from orders.importing.fields import FIELDS
from orders.importing.headings import text_of
from orders.importing.reading import lines, local_copy
from orders.importing.work import layout_of
from orders.models import ImportFinding, ImportJob, ImportState

FORMATS = ("csv", "xlsx")
WHY = ("Row", "Errors")
NOT_TRIED = "Not tried: the import ended before this row."
CHUNK = 500


def template() -> tuple[list[str], list[list[str]]]:
    """The headings an import knows, and one row that shows what goes where."""
    return [field.label for field in FIELDS], [[field.example for field in FIELDS]]


def bad_rows(job: ImportJob) -> Iterator[list[str]]:
    """The file's headings with two more columns, then every row that is not an order, as it was in the file."""
    yield [*job.headings, *WHY]
    errors = ImportFinding.objects.filter(job=job, is_error=True).order_by("row", "pk")
    told = groupby(errors.iterator(chunk_size=2000), key=lambda finding: finding.row)
    number, reasons = next(told, (0, iter(())))
    # What comes after the last stored row of a run that was stopped has not been tried.
    end = job.position if job.state in (ImportState.CANCELLED, ImportState.FAILED) and job.position else None
    with local_copy(job.file) as path:
        for line in lines(path, layout_of(job)):
            if line.number <= job.heading_row:
                continue
            if line.number == number:
                yield _with_reason(job, line, "; ".join(_reason(finding) for finding in reasons))
                number, reasons = next(told, (0, iter(())))
            elif end is not None and line.number > end:
                yield _with_reason(job, line, NOT_TRIED)


def _reason(finding: ImportFinding) -> str:
    return f"{finding.column}: {finding.message}" if finding.column else finding.message


def _with_reason(job: ImportJob, line: Line, reason: str) -> list[str]:
    cells = [_text(cell) for cell in line.cells]
    return [*cells, *[""] * (len(job.headings) - len(cells)), str(line.number), reason]


def _text(value: Value) -> str:
    return text_of(value).encode("utf-8", "replace").decode().replace("\x00", "�")


def as_csv(rows: Iterable[list[str]]) -> Iterator[bytes]:
    """In pieces, with a byte order mark; what a spreadsheet would run as a formula gets an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for count, row in enumerate(rows, start=1):
        writer.writerow([csv_text(cell) for cell in row])
        if count % CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def as_xlsx(rows: Iterable[list[str]], *, title: str) -> IO[bytes]:
    """The whole file, on disk when it is large; the caller closes it. Text stays text, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for place in range(1, 60):
        sheet.column_dimensions[get_column_letter(place)].width = 20
    for count, row in enumerate(rows):
        cells = [WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", cell)) for cell in row]
        for cell in cells:
            cell.data_type = "s"
            if count == 0:
                cell.font = Font(bold=True)
        sheet.append(cells)
    file = tempfile.SpooledTemporaryFile(max_size=5 * 1024 * 1024)  # noqa: SIM115 (the answer closes it)
    book.save(file)
    file.seek(0)
    return file
