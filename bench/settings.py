"""What the benchmarks' servers run on: production's database pool, on whatever services the run has."""

from dispatch_console.settings.dev import *  # noqa: F403
from dispatch_console.settings.dev import DATABASES

DEBUG = False
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8}
API_REQUESTS_PER_MINUTE: dict[str, int] = {}
