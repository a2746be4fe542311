"""The customers: orders arrive through the day, some are changed, some are called off again."""

import logging
import math
import random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch_console.region.simulation.client import Api, RefusedError
from dispatch_console.region.simulation.motion import distance
from dispatch_console.region.simulation.town import Door, Town
from dispatch_console.region.streets import Point

logger = logging.getLogger(__name__)

# Share of the busiest hour; at night the town slows down but never sleeps, since somebody may be looking.
BUSY = (
    .45, .40, .40, .40, .40, .45, .50, .60, .75, .85, .90, 1.0,
    1.0, .90, .75, .75, .80, .90, 1.0, 1.0, .90, .75, .60, .50,
)  # fmt: skip
FEWEST_OPEN, MOST_OPEN = 150, 300
CANCELS, EDITS = 0.02, 0.03
GOODS = ("Parcel", "Two parcels", "Hot meal", "Documents", "Gift box", "Prescription", "Breakfast box", "Flowers")
RECEIVERS = (
    "Familie Beck",
    "E. Marxer",
    "Haus Sonne",
    "Büro im 2. Stock",
    "L. Ospelt",
    "R. Hasler",
    "Praxis",
    "T. Vogt",
)
INSTRUCTIONS = ("", "", "", "Ring twice.", "Keep upright.", "Leave at the reception.", "Call before you arrive.")


class Shops:
    """All shops together, through one partner's key."""

    def __init__(self, town: Town, *, per_hour: float) -> None:
        self.town = town
        self.per_hour = per_hour
        self.api = Api(town.http, town.keys.partner)
        self._shops: list[dict[str, Any]] = []
        self._hubs: list[dict[str, Any]] = []
        self._zone = ZoneInfo("UTC")

    async def live(self) -> None:
        """Order after order; never returns."""
        await self._learn()
        while True:
            await self.town.pace.sleep(self._pause())
            try:
                await self._happen()
            except RefusedError as refusal:
                logger.info("A shop was refused: %s", refusal.message)

    async def _learn(self) -> None:
        self._zone = ZoneInfo((await self.api.get("me/"))["tenant"]["timezone"])
        self._hubs = await self.api.everything("warehouses/", active="true")
        for customer in await self.api.everything("customers/", active="true"):
            detail = await self.api.get(f"customers/{customer['id']}/")
            if any(address["lat"] is not None for address in detail["addresses"]):
                self._shops.append(detail)

    def _pause(self) -> float:
        """Seconds until the next thing happens: random as in life, busier when the board runs empty."""
        hour = datetime.now(self._zone).hour
        rate = self.per_hour * BUSY[hour] * self._pressure()
        return random.expovariate(rate / 3600)

    def _pressure(self) -> float:
        """Between the floor and the ceiling of open orders the day decides; outside, the board does."""
        scale = max(1.0, self.per_hour / 75)
        count = len(self.town.picture.orders)
        if count < FEWEST_OPEN * scale:
            return 1 + (FEWEST_OPEN - count / scale) / 20
        return 1.0 if count < MOST_OPEN * scale else 0.15

    async def _happen(self) -> None:
        chance = random.random()
        if chance < CANCELS:
            await self._call_off()
        elif chance < CANCELS + EDITS:
            await self._change()
        elif self._shops:
            await self._order()

    async def _call_off(self) -> None:
        waiting = [order for order in self.town.picture.orders.values() if order["status"] in ("pending", "assigned")]
        if waiting:
            order = random.choice(waiting)
            await self.api.post(f"orders/{order['code']}/cancel/", {"reason": self.town.reason("cancel")})

    async def _change(self) -> None:
        waiting = [order for order in self.town.picture.orders.values() if order["status"] == "pending"]
        if waiting:
            order = random.choice(waiting)
            body = {"instructions": random.choice(INSTRUCTIONS[3:]), "version": order["version"]}
            await self.api.patch(f"orders/{order['code']}/", body)

    async def _order(self) -> None:
        shop = random.choice(self._shops)
        service = self._service_for(shop)
        if service is None:
            return
        pickup = next(address for address in shop["addresses"] if address["lat"] is not None)
        kind = random.choice(service["order_types"] or ["on_demand", "delivery", "pickup", "pickup_delivery"])
        door = self._door_near((pickup["lat"], pickup["lng"]))
        most = min(service["max_units"], max(service["min_units"], 4))
        body: dict[str, Any] = {
            "type": kind,
            "customer_id": shop["id"],
            "service_id": service["id"],
            "unit_size": random.randint(service["min_units"], max(most, service["min_units"] + 6 * (most > 4))),
            "priority": 2 if random.random() < 0.06 else 3,
            "instructions": random.choice(INSTRUCTIONS),
            "items": [{"name": random.choice(GOODS), "quantity": random.randint(1, 3)}],
            **_payment(),
        }
        home = {"address": pickup["text"], "latitude": pickup["lat"], "longitude": pickup["lng"], "contact": "Counter"}
        away = {"address": door.text, "latitude": door.point[0], "longitude": door.point[1]}
        away |= {
            "contact": random.choice(RECEIVERS),
            "phone": f"+423 78{random.randint(0, 9)} {random.randint(10, 99)} 00",
        }
        if kind == "pickup" and self._hubs:
            ends = ({**home}, {"warehouse_id": random.choice(self._hubs)["id"]})
        elif kind == "delivery" and self._hubs and random.random() < 0.6:
            ends = ({"warehouse_id": random.choice(self._hubs)["id"]}, away)
        else:
            ends = (home, away)
        for end, values in zip(("pickup", "dropoff"), ends, strict=True):
            body |= {f"{end}_{name}": value for name, value in values.items()}
        outcome = await self.api.post("orders/", body)
        self.town.picture.note(outcome["order"])

    def _service_for(self, shop: dict[str, Any]) -> dict[str, Any] | None:
        """What this shop would book, straight to the receiver: what goes over a warehouse is booked by dispatchers."""
        fitting = [service for service in self.town.picture.services.values() if not service["requires_staging"]]
        needs_van = {"van", "truck"}
        is_bulky = shop["external_reference"].startswith("BULKY")
        fitting = [each for each in fitting if (set(each["vehicle_kinds"]) == needs_van) == is_bulky]
        return random.choice(fitting) if fitting else None

    def _door_near(self, point: Point) -> Door:
        candidates = random.sample(self.town.doors, min(len(self.town.doors), random.choice((2, 6, 14))))
        return min(candidates, key=lambda door: distance(door.point, point) + random.uniform(0, 800))


def _payment() -> dict[str, Any]:
    if random.random() < 0.2:
        amount = math.floor(random.uniform(12, 140)) + random.choice((0.0, 0.2, 0.5, 0.9))
        return {"payer": "receiver", "payment_method": "cod", "cod_amount": f"{amount:.2f}"}
    return {"payer": "sender", "payment_method": random.choice(("account", "account", "prepaid", "wallet", "card"))}
