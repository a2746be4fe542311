"""Whose phone a token belongs to, remembered for a moment: a ping must not cost a look at the database."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from dispatch_console.core import access
from dispatch_console.core.database_threads import DatabaseThreads

# A token that was ended, or a driver who was suspended, can report for this much longer.
REMEMBERED_SECONDS = 30.0
# A stranger's guesses are remembered more briefly, and never keep a driver's token out.
STRANGERS_REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 50_000
MAX_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a living token. `driver_id` is None for somebody who is no driver, and has no position to report."""

    tenant_id: int
    kind: str
    id: int | None
    driver_id: int | None


Look = Callable[[str], Bearer | None]


@cache
def threads() -> DatabaseThreads:
    return DatabaseThreads("driver-tokens", threads=2)


class TokenDesk:
    """Belongs to one event loop. Many messages with one token at once cause one look.

    `look` is what asks the database, on a thread of its own.
    """

    def __init__(self, look: Look) -> None:
        self._ask = look
        self._known: dict[str, tuple[float, Bearer | None]] = {}
        self._looking: dict[str, asyncio.Task[Bearer | None]] = {}

    async def bearer(self, token: str) -> Bearer | None:
        """Who it is; None for a token that is unknown, expired or switched off."""
        known = self._known.get(token)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            return None
        task = self._looking.get(token)
        if task is None:
            # A context of its own: the task serves whoever asks meanwhile, too.
            task = asyncio.get_running_loop().create_task(self._look(token), context=contextvars.Context())
            self._looking[token] = task
            task.add_done_callback(lambda _: self._looking.pop(token, None))
        return await asyncio.shield(task)

    async def _look(self, token: str) -> Bearer | None:
        bearer = await threads().run(self._ask, token)
        if len(self._known) >= MOST_REMEMBERED:
            self._forget()
        remembered = REMEMBERED_SECONDS if bearer is not None else STRANGERS_REMEMBERED_SECONDS
        self._known[token] = (time.monotonic() + remembered, bearer)
        return bearer

    def _forget(self) -> None:
        now = time.monotonic()
        self._known = {token: known for token, known in self._known.items() if known[0] > now}
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()


def bearer_of(token: str) -> Bearer | None:
    key = access.key_for_secret(token)
    actor = access.actor_for_key(key) if key is not None else None
    if key is None or actor is None:
        return None
    access.note_use(key)
    driver_id = actor.driver_id if actor.may("work.own") else None
    return Bearer(actor.tenant_id, actor.kind, actor.id, driver_id)


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Look, TokenDesk]] = WeakKeyDictionary()


def desk_here(look: Look = bearer_of) -> TokenDesk:
    """The desk of the running event loop for this kind of token."""
    desks = _desks.setdefault(asyncio.get_running_loop(), {})
    return desks.get(look) or desks.setdefault(look, TokenDesk(look))
