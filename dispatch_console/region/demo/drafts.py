"""What was ordered today: senders, services, ends and payments, and the exceptions that every day has."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orders.states import OrderType, Payer, PaymentMethod, Priority

Point = tuple[float, float]

SERVICE_MIX = {"EXPRESS": 22, "FOOD": 16, "STANDARD": 30, "SAMEDAY": 20, "PHARMA": 6, "BULKY": 6}


@dataclass(frozen=True)
class Stop:
    """One end of an order: an address, or a warehouse."""

    text: str
    point: Point
    warehouse_id: int | None = None


@dataclass(frozen=True)
class Sender:
    customer_id: int
    kind: str
    doors: tuple[Stop, ...]


@dataclass(frozen=True)
class Draft:
    """An order as it is placed: the command's input, and what planning needs to know of it."""

    created_at: datetime
    service: str
    type: str
    values: dict[str, Any]
    pickup: Stop
    dropoff: Stop
    units: int
    by: str
    is_draft: bool = False
    carrier_type: str = "internal"
    waits: bool = False
    """Nobody dispatches it today: it is for later, or its place is unknown."""


def orders_of_the_day(
    senders: list[Sender],
    hubs: list[Stop],
    service_ids: dict[str, int],
    *,
    count: int,
    since: datetime,
    now: datetime,
    door_near: Callable[[Point], Stop],
    goods: dict[str, tuple[str, ...]],
    receivers: tuple[str, ...],
    chance: random.Random,
) -> list[Draft]:
    """The orders of the day as they were placed; more and more of them towards now."""
    names = list(SERVICE_MIX)
    found = []
    for number in range(count):
        service = chance.choices(names, weights=list(SERVICE_MIX.values()))[0]
        sender = chance.choice([each for each in senders if _sells(each, service)] or senders)
        kind = _type_for(service, chance)
        home = sender.doors[0]
        pickup, dropoff = _ends(kind, home, hubs, door_near, chance)
        created_at = _when(number / count, since, now, chance)
        units = {"BULKY": chance.randint(10, 24), "FOOD": 1, "PHARMA": 1}.get(
            service, chance.choice((1, 1, 1, 2, 3, 4))
        )
        found.append(
            Draft(
                created_at=created_at,
                service=service,
                type=kind,
                values={
                    "customer_id": sender.customer_id,
                    "service_id": service_ids[service],
                    **_end_values("pickup", pickup),
                    **_end_values("dropoff", dropoff),
                    **_people(pickup, dropoff, receivers, chance),
                    **_payment(service, chance),
                    "unit_size": units,
                    "priority": Priority.HIGH if chance.random() < 0.08 else Priority.NORMAL,
                    "items": [_item(chance.choice(goods[sender.kind]), units, chance)],
                    "instructions": chance.choice(INSTRUCTIONS) if chance.random() < 0.25 else "",
                },
                pickup=pickup,
                dropoff=dropoff,
                units=units,
                by=chance.choices(("partner", "dispatcher"), weights=(7, 3))[0],
            )
        )
    return _with_oddities(found, now, chance)


INSTRUCTIONS = (
    "Ring twice.",
    "Leave with the neighbour if nobody is home.",
    "Keep upright.",
    "Call before you arrive.",
    "Dog in the garden.",
    "Second floor, lift on the left.",
)


OTHER_CARRIERS = ("external", "external", "external", "prime", "prime")
NOT_ON_THE_MAP = {"dropoff_address": "Alphütte, near the dam", "dropoff_latitude": None, "dropoff_longitude": None}


def _with_oddities(found: list[Draft], now: datetime, chance: random.Random) -> list[Draft]:
    """The exceptions that every day has: drafts, other carriers, work for tomorrow, ends nobody could place."""
    recent = [number for number, draft in enumerate(found) if draft.created_at > now - timedelta(minutes=150)]
    chosen = chance.sample(recent, k=min(len(recent) // 6, 24))
    for number in chosen[:6]:
        found[number] = replace(found[number], is_draft=True, by="dispatcher")
    for number, carrier in zip(chosen[6:11], OTHER_CARRIERS, strict=False):
        found[number] = replace(found[number], carrier_type=carrier, by="dispatcher")
    for number in chosen[11:15]:
        if found[number].dropoff.warehouse_id is None:
            found[number] = replace(found[number], values=found[number].values | NOT_ON_THE_MAP, waits=True)
    for number in chosen[15:]:
        start = now + timedelta(hours=chance.uniform(3, 20))
        times = {"scheduled_pickup_at": start, "scheduled_delivery_at": start + timedelta(hours=2)}
        found[number] = replace(found[number], values=found[number].values | times, waits=True)
    return found


def _when(share: float, since: datetime, now: datetime, chance: random.Random) -> datetime:
    """Most of the orders came in the last hour or so: what is older has been done."""
    recent = timedelta(minutes=80)
    if share < 0.15:
        return since + (now - recent - since) * chance.random()
    return now - recent * (1 - chance.random() ** 0.8)


def _type_for(service: str, chance: random.Random) -> str:
    if service in ("FOOD", "EXPRESS"):
        return OrderType.ON_DEMAND
    if service == "PHARMA":
        return chance.choice((OrderType.ON_DEMAND, OrderType.DELIVERY))
    if service == "BULKY":
        return chance.choices((OrderType.DELIVERY, OrderType.PICKUP), weights=(3, 1))[0]
    if service == "SAMEDAY":
        return chance.choices((OrderType.DELIVERY, OrderType.PICKUP, OrderType.PICKUP_DELIVERY), weights=(5, 3, 3))[0]
    kinds = (OrderType.ON_DEMAND, OrderType.DELIVERY, OrderType.PICKUP, OrderType.PICKUP_DELIVERY)
    return chance.choices(kinds, weights=(3, 4, 2, 3))[0]


def _ends(
    kind: str, home: Stop, hubs: list[Stop], door_near: Callable[[Point], Stop], chance: random.Random
) -> tuple[Stop, Stop]:
    other = door_near(home.point)
    if kind == OrderType.DELIVERY and chance.random() < 0.75:
        return chance.choice(hubs), other
    if kind == OrderType.PICKUP:
        return home, chance.choice(hubs)
    return home, other


def _end_values(end: str, stop: Stop) -> dict[str, Any]:
    if stop.warehouse_id is not None:
        return {f"{end}_warehouse_id": stop.warehouse_id}
    latitude, longitude = stop.point
    return {f"{end}_address": stop.text, f"{end}_latitude": latitude, f"{end}_longitude": longitude}


def _people(pickup: Stop, dropoff: Stop, receivers: tuple[str, ...], chance: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if pickup.warehouse_id is None:
        values["pickup_contact"] = "Counter"
    if dropoff.warehouse_id is None:
        values["dropoff_contact"] = chance.choice(receivers)
        values["dropoff_phone"] = f"+423 78{chance.randint(0, 9)} {chance.randint(10, 99)} {chance.randint(10, 99)}"
    return values


def _payment(service: str, chance: random.Random) -> dict[str, Any]:
    method = chance.choices(
        (PaymentMethod.ACCOUNT, PaymentMethod.COD, PaymentMethod.PREPAID, PaymentMethod.WALLET, PaymentMethod.CARD),
        weights=(40, 25 if service in ("FOOD", "STANDARD") else 8, 20, 10, 10),
    )[0]
    if method == PaymentMethod.COD:
        amount = f"{chance.randint(12, 140)}.{chance.choice(('00', '20', '50', '90'))}"
        return {"payment_method": method, "payer": Payer.RECEIVER, "cod_amount": amount}
    return {"payment_method": method, "payer": Payer.SENDER}


def _item(name: str, units: int, chance: random.Random) -> dict[str, Any]:
    weight = f"{units * chance.uniform(0.4, 2.5):.1f}"
    return {"name": name, "quantity": 1 if units > 6 else chance.randint(1, 3), "weight": weight}


def _sells(sender: Sender, service: str) -> bool:
    wanted = {"FOOD": {"food", "bakery"}, "PHARMA": {"pharmacy"}, "BULKY": {"bulky"}}.get(service)
    return sender.kind in wanted if wanted else sender.kind != "bulky"
