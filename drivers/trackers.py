"""Identifiers of phone trackers: issued, replaced and ended by whoever looks after the drivers."""

from collections.abc import Collection
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


def bearers_of_identifiers(identifiers: Collection[str]) -> dict[str, Bearer]:
    """Whose phones they are; the look-up is by digest, so its time says nothing about an identifier."""
    now = clock.now()
    by_digest = {digest(each): each for each in identifiers if len(each) == LENGTH}
    found = list(Tracker.objects.filter(digest__in=by_digest, tenant__is_active=True)) if by_digest else []
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    unnoted = [each.pk for each in found if each.last_used_at is None or each.last_used_at <= now - USE_NOTED_EVERY]
    if unnoted:
        Tracker.objects.filter(stale, pk__in=unnoted).update(last_used_at=now)
    return {
        by_digest[each.digest]: Bearer(each.tenant_id, ActorKind.DRIVER, each.driver_id, each.driver_id)
        for each in found
    }
