"""What the town knows of its orders: read once, then kept up to date from the numbered event feed."""

import asyncio
import logging
from typing import Any

from dispatch_console.region.simulation.client import Api

logger = logging.getLogger(__name__)

FEED_EVERY = 0.7
FLEET_EVERY = 8.0
MOST_CODES = 200
OPEN = ("draft", "pending", "assigned", "picked_up", "in_transit")


class Picture:
    """Open orders by code, the fleet by id, and a bell that rings for a driver whose work has changed."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.orders: dict[str, dict[str, Any]] = {}
        self.fleet: dict[int, dict[str, Any]] = {}
        self.services: dict[int, dict[str, Any]] = {}
        self.number = 0
        self.ready = asyncio.Event()
        self._bells: dict[int, asyncio.Event] = {}
        self._work: dict[int, dict[str, dict[str, Any]]] = {}

    def work_of(self, driver_id: int) -> list[dict[str, Any]]:
        """What the driver has to do: own open orders, and packages still in the driver's hands."""
        return list(self._work.get(driver_id, {}).values())

    def unassigned(self) -> list[dict[str, Any]]:
        return [
            order
            for order in self.orders.values()
            if order["driver"] is None
            and order["carrier_type"] == "internal"
            and not (order["on_hold"] or order["is_parent"] or order["is_locked"])
            and (order["status"] == "pending" or order["holder_dropped"])
        ]

    def bell(self, driver_id: int) -> asyncio.Event:
        return self._bells.setdefault(driver_id, asyncio.Event())

    def note(self, order: dict[str, Any]) -> None:
        """Take a row that somebody has seen; an older one than we have is dropped."""
        known = self.orders.get(order["code"])
        if known is not None and known["version"] > order["version"]:
            return
        before = _people(known) if known else set()
        for driver_id in before:
            self._work[driver_id].pop(order["code"], None)
        self.orders.pop(order["code"], None)
        if order["status"] in OPEN or order["package_with_driver"]:
            self.orders[order["code"]] = order
            for driver_id in _people(order):
                self._work.setdefault(driver_id, {})[order["code"]] = order
        for driver_id in before | _people(order):
            self.bell(driver_id).set()

    async def keep(self) -> None:
        """Read everything, then follow; never returns."""
        await self._read_all()
        self.ready.set()
        await asyncio.gather(self._follow(), self._watch_fleet())

    async def _read_all(self) -> None:
        # The number first: what changes while the lists are read comes again through the feed.
        self.number = (await self._api.get("me/"))["event_number"]
        self.services = {service["id"]: service for service in await self._api.everything("services/", active="true")}
        for status in ("open", "cancelled"):
            narrowed = {"attention": "package_with_driver"} if status == "cancelled" else {}
            for order in await self._api.everything("orders/", status=status, **narrowed):
                self.note(order)
        self.fleet = {driver["id"]: driver for driver in await self._api.everything("drivers/")}

    async def _follow(self) -> None:
        while True:
            page = await self._api.get("events/", after=self.number, limit=500, stream="order")
            if page["last"] < self.number or page["head"] < self.number:
                logger.warning("The server counts from the beginning again: reading everything anew.")
                self.orders.clear()
                self._work.clear()
                await self._read_all()
                continue
            codes = list(dict.fromkeys(event["code"] for event in page["results"]))
            for start in range(0, len(codes), MOST_CODES):
                asked = ",".join(codes[start : start + MOST_CODES])
                for order in await self._api.everything("orders/", codes=asked):
                    self.note(order)
            self.number = page["last"]
            if page["last"] >= page["head"]:
                await asyncio.sleep(FEED_EVERY)

    async def _watch_fleet(self) -> None:
        while True:
            await asyncio.sleep(FLEET_EVERY)
            self.fleet = {driver["id"]: driver for driver in await self._api.everything("drivers/")}


def _people(order: dict[str, Any]) -> set[int]:
    return {person["id"] for person in (order["driver"], order["holder"]) if person}
