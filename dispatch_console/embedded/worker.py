"""Worker and scheduler in one process: on their own for `manage.py dev`, or inside the web process without Redis.

Production runs Celery's own commands. Inside the web process, queued work dies with the process, and there can be
only one such process: that is for a trial on a machine where no Redis server can be found.
"""

import os
import signal
import threading
from types import FrameType

from celery import Celery
from celery.apps.worker import WorkController
from celery.beat import EmbeddedService
from celery.worker import state

CONCURRENCY = 4


def prepare(app: Celery) -> WorkController:
    """A worker with a few threads; the scheduler starts beside it."""
    scheduler = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
    threading.Thread(target=scheduler.run, name="scheduler", daemon=True).start()
    return app.WorkController(
        pool="threads", concurrency=CONCURRENCY, without_gossip=True, without_mingle=True, without_heartbeat=True
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
