"""Uploading a file of orders: the form that is read, and the gate before it for what is too large anyway."""

from typing import Any

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from dispatch_console.core.api.raw import RawDoor, RawRequest
from orders.importing.sniffing import LARGEST_FILE
from orders.importing.uploading import FileTooLarge

# The parts of the form around the file.
WRAPPING = 64 * 1024
# So much of a body is still taken, and dropped, so that its sender hears why it was refused.
MOST_DISCARDED = 2 * LARGEST_FILE


class FileInput(serializers.Serializer):
    file = serializers.FileField(
        allow_empty_file=True, help_text=f"A .csv, .xls or .xlsx file of at most {LARGEST_FILE:,} bytes."
    )


class FileParser(MultiPartParser):
    """A form with one file; a body that cannot hold one is refused by its length, unread."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > LARGEST_FILE + WRAPPING:
            raise FileTooLarge
        return super().parse(stream, media_type, parser_context)


class UploadGate(RawDoor):
    """Under ASGI a body would be stored whole before anybody looks at its length."""

    def takes(self, request: RawRequest) -> bool:
        length = request.header(b"content-length")
        return request.scope["method"] == "POST" and length.isdigit() and int(length) > LARGEST_FILE + WRAPPING

    async def serve(self, request: RawRequest) -> bytes:
        await request.discard(most=MOST_DISCARDED)
        raise FileTooLarge
