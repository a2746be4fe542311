"""`POST /api/v1/driver/positions` before Django: the address that every phone calls every few seconds.

`drivers.api.positions` is its twin through Django: for WSGI, for requests by session, and for the API document. Both
read, check and answer alike.
"""

from dispatch_console.core.api.auth import BAD_KEY, SEND_BEARER
from dispatch_console.core.api.errors import JSON_ONLY, NOT_YOUR_ROLE, SEND_JSON, NotAcceptable, UnsupportedMediaType
from dispatch_console.core.api.raw import RawDoor, RawRequest, encode
from dispatch_console.core.api.throttles import Turnstile
from dispatch_console.core.errors import Forbidden, Invalid, NotSignedIn
from drivers.api.positions import MAX_BODY_BYTES, TOO_LARGE
from drivers.samples import decode
from drivers.tokens import Bearer, desk_here
from drivers.writer import writer_here

ACCEPTED = ("application/json", "application/*", "*/*")


class PositionsDoor(RawDoor):
    def __init__(self) -> None:
        self._turnstile = Turnstile("write")

    def takes(self, request: RawRequest) -> bool:
        # Without a token it may be a browser with its session: Django knows about those.
        return request.scope["method"] == "POST" and b"authorization" in request.headers

    async def serve(self, request: RawRequest) -> bytes:
        accept = request.header(b"accept")
        if accept and not any(kind in accept for kind in ACCEPTED):
            raise NotAcceptable(JSON_ONLY)
        bearer = await self._bearer(request)
        self._turnstile.pass_one((bearer.tenant_id, bearer.kind, bearer.id))
        body = await request.body(limit=MAX_BODY_BYTES, too_large=TOO_LARGE)
        if not body:
            raise Invalid("Send at least one position.")
        if request.header(b"content-type").partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMediaType(SEND_JSON)
        assert bearer.driver_id is not None
        receipt = await writer_here().report(bearer.driver_id, bearer.tenant_id, decode(body))
        return encode(receipt)

    async def _bearer(self, request: RawRequest) -> Bearer:
        scheme, _, token = request.header(b"authorization").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn(SEND_BEARER)
        bearer = await desk_here().bearer(token.strip())
        if bearer is None:
            raise NotSignedIn(BAD_KEY)
        if bearer.driver_id is None:
            raise Forbidden(NOT_YOUR_ROLE)
        return bearer
