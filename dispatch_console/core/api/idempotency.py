"""The `Idempotency-Key` header: the same key with the same content is done once, however often it is sent."""

import re

from django.http import HttpRequest
from rest_framework.request import Request

from dispatch_console.core.errors import Invalid

HEADER = "Idempotency-Key"
PRINTABLE = re.compile(r"[\x21-\x7e]{1,120}")


def idempotency_key(request: HttpRequest | Request) -> str:
    """The caller's key, or nothing; commands take it as `key`."""
    key = request.headers.get(HEADER, "").strip()
    if key and not PRINTABLE.fullmatch(key):
        raise Invalid(
            "The Idempotency-Key must be 1 to 120 visible ASCII characters without spaces; a UUID is a good choice.",
            code="invalid_idempotency_key",
        )
    return key
