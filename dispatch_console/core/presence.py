"""Which queues have a worker: each worker says so for those it takes from, every few seconds."""

import time
from collections.abc import Iterable

from django.conf import settings
from django.core.cache import cache

KEY = "queue-served:{}"
SAID_EVERY_SECONDS = 5.0


def say_served(queues: Iterable[str]) -> None:
    cache.set_many({KEY.format(queue): time.time() for queue in queues}, timeout=None)


def age(queue: str) -> float | None:
    """Seconds since a worker of the queue was last heard of; None when none ever was."""
    said_at = cache.get(KEY.format(queue))
    return None if said_at is None else max(time.time() - said_at, 0.0)


def is_served(queue: str) -> bool:
    seconds = age(queue)
    return seconds is not None and seconds <= settings.WORKER_HEARTBEAT_MAX_AGE_SECONDS
