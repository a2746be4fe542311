"""What every format is read into: numbered lines of plain values."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dispatch_console.core.errors import Invalid

Value = str | int | float | bool | datetime | date | time | timedelta | None

MOST_ROWS = 200_000
MOST_COLUMNS = 500
# What a spreadsheet program puts into one cell at most.
LONGEST_CELL = 32_767


class Fault(NamedTuple):
    """Why a line cannot be read: a stable code and a sentence."""

    code: str
    sentence: str


class Line(NamedTuple):
    """`number` is the row a person sees in a spreadsheet program, from 1; empty lines are left out but counted."""

    number: int
    cells: list[Value]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read. `encoding` and `delimiter` belong to csv, `sheet` to workbooks."""

    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


def refused(code: str, sentence: str) -> Invalid:
    """A file that cannot be taken."""
    return Invalid(sentence, code=code, details={"fields": {"file": [sentence]}})


def damaged(why: str = "") -> Invalid:
    return refused("file_damaged", f"The file is damaged or incomplete{why}. Save it again and upload the new copy.")


def too_many_columns(count: int) -> Invalid:
    return refused(
        "too_many_columns",
        f"The file has {count:,} columns; {MOST_COLUMNS} are the most. Remove those that are not needed.",
    )


def too_many_rows() -> Invalid:
    return refused("too_many_rows", f"The file has more than {MOST_ROWS:,} rows. Split it into several files.")


def trimmed(cells: list[Value]) -> list[Value]:
    """Without the empty cells at the end, which formats have or leave out as they like."""
    end = len(cells)
    while end and (cells[end - 1] is None or (isinstance(cells[end - 1], str) and not str(cells[end - 1]).strip())):
        end -= 1
    return cells[:end]
