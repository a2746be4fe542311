"""Where all drivers of a tenant are, laid out in cells, so that each viewer gets what lies in their part of the map.

A row is written as JSON once, a cell once per frame, and viewers of the same cells share one frame: a viewer with
a view of their own costs no more than the joining of a few texts.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dispatch_console.console.live import frames
from dispatch_console.console.live.frames import Frame
from dispatch_console.core.realtime import PositionRow

CELL_DEGREES = 0.02  # 2.2 km from north to south
COLUMNS = round(360 / CELL_DEGREES)

Cell = tuple[int, int]
Seen = frozenset[int] | None  # the drivers that somebody may see; None: all


class View(NamedTuple):
    """The part of the map that a viewer looks at, in whole cells; `west` may be beyond `east`, across the date line."""

    south: int
    west: int
    north: int
    east: int

    @classmethod
    def of(cls, south: float, west: float, north: float, east: float) -> "View":
        """From degrees. Longitudes may go round the world, as those of a map do that was dragged far."""
        if east - west >= 360:
            west, east = -180.0, 180.0 - CELL_DEGREES
        return cls(_row(south), _column(west), _row(north), _column(east))

    def has(self, cell: Cell) -> bool:
        row, column = cell
        if not self.south <= row <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= column <= self.east
        return column >= self.west or column <= self.east


def _row(latitude: float) -> int:
    return math.floor(latitude / CELL_DEGREES)


def _column(longitude: float) -> int:
    return math.floor((longitude + 180) / CELL_DEGREES) % COLUMNS


def cell_of(row: PositionRow) -> Cell:
    return (_row(row.latitude), _column(row.longitude))


@dataclass(frozen=True, slots=True)
class _Move:
    """`came_from` is where the driver was in the last frame: whoever looks there must see them leave."""

    row: PositionRow
    cell: Cell
    came_from: Cell


class Board:
    """The latest row of each driver, and who has moved since the last frames were made."""

    def __init__(self) -> None:
        self._cells: dict[Cell, dict[int, PositionRow]] = {}
        self._places: dict[int, tuple[PositionRow, Cell]] = {}
        self._moved: dict[int, _Move] = {}
        self._moved_since_overview: dict[int, PositionRow] = {}

    @property
    def has_news(self) -> bool:
        return bool(self._moved)

    def take(self, rows: Iterable[PositionRow]) -> None:
        """Rows in any order, from several processes; of each driver the latest by device time counts."""
        for row in rows:
            known = self._places.get(row.driver_id)
            if known is not None and not _is_newer(row, known[0]):
                continue
            cell = cell_of(row)
            before = known[1] if known is not None else cell
            if before != cell:
                del self._cells[before][row.driver_id]
                if not self._cells[before]:
                    del self._cells[before]
            self._cells.setdefault(cell, {})[row.driver_id] = row
            self._places[row.driver_id] = (row, cell)
            moved = self._moved.get(row.driver_id)
            self._moved[row.driver_id] = _Move(row, cell, moved.came_from if moved is not None else before)

    def moves(self) -> "Moves":
        """What has moved since the last call."""
        moved, self._moved = self._moved, {}
        self._moved_since_overview.update((driver_id, move.row) for driver_id, move in moved.items())
        return Moves(moved.values())

    def overview(self) -> "Moves":
        """What has moved since the last overview, wherever it is."""
        moved, self._moved_since_overview = self._moved_since_overview, {}
        return Moves(_Move(row, (0, 0), (0, 0)) for row in moved.values())

    def rows(self, view: View | None, *, but_not: View | None = None) -> Iterator[PositionRow]:
        """Everybody in the view, without those in another one."""
        for cell, rows in self._cells.items():
            if (view is None or view.has(cell)) and not (but_not is not None and but_not.has(cell)):
                yield from rows.values()


def _is_newer(row: PositionRow, known: PositionRow) -> bool:
    """A row of the same moment can carry a new doubt about it."""
    if row.recorded_at_ms == known.recorded_at_ms:
        return row.flags != known.flags
    return row.recorded_at_ms > known.recorded_at_ms


class Moves:
    """The frames of one tick, each made when the first viewer needs it."""

    def __init__(self, moves: Iterable[_Move]) -> None:
        self._moves = list(moves)
        self._cells: dict[Seen, tuple[dict[Cell, str], list[tuple[Cell, Cell, str]]]] = {}
        self._frames: dict[tuple[Seen, View | None], Frame | None] = {}
        self._at = frames.now()

    def frame(self, seen: Seen, view: View | None) -> Frame | None:
        """For whoever may see these drivers and looks there; None when nobody moved in their sight."""
        key = (seen, view)
        if key not in self._frames:
            self._frames[key] = self._made(seen, view)
        return self._frames[key]

    def _made(self, seen: Seen, view: View | None) -> Frame | None:
        if view is None:
            found = [frames.row(move.row) for move in self._visible(seen)]
        else:
            cells, leaving = self._texts(seen)
            found = [text for cell, text in cells.items() if view.has(cell)]
            found += [text for cell, into, text in leaving if view.has(cell) and not view.has(into)]
        return frames.positions_of(found, at=self._at) if found else None

    def _texts(self, seen: Seen) -> tuple[dict[Cell, str], list[tuple[Cell, Cell, str]]]:
        """The rows of each cell as one text, and of those who went from one cell into another."""
        if seen not in self._cells:
            cells: dict[Cell, list[str]] = {}
            leaving = []
            for move in self._visible(seen):
                text = frames.row(move.row)
                cells.setdefault(move.cell, []).append(text)
                if move.came_from != move.cell:
                    leaving.append((move.came_from, move.cell, text))
            self._cells[seen] = {cell: ",".join(texts) for cell, texts in cells.items()}, leaving
        return self._cells[seen]

    def _visible(self, seen: Seen) -> list[_Move]:
        return [move for move in self._moves if seen is None or move.row.driver_id in seen]
