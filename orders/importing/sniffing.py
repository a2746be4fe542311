"""What a file really is: by its content. The name only decides whether it is looked at."""

import contextlib
import zipfile
import zlib
from pathlib import Path, PurePath
from xml.parsers import expat

from orders.importing.cells import damaged, refused

EXTENSIONS = ("csv", "xls", "xlsx")
LARGEST_FILE = 15_728_640
# A real workbook packs to a tenth or less; what unpacks further than this is meant to fill the memory.
LARGEST_UNPACKED = 400 * 1024 * 1024
LARGEST_SHARED_STRINGS = 96 * 1024 * 1024
MOST_PARTS = 2_000
HEAD = 64 * 1024

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
KNOWN = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x1f\x8b": "an archive",
    b"BZh": "an archive",
    b"\xfd7zXZ": "an archive",
    b"{\\rtf": "a text document",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}


def extension_of(name: str) -> str:
    """csv, xls or xlsx; any other ending is refused with the code `unsupported_file_extension`."""
    extension = PurePath(name).suffix.lower().removeprefix(".")
    if extension in EXTENSIONS:
        return extension
    what = f"“.{extension[:12]}” files" if extension else "Files without an ending"
    raise refused(
        "unsupported_file_extension",
        f"{what} cannot be imported: upload a .csv, .xls or .xlsx file of at most {LARGEST_FILE:,} bytes (15 MB).",
    )


def format_of(path: Path, name: str) -> str:
    """The format of the content, which is csv, xls or xlsx; Invalid with the reason where it is none of them.

    A workbook that carries another of the three endings is read as what it is: old programs write such files.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise refused("file_empty", "The file is empty. Upload one with a heading row and at least one order.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _check_archive(path)
        return "xlsx"
    if head.startswith(OLE):
        _check_compound_file(path)
        return "xls"
    if head[:2] in OLD_EXCEL and head[3:4] == b"\x00":
        return "xls"
    for start, what in KNOWN.items():
        if head.startswith(start):
            raise _not_a_spreadsheet(f"is {what}, whatever its name says")
    if extension_of(name) != "csv":
        beginning = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        if beginning.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
            raise _not_a_spreadsheet("is a web page or an XML file with the name of a workbook")
        if _looks_binary(head):
            raise damaged(": its content is no workbook")
    elif _looks_binary(head):
        raise _not_a_spreadsheet("is not text")
    return "csv"


def _not_a_spreadsheet(why: str) -> Exception:
    return refused(
        "not_a_spreadsheet", f"This file {why}. Open the list in a spreadsheet program and save it as .xlsx or .csv."
    )


def _looks_binary(head: bytes) -> bool:
    """Control characters that no text has; UTF-16 has a zero in every second place, which is a pattern of its own."""
    sample = head[:4096]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    zeros = sample.count(0)
    if zeros > len(sample) // 4 and (not any(sample[1::2]) or sample[1::2].count(0) > 0.8 * (len(sample) // 2)):
        return False
    if zeros > len(sample) // 4 and sample[0::2].count(0) > 0.8 * (len(sample) // 2):
        return False
    controls = sum(1 for byte in sample if byte < 32 and byte not in (9, 10, 12, 13))
    return controls > max(8, len(sample) // 50)


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged() from error
    names = {part.filename for part in parts}
    if "xl/workbook.bin" in names:
        raise _not_a_spreadsheet("is a binary workbook (.xlsb)")
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise _not_a_spreadsheet("is an archive and no workbook")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise has_macros()
    if any(part.flag_bits & 0x1 for part in parts):
        raise is_encrypted()
    unpacked = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED or strings > LARGEST_SHARED_STRINGS:
        raise refused(
            "file_expands_too_far",
            f"The workbook unpacks to more than {LARGEST_UNPACKED // 1024 // 1024} MB. Copy the order rows alone into "
            "a new workbook, or save them as CSV.",
        )
    _refuse_doctypes(path, [part.filename for part in parts if part.filename.lower().endswith((".xml", ".rels"))])


class _ElementSeen(Exception):
    pass


def _refuse_doctypes(path: Path, names: list[str]) -> None:
    """No workbook declares a document type; one that does brings entities that grow without end.

    A declaration stands before the first element, so only the beginning of each part is read.
    """

    def refuse(*said: object) -> None:
        raise damaged(": it declares entities, which no spreadsheet program writes")

    def stop(*said: object) -> None:
        raise _ElementSeen

    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                parser = expat.ParserCreate()
                parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
                with archive.open(name) as part, contextlib.suppress(_ElementSeen):
                    parser.ParseFile(part)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, EOFError, NotImplementedError) as error:
        raise damaged() from error


def _check_compound_file(path: Path) -> None:
    """Old workbooks, and new ones behind a password; streams are named in UTF-16."""
    content = path.read_bytes()
    if _named(content, "EncryptedPackage") or _named(content, "EncryptionInfo"):
        raise is_encrypted()
    if _named(content, "_VBA_PROJECT_CUR") or _named(content, "_VBA_PROJECT"):
        raise has_macros()
    if not (_named(content, "Workbook") or _named(content, "Book")):
        if _named(content, "WordDocument") or _named(content, "PowerPoint Document"):
            raise _not_a_spreadsheet("is an office document and no workbook")
        raise damaged()


def _named(content: bytes, name: str) -> bool:
    return name.encode("utf-16-le") in content


def is_encrypted() -> Exception:
    return refused(
        "file_encrypted", "The file is protected with a password. Save a copy without password and upload that."
    )


def has_macros() -> Exception:
    return refused("file_has_macros", "The workbook contains macros. Save it as .xlsx without macros and upload that.")
