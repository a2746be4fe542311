"""Offers that ran out go back to the queue, each through the engine, as the installation itself."""

import logging

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.actor import Source
from dispatch_console.core.errors import DomainError
from orders import commands
from orders.actions.claims import ExpireOffer
from orders.models import Assignment
from orders.states import AssignmentStatus

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 500


def expire_offers() -> int:
    """Take back every offer whose time is over; returns how many. Any number of workers may do this at once."""
    over = Assignment.objects.filter(
        status=AssignmentStatus.PENDING, ended_at__isnull=True, expires_at__lte=clock.now()
    ).order_by("expires_at")
    count = 0
    for pk, tenant_id, code in list(over.values_list("pk", "tenant_id", "order__code")[:MOST_AT_ONCE]):
        actor = system_actor(tenant_id, label="Time limit of offers", source=Source.TASK)
        try:
            commands.perform(ExpireOffer(), code=code, actor=actor, key=f"offer-expired:{pk}")
            count += 1
        except DomainError as refusal:  # answered, withdrawn or offered anew in between
            logger.info("The offer of %s stays: %s", code, refusal.message)
    return count
