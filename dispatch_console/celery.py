"""The Celery application; its schedule is static and lives in the settings."""

import os
from typing import Any

from celery import Celery, Task, bootsteps, signals

from dispatch_console.core import presence
from dispatch_console.core.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.production")

app = Celery("dispatch_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class SayWhatIsServed(bootsteps.StartStopStep):
    """While a worker takes tasks, it says from which queues, busy or not."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self.entry: Any = None

    def start(self, consumer: Any) -> None:
        names = [queue.name for queue in consumer.task_consumer.queues]
        presence.say_served(names)
        self.entry = consumer.timer.call_repeatedly(presence.SAID_EVERY_SECONDS, presence.say_served, (names,))

    def stop(self, consumer: Any) -> None:
        if self.entry is not None:
            self.entry.cancel()


app.steps["consumer"].add(SayWhatIsServed)


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Django's LOGGING stands: with a receiver here, Celery installs no handlers of its own."""


@signals.worker_init.connect
def refuse_wrong_settings(**kwargs: Any) -> None:
    from dispatch_console.core import checks

    checks.refuse_wrong_settings(serves_pages=False)


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **kwargs: Any) -> None:
    """A task logs under the id of the request that caused it."""
    headers["request_id"] = request_id.get()


@signals.task_prerun.connect
def take_request_id(task_id: str, task: Task, **kwargs: Any) -> None:
    request_id.set(getattr(task.request, "request_id", "") or task_id)


@signals.task_postrun.connect
def drop_request_id(**kwargs: Any) -> None:
    request_id.set("")
