"""What may stand in a route: two ends of one place each, a whole schedule, a driver who can run it."""

from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Team, Warehouse
from drivers.models import Driver, DriverStatus
from routes.models import Route

ENDS = ("pickup", "dropoff")
END_COLUMNS = ("warehouse_id", "address", "latitude", "longitude")
PLAIN = ("name", "team_id", "starts_on", "schedule_time", "schedule_days", "capacity", "notes")
EDITABLE = (*PLAIN, *(f"{end}_{column}" for end in ENDS for column in END_COLUMNS))
OF_SCHEDULE = ("starts_on", "schedule_time", "schedule_days")


def fill(route: Route, values: dict[str, Any], actor: Actor) -> None:
    """Write the values on the route in memory, and refuse what does not fit together."""
    faults: dict[str, list[str]] = {}
    for name in PLAIN:
        if name in values:
            setattr(route, name, values[name])
    route.schedule_days = sorted(set(route.schedule_days))
    _check_team(route, actor, faults)
    for end in ENDS:
        if any(f"{end}_{column}" in values for column in END_COLUMNS) or route.pk is None:
            _fill_end(route, end, values, actor, faults)
    if (route.schedule_time is None) != (not route.schedule_days):
        name = "schedule_time" if route.schedule_time is None else "schedule_days"
        faults[name] = ["A schedule needs both a time and at least one day. Leave both empty for none."]
    if faults:
        first = next(iter(faults.values()))[0]
        raise Invalid(first, details={"fields": faults})


def _fill_end(route: Route, end: str, values: dict[str, Any], actor: Actor, faults: dict[str, list[str]]) -> None:
    warehouse_id, address = values.get(f"{end}_warehouse_id"), values.get(f"{end}_address") or ""
    latitude, longitude = values.get(f"{end}_latitude"), values.get(f"{end}_longitude")
    if (warehouse_id is None) == (not address):
        faults[f"{end}_address"] = [f"The {end} is one place: choose a warehouse or an address."]
        return
    warehouse = None
    if warehouse_id is not None:
        warehouse = Warehouse.objects.visible_to(actor).filter(pk=warehouse_id, is_active=True).first()
        if warehouse is None:
            faults[f"{end}_warehouse_id"] = ["There is no such warehouse in use. Choose one from the list."]
            return
        latitude, longitude = warehouse.latitude, warehouse.longitude
    if latitude is None or longitude is None:
        faults[f"{end}_address"] = [f"Where is this {end}? Choose the address from the list, or give its coordinates."]
        return
    for column, value in (
        ("warehouse", warehouse), ("address", address), ("latitude", latitude), ("longitude", longitude),
    ):  # fmt: skip
        setattr(route, f"{end}_{column}", value)


def _check_team(route: Route, actor: Actor, faults: dict[str, list[str]]) -> None:
    if route.team_id is None:
        return
    is_theirs = actor.team_ids is None or route.team_id in actor.team_ids
    if not is_theirs or not Team.objects.visible_to(actor).filter(pk=route.team_id).exists():
        faults["team_id"] = ["There is no such team. Choose one of yours."]


def named(values: dict[str, Any]) -> list[str]:
    """The columns that the values speak of; naming one part of an end sets the whole end."""
    ends = [end for end in ENDS if any(f"{end}_{column}" in values for column in END_COLUMNS)]
    return [name for name in EDITABLE if name in values or name.partition("_")[0] in ends]


def chosen_driver(driver_id: int, actor: Actor) -> Driver:
    driver = Driver.objects.visible_to(actor).filter(pk=driver_id).select_related("primary_vehicle").first()
    if driver is None:
        raise Invalid.fields(driver_id="There is no such driver. Choose one from the list.")
    return driver


def require_able(driver: Driver, route: Route) -> None:
    """Refuse a driver who cannot run this route: not active, or without the vehicle that its capacity speaks of."""
    if driver.status != DriverStatus.ACTIVE:
        status = DriverStatus(driver.status).label.lower()
        sentence = f"{driver.name} is {status} and cannot run {route.words or 'a route'}. Choose another driver."
        raise Refused(sentence, code="driver_unavailable", details={"fields": {"driver_id": [sentence]}})
    vehicle = driver.primary_vehicle
    if route.capacity is not None and (vehicle is None or not vehicle.is_active):
        sentence = f"The route carries up to {route.capacity} units and {driver.name} has no vehicle in use."
        raise Refused(sentence, code="vehicle_missing", details={"fields": {"driver_id": [sentence]}})
