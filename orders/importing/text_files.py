"""Reads csv files: their encoding, their delimiter, and their lines without holding them all."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from orders.importing.cells import LONGEST_CELL, MOST_COLUMNS, Fault, Line, Value, refused, too_many_columns, trimmed
from orders.spreadsheets import unprotected

# What a person can choose where the guess is wrong: Python's name, and the one people know.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows (Western Europe)",
    "mac_roman": "Macintosh",
    "cp850": "DOS (Western Europe)",
    "cp1250": "Windows (Central Europe)",
    "iso8859_15": "ISO 8859-15",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without mark, little endian",
    "utf-16-be": "UTF-16 without mark, big endian",
}
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
# Of one byte per character; the first is taken where all are equally good.
SINGLE_BYTE = ("cp1252", "mac_roman", "cp850")
LETTERS = frozenset("äöüßÄÖÜéèêëàâáãåçñíìîïóòôõøúùûæœÉÈÊÀÂÁÅÇÑÍÓÔØÚÛÆŒ")
SIGNS = frozenset("€£°§·–—‘’“”«»…´½¿¡º\u00a0")
SAMPLE = 256 * 1024
SAMPLE_LINES = 60

csv.field_size_limit(LONGEST_CELL * 4)


def guess_encoding(path: Path) -> str:
    """By the mark at the beginning, else UTF-8 where most of it is, else the most plausible of one byte each."""
    content = path.read_bytes()
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = content[:SAMPLE]
    half = max(len(sample) // 2, 1)
    if sample[1::2].count(0) > 0.4 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "utf-8-sig" if _is_mostly_utf8(content) else _best_single_byte(content)
    return "utf-8-sig"


def _is_mostly_utf8(content: bytes) -> bool:
    """Sequences of UTF-8 do not come about by chance: a few of them, and the rest are lines from somewhere else."""
    text = content.decode("utf-8", "surrogateescape")
    foreign = sum(1 for character in text if "\udc80" <= character <= "\udcff")
    right = sum(1 for character in text if character > "\x7f") - foreign
    return right * 10 > foreign


def _best_single_byte(content: bytes) -> str:
    strange = bytes(byte for byte in content if byte > 127)[:20_000]

    def plausible(encoding: str) -> int:
        text = strange.decode(encoding, "replace")
        return sum(3 if character in LETTERS else 2 if character in SIGNS else -2 for character in text)

    return max(SINGLE_BYTE, key=plausible)


def guess_delimiter(path: Path, encoding: str) -> str:
    """The one that gives the first lines the most columns, the same number in each."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = "".join(islice(file, SAMPLE_LINES))[:SAMPLE]
    first = sample.split("\n", 1)[0].strip().strip('"').lower()
    if first.startswith("sep=") and first[4:5] in DELIMITERS:
        return first[4]

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(row)]
        except csv.Error:
            return (0.0, 0)
        widths = [len(row) for row in rows]
        if not widths:
            return (0.0, 0)
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        return ((usual > 1) * widths.count(usual) / len(widths), usual)

    return max(DELIMITERS, key=fit)


class _Source:
    """The physical lines of the file, and the ones that make up the record being read."""

    def __init__(self, file: io.TextIOBase) -> None:
        self._file = file
        self.taken: list[str] = []

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_CELL * 8)
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line


def text_lines(path: Path, *, encoding: str, delimiter: str) -> Iterator[Line]:
    """Every record that is not empty; what cannot be read is a line with a fault, and reading goes on after it."""
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        source = _Source(file)
        reader = csv.reader(source, delimiter=delimiter, strict=True)
        number = 0
        while True:
            source.taken.clear()
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeError) as error:
                yield from _not_read(number, source.taken, error)
                continue
            if number == 1 and cells and cells[0].strip().lower() == f"sep={delimiter}"[:4] + delimiter:
                continue
            if number == 1 and len(cells) <= 2 and cells[0].lower() == "sep=":
                continue
            if len(cells) > MOST_COLUMNS and len(trimmed(list(cells))) > MOST_COLUMNS:
                raise too_many_columns(len(trimmed(list(cells))))
            line: list[Value] = trimmed([unprotected(cell) for cell in cells])
            if line:
                yield Line(number, line, _fault(line))


def _fault(cells: list[Value]) -> Fault | None:
    for cell in cells:
        if isinstance(cell, str) and not cell.isascii():
            if any("\udc80" <= character <= "\udcff" for character in cell):
                return Fault("bad_encoding", "This row is not written in the encoding of the file (UTF-8).")
            if "\ufffd" in cell:
                return Fault("bad_encoding", "This row has characters that the chosen encoding does not know.")
    return None


def _not_read(number: int, taken: list[str], error: Exception) -> Iterator[Line]:
    text = "".join(taken)
    said = str(error)
    if "unexpected end of data" in said:
        raise refused(
            "file_damaged",
            f"The quotation mark that opens in row {number} is never closed, so that the rest of the file would be one "
            "cell. Close it, or save the file again.",
        ) from error
    if "field larger" in said:
        raise refused("cell_too_long", f"A cell in row {number} has more than {LONGEST_CELL:,} characters.") from error
    shown = text.strip("\r\n").encode("utf-8", "replace").decode()[:500]
    yield Line(number, [shown], Fault("bad_quotes", "The quotation marks in this row do not fit together."))
