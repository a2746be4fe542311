"""A driver's working day: shifts, and the vehicle it is done with."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Invalid, Refused
from drivers import commands
from drivers.models import Driver, DriverStatus, Shift, Vehicle

LONGEST_SHIFT = timedelta(hours=24)

Objection = Callable[[Driver], str]


def open_shift(driver_id: int) -> Shift | None:
    return Shift.objects.filter(driver_id=driver_id, ended_at__isnull=True).first()


def start_shift(driver_id: int, *, planned_end: datetime | None, actor: Actor) -> Shift:
    """Begin work and go on duty; in a running shift it only sets when that is meant to end."""
    now = clock.now()
    if planned_end is not None and not now < planned_end <= now + LONGEST_SHIFT:
        raise Invalid.fields(planned_end="Give a time within the next 24 hours, or leave it out.")
    with transaction.atomic():
        driver = _own(driver_id, actor)
        shift = open_shift(driver.pk)
        if shift is not None:
            if planned_end is None or shift.planned_end == planned_end:
                return shift
            before: dict[str, object] = {"planned_end": clock.iso(shift.planned_end)}
            shift.planned_end = planned_end
            shift.save(update_fields=["planned_end"])
            after: dict[str, object] = {"planned_end": clock.iso(planned_end)}
            commands.record(driver, actor=actor, kind="driver.shift_changed", before=before, after=after)
            return shift
        if driver.status != DriverStatus.ACTIVE:
            status = DriverStatus(driver.status).label.lower()
            raise Refused(
                f"{driver.name} is {status} and cannot start a shift. An admin can set the driver to active.",
                code="driver_not_active",
            )
        shift = Shift.objects.create(tenant_id=driver.tenant_id, driver=driver, started_at=now, planned_end=planned_end)
        before = {"is_online": driver.is_online}
        _set_online(driver, online=True, now=now)
        commands.record(
            driver,
            actor=actor,
            kind="driver.shift_started",
            before=before,
            after={"is_online": True, "planned_end": clock.iso(planned_end)},
        )
    return shift


def end_shift(driver_id: int, *, actor: Actor, objection: Objection) -> Shift:
    """End work and go off duty, unless `objection`, asked while the driver is locked, has a sentence against it."""
    with transaction.atomic():
        driver = _own(driver_id, actor)
        shift = open_shift(driver.pk)
        if shift is None:
            raise Refused("No shift is running.", code="no_shift")
        if sentence := objection(driver):
            raise Refused(sentence, code="work_in_progress")
        shift.ended_at = clock.now()
        shift.save(update_fields=["ended_at"])
        before: dict[str, object] = {"is_online": driver.is_online}
        _set_online(driver, online=False, now=shift.ended_at)
        commands.record(driver, actor=actor, kind="driver.shift_ended", before=before, after={"is_online": False})
    return shift


def choose_vehicle(
    driver_id: int, vehicle_id: int, *, actor: Actor, objection: Callable[[Driver, Vehicle], str]
) -> Driver:
    """Work with another of the driver's own vehicles from now on; asked while the driver is locked."""
    with transaction.atomic():
        driver = _own(driver_id, actor)
        vehicle = driver.vehicles.filter(pk=vehicle_id).first()
        if vehicle is None:
            raise Invalid.fields(vehicle_id="This is none of your vehicles. Choose one from your list.")
        if driver.primary_vehicle_id == vehicle.pk:
            return driver
        if not vehicle.is_active:
            raise Refused(f"{vehicle.name} is not in use. Choose another vehicle.", code="vehicle_inactive")
        if sentence := objection(driver, vehicle):
            raise Refused(sentence, code="work_in_progress")
        before: dict[str, object] = {"primary_vehicle": driver.primary_vehicle_id}
        driver.primary_vehicle = vehicle
        driver.save(update_fields=["primary_vehicle"])
        commands.record(
            driver, actor=actor, kind="driver.vehicle_chosen", before=before, after={"primary_vehicle": vehicle.pk}
        )
    return driver


def shift_as_dict(shift: Shift | None) -> dict[str, Any] | None:
    if shift is None:
        return None
    return {
        "started_at": clock.iso(shift.started_at),
        "planned_end": clock.iso(shift.planned_end),
        "ended_at": clock.iso(shift.ended_at),
    }


def _own(driver_id: int, actor: Actor) -> Driver:
    driver = commands.locked(driver_id, actor)
    if actor.driver_id != driver.pk and not actor.may("drivers.manage"):
        raise Forbidden("Your role does not allow changing a driver's duty.", details={"permission": "drivers.manage"})
    return driver


def _set_online(driver: Driver, *, online: bool, now: datetime) -> None:
    if driver.is_online != online:
        driver.is_online, driver.online_changed_at = online, now
        driver.save(update_fields=["is_online", "online_changed_at"])
