"""A first look at a file: its headings, its first rows, and the best guess of what they mean."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from orders.importing import mapping as mappings
from orders.importing.cells import Layout, Line, refused
from orders.importing.headings import LOOKED_AT, guess_heading_row, headings, text_of
from orders.importing.mapping import Mapping_
from orders.importing.reading import lines
from orders.importing.values import guess_date_order

SHOWN = 20
READ = 200
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Look:
    """`rows` are the first ones as text, each with its number; `estimate` is about how many orders there are."""

    layout: Layout
    heading_row: int
    headings: list[str]
    rows: list[dict[str, Any]]
    guess: Mapping_
    is_remembered: bool
    date_order: str
    estimate: int


def look(path: Path, layout: Layout, *, tenant_id: int, heading_row: int | None = None) -> Look:
    """Reads only the beginning. Invalid where there are no headings, or nothing below them."""
    first = list(islice(lines(path, layout), READ))
    if not first:
        raise refused("file_empty", "The file is empty. Upload one with a heading row and at least one order.")
    row = heading_row or guess_heading_row(first[:LOOKED_AT])
    below = [line for line in first if line.number > row]
    if not below:
        raise refused("file_empty", f"There is no row below the headings in row {row}.")
    names = headings(first, row)
    known = mappings.remembered(tenant_id, names)
    return Look(
        layout=layout,
        heading_row=row,
        headings=names,
        rows=[_shown(line, len(names)) for line in below[:SHOWN]],
        guess=known if known is not None else mappings.guess(names),
        is_remembered=known is not None,
        date_order=guess_date_order(cell for line in below for cell in line.cells),
        estimate=_estimate(path, layout, below),
    )


def _shown(line: Line, width: int) -> dict[str, Any]:
    cells = [
        text_of(cell)[:LONGEST_SHOWN].encode("utf-8", "replace").decode().replace("\x00", "�") for cell in line.cells
    ]
    return {"row": line.number, "cells": cells + [""] * (width - len(cells))}


def _estimate(path: Path, layout: Layout, below: list[Line]) -> int:
    """Exact for short files; for long ones only so good that a bar can move."""
    if len(below) < READ - LOOKED_AT:
        return len(below)
    if layout.format != "csv":
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
