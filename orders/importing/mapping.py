"""Which column fills which field: guessed from the headings, chosen by a person, remembered for the next such file."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from dispatch_console.core import clock
from dispatch_console.core.errors import Invalid
from orders.importing.fields import BY_NAME, ENDS, HEADINGS, NEEDED, USUAL, folded
from orders.models import ImportMapping

LONGEST_VALUE = 500


class Source(TypedDict):
    """Where a field comes from: a column by its place from 0, else one value for all rows; both: for empty cells."""

    column: int | None
    value: str


Mapping_ = dict[str, Source]


def signature(names: Sequence[str]) -> str:
    """The same for files with the same headings in the same order."""
    return hashlib.sha256("\n".join(folded(name) for name in names).encode()).hexdigest()


def guess(names: Sequence[str]) -> Mapping_:
    """By the headings: a column fills one field, the first that means it; needed fields get their usual value."""
    found: Mapping_ = {}
    for place, name in enumerate(names):
        field = HEADINGS.get(folded(name))
        if field is not None and field not in found:
            found[field] = {"column": place, "value": ""}
    for field, value in USUAL.items():
        found.setdefault(field, {"column": None, "value": value})
    return found


def remembered(tenant_id: int, names: Sequence[str]) -> Mapping_ | None:
    """What was chosen the last time for a file with these headings."""
    row = ImportMapping.objects.filter(tenant_id=tenant_id, signature=signature(names)).first()
    if row is None:
        return None
    # Written by an older version, a field may be gone since.
    return {name: source for name, source in row.mapping.items() if name in BY_NAME}


def remember(tenant_id: int, names: Sequence[str], mapping: Mapping_) -> None:
    ImportMapping.objects.update_or_create(
        tenant_id=tenant_id, signature=signature(names), defaults={"mapping": mapping, "used_at": clock.now()}
    )


def checked(asked: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Mapping_:
    """The mapping a person sent, or Invalid: unknown fields, columns that are not there, or used twice."""
    faults: dict[str, str] = {}
    found: Mapping_ = {}
    used: dict[int, str] = {}
    for name, source in asked.items():
        field = BY_NAME.get(name)
        if field is None:
            faults[name[:40]] = f"There is no such field. Known: {', '.join(BY_NAME)}."
            continue
        column, value = source.get("column"), str(source.get("value") or "").strip()
        if column is None and not value:
            continue
        if column is not None and not 0 <= column < len(names):
            faults[name] = f"The file has no column {column}; it has {len(names)}, counted from 0."
        elif column is not None and column in used:
            other = BY_NAME[used[column]].label
            faults[name] = (
                f"The column “{names[column]}” is used for “{other}” already. Choose another for one of them."
            )
        elif len(value) > LONGEST_VALUE:
            faults[name] = f"{LONGEST_VALUE} characters at most."
        else:
            found[name] = {"column": column, "value": value}
            if column is not None:
                used[column] = name
    faults |= missing(found)
    if faults:
        raise Invalid.fields(**faults)
    return found


def missing(mapping: Mapping_) -> dict[str, str]:
    """Sentences about needed fields that nothing fills, by field."""
    faults = {
        name: f"Choose the column with the {BY_NAME[name].label.lower()}, or one value for all rows."
        for name in NEEDED
        if name not in mapping
    }
    for end in ENDS:
        if f"{end}_address" not in mapping and f"{end}_warehouse" not in mapping:
            faults[f"{end}_address"] = f"Choose the column with the {end} address, or with the {end} warehouse."
    return faults
