"""Making and editing a waybill: from where, to where, by whom."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Event, Warehouse
from drivers.models import Driver, DriverStatus
from orders.states import CarrierType
from routes.commands import grouping
from routes.commands.change import Changed, Locked, asked, change, find
from routes.commands.waybill_rules import ACTS, require
from routes.models import Waybill
from routes.models.waybill import CARRIERS, ENDS

CREATED = "waybill.created"
EDITED = "waybill.edited"
END_PARTS = ("warehouse_id", "address", "latitude", "longitude")
FIELDS = (
    *(f"{end}_{part}" for end in ENDS for part in END_PARTS),
    "carrier_type",
    "carrier_reference",
    "driver_id",
    "notes",
)


def create(values: Mapping[str, Any], *, actor: Actor, key: str = "") -> Changed[Waybill]:
    """A drafted waybill from `FIELDS`. Raises Invalid naming each wrong one."""
    grouping.require(actor)
    content = asked("", {name: values[name] for name in FIELDS if name in values})
    if event := events.replayed(CREATED, content, actor, key):
        return Changed(find(Waybill, event.object_code, actor), event, is_replay=True)
    now = clock.now()
    team = next(iter(actor.team_ids)) if actor.team_ids is not None and len(actor.team_ids) == 1 else None
    waybill = Waybill(tenant_id=actor.tenant_id, team_id=team, created_by=actor.label, created_at=now, updated_at=now)
    _fill(waybill, values, actor)
    waybill.label = grouping.next_label(actor.tenant_id, "waybill", "WB{:05d}")
    waybill.number = int(waybill.label.removeprefix("WB"))
    try:
        with transaction.atomic(durable=True):
            waybill.save(force_insert=True)
            data = {"input": content, "before": {}, "after": {"status": waybill.status}}
            event = grouping.told(waybill, actor=actor, kind=CREATED, data=data, key=key, content=content)
    except IntegrityError:
        if event := events.replayed(CREATED, content, actor, key):
            return Changed(find(Waybill, event.object_code, actor), event, is_replay=True)
        raise
    return Changed(waybill, event)


def edit(
    label: str, values: Mapping[str, Any], *, actor: Actor, version: int | None = None, key: str = ""
) -> Changed[Waybill]:
    """Change some of `FIELDS` of a draft."""
    content = {name: values[name] for name in FIELDS if name in values}

    def work(locked: Locked[Waybill]) -> Event:
        waybill = locked.group
        require(ACTS["edit"], waybill, carried=len(locked.orders))
        names = [name.removesuffix("_id") for name in (*FIELDS, "vehicle_id")]
        before = waybill.snapshot(names)
        _fill(waybill, values, actor)
        _refuse_other_carrier(waybill, locked)
        after = waybill.snapshot(names)
        changed = [name for name in names if before[name] != after[name]]
        return grouping.record(
            waybill,
            actor=actor,
            kind=EDITED,
            changed=changed,
            before={name: before[name] for name in changed},
            content=asked(label, content),
            key=key,
        )

    return change(Waybill, label, actor=actor, kind=EDITED, work=work, content=content, version=version, key=key)


def _refuse_other_carrier(waybill: Waybill, locked: Locked[Waybill]) -> None:
    others = [order.code for order in locked.members() if order.carrier_type != waybill.carrier_type]
    if others:
        carrier = CarrierType(waybill.carrier_type).label.lower()
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        sentence = f"Order {others[0]}{more} on it has another carrier than {carrier}. Take it out first."
        raise Invalid.fields(carrier_type=sentence)


def _fill(waybill: Waybill, values: Mapping[str, Any], actor: Actor) -> None:
    """Write the values onto the waybill in memory and check that they fit together."""
    faults: dict[str, list[str]] = {}
    for end in ENDS:
        _fill_end(waybill, end, values, actor, faults)
    for name in ("carrier_type", "carrier_reference", "notes"):
        if name in values:
            setattr(waybill, name, values[name])
    if waybill.carrier_type not in CARRIERS:
        faults["carrier_type"] = ["Choose your own fleet, a prime or an external carrier."]
    if "driver_id" in values:
        _fill_driver(waybill, values["driver_id"], actor, faults)
    if not waybill.is_internal and waybill.driver_id is not None:
        faults["driver_id"] = ["A driver goes only with your own fleet. Leave this empty."]
    if waybill.is_internal and waybill.carrier_reference:
        faults["carrier_reference"] = ["A carrier's reference goes only with a prime or external carrier."]
    if _is_same_place(waybill):
        faults["destination_warehouse_id"] = ["Origin and destination are the same. Choose another for one of them."]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], details={"fields": faults})


def _fill_end(
    waybill: Waybill, end: str, values: Mapping[str, Any], actor: Actor, faults: dict[str, list[str]]
) -> None:
    for part in ("address", "latitude", "longitude"):
        if (name := f"{end}_{part}") in values:
            setattr(waybill, name, values[name])
    if (name := f"{end}_warehouse_id") in values:
        pk = values[name]
        warehouse = None if pk is None else Warehouse.objects.visible_to(actor).filter(pk=pk, is_active=True).first()
        if pk is not None and warehouse is None:
            faults[name] = ["There is no such warehouse in use. Choose one from the list."]
            return
        setattr(waybill, f"{end}_warehouse", warehouse)
    warehouse = getattr(waybill, f"{end}_warehouse")
    address = getattr(waybill, f"{end}_address").strip()
    if warehouse is not None and address:
        faults[f"{end}_address"] = [f"The {end} is either an address or a warehouse. Clear one of the two."]
    elif warehouse is None and not address:
        faults[f"{end}_address"] = [f"Give the {end}: choose a warehouse, or enter an address."]
    if warehouse is not None:
        setattr(waybill, f"{end}_latitude", warehouse.latitude)
        setattr(waybill, f"{end}_longitude", warehouse.longitude)
    elif (getattr(waybill, f"{end}_latitude") is None) != (getattr(waybill, f"{end}_longitude") is None):
        faults[f"{end}_latitude"] = [f"Give both coordinates of the {end}, or neither."]


def _fill_driver(waybill: Waybill, pk: int | None, actor: Actor, faults: dict[str, list[str]]) -> None:
    if pk is None:
        waybill.driver = waybill.vehicle = None
        return
    driver = Driver.objects.visible_to(actor).filter(pk=pk).select_related("primary_vehicle").first()
    if driver is None:
        faults["driver_id"] = ["There is no such driver. Choose one from the list."]
    elif driver.status != DriverStatus.ACTIVE:
        faults["driver_id"] = [f"{driver.name} is {DriverStatus(driver.status).label.lower()}. Choose another driver."]
    else:
        waybill.driver, waybill.vehicle = driver, driver.primary_vehicle


def _is_same_place(waybill: Waybill) -> bool:
    if waybill.origin_warehouse_id is not None:
        return waybill.origin_warehouse_id == waybill.destination_warehouse_id
    origin, destination = waybill.origin_address.strip().lower(), waybill.destination_address.strip().lower()
    return bool(origin) and origin == destination
