"""Whether the process is up, and whether it can do its work; each part says in a sentence what is wrong."""

import asyncio
import logging
import time
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dispatch_console.core import presence
from dispatch_console.settings import queues

logger = logging.getLogger(__name__)

HEARTBEAT_KEY = "worker-heartbeat"
CHANNEL_LAYER_SECONDS = 2.0


class NotReadyError(Exception):
    """A part does not work; the message is a sentence for the operator."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; that says nothing about its services."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Every service answers; 503 with the reasons where one does not."""
    checks = {name: run(name, check) for name, check in CHECKS.items()}
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse({"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


def run(name: str, check: Callable[[], str]) -> dict[str, bool | str]:
    try:
        return {"ok": True, "detail": check()}
    except NotReadyError as problem:
        return {"ok": False, "detail": str(problem)}
    except Exception as error:
        # The message may name hosts and users: it goes to the log, not to whoever asks.
        logger.exception("readiness check failed", extra={"check": name})
        return {
            "ok": False,
            "detail": f"The {name.replace('_', ' ')} does not answer ({type(error).__name__}); see the log.",
        }


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "The database answers."


def check_migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in pending)
        raise NotReadyError(f"Run `manage.py migrate`: {len(pending)} not applied ({names}).")
    return "The database has every migration."


def check_channel_layer() -> str:
    """A message to ourselves, there and back."""
    if not async_to_sync(round_trip)():
        raise NotReadyError(f"The channel layer returned no message within {CHANNEL_LAYER_SECONDS:.0f} s.")
    return "The channel layer returns what it was sent."


async def round_trip() -> bool:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "readiness"})
    try:
        async with asyncio.timeout(CHANNEL_LAYER_SECONDS):
            return bool(await layer.receive(channel))
    except TimeoutError:
        return False


def check_worker() -> str:
    """The scheduler sends a heartbeat through the queue every few seconds: its age proves beat, broker and worker."""
    seen = cache.get(HEARTBEAT_KEY)
    if seen is None:
        raise NotReadyError("No worker has reported yet: start one with `celery --app dispatch_console worker --beat`.")
    age = time.time() - seen
    if age > settings.WORKER_HEARTBEAT_MAX_AGE_SECONDS:
        raise NotReadyError(f"The worker last reported {age:.0f} s ago: see whether worker and scheduler still run.")
    return f"The worker reported {age:.0f} s ago."


def check_long_work() -> str:
    """Workers of the long queue are busy for minutes: they report beside their work, not through the queue."""
    age = presence.age(queues.LONG)
    if age is None or age > settings.WORKER_HEARTBEAT_MAX_AGE_SECONDS:
        when = "yet" if age is None else f"for {age:.0f} s"
        raise NotReadyError(
            f"No worker for long tasks has reported {when}: plans, imports, bulk runs, prints and street graphs wait. "
            "Start one with `celery --app dispatch_console worker --queues long`."
        )
    return f"A worker for long tasks reported {age:.0f} s ago."


def record_heartbeat() -> None:
    cache.set(HEARTBEAT_KEY, time.time(), timeout=None)


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "migrations": check_migrations,
    "channel_layer": check_channel_layer,
    "worker": check_worker,
    "long_work": check_long_work,
}
