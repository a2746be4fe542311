"""Lists on A4: a head, a table that goes on over pages, room to sign. Waybills and trips are printed so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from orders.printing import marks
from orders.printing.drawing import Box
from orders.printing.fitting import fit
from orders.printing.fonts import BOLD, PLAIN, register

MARGIN = 14 * mm
FOOT = 12 * mm
SIGNATURES = 22 * mm
CELL_LINES = 3
SIZE = 8.0


@dataclass(frozen=True, slots=True)
class Column:
    """`share` of the width; numbers stand to the right."""

    heading: str
    share: float
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list as plain words. `code` is printed as a barcode; `facts` are pairs of a name and what it is.

    `signatures` are the captions of fields to sign in.
    """

    company: str
    title: str
    code: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    totals: str
    signatures: Sequence[str] = ()
    note: str = ""
    printed_at: str = ""


def write_sheet(out: IO[bytes], sheet: Sheet) -> int:
    """The whole file; how many pages it has. The table's headings stand on every page."""
    pages = _paged(sheet)
    register()
    canvas = Canvas(out, pagesize=A4, pageCompression=1)
    canvas.setTitle(f"{sheet.title} {sheet.code}".strip())
    canvas.setAuthor(sheet.company)
    for number, rows in enumerate(pages, start=1):
        _page(canvas, sheet, rows, number, len(pages))
        canvas.showPage()
    canvas.save()
    return len(pages)


def _page_box(canvas: Canvas) -> Box:
    return Box(canvas, MARGIN, FOOT, A4[0] - 2 * MARGIN, A4[1] - MARGIN)


def _paged(sheet: Sheet) -> list[list[int]]:
    """The numbers of the rows on each page, found by drawing into nothing."""
    register()
    canvas = Canvas(None, pagesize=A4)
    pages: list[list[int]] = []
    left = list(range(len(sheet.rows)))
    while True:
        box = _page_box(canvas)
        _head(box, sheet, first=not pages)
        _headings(box, sheet)
        page: list[int] = []
        while left and box.top - _row_height(box, sheet, left[0]) >= box.bottom + 12:
            box.skip(_row_height(box, sheet, left[0]))
            page.append(left.pop(0))
        if not page and left:  # a row higher than a page cannot be: cells have few lines
            page.append(left.pop(0))
        pages.append(page)
        if left:
            continue
        if box.top - box.bottom < _end_height(sheet):
            pages.append([])
        return pages


def _end_height(sheet: Sheet) -> float:
    return 26 + (SIGNATURES if sheet.signatures else 0) + (24 if sheet.note else 0)


def _page(canvas: Canvas, sheet: Sheet, rows: list[int], number: int, count: int) -> None:
    box = _page_box(canvas)
    _head(box, sheet, first=number == 1)
    if rows or number == 1:
        _headings(box, sheet)
    for row in rows:
        _row(box, sheet, row)
    if number == count:
        _end(box, sheet)
    foot = box.part(bottom=0)
    foot.top = FOOT - 2
    middle = f"{sheet.title} {sheet.code}".strip()
    foot.part(room=foot.room / 2).small(f"{sheet.company} · {middle} · printed {sheet.printed_at}")
    foot.part(left=foot.room / 2).line(f"Page {number} of {count}", size=6.5, grey=0.38, align="right")


def _head(box: Box, sheet: Sheet, *, first: bool) -> None:
    if not first:
        box.line(f"{sheet.title} {sheet.code}", size=10, bold=True)
        box.skip(4)
        return
    start = box.top
    if sheet.code:
        marks.barcode(box.canvas, sheet.code, x=box.left + box.room * 0.6, y=start - 34, room=box.room * 0.4, height=32)
        below = box.part(left=box.room * 0.6)
        below.top = start - 36
        below.line(sheet.code, size=8, align="center")
    head = box.part(room=box.room * 0.58)
    head.line(sheet.company, size=9)
    head.line(f"{sheet.title} {sheet.code}".strip(), size=17, bold=True)
    head.text(sheet.subtitle, size=9.5, smallest=8, lines=2, grey=0.25)
    box.top = min(head.top, start - 48)
    box.skip(6)
    _facts(box, sheet)
    box.skip(6)


def _facts(box: Box, sheet: Sheet) -> None:
    """In three columns, filled row by row."""
    width = box.room / 3
    shown = [(name, words) for name, words in sheet.facts if words]
    for start in range(0, len(shown), 3):
        lowest = box.top
        for place, (name, words) in enumerate(shown[start : start + 3]):
            part = box.part(left=place * width, room=width - 10)
            part.small(name)
            part.text(words, size=9, smallest=7.5, lines=3)
            lowest = min(lowest, part.top)
        box.top = lowest
        box.skip(4)


def _headings(box: Box, sheet: Sheet) -> None:
    box.rule(weight=0.9, above=0, below=1)
    start = box.top
    for column, part in _cells(box, sheet):
        part.line(column.heading, size=7, bold=True, align=column.align)
        start = min(start, part.top)
    box.top = start
    box.rule(weight=0.5, above=1, below=0)


def _cells(box: Box, sheet: Sheet) -> list[tuple[Column, Box]]:
    total = sum(column.share for column in sheet.columns)
    found, left = [], 0.0
    for column in sheet.columns:
        room = box.room * column.share / total
        found.append((column, box.part(left=left, room=room - 8)))
        left += room
    return found


def _row_height(box: Box, sheet: Sheet, row: int) -> float:
    cells = zip(_cells(box, sheet), sheet.rows[row], strict=True)
    heights = [
        fit(words, PLAIN, room=part.room, size=SIZE, smallest=6.8, lines=CELL_LINES).height
        for (_, part), words in cells
    ]
    return max(heights) + 6


def _row(box: Box, sheet: Sheet, row: int) -> None:
    height = _row_height(box, sheet, row)
    for place, ((column, part), words) in enumerate(zip(_cells(box, sheet), sheet.rows[row], strict=True)):
        part.skip(2.5)
        font = BOLD if place == 0 else PLAIN
        part.block(fit(words, font, room=part.room, size=SIZE, smallest=6.8, lines=CELL_LINES), align=column.align)
    box.skip(height)
    box.rule(weight=0.25, above=0, below=0)


def _end(box: Box, sheet: Sheet) -> None:
    box.skip(6)
    box.line(sheet.totals, size=9.5, bold=True)
    if sheet.note:
        box.text(sheet.note, size=8, smallest=7, lines=2, grey=0.25)
    if not sheet.signatures:
        return
    box.skip(SIGNATURES - 12)
    width = box.room / len(sheet.signatures)
    for place, caption in enumerate(sheet.signatures):
        field_ = box.part(left=place * width, room=width - 14)
        field_.rule(weight=0.5, above=0, below=1)
        field_.small(caption)
