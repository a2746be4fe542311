"""A modest colleague at the console: gives most orders to the nearest driver who can, and leaves some to the human."""

import logging
import random
import time
import zlib
from datetime import datetime
from typing import Any

from dispatch_console.region.simulation.client import Api, RefusedError
from dispatch_console.region.simulation.motion import distance
from dispatch_console.region.simulation.town import Town
from dispatch_console.region.streets import Point

logger = logging.getLogger(__name__)

LOOKS_EVERY = 6.0
MOST_OPEN_PER_DRIVER = 5
MOST_OPEN_FOR_LATER_WORK = 3
URGENT_MINUTES = 100.0
UNANSWERED_AFTER = 240.0
HUMAN_WAITS = 25 * 60.0
RELEASES_AFTER = 15 * 60.0
FARTHEST_BY_BIKE = 5_000.0
METERS_PER_OPEN_ORDER = 1_400.0
AT_MOST_PER_LOOK = 12


class AutoDispatcher:
    """`share` of the orders are its own business; the others wait for a person, but not for ever."""

    def __init__(self, town: Town, *, share: float) -> None:
        self.town = town
        self.share = share
        self.api = Api(town.http, town.keys.dispatcher)
        self._may_not: set[tuple[int, int | None]] = set()
        self._first_seen: dict[str, float] = {}
        self._given: dict[int, int] = {}

    async def live(self) -> None:
        """Look, decide, look again; never returns."""
        while True:
            await self.town.pace.sleep_about(LOOKS_EVERY)
            self._forget_closed()
            self._given.clear()
            for order in self._urgent_first()[:AT_MOST_PER_LOOK]:
                await self._give(order)
            await self._tidy_up()

    def _urgent_first(self) -> list[dict[str, Any]]:
        waiting = [order for order in self.town.picture.unassigned() if self._is_my_business(order)]
        return sorted(waiting, key=lambda order: (order["priority"], order["due_at"] or "9"))

    def _is_my_business(self, order: dict[str, Any]) -> bool:
        """The share is drawn by the code, so that the same orders stay with the human however often one looks."""
        if not _can_be_driven(order) or _is_for_later(order):
            return False
        waited = self._waited(order["code"])
        drawn = zlib.crc32(order["code"].encode()) % 1000 / 1000
        return waited > (20 + drawn * 60 if drawn < self.share else HUMAN_WAITS)

    def _waited(self, code: str) -> float:
        """Seconds of the town since we first saw it without a driver."""
        return self.town.pace.now() - self._first_seen.setdefault(code, self.town.pace.now())

    def _forget_closed(self) -> None:
        for code in [code for code in self._first_seen if code not in self.town.picture.orders]:
            del self._first_seen[code]

    async def _give(self, order: dict[str, Any]) -> None:
        driver = self._best_driver(order)
        if driver is None:
            return
        self._given[driver["id"]] = self._given.get(driver["id"], 0) + 1
        try:
            await self._act(order, "assign", {"driver_id": driver["id"]})
        except RefusedError as refusal:
            self._learn(refusal, driver, order)

    def _best_driver(self, order: dict[str, Any]) -> dict[str, Any] | None:
        start, end = _point(order["pickup"]), _point(order["dropoff"])
        if start is None or end is None:
            return None
        service = self.town.picture.services.get(order["service"]["id"], {})
        ways = [
            (distance(place, start) + self._open(driver) * METERS_PER_OPEN_ORDER, driver["id"], driver)
            for driver in self.town.picture.fleet.values()
            if (place := self._place_if_able(driver, order, service, distance(start, end))) is not None
        ]
        return min(ways, key=lambda way: way[:2])[2] if ways else None

    def _place_if_able(
        self, driver: dict[str, Any], order: dict[str, Any], service: dict[str, Any], meters: float
    ) -> Point | None:
        """Where the driver is, if this one could take the order."""
        vehicle, position = driver["vehicle"], driver["position"]
        if not driver["is_online"] or driver["status"] != "active" or vehicle is None or position is None:
            return None
        if self._open(driver) >= (MOST_OPEN_PER_DRIVER if _is_urgent(order) else MOST_OPEN_FOR_LATER_WORK):
            return None
        # The fleet is read now and then; the picture of the orders is newer.
        load = sum(each["unit_size"] for each in self.town.picture.work_of(driver["id"]))
        if load + order["unit_size"] > vehicle["capacity_units"]:
            return None
        if service.get("vehicle_kinds") and vehicle["kind"] not in service["vehicle_kinds"]:
            return None
        if vehicle["kind"] in ("bike", "cargo_bike") and meters > FARTHEST_BY_BIKE:
            return None
        if any((driver["id"], _zone(order[end])) in self._may_not for end in ("pickup", "dropoff")):
            return None
        return (position["lat"], position["lng"])

    def _open(self, driver: dict[str, Any]) -> int:
        return len(self.town.picture.work_of(driver["id"])) + self._given.get(driver["id"], 0)

    def _learn(self, refusal: RefusedError, driver: dict[str, Any], order: dict[str, Any]) -> None:
        """Zone limits are not in the driver list, but a refusal names the end: do not try that again."""
        if refusal.code == "driver_not_allowed_in_pickup_zone":
            self._may_not.add((driver["id"], _zone(order["pickup"])))
        elif refusal.code == "driver_not_allowed_in_delivery_zone":
            self._may_not.add((driver["id"], _zone(order["dropoff"])))
        else:
            logger.info("Assigning %s to %s: %s", order["code"], driver["name"], refusal.message)

    async def _tidy_up(self) -> None:
        """Offers nobody answers, holds that have lasted, drafts that were meant."""
        for order in list(self.town.picture.orders.values()):
            try:
                await self._tidy(order)
            except RefusedError as refusal:
                logger.info("Tidying %s: %s", order["code"], refusal.message)

    async def _tidy(self, order: dict[str, Any]) -> None:
        age = (time.time() - datetime.fromisoformat(order["updated_at"]).timestamp()) * self.town.pace.speed
        if order["assignment_status"] == "pending" and age > UNANSWERED_AFTER:
            await self._act(order, "unassign", {"reason": self.town.reason("unassign")})
        elif order["on_hold"] and age > RELEASES_AFTER and random.random() < 0.02:
            await self._act(order, "release", {})
        elif order["status"] == "draft" and age > RELEASES_AFTER and random.random() < 0.02:
            await self._act(order, "confirm", {})

    async def _act(self, order: dict[str, Any], action: str, body: dict[str, Any]) -> None:
        outcome = await self.api.post(f"orders/{order['code']}/{action}/", {**body, "version": order["version"]})
        self.town.picture.note(outcome["order"])


def _is_urgent(order: dict[str, Any]) -> bool:
    """What has time until the evening must not fill the bags that the next hot meal needs."""
    due = order["due_at"]
    return due is not None and datetime.fromisoformat(due).timestamp() < time.time() + URGENT_MINUTES * 60


def _can_be_driven(order: dict[str, Any]) -> bool:
    return _point(order["pickup"]) is not None and _point(order["dropoff"]) is not None


def _is_for_later(order: dict[str, Any]) -> bool:
    start = order["scheduled_pickup_at"]
    return start is not None and datetime.fromisoformat(start).timestamp() > time.time() + 40 * 60


def _point(end: dict[str, Any]) -> Point | None:
    return None if end["lat"] is None or end["lng"] is None else (end["lat"], end["lng"])


def _zone(end: dict[str, Any]) -> int | None:
    return end["zone"]["id"] if end["zone"] else None
