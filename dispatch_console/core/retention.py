"""How long finished work is kept: for the days of its setting, and for as long as its company can take it back."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dispatch_console.core import clock
from dispatch_console.core.models import Tenant

BATCH = 500  # removed in one round of a task; what is left over waits for the next


def cutoffs(days: int) -> Iterator[tuple[Tenant, datetime]]:
    """For each company the moment before which work that ended is not needed any more."""
    for tenant in Tenant.objects.order_by("pk"):
        kept = max(timedelta(days=days), timedelta(minutes=tenant.undo_window_minutes))
        yield tenant, clock.now() - kept
