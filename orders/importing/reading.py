"""One way to read a file of any format: what it is, how it is laid out, and its lines."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.db.models.fields.files import FieldFile

from orders.importing.cells import MOST_ROWS, Layout, Line, too_many_rows
from orders.importing.sniffing import format_of
from orders.importing.text_files import guess_delimiter, guess_encoding, text_lines
from orders.importing.workbooks import sheets_of, workbook_lines


@contextlib.contextmanager
def on_disk(chunks: Iterable[bytes]) -> Iterator[Path]:
    """The content as a file of this machine: readers jump about in it."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            copy.writelines(chunks)
        yield path


@contextlib.contextmanager
def local_copy(file: FieldFile) -> Iterator[Path]:
    """A stored file on this machine's disk, wherever the storage is."""
    with file.open("rb") as stored, on_disk(stored.chunks()) as path:
        yield path


def look_at(path: Path, name: str) -> tuple[Layout, list[str]]:
    """How the file is best read, and the names of its sheets; Invalid with the reason where it cannot be."""
    kind = format_of(path, name)
    if kind == "csv":
        encoding = guess_encoding(path)
        return Layout("csv", encoding=encoding, delimiter=guess_delimiter(path, encoding)), []
    sheets = sheets_of(path, kind)
    layout = Layout(kind, sheet=sheets[0])
    for sheet in sheets:
        # The first sheet may be a cover.
        candidate = Layout(kind, sheet=sheet)
        if len(list(islice(lines(path, candidate), 2))) == 2:
            return candidate, sheets
    return layout, sheets


def lines(path: Path, layout: Layout) -> Iterator[Line]:
    """Every line that is not empty, one after the other; refuses the file where it turns out to be unreadable."""
    if layout.format == "csv":
        found = text_lines(path, encoding=layout.encoding, delimiter=layout.delimiter)
    else:
        found = workbook_lines(path, layout.format, sheet=layout.sheet)
    for count, line in enumerate(found):
        if count > MOST_ROWS:
            raise too_many_rows()
        yield line
