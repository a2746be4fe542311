"""When a driver is where: one clock that runs along the stops."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple


class Halt(NamedTuple):
    """One stop. `travel` are the minutes from the stop before; nobody is served earlier than `not_before`."""

    travel: float
    service: float
    not_before: float = -inf


def arrivals(halts: Iterable[Halt], *, start: float = 0.0) -> list[float]:
    """Minutes from now at which each stop is reached; service follows when it may begin."""
    clock, found = start, []
    for halt in halts:
        clock += halt.travel
        found.append(clock)
        clock = max(clock, halt.not_before) + halt.service
    return found


def any_so_far(flags: Sequence[bool]) -> list[bool]:
    """Whether one of the flags up to each place is set: an uncertain leg makes everything after it uncertain."""
    found, seen = [], False
    for flag in flags:
        seen = seen or flag
        found.append(seen)
    return found
