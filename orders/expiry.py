"""Offers that ran out go back to the queue, each through the engine, as the installation itself."""

import logging

from django.db import transaction
from django.db.models import F

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.actor import Source
from dispatch_console.core.errors import DomainError
from orders import commands
from orders.actions.claims import ExpireOffer
from orders.models import Assignment, Offer, OfferAnswer, OfferSearch, SearchOutcome
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


def withdraw_outdated() -> int:
    """End the offers of orders that have changed since; how many searches. Nobody could accept them any more."""
    now = clock.now()
    outdated = OfferSearch.objects.filter(ended_at__isnull=True).exclude(order_version=F("order__version"))
    ids = list(outdated.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    with transaction.atomic():
        # By the version again: a wave may have begun anew in between.
        still = OfferSearch.objects.filter(pk__in=ids, ended_at__isnull=True)
        count = still.exclude(order_version=F("order__version")).update(ended_at=now, outcome=SearchOutcome.CHANGED)
        over = Offer.objects.filter(search__in=ids, search__ended_at__isnull=False, answer=OfferAnswer.OPEN)
        over.update(answer=OfferAnswer.WITHDRAWN, answered_at=now)
    return count
