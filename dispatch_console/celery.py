"""The Celery application; its schedule is static and lives in the settings."""

import os
from typing import Any

from celery import Celery, Task, signals

from dispatch_console.core.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.production")

app = Celery("dispatch_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


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
