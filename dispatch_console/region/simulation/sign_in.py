"""Drivers sign their phones in as any driver does, one after the other; the tokens are kept for the next start."""

import asyncio
import json
import logging
import os
import random
from pathlib import Path
from typing import Any

import httpx

from dispatch_console.region.simulation.client import retry_after

logger = logging.getLogger(__name__)

FILE_NAME = "simulation-tokens.json"
APP_VERSION = "simulation"
# A password costs the server a third of a second of its processor: not forty of them at once.
PAUSE = 0.6
FIRST_TRY_AGAIN, LAST_TRY_AGAIN = 1.0, 20.0


class SignIns:
    """Tokens by driver. `path` is a file that only its owner can read."""

    def __init__(self, http: httpx.AsyncClient, path: Path) -> None:
        self._http = http
        self._path = path
        self._known = _read(path)
        self._turn = asyncio.Lock()

    async def token(self, identity: dict[str, Any]) -> str | None:
        """For the phone of this driver; None where the account does not let it in. A key that was handed out is one."""
        if identity.get("key"):
            return str(identity["key"])
        name = f"{identity['id']} {identity['email']}"
        kept = self._known.get(name)
        if kept and await self._ask("GET", "driver/profile/", headers={"Authorization": f"Bearer {kept}"}):
            return kept
        async with self._turn:
            phone = f"Phone of {identity['name']}"
            asked = {"email": identity["email"], "password": identity["password"], "device": phone[:80]}
            answer = await self._ask("POST", "driver/sign-in/", json={**asked, "app_version": APP_VERSION})
            await asyncio.sleep(PAUSE)
        if answer is None:
            logger.warning("Driver %s cannot sign in: the password is another, or the account is off.", identity["id"])
            return None
        self._known[name] = str(answer["token"])
        _write(self._path, self._known)
        return self._known[name]

    async def _ask(self, method: str, path: str, **content: Any) -> Any:
        """The answer, or None for a no; a server that is busy or away is waited for."""
        pause = FIRST_TRY_AGAIN
        while True:
            try:
                answer = await self._http.request(method, f"/api/v1/{path}", **content)
            except (httpx.TransportError, httpx.InvalidURL) as trouble:
                logger.info("%s: %s; trying again in %.1f s.", path, type(trouble).__name__, pause)
            else:
                if answer.is_success:
                    return answer.json()
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    pause = max(pause, retry_after(answer))
                elif answer.status_code < 500:
                    return None
            await asyncio.sleep(pause * random.uniform(0.8, 1.3))
            pause = min(pause * 2, LAST_TRY_AGAIN)


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(token) for name, token in content.items()} if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, str]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    temporary.replace(path)
