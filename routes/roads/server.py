"""Asking a road server over HTTP: once more if need be, never for long, never trusting, and not while it is down."""

import json
import logging
import math
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np
from django.db import DatabaseError, connection

from routes.roads.base import Matrix
from routes.roads.network import RoadsUnavailable

logger = logging.getLogger(__name__)

TRIES = 2
LARGEST_ANSWER = 16 * 1024 * 1024
# After so many failures one after another the server is left alone for a while.
MOST_FAILURES = 3
LEFT_ALONE_SECONDS = 20.0
# Nothing on earth is further away than that, in seconds and in metres.
LARGEST_NUMBER = 1e8


class RoadServer:
    """One server at one address. Raises RoadsUnavailable for everything that is no usable answer."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self.url = url.rstrip("/")
        self._deadline = timeout_seconds
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=min(2.0, timeout_seconds)),
            headers={"User-Agent": "dispatch-console", "Accept": "application/json"},
            limits=httpx.Limits(max_connections=8),
            follow_redirects=False,
        )
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = 0.0

    @property
    def is_left_alone(self) -> bool:
        return time.monotonic() < self._closed_until

    def ask(self, path: str, *, params: dict[str, str] | None = None, body: Any = None) -> Any:
        """The decoded answer of a request; also that of status 400, by which road servers say what they cannot do."""
        refuse_under_a_lock()
        if self.is_left_alone:
            raise RoadsUnavailable("The road server failed again and again: it is left alone for some seconds.")
        for attempt in range(1, TRIES + 1):
            try:
                found = self._once(path, params, body)
            except RoadsUnavailable as problem:
                if attempt < TRIES and not isinstance(problem, _NotAgain):
                    continue
                self._failed(problem)
                raise
            self._failures = 0
            return found
        raise AssertionError("unreachable")

    def _once(self, path: str, params: dict[str, str] | None, body: Any) -> Any:
        until = time.monotonic() + self._deadline
        method = "GET" if body is None else "POST"
        try:
            with self._client.stream(method, f"{self.url}/{path}", params=params, json=body) as answer:
                if answer.status_code not in (httpx.codes.OK, httpx.codes.BAD_REQUEST):
                    raise RoadsUnavailable(f"The road server answered with HTTP status {answer.status_code}.")
                return json.loads(_read(answer, until))
        except httpx.TimeoutException as error:
            raise _NotAgain("The road server did not answer in time.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RoadsUnavailable("The road server cannot be reached.") from error
        except (ValueError, RecursionError) as error:
            raise _NotAgain("The road server answered something that is not JSON.") from error

    def _failed(self, problem: RoadsUnavailable) -> None:
        with self._lock:
            self._failures += 1
            if self._failures < MOST_FAILURES:
                return
            # The next one that fails is enough to leave it alone again.
            self._failures = MOST_FAILURES - 1
            self._closed_until = time.monotonic() + LEFT_ALONE_SECONDS
        logger.warning("%s It is left alone for %d s; straight lines stand in.", problem, LEFT_ALONE_SECONDS)


class _NotAgain(RoadsUnavailable):
    """Trying once more would only take longer."""


def refuse_under_a_lock() -> None:
    """Another machine is never waited for inside a transaction, whose locks others wait for."""
    try:
        is_inside = connection.in_atomic_block
    except DatabaseError:  # pragma: no cover - no database, no lock
        return
    if is_inside:
        logger.error("Roads were asked for inside a transaction: straight lines stand in.", stack_info=True)
        raise RoadsUnavailable("Roads are not asked for inside a transaction.")


def _read(answer: httpx.Response, until: float) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise _NotAgain(f"The road server answered with more than {LARGEST_ANSWER // 2**20} MB.")
        if time.monotonic() > until:
            raise _NotAgain("The road server did not answer in time.")
    return bytes(body)


def part(answer: Any, name: str, kind: type) -> Any:
    """A member of the kind it must have."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, kind):
        raise RoadsUnavailable(f"The road server's answer has no usable “{name}”.")
    return found


def number(value: Any) -> float:
    """Not a number for null; nonsense is refused."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_NUMBER:
        raise RoadsUnavailable("The road server answered with a number that cannot be.")
    return float(value)


def grid(rows: Any, height: int, width: int) -> Matrix:
    """A matrix of exactly this size."""
    if (
        not isinstance(rows, list)
        or len(rows) != height
        or any(not isinstance(r, list) or len(r) != width for r in rows)
    ):
        raise RoadsUnavailable("The road server answered with a matrix of another size.")
    return np.array([[number(value) for value in row] for row in rows], dtype=np.float64).reshape(height, width)


def blocks(count: int, size: int) -> Sequence[slice]:
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
