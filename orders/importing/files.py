"""Files for people: the template to fill in, and the rows that were not imported with the reason beside them."""

from collections.abc import Iterator
from itertools import groupby

from orders.importing.cells import Line, Value
from orders.importing.fields import FIELDS
from orders.importing.headings import text_of
from orders.importing.reading import lines, local_copy
from orders.importing.work import layout_of
from orders.models import ImportFinding, ImportJob, ImportState

FORMATS = ("csv", "xlsx")
WHY = ("Row", "Errors")
NOT_TRIED = "Not tried: the import ended before this row."


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
