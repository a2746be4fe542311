"""Background work of the basement: thin tasks, each harmless when it runs twice."""

from celery import shared_task

from dispatch_console.core import health, stream


@shared_task
def record_worker_heartbeat() -> None:
    """Proof for /readyz that scheduler, broker and worker all work."""
    health.record_heartbeat()


@shared_task
def number_events() -> None:
    """Number what committed while no console looked on, so that the next one does not find a mountain."""
    stream.number_pending()
