"""Turns cells into what the order's input takes: numbers, times, choices, items. Each refusal is a sentence."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from orders.importing.cells import Value
from orders.importing.fields import Field, folded
from orders.importing.headings import text_of
from orders.models import DateOrder

# What a spreadsheet shows where a formula has gone wrong.
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si"})
NO = frozenset({"no", "n", "false", "0", "", "nein", "non"})
MOST_ITEMS = 200

_DAY = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T,]+(.+))?$")
_TIME = re.compile(
    r"^(\d{1,2})(?:[:.h](\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*(am|pm|a\.m\.|p\.m\.)?\s*(?:Uhr)?$", re.IGNORECASE
)
_COUNT = re.compile(r"^(\d+)\s*(?:x|×|\*|pcs?\.?|stk\.?)\s*(.+)$", re.IGNORECASE)
_SPACES = str.maketrans("", "", " \u00a0\u2009\u202f'’")


class Unreadable(Exception):
    """A cell that does not hold what its field needs: a stable code and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def plain_text(value: Value) -> str:
    text = text_of(value).strip()
    if "\x00" in text:
        raise Unreadable("control_character", "The cell contains a NUL character. Remove it.")
    if text in ERRORS:
        raise Unreadable("cell_error", f"The cell shows the error {text}. Correct the formula and save the file again.")
    return text


def number(value: Value, *, is_degrees: bool = False) -> Any:
    """A number as text for the input; both decimal signs are understood, and what could be either is refused."""
    if isinstance(value, bool | datetime | date | time | timedelta):
        raise Unreadable("not_a_number", f"“{plain_text(value)[:40]}” is not a number.")
    text = plain_text(value).translate(_SPACES)
    if not text:
        return None
    if "," in text and "." in text:
        grouping = "," if text.rfind(".") > text.rfind(",") else "."
        text = text.replace(grouping, "")
    if text.count(",") == 1:
        after = len(text) - text.index(",") - 1
        if after == 3 and not is_degrees:
            raise Unreadable(
                "ambiguous_number", f"“{text}” can be read in two ways. Write it without a thousands sign."
            )
        text = text.replace(",", ".")
    elif "," in text:
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+|[+-]?\d+(\.\d+)?[eE][+-]?\d{1,2}", text):
        raise Unreadable("not_a_number", f"“{plain_text(value)[:40]}” is not a number.")
    return text


def choice(value: Value, field: Field) -> str:
    text = plain_text(value)
    found = _by_word(field).get(folded(text[:80]))
    if found is not None:
        return found
    labels = ", ".join(label for _, label in field.choices)
    raise Unreadable("unknown_choice", f"“{text[:40]}” is none of: {labels}.")


@cache
def _by_word(field: Field) -> dict[str, str]:
    return {folded(word): known for known, label in field.choices for word in (known, label)}


def yes_no(value: Value) -> bool:
    text = folded(plain_text(value))
    if text in YES:
        return True
    if text in NO:
        return False
    raise Unreadable("unknown_choice", f"“{text[:40]}” is neither yes nor no.")


def moment(value: Value, *, zone: ZoneInfo, date_order: str) -> str | None:
    """ISO 8601 with its offset; without one in the cell, the company's time zone is meant."""
    if isinstance(value, datetime):
        return _zoned(value, zone)
    if isinstance(value, date):
        return _zoned(datetime.combine(value, time()), zone)
    if isinstance(value, bool | int | float | time | timedelta):
        raise Unreadable(
            "not_a_time", f"“{plain_text(value)[:40]}” is not a date with a time. Format the cell as a date."
        )
    text = plain_text(value)
    if not text:
        return None
    try:
        return _zoned(datetime.fromisoformat(text), zone)
    except ValueError:
        pass
    match = _DAY.match(text)
    if match is None:
        raise Unreadable("not_a_time", f"“{text[:40]}” is not a date with a time. Write it like 2026-12-31 14:30.")
    try:
        day = _day(match[1], match[2], match[3], date_order)
        return _zoned(datetime.combine(day, _time(match[4])), zone)
    except ValueError:
        raise Unreadable("not_a_time", f"There is no such date or time: “{text[:40]}”.") from None


def _zoned(moment: datetime, zone: ZoneInfo) -> str:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _day(first: str, second: str, third: str, date_order: str) -> date:
    if len(first) == 4:
        return date(int(first), int(second), int(third))
    year = int(third) + (2000 if len(third) <= 2 else 0)
    day, month = (second, first) if date_order == DateOrder.MONTH_FIRST else (first, second)
    return date(year, int(month), int(day))


def _time(text: str | None) -> time:
    if not text:
        return time()
    match = _TIME.match(text.strip())
    if match is None:
        raise ValueError(text)
    hour, half = int(match[1]), (match[4] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(match[2] or 0), int(match[3] or 0))


def guess_date_order(values: Iterable[Value]) -> str:
    """Month first only where a day above twelve proves it: 12/31/2026."""
    for value in values:
        match = _DAY.match(value.strip()) if isinstance(value, str) else None
        if match is None or len(match[1]) == 4:
            continue
        if int(match[1]) > 12:
            return DateOrder.DAY_FIRST
        if int(match[2]) > 12:
            return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST


def items(value: Value) -> list[dict[str, Any]]:
    """`2 x Box; Bag` as two items."""
    parts = [part.strip() for part in re.split(r"[;\n]", plain_text(value)) if part.strip()]
    if len(parts) > MOST_ITEMS:
        raise Unreadable("too_many_items", f"{MOST_ITEMS} items at most.")
    found = []
    for part in parts:
        match = _COUNT.match(part)
        count = int(match[1]) if match and len(match[1]) <= 6 else 1
        found.append({"name": match[2].strip() if match else part, "quantity": count})
    return found
