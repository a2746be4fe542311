"""Background work of drivers: thin tasks, each harmless when it runs twice."""

from celery import shared_task

from drivers import partitions


@shared_task
def keep_position_days() -> None:
    """Make the coming days of the position history, and drop those past the retention time."""
    partitions.make_days_ahead()
    partitions.drop_old_days()
