"""Whose phone a token belongs to, remembered for a moment: a ping must not cost a look at the database."""

import asyncio
import contextvars
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from itertools import islice
from weakref import WeakKeyDictionary

from dispatch_console.core import access
from dispatch_console.core.database_threads import DatabaseThreads

# A token that was ended, or a driver who was suspended, can report for this much longer.
REMEMBERED_SECONDS = 30.0
# A stranger's guesses are remembered more briefly, and never keep a driver's token out.
STRANGERS_REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 50_000
MAX_TOKEN = 200
LINGER_SECONDS = 0.005
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a living token. `driver_id` is None for somebody who is no driver, and has no position to report."""

    tenant_id: int
    kind: str
    id: int | None
    driver_id: int | None


Look = Callable[[Collection[str]], dict[str, Bearer]]


@cache
def threads() -> DatabaseThreads:
    return DatabaseThreads("driver-tokens", threads=2)


class TokenDesk:
    """Belongs to one event loop. Tokens that come in at the same time are looked up together.

    `look` is what asks the database, on a thread of its own: it finds the bearers of those tokens that are alive.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._known: dict[str, tuple[float, Bearer | None]] = {}
        self._asked: dict[str, asyncio.Future[Bearer | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def bearer(self, token: str) -> Bearer | None:
        """Who it is; None for a token that is unknown, expired or switched off."""
        known = self._known.get(token)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            return None
        answer = self._asked.get(token)
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = self._asked[token] = loop.create_future()
            if self._task is None or self._task.done():
                # A context of its own: the task serves whoever asks meanwhile, too.
                self._task = loop.create_task(self._look_up(), context=contextvars.Context())
        return await asyncio.shield(answer)

    async def _look_up(self) -> None:
        while self._asked:
            await asyncio.sleep(LINGER_SECONDS)
            batch = dict(islice(self._asked.items(), MOST_AT_ONCE))
            try:
                found = await threads().run(self._look, list(batch))
            except Exception as error:
                for token, answer in batch.items():
                    del self._asked[token]
                    answer.set_exception(error)
                    answer.exception()  # whoever asked may be gone
                continue
            if len(self._known) >= MOST_REMEMBERED:
                self._forget()
            now = time.monotonic()
            for token, answer in batch.items():
                del self._asked[token]
                bearer = found.get(token)
                remembered = REMEMBERED_SECONDS if bearer is not None else STRANGERS_REMEMBERED_SECONDS
                self._known[token] = (now + remembered, bearer)
                answer.set_result(bearer)

    def _forget(self) -> None:
        now = time.monotonic()
        self._known = {token: known for token, known in self._known.items() if known[0] > now}
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()


def bearers_of_tokens(tokens: Collection[str]) -> dict[str, Bearer]:
    found = {}
    keys = access.keys_for_secrets(tokens, "membership__user__driver")
    for token, key in keys.items():
        if (actor := access.actor_for_key(key)) is not None:
            driver_id = actor.driver_id if actor.may("work.own") else None
            found[token] = Bearer(actor.tenant_id, actor.kind, actor.id, driver_id)
    access.note_use(*(keys[token] for token in found))
    return found


def bearer_of(token: str) -> Bearer | None:
    """One token, asked of the database at once."""
    return bearers_of_tokens([token]).get(token)


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Look, TokenDesk]] = WeakKeyDictionary()


def desk_here(look: Look = bearers_of_tokens) -> TokenDesk:
    """The desk of the running event loop for this kind of token."""
    desks = _desks.setdefault(asyncio.get_running_loop(), {})
    return desks.get(look) or desks.setdefault(look, TokenDesk(look))
