"""Structured logs: one JSON object a line, with the id of the request that caused it."""

import json
import logging
import random
import re
import traceback
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

request_id: ContextVar[str] = ContextVar("request_id", default="")

# A caller's id is kept only if it is harmless in a log line, a header and a search box.
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,80}")

STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "request"}


def new_request_id() -> str:
    # Told apart, not kept secret: a random UUID would ask the kernel for every one of a thousand pings a second.
    return f"{random.getrandbits(128):032x}"


def accepted_request_id(header: str) -> str:
    """The caller's id where it is sane, else a fresh one."""
    return header if SANE_REQUEST_ID.fullmatch(header) else new_request_id()


class RequestIdFilter(logging.Filter):
    """Puts the current request id on every record, from whichever library it comes."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs refusals with the request attached, after the middleware has ended.
        request = getattr(record, "request", None)
        record.request_id = (
            getattr(record, "request_id", "") or request_id.get() or getattr(request, "request_id", "") or ""
        )
        return True


class JsonFormatter(logging.Formatter):
    """One line of JSON per record; whatever was passed as `extra` becomes a field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        if path := getattr(getattr(record, "request", None), "path", None):
            line["path"] = path
        line.update({key: value for key, value in vars(record).items() if key not in STANDARD_ATTRIBUTES})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line, default=str, ensure_ascii=False)


class RequestIdMiddleware:
    """Gives each request an id (`request.request_id`), accepts the caller's X-Request-ID if sane, and echoes it."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self.__acall__(request)
        token = self.begin(request)
        try:
            response = self.get_response(request)
            return self.finish(request, response)  # type: ignore[arg-type]
        finally:
            request_id.reset(token)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        token = self.begin(request)
        try:
            response = await self.get_response(request)  # type: ignore[misc]
            return self.finish(request, response)
        finally:
            request_id.reset(token)

    def begin(self, request: HttpRequest) -> Any:
        request.request_id = accepted_request_id(request.headers.get("X-Request-ID", ""))  # type: ignore[attr-defined]
        return request_id.set(request.request_id)  # type: ignore[attr-defined]

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response
