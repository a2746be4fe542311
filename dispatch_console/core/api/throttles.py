"""How much one caller may ask of the API: counted per actor, scope and minute."""

import logging
import math
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.errors import throttled

if TYPE_CHECKING:  # REST framework imports this module while its own views are still loading
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ActorThrottle(BaseThrottle):
    """A view names its scope as `throttle_scope`; without one it is `read` or `write` by method.

    One counter per minute costs the same however high the limit is; a list of request times would not. Limits are
    `API_REQUESTS_PER_MINUTE[scope]` in the settings; 0 or a missing scope means no limit.
    """

    def __init__(self) -> None:
        self.seconds_left: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        scope = getattr(view, "throttle_scope", "") or ("read" if request.method in READING else "write")
        limit: int = settings.API_REQUESTS_PER_MINUTE.get(scope, 0)
        if not limit:
            return True
        now = time.time()
        window = math.floor(now / WINDOW_SECONDS)
        name = f"throttle:{scope}:{self.caller(request)}:{window}"
        try:
            cache.add(name, 0, timeout=2 * WINDOW_SECONDS)
            count = cache.incr(name)
        except ValueError:  # expired between the two calls
            return True
        except Exception:
            # A broken cache must not take the API down with it; readiness reports it.
            logger.exception("Requests are not counted: the cache does not answer.")
            return True
        self.seconds_left = (window + 1) * WINDOW_SECONDS - now
        return count <= limit

    def caller(self, request: Request) -> str:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is not None:
            return f"{actor.tenant_id}:{actor.kind}:{actor.id}"
        return f"address:{self.get_ident(request)}"

    def wait(self) -> float | None:
        return self.seconds_left


class Turnstile:
    """The same limit counted in this process's memory, for addresses at which even the shared cache is too far away."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self._window = 0
        self._counts: dict[tuple[int, str, int | None], int] = {}

    def pass_one(self, caller: tuple[int, str, int | None]) -> None:
        """Raises TooManyRequests for who has passed too often in this minute; `caller` is tenant, kind and id."""
        limit: int = settings.API_REQUESTS_PER_MINUTE.get(self.scope, 0)
        if not limit:
            return
        now = time.time()
        window = math.floor(now / WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}
        count = self._counts[caller] = self._counts.get(caller, 0) + 1
        if count > limit:
            raise throttled((window + 1) * WINDOW_SECONDS - now)
