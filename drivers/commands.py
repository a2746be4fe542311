"""The commands on drivers: each locks the driver, checks, writes one event, and thereby tells every open console."""

from collections.abc import Callable, Sequence

from django.db import transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible, Refused
from dispatch_console.core.models import Event
from drivers.models import Driver, DriverStatus

STREAM = "driver"


def set_online(driver_id: int, *, online: bool, actor: Actor, objection: Callable[[Driver], str]) -> Driver:
    """Take a driver on or off duty; doing it twice changes nothing.

    Open work may forbid going offline, and work is known to the apps above: `objection` returns the sentence against
    it, or nothing. It is asked while the driver is locked.
    """
    with transaction.atomic():
        driver = locked(driver_id, actor)
        is_own = actor.driver_id == driver.pk and actor.may("work.own")
        if not is_own and not actor.may("drivers.manage"):
            raise Forbidden("Your role does not allow changing a driver's availability.")
        if driver.is_online == online:
            return driver
        if online and driver.status != DriverStatus.ACTIVE:
            status = DriverStatus(driver.status).label.lower()
            raise Refused(
                f"{driver.name} is {status} and cannot go online. An admin can set the driver to active.",
                code="driver_not_active",
            )
        if not online and (sentence := objection(driver)):
            raise Refused(sentence, code="work_in_progress")
        driver.is_online = online
        driver.online_changed_at = clock.now()
        driver.save(update_fields=["is_online", "online_changed_at"])
        record(
            driver,
            actor=actor,
            kind="driver.online" if online else "driver.offline",
            before={"is_online": not online},
            after={"is_online": online},
        )
    return driver


def record_edit(driver_id: int, *, actor: Actor, changed: Sequence[str]) -> None:
    """Tell the log and the consoles that somebody edited the driver's profile; `changed` names the fields."""
    with transaction.atomic():
        driver = locked(driver_id, actor)
        record(driver, actor=actor, kind="driver.edited", before={}, after={"changed": sorted(changed)})


def locked(driver_id: int, actor: Actor) -> Driver:
    """The driver, row locked until the transaction ends; NotVisible when the actor must not know of the driver."""
    # The visible set may be a DISTINCT over teams, which cannot be locked: hence the sub-select.
    visible = Driver.objects.visible_to(actor).filter(pk=driver_id)
    driver = Driver.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=visible.values("pk")).first()
    if driver is None:
        raise NotVisible("There is no such driver.")
    return driver


def record(
    driver: Driver,
    *,
    actor: Actor,
    kind: str,
    before: dict[str, object],
    after: dict[str, object],
    reason: str = "",
    key: str = "",
    fingerprint: str = "",
) -> Event:
    """One event about a locked driver: raises the driver's version, and thereby tells every open console."""
    driver.version += 1
    driver.save(update_fields=["version"])
    return events.record(
        actor=actor,
        stream=STREAM,
        object_id=driver.pk,
        object_code=str(driver.pk),
        version=driver.version,
        kind=kind,
        reason=reason,
        data={"before": before, "after": after},
        key=key,
        fingerprint=fingerprint,
    )
