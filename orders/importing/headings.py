"""Which line holds the headings, and what each column is called."""

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from openpyxl.utils import get_column_letter

from orders.importing.cells import Line, Value
from orders.importing.fields import HEADINGS, folded

LOOKED_AT = 20
LONGEST_HEADING = 80


def guess_heading_row(first: Sequence[Line]) -> int:
    """The row whose cells look most like headings: known words first, then different texts; titles are passed over."""

    def score(line: Line) -> int:
        texts = [cell for cell in line.cells if isinstance(cell, str) and cell.strip()]
        known = sum(1 for text in texts if folded(text) in HEADINGS)
        others = sum(1 for cell in line.cells if cell is not None and not isinstance(cell, str))
        return 2 * known + len(texts) - others

    candidates = list(first[:LOOKED_AT])
    if not candidates:
        return 1
    return max(candidates, key=lambda line: (score(line), -line.number)).number


def headings(first: Sequence[Line], row: int) -> list[str]:
    """A name for every column, as wide as the widest of these lines.

    Empty ones are called after their letter. Where the names repeat under merged headings ("Pickup" over "Address" and
    "Phone"), the heading above is put in front.
    """
    by_number = {line.number: line for line in first}
    own = [text_of(cell).strip() for cell in by_number[row].cells] if row in by_number else []
    width = max((len(line.cells) for line in first if line.number >= row), default=0)
    own += [""] * (width - len(own))
    above = by_number.get(row - 1)
    # A title above the table is one cell; headings that span columns are several.
    if above is not None and _repeats(own) and sum(1 for cell in above.cells if text_of(cell).strip()) > 1:
        own = [f"{over} {name}".strip() for over, name in zip_longest(_spread(above.cells, width), own, fillvalue="")]
    return [name[:LONGEST_HEADING] or f"Column {get_column_letter(place + 1)}" for place, name in enumerate(own)]


def _repeats(names: Sequence[str]) -> bool:
    counted = Counter(folded(name) for name in names if name)
    return any(count > 1 for count in counted.values())


def _spread(cells: Sequence[Value], width: int) -> list[str]:
    """Merged cells hold their text in the first one only."""
    spread, last = [], ""
    for place in range(width):
        text = text_of(cells[place]).strip() if place < len(cells) else ""
        last = text or last
        spread.append(last)
    return spread


def text_of(value: Value) -> str:
    """A cell as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return repr(value)
    if hasattr(value, "isoformat"):
        text: str = value.isoformat()
        return text.replace("T", " ").removesuffix(" 00:00:00")
    return str(value)
