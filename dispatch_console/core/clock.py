"""The one clock: everything that asks for the time asks here, so that tests and the demo loader can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import overload

_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)


def now() -> datetime:
    """The current time in UTC, or the time set by `at`."""
    return _fixed.get() or datetime.now(UTC)


@overload
def iso(moment: datetime) -> str: ...
@overload
def iso(moment: None) -> None: ...
def iso(moment: datetime | None) -> str | None:
    """The moment as every JSON answer writes it: ISO 8601 in UTC, to the millisecond, ending in `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Run a block as if it happened at `moment` (time zone aware)."""
    if moment.tzinfo is None:
        raise ValueError("The clock needs a time zone aware moment.")
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
