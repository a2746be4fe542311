"""End what is left of a supervisor that was killed: a tiny process that waits for the other end of a pipe to close.

The kernel's death signal reaches only direct children, and only on Linux; their own children need this one.
It is started as a plain file, so that it imports nothing but the standard library.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE_SECONDS = 5.0


def signal_groups(groups: set[int], number: int) -> set[int]:
    """Signal every group, and return those that still had a process."""
    alive = set()
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
            alive.add(group)
    return alive


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:  # "+123" a group to watch, "-123" one that has ended; the end of it: the parent is gone
        group = int(line[1:])
        groups = groups | {group} if line[0] == "+" else groups - {group}
    groups = signal_groups(groups, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.1)
        groups = signal_groups(groups, 0)
    signal_groups(groups, signal.SIGKILL)


if __name__ == "__main__":
    main()
