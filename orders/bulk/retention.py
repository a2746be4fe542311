"""Forgetting old bulk runs with their rows. What they did stays in the history of the orders."""

from django.conf import settings
from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.retention import BATCH, cutoffs
from orders.models import BulkRun, BulkState
from orders.models.bulk import AT_WORK, OVER


def prune() -> int:
    """Remove runs that ended long ago, and checks that nobody carried out; how many. Never one that is at work,
    that can be taken back, or that is being taken back."""
    removed = 0
    for tenant, before in cutoffs(settings.BULK_RUN_RETENTION_DAYS):
        ended = Q(state__in=OVER, finished_at__lt=before)
        forgotten = Q(state=BulkState.VALIDATED, created_at__lt=before)
        old = BulkRun.objects.filter(ended | forgotten, tenant=tenant).exclude(undos__state__in=AT_WORK)
        for run in old.order_by("number")[: BATCH - removed]:
            # Somebody may press “Execute” just now: of the two, one has it.
            BulkRun.objects.filter(forgotten, pk=run.pk).update(state=BulkState.CANCELLED, finished_at=clock.now())
            removed += BulkRun.objects.filter(pk=run.pk, state__in=OVER).delete()[1].get(BulkRun._meta.label, 0)
    return removed
