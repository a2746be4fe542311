"""Answers of a road network that were asked for lately: in this process, and for answers from afar also in Redis."""

import hashlib
import logging
import threading
from collections import OrderedDict
from typing import Any

from django.core.cache import cache as shared

logger = logging.getLogger(__name__)

SHARED_FOR_SECONDS = 3600
# Larger answers would push everything else out of a small Redis.
LARGEST_SHARED = 256 * 1024


class BoundedCache:
    """What was used longest ago goes first, as soon as the weights together exceed `most`. Safe among threads."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.weight = 0
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> Any | None:
        with self._lock:
            if (found := self._kept.get(key)) is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Any, value: Any, weight: int = 1) -> None:
        if weight > self.most // 4:
            return
        with self._lock:
            if (old := self._kept.pop(key, None)) is not None:
                self.weight -= old[1]
            self._kept[key] = (value, weight)
            self.weight += weight
            while self.weight > self.most:
                _, (_, dropped) = self._kept.popitem(last=False)
                self.weight -= dropped

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.weight = 0

    def __len__(self) -> int:
        return len(self._kept)


def digest(*parts: bytes | str) -> str:
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(part.encode() if isinstance(part, str) else part)
        found.update(b"\0")
    return found.hexdigest()


def shared_get(key: str) -> bytes | None:
    """A cache that does not answer is a cache without an answer."""
    try:
        found = shared.get(f"roads:{key}")
    except Exception:
        logger.warning("The shared cache does not answer: roads are asked anew.")
        return None
    return found if isinstance(found, bytes) else None


def shared_put(key: str, value: bytes) -> None:
    if len(value) > LARGEST_SHARED:
        return
    try:
        shared.set(f"roads:{key}", value, timeout=SHARED_FOR_SECONDS)
    except Exception:
        logger.warning("The shared cache does not answer: roads are not remembered there.")
