"""What the rules of creating an order say of rows that are not created yet."""

from collections.abc import Sequence

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from orders import batches
from orders.importing.rows import Row, RowReader

WARNINGS = (("no coordinates", "no_coordinates"), ("no active zone", "no_zone"))


def judge(rows: Sequence[Row], reader: RowReader, actor: Actor, seen: dict[tuple[str, str], int]) -> None:
    """What the rules of creating say of these rows, without writing. `seen` are the references of valid rows so far."""
    valid = [row for row in rows if row.new is not None]
    for row, verdict in zip(valid, batches.check_many([row.new for row in valid if row.new], actor=actor), strict=True):
        if (twin := _twin(row, seen)) is not None:
            reader.refuse(row, twin)
        elif isinstance(verdict, DomainError):
            reader.refuse(row, verdict)
        else:
            for sentence in verdict:
                code = next((code for words, code in WARNINGS if words in sentence), "warning")
                reader.warn(row, code, sentence)
            seen.update(dict.fromkeys(_marks(row), row.number))


def _marks(row: Row) -> list[tuple[str, str]]:
    """What may be in a company once only."""
    if row.new is None:
        return []
    marks = [("external_reference", row.new.values.get("external_reference") or ""), ("barcode", row.new.barcode)]
    return [mark for mark in marks if mark[1]]


def _twin(row: Row, seen: dict[tuple[str, str], int]) -> DomainError | None:
    for mark in _marks(row):
        if (number := seen.get(mark)) is not None:
            name, value = mark
            what = name.replace("_", " ")
            sentence = f"Row {number} of this file has the same {what} “{value}”."
            return DomainError(
                sentence, code=f"duplicate_{name.split('_')[-1]}", details={"fields": {name: [sentence]}}
            )
    return None
