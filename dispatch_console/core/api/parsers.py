"""Reads JSON bodies strictly: what this parser lets through, every serializer and the database can hold."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import JSONParser

from dispatch_console.core.api.errors import Malformed, too_large

MAX_DEPTH = 24
MAX_INTEGER = 2**63 - 1


class StrictJSONParser(JSONParser):
    """JSON in UTF-8: an object or a list without NaN, NUL, lone surrogates, doubled names or endless depth."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | list[Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise too_large()
        return loads(body)


def loads(body: bytes) -> dict[str, Any] | list[Any]:
    """The content of a JSON body, or `Malformed` with the reason and the place."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not valid UTF-8 (byte {error.start}).") from None
    try:
        content = json.loads(
            text, parse_constant=_constant, parse_float=_float, parse_int=_integer, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"The body is not valid JSON: {error.msg} at {place}.") from None
    except RecursionError:
        raise Malformed(f"The body is nested more than {MAX_DEPTH} levels deep.") from None
    if not isinstance(content, dict | list):
        raise Malformed("The body must be a JSON object or a list.")
    refuse_unstorable(content)
    return content


def _constant(name: str) -> None:
    raise Malformed(f"{name} is not a JSON number.")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed(f"The number {text[:40]} is too large.")
    return number


def _integer(text: str) -> int:
    # Twenty characters hold every number of 64 bits with its sign; converting longer ones costs quadratic time.
    if len(text) <= 20 and -MAX_INTEGER <= (number := int(text)) <= MAX_INTEGER:
        return number
    raise Malformed(f"The number {text[:40]} is too large.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Malformed(f"The name “{name[:80]}” appears twice in one object.".encode("utf-8", "replace").decode())
        seen.add(name)
    return content


def refuse_unstorable(content: dict[str, Any] | list[Any]) -> None:
    """Refuse what PostgreSQL cannot hold, in names and values alike."""
    waiting: list[tuple[Any, int]] = [(content, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            _refuse_unstorable_text(value)
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise Malformed(f"The body is nested more than {MAX_DEPTH} levels deep.")
            if isinstance(value, dict):
                waiting.extend((name, depth) for name in value)
                waiting.extend((inner, depth + 1) for inner in value.values())
            else:
                waiting.extend((inner, depth + 1) for inner in value)


def _refuse_unstorable_text(text: str) -> None:
    if "\x00" in text:
        raise Malformed("A text contains a NUL character (\\u0000). Remove it.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed("A text contains half of a surrogate pair (\\ud800 to \\udfff). Remove it.") from None
