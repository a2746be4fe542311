"""One caller of the REST API: its key, its patience with a busy or restarting server, and what it takes for a no."""

import asyncio
import logging
import random
import uuid
from typing import Any

import httpx

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
BAD_KEY_PAUSE = 30.0
SERVER_IN_TROUBLE = frozenset({500, 502, 503, 504})


class RefusedError(Exception):
    """The server understood and said no; asking again would not help."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details


class Api:
    """Calls with one key. Trouble on the way is waited out; only a refusal comes back as an exception."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}"}

    async def get(self, path: str, **parameters: Any) -> Any:
        return await self._call("GET", path, params=parameters)

    async def post(self, path: str, body: dict[str, Any] | list[Any] | None = None) -> Any:
        """Do something once, however often it has to be sent."""
        return await self._call("POST", path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    async def send_file(self, path: str, fields: dict[str, str], content: bytes) -> Any:
        """Upload a file once, however often it has to be sent."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return await self._call("POST", path, data=fields, files={"file": ("picture", content)}, headers=headers)

    async def patch(self, path: str, body: dict[str, Any]) -> Any:
        return await self._call("PATCH", path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        return await self._call("PUT", path, json=body)

    async def everything(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await self.get(path, **parameters, limit=500, **({"cursor": cursor} if cursor else {}))
            found += page["results"]
            cursor = page["next_cursor"]
            if not cursor:
                return found

    async def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **content: Any) -> Any:
        pause = FIRST_PAUSE
        while True:
            try:
                answer = await self._http.request(
                    method, f"/api/v1/{path}", headers={**self._headers, **(headers or {})}, **content
                )
            except (httpx.TransportError, httpx.InvalidURL) as trouble:
                logger.info("%s %s: %s; trying again in %.1f s.", method, path, type(trouble).__name__, pause)
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    logger.warning("The server does not know this key (any more): %s", _error(answer)["message"])
                    pause = BAD_KEY_PAUSE
                elif answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    pause = max(pause, retry_after(answer))
                elif answer.status_code not in SERVER_IN_TROUBLE:
                    error = _error(answer)
                    raise RefusedError(answer.status_code, error["code"], error["message"], error["details"])
                else:
                    logger.info("%s %s: HTTP %s; trying again.", method, path, answer.status_code)
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))
            pause = min(pause * 2, LONGEST_PAUSE)


def retry_after(answer: httpx.Response) -> float:
    try:
        return min(60.0, max(0.5, float(answer.headers.get("Retry-After", "1"))))
    except ValueError:
        return 1.0


def _error(answer: httpx.Response) -> dict[str, Any]:
    """The error of the one shape; whatever stands between may answer in another."""
    try:
        error = answer.json()["error"]
        return {"code": str(error["code"]), "message": str(error["message"]), "details": dict(error["details"])}
    except (ValueError, KeyError, TypeError):
        return {"code": "unknown", "message": answer.text[:200], "details": {}}
