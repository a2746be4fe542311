"""One driver: goes on duty, answers offers, drives from stop to stop, hands over, takes breaks."""

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from dispatch_console.region import drawings
from dispatch_console.region.simulation.client import Api, RefusedError
from dispatch_console.region.simulation.motion import Drive, Fix, distance, measured
from dispatch_console.region.simulation.pace import stamp
from dispatch_console.region.simulation.phone import Phone
from dispatch_console.region.simulation.town import Town
from dispatch_console.region.streets import Point

logger = logging.getLogger(__name__)

SHIFT_HOURS = (5.0, 9.0)
SHORTEST_SHIFT = 600.0  # seconds, however fast the town lives
REFUSES, FAILS_AT_THE_DOOR, LOSES_NETWORK = 0.07, 0.025, 0.01
HANDED_OVER = (
    "Signed by the receiver",
    "Handed over at the door",
    "Left with the neighbour, signed",
    "At the reception",
)
PICTURES = {"photo": drawings.door_photo, "signature": drawings.signature}
WAITING_SPOTS: tuple[Point, ...] = (
    (47.1402, 9.5209),
    (47.1655, 9.5102),
    (47.1075, 9.5272),
    (47.0672, 9.5023),
    (47.2115, 9.5256),
    (47.2183, 9.5447),
)
Stop = tuple[str, dict[str, Any], Point]
"""What to do there (`pick-up`, `stage`, `deliver`, `return`), for which order, and where."""


class Driver:
    def __init__(self, town: Town, identity: dict[str, Any], *, socket_url: str, report_every: float) -> None:
        self.town = town
        self.id: int = identity["id"]
        self.identity = identity
        self.api = Api(town.http, "")
        self.phone = Phone(socket_url, every=report_every)
        self.report_every = report_every
        self.vehicle = "car"
        self.place: Point = random.choice(WAITING_SPOTS)
        self.battery = random.uniform(0.45, 1.0)
        self.begins_within = 1500.0
        self.on_duty = False
        self._shift_ends = 0.0  # by the town's clock; 0: no shift has begun
        self._answering: set[str] = set()
        self._chance = random.Random(self.id)
        self._tasks: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        """A working life, shift after shift; never returns."""
        profile = self.town.picture.fleet.get(self.id)
        if profile is None or profile["status"] != "active":
            return
        token = await self.town.sign_ins.token(self.identity)
        if token is None:
            return
        self.api, self.phone.token = Api(self.town.http, token), token
        if profile["vehicle"]:
            self.vehicle = profile["vehicle"]["kind"]
        if profile["position"]:
            self.place = (profile["position"]["lat"], profile["position"]["lng"])
        self._start(self._watch_offers())
        try:
            if not (profile["is_online"] or self.town.picture.work_of(self.id)):
                await self.town.pace.sleep(random.uniform(0, self.begins_within))
            while True:
                await self._go_on_duty()
                # The phone is connected while its driver is on duty.
                connected = self._start(self.phone.run())
                await self._work(until=self.town.pace.now() + random.uniform(1.5, 4.5) * 3600)
                await self._take_a_break(connected)
        finally:
            for task in self._tasks:
                task.cancel()

    # Duty

    async def _go_on_duty(self) -> None:
        """Begin a shift; after a break, go on with it."""
        try:
            if self.town.pace.now() >= self._shift_ends:
                length = random.uniform(*SHIFT_HOURS) * 3600
                ends = time.time() + max(length / self.town.pace.speed, SHORTEST_SHIFT)
                await self.api.post("driver/shift/start/", {"planned_end": stamp(ends)})
                self._shift_ends = self.town.pace.now() + length
            await self.api.put("driver/availability/", {"online": True})
            self.on_duty = True
        except RefusedError as refusal:
            logger.info("Driver %s cannot go on duty: %s", self.id, refusal.message)
            await self.town.pace.sleep(600)

    async def _take_a_break(self, connected: asyncio.Task[None]) -> None:
        is_over = self.town.pace.now() >= self._shift_ends
        try:
            if is_over:
                await self.api.post("driver/shift/end/")
            else:
                await self.api.put("driver/availability/", {"online": False})
            self.on_duty = False
        except RefusedError as refusal:
            logger.info("Driver %s goes on: %s", self.id, refusal.message)
            return
        finally:
            connected.cancel()
        self.battery = min(1.0, self.battery + 0.5)
        # Whoever has done a day's work is away for longer.
        await self.town.pace.sleep(random.uniform(6, 25) * 60 * (4 if is_over else 1))

    async def _work(self, *, until: float) -> None:
        while self.on_duty:
            stop = self._next_stop()
            if stop is None:
                if self.town.pace.now() > until:
                    return
                await self._wait_for_work()
                continue
            arrived = await self._drive_to(stop[2], purpose=stop[1])
            if arrived:
                await self._do(stop)

    # Offers

    async def _watch_offers(self) -> None:
        bell = self.town.picture.bell(self.id)
        while True:
            bell.clear()
            for order in self.town.picture.work_of(self.id):
                is_mine = order["driver"] is not None and order["driver"]["id"] == self.id
                if is_mine and order["assignment_status"] == "pending" and order["code"] not in self._answering:
                    self._answering.add(order["code"])
                    self._start(self._answer(order["code"]))
            await bell.wait()

    async def _answer(self, code: str) -> None:
        """Look at the phone after a while, think, then take it or not."""
        await self.town.pace.sleep_about(18 if self.on_duty else 60)
        action, body = (
            ("reject", {"reason": self.town.reason("reject")}) if random.random() < REFUSES else ("accept", {})
        )
        try:
            await self._act(code, action, body)
        except RefusedError as refusal:
            logger.info("Driver %s, %s of %s: %s", self.id, action, code, refusal.message)
        finally:
            self._answering.discard(code)

    # Stops

    def _next_stop(self) -> Stop | None:
        """The cheapest next stop: near, but sooner when it is due."""
        stops = [stop for order in self.town.picture.work_of(self.id) if (stop := self._stop_of(order))]
        return min(stops, key=self._cost, default=None)

    def _stop_of(self, order: dict[str, Any]) -> Stop | None:
        holds_it = order["holder"] is not None and order["holder"]["id"] == self.id
        if order["package_with_driver"]:
            return ("return", order, _point(order["pickup"]) or self.place) if holds_it else None
        if order["driver"] is None or order["driver"]["id"] != self.id or order["on_hold"]:
            return None
        if order["status"] in ("picked_up", "in_transit"):
            act = "stage" if order["leg"] == "inbound" else "deliver"
            return (act, order, _point(order["dropoff"]) or self.place)
        if order["status"] == "assigned" and order["assignment_status"] in ("accepted", "assigned"):
            return ("pick-up", order, _point(order["pickup"]) or self.place)
        return None

    def _cost(self, stop: Stop) -> float:
        action, order, point = stop
        minutes_left = _minutes_until(order["due_at"])
        urgency = max(0.0, 45 - minutes_left) * 70
        carries = 1200 if action in ("deliver", "stage") else 0
        return distance(self.place, point) - urgency - carries - (400 if order["priority"] == 1 else 0)

    async def _do(self, stop: Stop) -> None:
        action, planned, _ = stop
        code = planned["code"]
        await self._stand(random.uniform(50, 190))
        order = self.town.picture.orders.get(code, planned)
        try:
            if action == "deliver":
                await self._hand_over(order)
            elif action == "stage":
                await self._act(code, "stage", {})
            elif action == "return":
                await self._act(code, "return", {"reason": "Cancelled on the way"})
            else:
                await self._act(code, "pick-up", {})
        except RefusedError as refusal:
            # Somebody was faster, or the order changed: look again before the next attempt.
            logger.info("Driver %s, %s of %s: %s", self.id, action, code, refusal.message)
            await self._look_again(code)

    async def _hand_over(self, order: dict[str, Any]) -> None:
        code = order["code"]
        if order["status"] == "picked_up":
            await self._act(code, "depart", {})
        if random.random() < FAILS_AT_THE_DOOR:
            await self._act(code, "fail-attempt", {"reason": self.town.reason("delivery_failed")})
            await self._stand(random.uniform(60, 240))
            await self._act(code, "return", {"reason": self.town.reason("return")})
        else:
            proof = [await self._show(code, kind) for kind in await self._wanted(code) if kind in PICTURES]
            await self._act(code, "deliver", {"note": random.choice(HANDED_OVER), "proof_ids": proof})

    async def _wanted(self, code: str) -> list[str]:
        """The kinds of proof that the order's service asks for at the door."""
        return (await self.api.get(f"driver/orders/{code}/"))["needed"]["proof"]

    async def _show(self, code: str, kind: str) -> str:
        picture = PICTURES[kind](self._chance)
        answer = await self.api.send_file(f"driver/orders/{code}/proofs/", {"kind": kind, "stage": "delivery"}, picture)
        return str(answer["id"])

    async def _act(self, code: str, action: str, body: dict[str, Any]) -> None:
        outcome = await self.api.post(f"driver/orders/{code}/{action}/", body)
        self.town.picture.note(outcome["order"])

    async def _look_again(self, code: str) -> None:
        dispatcher = self.town.api(self.town.keys.dispatcher)
        for order in (await dispatcher.get("orders/", codes=code))["results"]:
            self.town.picture.note(order)
        await self.town.pace.sleep(5)

    # Driving

    async def _drive_to(self, target: Point, *, purpose: dict[str, Any]) -> bool:
        """Along the streets to a stop; False when the order went away meanwhile."""
        drive = Drive(self.town.streets.route(self.place, target), vehicle=self.vehicle, begins=self.town.pace.now())
        await self._depart_with(purpose)
        if random.random() < LOSES_NETWORK:
            self._start(self.phone.lose_network_for(random.uniform(90, 420) / self.town.pace.speed))
        while self.town.pace.now() < drive.ends:
            self._report(drive.at(self.town.pace.now()))
            await asyncio.sleep(
                min(self.report_every, max(0.05, (drive.ends - self.town.pace.now()) / self.town.pace.speed))
            )
            if not self._is_still_mine(purpose):
                self.place = drive.at(self.town.pace.now()).point
                return False
        self.place = drive.at(drive.ends).point
        self._report(Fix(self.place, None, 0.0))
        return True

    async def _depart_with(self, order: dict[str, Any]) -> None:
        """On the way to the receiver the order is in transit; on the way to a pickup nothing is told."""
        if order["status"] == "picked_up" and not order["package_with_driver"]:
            try:
                await self._act(order["code"], "depart", {})
            except RefusedError as refusal:
                logger.info("Driver %s, depart of %s: %s", self.id, order["code"], refusal.message)

    def _is_still_mine(self, order: dict[str, Any]) -> bool:
        now = self.town.picture.orders.get(order["code"])
        return now is not None and self._stop_of(now) is not None

    async def _stand(self, seconds: float) -> None:
        ends = self.town.pace.now() + seconds
        while self.town.pace.now() < ends:
            self._report(Fix(self.place, None, 0.0))
            await asyncio.sleep(min(self.report_every * 2, self._real_seconds_until(ends)))

    async def _wait_for_work(self) -> None:
        """Stand and look at the phone; now and then drift to where orders tend to come from."""
        self._report(Fix(self.place, None, 0.0))
        try:
            await asyncio.wait_for(
                self.town.picture.bell(self.id).wait(), min(self.report_every * 3, 60 / self.town.pace.speed)
            )
        except TimeoutError:
            if random.random() < 0.02:
                await self._drift()

    async def _drift(self) -> None:
        target = min(random.sample(WAITING_SPOTS, 3), key=lambda spot: distance(self.place, spot))
        drive = Drive(self.town.streets.route(self.place, target), vehicle=self.vehicle, begins=self.town.pace.now())
        while self.town.pace.now() < drive.ends and self._next_stop() is None:
            self._report(drive.at(self.town.pace.now()))
            await asyncio.sleep(self.report_every)
        self.place = drive.at(self.town.pace.now()).point

    def _real_seconds_until(self, moment: float) -> float:
        return max(0.05, (moment - self.town.pace.now()) / self.town.pace.speed)

    def _report(self, fix: Fix) -> None:
        self.battery = max(0.08, self.battery - 0.00004 * self.report_every * self.town.pace.speed)
        self.phone.put(measured(fix, at=time.time(), battery=self.battery))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _point(end: dict[str, Any]) -> Point | None:
    return None if end["lat"] is None or end["lng"] is None else (end["lat"], end["lng"])


def _minutes_until(moment: str | None) -> float:
    if moment is None:
        return 240.0
    return (datetime.fromisoformat(moment).timestamp() - time.time()) / 60
