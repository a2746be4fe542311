"""Database work for code that runs on an event loop: a few threads, each with a connection that stays open."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import Error, connections

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThreads:
    """Runs functions that use the ORM beside the event loop.

    `sync_to_async` would put them all on the one thread that it shares with every view of the process, and Django
    would open a new connection for each of them.
    """

    def __init__(self, name: str, *, threads: int = 2) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: _guarded(work, *args, **kwargs))

    def close(self) -> None:
        """Give the connections back and end the threads."""
        together = threading.Barrier(self._threads)

        def let_go() -> None:
            together.wait(10)  # so that each thread takes exactly one of these
            connections.close_all()

        for _ in range(self._threads):
            self._pool.submit(let_go)
        self._pool.shutdown(wait=True)


def _guarded(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return work(*args, **kwargs)
    except Error:
        # A connection that broke stays broken; the next call opens a fresh one.
        connections.close_all()
        raise
