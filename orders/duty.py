"""A driver's duty where it depends on work: nobody goes home, or changes vehicles, with packages on board."""

from datetime import datetime

from dispatch_console.core.actor import Actor
from drivers import duty
from drivers.models import Driver, Shift, Vehicle
from orders.actions.eligibility import codes_on_board, units_on_board
from orders.fleet import NAMED_AT_MOST, work_in_progress


def start_shift(driver_id: int, *, planned_end: datetime | None, actor: Actor) -> Shift:
    return duty.start_shift(driver_id, planned_end=planned_end, actor=actor)


def end_shift(driver_id: int, *, actor: Actor) -> Shift:
    """Refused while packages are on the way; what is only assigned stays assigned and is for dispatch to see."""
    return duty.end_shift(driver_id, actor=actor, objection=work_in_progress)


def choose_vehicle(driver_id: int, vehicle_id: int, *, actor: Actor) -> Driver:
    return duty.choose_vehicle(driver_id, vehicle_id, actor=actor, objection=against_vehicle)


def against_vehicle(driver: Driver, vehicle: Vehicle) -> str:
    """The sentence against changing to this vehicle now, or nothing."""
    if codes := codes_on_board(driver, at_most=NAMED_AT_MOST + 1):
        named = ", ".join(codes[:NAMED_AT_MOST]) + (" and more" if len(codes) > NAMED_AT_MOST else "")
        return f"You have packages on board ({named}). Deliver or return them first, then change the vehicle."
    used = units_on_board(driver)
    if used > vehicle.capacity_units:
        return (
            f"{vehicle.name} holds {vehicle.capacity_units} units and your orders need {used}. "
            "Ask dispatch to take some off first."
        )
    return ""
