"""Staged orders, a replacement and a return among the demo day's orders, each at another point of its way."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from dispatch_console.region.demo import drafts
from orders import commands
from orders.actions import Action, Assign, Deliver, Depart, NewOrder, PickUp, RequestReturn, StageAtWarehouse
from orders.legs import leg_code
from orders.states import Leg, OrderType, Payer, PaymentMethod

STAGED, DIRECT = "VIAHUB", "STANDARD"
Moment = tuple[datetime, Callable[[], None]]
# Minutes before now, and what happens: by whom, and on which of the order's parts.
STORIES: tuple[tuple[tuple[int, str], ...], ...] = (
    (
        *((280, "create"), (262, "assign 1"), (250, "pick-up 1"), (236, "depart 1"), (205, "stage 1")),
        *((190, "assign 2"), (176, "pick-up 2"), (160, "depart 2"), (131, "deliver 2"), (34, "request-return")),
    ),
    ((200, "create"), (184, "assign 1"), (171, "pick-up 1"), (92, "stage 1")),
    ((150, "create"), (141, "assign 1"), (120, "pick-up 1"), (74, "stage 1"), (48, "assign 2"), (21, "pick-up 2")),
    ((96, "create"), (80, "assign 1"), (44, "pick-up 1"), (38, "depart 1")),
    ((23, "create"),),
)
REPLACEMENT = ((230, "create"), (215, "assign"), (190, "pick-up"), (171, "depart"), (88, "deliver"))


class Stories:
    """One order each, told act by act; where an act is refused, the rest of its story did not happen."""

    def __init__(
        self,
        senders: Sequence[drafts.Sender],
        services: dict[str, int],
        *,
        drivers: dict[int, Actor],
        dispatchers: Sequence[Actor],
        door_near: Callable[[drafts.Point], drafts.Stop],
        goods: dict[str, tuple[str, ...]],
        receivers: Sequence[str],
        chance: random.Random,
    ) -> None:
        self._senders = [sender for sender in senders if sender.doors]
        self._services, self._chance = services, chance
        self._drivers, self._dispatchers = drivers, dispatchers
        self._door_near, self._goods, self._receivers = door_near, goods, receivers

    def moments(self, now: datetime) -> list[Moment]:
        """What happens when, oldest first."""
        if STAGED not in self._services or not (self._senders and self._drivers and self._dispatchers):
            return []
        told = [moment for story in STORIES for moment in self._told(story, now, is_staged=True)]
        told += self._told(REPLACEMENT, now, is_staged=False)
        return sorted(told, key=lambda moment: moment[0])

    def _told(self, story: Sequence[tuple[int, str]], now: datetime, *, is_staged: bool) -> Iterator[Moment]:
        state: dict[str, Any] = {}
        for minutes, words in story:
            yield now - timedelta(minutes=minutes), self._act(words, state, is_staged)

    def _act(self, words: str, state: dict[str, Any], is_staged: bool) -> Callable[[], None]:
        def happen() -> None:
            if state.get("is_over"):
                return
            try:
                self._do(words, state, is_staged)
            except DomainError:
                state["is_over"] = True

        return happen

    def _do(self, words: str, state: dict[str, Any], is_staged: bool) -> None:
        name, _, leg = words.partition(" ")
        dispatcher = self._chance.choice(self._dispatchers)
        if name == "create":
            state["code"] = commands.create(self._order(is_staged), actor=dispatcher).order.code
            return
        code = leg_code(state["code"], list(Leg)[int(leg) - 1]) if leg else state["code"]
        if name == "assign":
            state["driver"] = self._assign(code, dispatcher)
            return
        acts: dict[str, Action] = {
            "pick-up": PickUp(),
            "depart": Depart(),
            "stage": StageAtWarehouse(),
            "deliver": Deliver(note="Handed over in person"),
            "request-return": RequestReturn(reason="Does not fit", note="The receiver kept the box"),
        }
        actor = dispatcher if name == "request-return" else self._drivers[state["driver"]]
        commands.perform(acts[name], code=code, actor=actor)

    def _assign(self, code: str, dispatcher: Actor) -> int:
        """To the first driver who may take it."""
        ids = sorted(self._drivers)
        self._chance.shuffle(ids)
        refusal: DomainError | None = None
        for driver_id in ids:
            try:
                commands.perform(Assign(driver_id=driver_id, force=True), code=code, actor=dispatcher)
                return driver_id
            except DomainError as error:
                refusal = error
        raise refusal or DomainError("Nobody is there.")

    def _order(self, is_staged: bool) -> NewOrder:
        sender = self._chance.choice(self._senders)
        pickup = self._chance.choice(sender.doors)
        dropoff = self._door_near(pickup.point)
        weight = f"{self._chance.uniform(0.4, 6):.1f}"
        values: dict[str, Any] = {
            "customer_id": sender.customer_id,
            "service_id": self._services[STAGED if is_staged else DIRECT],
            "pickup_address": pickup.text,
            "pickup_latitude": pickup.point[0],
            "pickup_longitude": pickup.point[1],
            "dropoff_address": dropoff.text,
            "dropoff_latitude": dropoff.point[0],
            "dropoff_longitude": dropoff.point[1],
            "dropoff_contact": self._chance.choice(list(self._receivers)),
            "payer": Payer.SENDER,
            "payment_method": PaymentMethod.ACCOUNT,
            "unit_size": 2,
            "items": [
                {"name": self._chance.choice(self._goods[sender.kind]), "quantity": 1, "weight": Decimal(weight)}
            ],
        }
        return NewOrder(type=OrderType.PICKUP_DELIVERY, values=values, wants_replacement=not is_staged)
