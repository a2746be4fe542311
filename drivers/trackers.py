"""Identifiers of phone trackers: issued, replaced and ended by whoever looks after the drivers."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.models.keys import digest
from drivers import commands
from drivers.models import Tracker
from drivers.models.tracker import LENGTH, PREFIX_LENGTH, new_identifier
from drivers.tokens import Bearer

USE_NOTED_EVERY = timedelta(minutes=1)


def issue(driver_id: int, *, actor: Actor) -> str:
    """A new identifier for the driver, shown this once; the one there was before ends."""
    identifier = new_identifier()
    with transaction.atomic():
        commands.record_edit(driver_id, actor=actor, changed=["tracker"])
        Tracker.objects.update_or_create(
            driver_id=driver_id,
            defaults={
                "tenant_id": actor.tenant_id,
                "prefix": identifier[:PREFIX_LENGTH],
                "digest": digest(identifier),
                "issued_at": clock.now(),
                "last_used_at": None,
            },
        )
    return identifier


def revoke(driver_id: int, *, actor: Actor) -> None:
    """End the driver's identifier; open processes forget it within half a minute."""
    with transaction.atomic():
        commands.record_edit(driver_id, actor=actor, changed=["tracker"])
        Tracker.objects.filter(driver_id=driver_id, tenant_id=actor.tenant_id).delete()


def bearer_of_identifier(identifier: str) -> Bearer | None:
    """Whose phone it is; the look-up is by digest, so its time says nothing about the identifier."""
    if len(identifier) != LENGTH:
        return None
    now = clock.now()
    tracker = Tracker.objects.filter(digest=digest(identifier), tenant__is_active=True).first()
    if tracker is None:
        return None
    if tracker.last_used_at is None or tracker.last_used_at <= now - USE_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        Tracker.objects.filter(stale, pk=tracker.pk).update(last_used_at=now)
    return Bearer(tracker.tenant_id, ActorKind.DRIVER, tracker.driver_id, tracker.driver_id)
