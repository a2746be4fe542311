"""Files as people have them, and files that are meant to do harm: read right, or refused with the reason."""

import io
import zipfile
from datetime import datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt

from dispatch_console.core.api.raw import in_front_of
from dispatch_console.core.errors import DomainError
from orders.api.import_upload import UploadGate
from orders.importing.cells import Layout, Line
from orders.importing.headings import guess_heading_row, headings
from orders.importing.reading import lines, look_at
from orders.importing.sniffing import LARGEST_UNPACKED, OLE, extension_of

HEADINGS = ["Reference", "Customer", "Phone"]
MOMENT = datetime(2026, 12, 31, 14, 30)  # noqa: DTZ001 (a spreadsheet knows no zones)
MIDNIGHT = MOMENT.replace(hour=0, minute=0)


@pytest.fixture
def put(tmp_path: Path):
    """Writes bytes to a file and reads it as if it had that name."""

    def read(content: bytes, name: str = "orders.csv") -> tuple[Layout, list[Line]]:
        path = tmp_path / "file"
        path.write_bytes(content)
        layout, _ = look_at(path, name)
        return layout, list(lines(path, layout))

    return read


def code_of(put: Any, content: bytes, name: str = "orders.csv") -> str:
    with pytest.raises(DomainError) as refusal:
        put(content, name)
    assert refusal.value.message.endswith(".")
    return refusal.value.code


def xlsx(*rows: list[Any], epoch: datetime | None = None, **formats: str) -> bytes:
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    for row in rows:
        book.active.append(row)
    for cell, shown in formats.items():
        book.active[cell].number_format = shown
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    """The workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part not in change:
                new.writestr(part, old.read(part))
        for part, text in change.items():
            new.writestr(part, text)
    return out.getvalue()


def cells(found: list[Line]) -> list[list[Any]]:
    return [line.cells for line in found]


TEXT = 'Reference;Kunde;Ort\n1;Bäckerei "Höhe";Zürich – Süd\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_every_usual_encoding_is_told_by_itself(put, encoding):
    text = 'Reference;Kunde;Ort\n1;"Bäckerei ""Höhe""";Zürich – Süd\n'
    _, found = put(text.encode(encoding))
    assert cells(found)[1] == ["1", 'Bäckerei "Höhe"', "Zürich – Süd"]


def test_letters_of_dos_and_of_latin_9_are_read(put):
    assert cells(put("Kunde;Ort\nMüller;Gößweg\n".encode("cp850"))[1])[1] == ["Müller", "Gößweg"]
    assert cells(put("Kunde;Ort\nMüller;Gößweg\n".encode("latin-1"))[1])[1] == ["Müller", "Gößweg"]


def test_a_line_in_another_encoding_is_a_fault_of_that_line_alone(put):
    content = "Kunde,Ort\nMüller,Äule\n".encode() + "Köhler,Bad\n".encode("cp1252") + "Größe,Höhe\n".encode()
    _, found = put(content)
    assert [line.fault.code if line.fault else "" for line in found] == ["", "", "bad_encoding", ""]
    assert found[3].cells == ["Größe", "Höhe"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_also_where_cells_hold_others(put, delimiter):
    rows = [HEADINGS, ["1", "Smith, John; and sons", "079 1"], ["2", 'The "best" | inn', "079 2"]]
    text = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert cells(put(text.encode())[1]) == rows


def test_the_line_that_names_the_delimiter_is_no_row(put):
    layout, found = put(b"sep=;\nReference;Customer\n1;a,b\n")
    assert layout.delimiter == ";"
    assert [(line.number, line.cells) for line in found] == [(2, ["Reference", "Customer"]), (3, ["1", "a,b"])]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(put):
    content = b'Reference,Notes\n\n1,"two\nlines"\n,\n2,x\n'
    assert [line.number for line in put(content)[1]] == [1, 3, 5]
    book = xlsx(["Reference"], [], ["1"], [None, "  "], ["2"])
    assert [line.number for line in put(book, "o.xlsx")[1]] == [1, 3, 5]


def test_leading_zeros_numbers_as_text_and_text_like_formulas_stay(put):
    assert cells(put(b"Phone,Notes\n0041790000000,=1+1\n'=2+2,'plain\n")[1])[1:] == [
        ["0041790000000", "=1+1"],
        ["=2+2", "'plain"],
    ]
    book = xlsx(["Reference", "Postcode", "Units"], ["007", 94, 3.0], B2="00000")
    assert cells(put(book, "o.xlsx")[1])[1] == ["007", "00094", 3]


@pytest.mark.parametrize("epoch", [None, openpyxl.utils.datetime.CALENDAR_MAC_1904])
def test_dates_and_times_of_both_calendars(put, epoch):
    _, found = put(xlsx(["When", "Day", "At"], [MOMENT, MIDNIGHT, time(9, 15)], epoch=epoch), "o.xlsx")
    assert found[1].cells == [MOMENT, MIDNIGHT, time(9, 15)]


def old_workbook(*rows: list[Any], calendar_of_1904: bool = False) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = calendar_of_1904
    sheet = book.add_sheet("Orders")
    shown = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for at, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(at, place, value, *([shown] if isinstance(value, datetime) else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("calendar_of_1904", [False, True])
def test_old_workbooks_are_read_too(put, calendar_of_1904):
    content = old_workbook(
        ["Name", "When", "Units", "Yes"], ["Büro", MOMENT, 2, True], calendar_of_1904=calendar_of_1904
    )
    layout, found = put(content, "orders.xls")
    assert layout.format == "xls"
    assert found[1].cells == ["Büro", MOMENT, 2, True]


def test_formulas_give_what_was_stored_and_are_never_worked_out(put):
    book = xlsx(["Reference", "Sum"], ["1", "=1+1"])
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    stored = repacked(
        book, {"xl/worksheets/sheet1.xml": sheet.replace(b"<v />", b"<v>42</v>").replace(b"<v/>", b"<v>42</v>")}
    )
    assert cells(put(stored, "o.xlsx")[1])[1] == ["1", 42]
    assert cells(put(book, "o.xlsx")[1])[1] == ["1"]


def test_titles_are_passed_over_and_merged_headings_are_joined():
    first = [
        Line(1, ["Orders of November"]),
        Line(3, ["", "Pickup", None, "Dropoff"]),
        Line(4, ["Reference", "Address", "Phone", "Address", "Phone"]),
        Line(5, ["1", "a", "2", "b", "3"]),
    ]
    row = guess_heading_row(first)
    assert row == 4
    assert headings(first, row) == ["Reference", "Pickup Address", "Pickup Phone", "Dropoff Address", "Dropoff Phone"]
    assert headings([Line(1, ["Ref", None, "Ref"]), Line(2, ["a", "b", "c", "d"])], 1) == [
        "Ref", "Column B", "Ref", "Column D",
    ]  # fmt: skip


def test_two_hundred_columns_are_read_and_a_thousand_refused(put):
    wide = ",".join(f"Column {place}" for place in range(200))
    assert len(put(f"{wide}\n{wide}\n".encode())[1][1].cells) == 200
    assert code_of(put, (",".join("abcde" * 200) + "\n").encode() * 2) == "too_many_columns"
    assert code_of(put, xlsx(["a"] * 600, ["b"] * 600), "o.xlsx") == "too_many_columns"


@pytest.mark.parametrize("name", ["orders.pdf", "orders.xlsm", "orders.ods", "orders", "orders.csv.exe"])
def test_other_endings_are_refused_by_name(name):
    with pytest.raises(DomainError) as refusal:
        extension_of(name)
    assert (refusal.value.status, refusal.value.code) == (400, "unsupported_file_extension")
    assert "15,728,640" in refusal.value.message


def test_what_only_has_the_name_of_a_list_is_refused_by_content(put):
    assert code_of(put, b"%PDF-1.7\n1 0 obj\n") == "not_a_spreadsheet"
    assert code_of(put, b"\x89PNG\r\n\x1a\n" + bytes(100)) == "not_a_spreadsheet"
    assert code_of(put, b"<html><table><tr><td>1</td></tr></table></html>", "o.xls") == "not_a_spreadsheet"
    assert code_of(put, bytes(range(256)) * 20) == "not_a_spreadsheet"
    assert code_of(put, b"\x00" * 50) == "file_empty"
    assert code_of(put, b"") == "file_empty"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr("word/document.xml", "<w/>")
    assert code_of(put, archive.getvalue(), "o.xlsx") == "not_a_spreadsheet"


def test_a_workbook_with_the_name_of_another_format_is_read_as_what_it_is(put):
    assert put(xlsx(["Reference"], ["1"]), "orders.xls")[0].format == "xlsx"
    assert put(old_workbook(["Reference"], ["1"]), "orders.xlsx")[0].format == "xls"
    assert put(b"Reference\tCustomer\n1\tx\n", "orders.xls")[0].format == "csv"


def test_macros_and_passwords_are_refused(put):
    book = xlsx(["Reference"], ["1"])
    assert code_of(put, repacked(book, {"xl/vbaProject.bin": b"x"}), "o.xlsx") == "file_has_macros"
    locked = OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    assert code_of(put, locked, "o.xlsx") == "file_encrypted"
    macros = OLE + bytes(500) + "Workbook".encode("utf-16-le") + "_VBA_PROJECT_CUR".encode("utf-16-le")
    assert code_of(put, macros, "o.xls") == "file_has_macros"


def test_truncated_files_are_refused(put):
    book = xlsx(*([["Reference", str(number)] for number in range(200)]))
    assert code_of(put, book[: len(book) // 2], "o.xlsx") == "file_damaged"
    old = old_workbook(*([["Reference", str(number)] for number in range(200)]))
    assert code_of(put, old[: len(old) // 2], "o.xls") == "file_damaged"
    assert code_of(put, b'Reference,Notes\n1,"never closed\n2,x\n') == "file_damaged"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    cut = repacked(book, {"xl/worksheets/sheet1.xml": sheet[: len(sheet) // 2]})
    assert code_of(put, cut, "o.xlsx") == "file_damaged"


def test_bombs_do_not_go_off(put):
    book = xlsx(["Reference"], ["1"])
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("xl/workbook.xml", "<x/>")
        with new.open("xl/worksheets/sheet1.xml", "w") as part:
            block = bytes(1 << 22)
            for _ in range(LARGEST_UNPACKED // len(block) + 1):
                part.write(block)
    assert len(zeros.getvalue()) < 1 << 20
    assert code_of(put, zeros.getvalue(), "o.xlsx") == "file_expands_too_far"
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY a%d "%s">' % (depth, b"&a%s;" % (b"" if depth == 0 else b"%d" % (depth - 1)) * 10)
        for depth in range(9)
    )
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"):
        assert code_of(put, repacked(book, {part: entities + b"]><x>&a8;</x>" + sheet}), "o.xlsx") == "file_damaged"
    far = sheet.replace(b'r="A2"', b'r="XFD1048576"').replace(b'<row r="2"', b'<row r="1048576"')
    assert code_of(put, repacked(book, {"xl/worksheets/sheet1.xml": far}), "o.xlsx") == "too_many_columns"


def test_huge_cells_and_nul_characters_are_told_row_by_row(put):
    assert code_of(put, b"Notes,Reference\n" + b"x" * 200_000 + b",1\n") == "cell_too_long"
    _, found = put(b"Notes,Reference\nab\x00c,1\nfine,2\n")
    assert [line.cells for line in found[1:]] == [["ab\x00c", "1"], ["fine", "2"]]
    _, found = put(b'Notes,Reference\n"a"b,1\nfine,2\n')
    assert [line.fault.code if line.fault else "" for line in found] == ["", "bad_quotes", ""]


async def test_a_body_that_is_far_too_large_is_refused_before_django_stores_it():
    said: list[dict[str, Any]] = []
    asked: list[str] = []

    async def django(scope: Any, receive: Any, send: Any) -> None:
        asked.append("django")

    async def receive() -> dict[str, Any]:
        asked.append("body")
        return {"type": "http.request", "body": bytes(1 << 20), "more_body": True}

    async def send(message: Any) -> None:
        said.append(message)

    site = in_front_of(django, {"/api/v1/imports/": UploadGate()})

    async def upload(size: int) -> None:
        headers = [(b"content-length", str(size).encode())]
        await site({"path": "/api/v1/imports/", "method": "POST", "headers": headers, "type": "http"}, receive, send)

    await upload(1000)
    assert asked == ["django"]
    await upload(500_000_000)
    assert said[0]["status"] == 413
    assert b"file_too_large" in said[1]["body"]
    assert asked.count("body") <= 32, "a sender of half a gigabyte is not listened to for long"
