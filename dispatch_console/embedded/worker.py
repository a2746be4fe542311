"""Worker and scheduler in one process: on their own for `manage.py dev`, or inside the web process without Redis.

Production runs Celery's own commands. Inside the web process, queued work dies with the process, and there can be
only one such process: that is for a trial on a machine where no Redis server can be found.
"""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from celery import Celery
from celery.apps.worker import WorkController
from celery.beat import EmbeddedService
from celery.concurrency.base import apply_target
from celery.concurrency.thread import ApplyResult, TaskPool
from celery.worker import state

from dispatch_console.settings import queues

CONCURRENCY, LONG_CONCURRENCY = 4, 2


class SharedPool(TaskPool):
    """Threads for short tasks, and two beside them for long ones: one process serves both queues, none waits for the
    other. Production runs a worker for each queue instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.long_executor = ThreadPoolExecutor(max_workers=LONG_CONCURRENCY)

    def on_stop(self) -> None:
        self.long_executor.shutdown(cancel_futures=True)
        super().on_stop()

    def on_apply(
        self,
        target: Callable[..., Any],
        args: Any = None,
        kwargs: Any = None,
        callback: Any = None,
        accept_callback: Any = None,
        **_: Any,
    ) -> ApplyResult:
        request = args[2]
        is_long = request["delivery_info"]["routing_key"] == queues.LONG
        executor = self.long_executor if is_long else self.executor
        return ApplyResult(executor.submit(apply_target, target, args, kwargs, callback, accept_callback))


def prepare(app: Celery) -> WorkController:
    """A worker with a few threads; the scheduler starts beside it."""
    scheduler = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
    threading.Thread(target=scheduler.run, name="scheduler", daemon=True).start()
    return app.WorkController(
        pool=SharedPool,
        concurrency=CONCURRENCY,
        # Everything is fetched at once: a limit would be one for both queues, and long tasks would use it up.
        prefetch_multiplier=0,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


def start_in_this_process(app: Celery) -> None:
    """Start both on threads that end with the process."""
    threading.Thread(target=prepare(app).start, name="worker", daemon=True).start()


def main() -> None:
    """Work until SIGTERM; a task that has begun is finished."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.dev")
    import django

    django.setup()

    from dispatch_console.celery import app

    def finish(number: int, frame: FrameType | None) -> None:
        state.should_stop = 0

    signal.signal(signal.SIGTERM, finish)
    prepare(app).start()


if __name__ == "__main__":
    main()
