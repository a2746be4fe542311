"""Waybills of the demo companies: batches between the hubs in every state, with own vans and other carriers."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch_console.core import access, clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Customer, Tenant, Warehouse
from dispatch_console.region import drawings
from dispatch_console.region.demo import streets
from dispatch_console.region.demo.names import RECEIVERS
from drivers.models import Driver, DriverStatus
from orders import commands, evidence
from orders.actions import NewOrder
from orders.models import DeliveryService
from orders.states import CarrierType, OrderType, Payer, PaymentMethod, ProofKind, Stage
from routes.commands import waybill_ends, waybill_members, waybill_steps, waybills
from routes.commands.waybill_proofs import subject_of
from routes.models import Waybill, WaybillStatus
from routes.models.waybill import ON_THE_WAY, OVER

END_OF_DAY = "Not done before the day ended"


@dataclass(frozen=True)
class Batch:
    """Drafted so many `minutes` ago, and brought to `status`. `missing`: so many of its orders did not arrive."""

    status: WaybillStatus
    orders: int
    minutes: int
    carrier: CarrierType = CarrierType.INTERNAL
    reference: str = ""
    missing: int = 0
    notes: str = ""


BATCHES = (
    Batch(WaybillStatus.CLOSED, 6, 230, notes="Morning transfer"),
    Batch(WaybillStatus.RECEIVED, 5, 170, CarrierType.EXTERNAL, "EX-20417", missing=1),
    Batch(WaybillStatus.CANCELLED, 2, 160, notes="Went with the noon transfer instead"),
    Batch(WaybillStatus.IN_TRANSIT, 7, 75, notes="Noon transfer, two cages"),
    Batch(WaybillStatus.IN_TRANSIT, 4, 60, CarrierType.PRIME, "P-88121"),
    Batch(WaybillStatus.PICKED_UP, 3, 40),
    Batch(WaybillStatus.SEALED, 5, 30, notes="Waits for a van"),
    Batch(WaybillStatus.SEALED, 3, 25, CarrierType.EXTERNAL, "EX-20433"),
    Batch(WaybillStatus.DRAFTED, 4, 10, notes="Evening transfer"),
)


def end_of_day(tenant: Tenant) -> None:
    """Let go of what an earlier day's waybills still carry: its orders are then closed one by one."""
    actor = access.system_actor(tenant.pk, label="End of day")
    for waybill in Waybill.objects.filter(tenant=tenant).exclude(status__in=OVER).order_by("pk"):
        if waybill.status != WaybillStatus.RECEIVED:
            waybill_ends.cancel(waybill.label, reason=END_OF_DAY, actor=actor)
            continue
        if waybill.member_codes():
            waybill_ends.let_go(waybill.label, reason=END_OF_DAY, actor=actor)
        with suppress(DomainError):  # an open exception keeps it
            waybill_ends.close(waybill.label, actor=actor)


def live(tenant: Tenant, now: datetime) -> int:
    """Make the day's waybills of a company with two hubs, and let happen what has happened; how many were made."""
    hubs = list(Warehouse.objects.filter(tenant=tenant, is_active=True).order_by("pk")[:2])
    service = DeliveryService.objects.filter(tenant=tenant, code="STANDARD").first()
    if Waybill.objects.filter(tenant=tenant).exclude(status__in=OVER).exists() or len(hubs) < 2 or service is None:
        return 0
    actor = access.system_actor(tenant.pk, label="Hub")
    chance = random.Random(f"{tenant.slug} waybills")
    drivers = _drivers(tenant)
    for number, batch in enumerate(BATCHES):
        origin, destination = hubs if number % 2 == 0 else reversed(hubs)
        _bring(batch, origin, destination, service, drivers, now, actor, chance)
    return len(BATCHES)


def _bring(
    batch: Batch,
    origin: Warehouse,
    destination: Warehouse,
    service: DeliveryService,
    drivers: list[Driver],
    now: datetime,
    actor: Actor,
    chance: random.Random,
) -> None:
    began = now - timedelta(minutes=batch.minutes)
    with clock.at(began):
        codes = [_order(batch, origin, destination, service, actor, chance) for _ in range(batch.orders)]
        values = {
            "origin_warehouse_id": origin.pk,
            "destination_warehouse_id": destination.pk,
            "carrier_type": batch.carrier,
            "carrier_reference": batch.reference,
            "notes": batch.notes,
        }
        label = waybills.create(values, actor=actor).group.label
        waybill_members.add(label, codes, actor=actor)
    for step, act in enumerate(_acts(batch, label, codes, drivers, actor), start=1):
        with clock.at(min(now, began + timedelta(minutes=6 * step))):
            if act() is None:
                break


def _acts(batch: Batch, label: str, codes: list[str], drivers: list[Driver], actor: Actor) -> list[Any]:
    """What happened to the batch after it was drafted, in its order."""
    if batch.status == WaybillStatus.DRAFTED:
        return []
    if batch.status == WaybillStatus.CANCELLED:
        return [lambda: waybill_ends.cancel(label, reason=batch.notes, actor=actor)]
    acts: list[Any] = [lambda: waybill_steps.seal(label, actor=actor)]
    if batch.status == WaybillStatus.SEALED:
        return acts
    if batch.carrier != CarrierType.INTERNAL:
        acts.append(lambda: _hand_over(waybill_steps.dispatch, label, actor, note="Handed over at ramp 2"))
    else:
        acts.append(lambda: _assign(label, drivers, actor))
        acts.append(lambda: _hand_over(waybill_steps.pick_up, label, actor))
        if batch.status != WaybillStatus.PICKED_UP:
            acts.append(lambda: waybill_steps.depart(label, actor=actor))
    if batch.status not in ON_THE_WAY:
        arrived = codes[batch.missing :]
        acts.append(lambda: _receive(label, arrived, actor))
    if batch.status == WaybillStatus.CLOSED:
        acts.append(lambda: waybill_ends.close(label, actor=actor))
    return acts


def _hand_over(act: Callable[..., Any], label: str, actor: Actor, **more: str) -> Any:
    shown = _pictures(label, Stage.PICKUP, actor)
    return act(label, handed_over_by="R. Frick, early shift", proof_ids=shown, actor=actor, **more)


def _receive(label: str, codes: list[str], actor: Actor) -> Any:
    shown = _pictures(label, Stage.DELIVERY, actor)
    return waybill_ends.receive(label, codes=codes, received_by="B. Marxer, night shift", proof_ids=shown, actor=actor)


def _pictures(label: str, stage: str, actor: Actor) -> list[str]:
    """A photo and a signature for the hand-over that names them; drawn apart, so that nothing else is drawn anew."""
    chance = random.Random(f"{label} {stage}")
    subject = subject_of(Waybill.objects.visible_to(actor).get(label=label))
    drawn = {ProofKind.PHOTO: drawings.door_photo(chance), ProofKind.SIGNATURE: drawings.signature(chance)}
    return [
        str(evidence.upload(subject, actor, kind=kind, stage=stage, data=data)[0].pk) for kind, data in drawn.items()
    ]


def _assign(label: str, drivers: list[Driver], actor: Actor) -> Driver | None:
    """To the first driver who has room for all of it; nobody drives two of the day's waybills."""
    for driver in drivers:
        with suppress(DomainError):
            waybill_steps.assign(label, driver_id=driver.pk, actor=actor)
            drivers.remove(driver)
            return driver
    return None


def _drivers(tenant: Tenant) -> list[Driver]:
    """Those of the largest vehicles first, who drive no trip."""
    able = Driver.objects.filter(tenant=tenant, status=DriverStatus.ACTIVE, all_zones=True, is_online=True)
    able = able.filter(primary_vehicle__is_active=True, trips__isnull=True)
    return list(able.order_by("-primary_vehicle__capacity_units", "pk"))


def _order(
    batch: Batch,
    origin: Warehouse,
    destination: Warehouse,
    service: DeliveryService,
    actor: Actor,
    chance: random.Random,
) -> str:
    """From the one hub to a door near the other: there it waits for its next driver."""
    customers = list(Customer.objects.filter(tenant_id=origin.tenant_id, is_active=True).order_by("pk")[:20])
    door = streets.draw_near(chance, (destination.latitude, destination.longitude))
    values: dict[str, Any] = {
        "customer_id": chance.choice(customers).pk,
        "service_id": service.pk,
        "unit_size": 1,
        "payer": Payer.SENDER,
        "payment_method": PaymentMethod.ACCOUNT,
        "pickup_warehouse_id": origin.pk,
        "dropoff_address": door.label,
        "dropoff_latitude": door.lat,
        "dropoff_longitude": door.lng,
        "dropoff_contact": chance.choice(RECEIVERS),
    }
    new = NewOrder(type=OrderType.DELIVERY, values=values, carrier_type=batch.carrier)
    return commands.create(new, actor=actor).order.code
