"""No sequence of acts, on waybills or single orders, leaves an order in two groups or live work on a finished one."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db.models import Exists, OuterRef

from dispatch_console.core.errors import DomainError
from dispatch_console.core.permissions import PERMISSIONS
from orders import commands
from orders.actions import (
    Assign,
    Cancel,
    Correct,
    Deliver,
    Depart,
    Edit,
    Hold,
    PickUp,
    Release,
    Reopen,
    Return,
    Unassign,
)
from orders.models import Assignment, Order
from orders.states import DONE, MOVING, Status
from routes.commands import waybill_ends, waybill_members, waybill_steps, waybills
from routes.models import Waybill, WaybillItem, WaybillStatus
from routes.models.waybill import OVER
from tests import factories

pytestmark = pytest.mark.django_db

STEPS = 70
# Which statuses an order on the waybill may have.
CARRIED: dict[str, tuple[Status, ...]] = {
    WaybillStatus.DRAFTED: (Status.PENDING,),
    WaybillStatus.SEALED: (Status.PENDING, Status.ASSIGNED),
    WaybillStatus.PICKED_UP: (Status.PICKED_UP,),
    WaybillStatus.IN_TRANSIT: (Status.IN_TRANSIT,),
    WaybillStatus.RECEIVED: (Status.IN_TRANSIT,),
}


class Town:
    """Three hubs, three drivers, two carriers, twelve orders, and up to four waybills at a time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tenant = factories.make_tenant()
        self.actor = factories.make_actor(self.tenant, permissions=frozenset(PERMISSIONS))
        self.hubs = [factories.make_warehouse(self.tenant) for _ in range(3)]
        van = {"kind": "van", "capacity_units": 6}
        self.drivers = [
            factories.make_driver(self.tenant, primary_vehicle=factories.make_vehicle(self.tenant, **van))
            for _ in range(3)
        ]
        service = factories.make_service(self.tenant)
        self.codes = [
            factories.make_order(self.tenant, service_id=service.pk, **self.ends(number)).code for number in range(12)
        ]
        self.did: list[str] = []
        for _ in range(2):
            with suppress(DomainError):
                self.draft()

    def ends(self, number: int) -> dict[str, Any]:
        over: dict[str, Any] = {"carrier_type": "external" if number > 8 else "internal"}
        if number % 3 == 0:
            over |= {"dropoff_address": "", "dropoff_warehouse_id": self.hubs[2].pk}
        return over

    def one(self, choices: list[Any]) -> Any:
        return self.chance.choice(choices)

    def some(self) -> list[str]:
        return self.chance.sample(self.codes, self.chance.randint(1, 4))

    def label(self) -> str:
        live = Waybill.objects.filter(tenant=self.tenant).exclude(status__in=OVER)
        return self.one(list(live.values_list("label", flat=True)) or ["WB00000"])

    def draft(self) -> None:
        origin, destination = self.chance.sample(self.hubs, 2)
        values = {"origin_warehouse_id": origin.pk, "destination_warehouse_id": destination.pk}
        values["carrier_type"] = self.one(["internal", "internal", "external"])
        if values["carrier_type"] == "internal" and self.chance.random() < 0.3:
            values["driver_id"] = self.one(self.drivers).pk
        label = waybills.create(values, actor=self.actor).group.label
        waybill_members.add(label, self.some(), actor=self.actor)

    def group_acts(self) -> dict[str, Callable[[], Any]]:
        label, actor, driver = self.label(), self.actor, self.one(self.drivers).pk
        part = self.one([None, None, self.some()])
        held = Waybill.objects.filter(label=label).first()
        if part is not None and held is not None:
            part = held.member_codes()[:2] or part
        return {
            "draft": self.draft,
            "add": lambda: waybill_members.add(label, self.some(), actor=actor),
            "remove": lambda: waybill_members.remove(label, self.some()[:1], actor=actor),
            "seal": lambda: waybill_steps.seal(label, actor=actor),
            "assign": lambda: waybill_steps.assign(label, driver_id=driver, actor=actor),
            "switch": lambda: waybill_steps.switch(label, driver_id=driver, reason="x", actor=actor),
            "unassign": lambda: waybill_steps.unassign(label, reason="x", actor=actor),
            "pick up": lambda: waybill_steps.pick_up(label, actor=actor),
            "depart": lambda: waybill_steps.depart(label, actor=actor),
            "dispatch": lambda: waybill_steps.dispatch(label, actor=actor),
            "receive": lambda: waybill_ends.receive(label, codes=part, actor=actor),
            "return": lambda: waybill_ends.give_back(label, codes=part, reason="x", actor=actor),
            "let go": lambda: waybill_ends.let_go(label, codes=part, reason="x", actor=actor),
            "close": lambda: waybill_ends.close(label, actor=actor),
            "cancel": lambda: waybill_ends.cancel(label, reason="x", actor=actor),
        }

    def single_act(self) -> None:
        action = self.one(
            [
                Assign(driver_id=self.one(self.drivers).pk),
                Unassign(reason="x", note="x"),
                PickUp(note="x"),
                Depart(),
                Deliver(note="x"),
                Return(reason="x"),
                Cancel(reason="x"),
                Reopen(),
                Hold(reason="x"),
                Release(),
                Correct(target=Status.PICKED_UP, note="x", driver_id=self.one([None, self.drivers[0].pk])),
                Edit(changes={"notes": "x"}),
            ]
        )
        code = self.one(self.codes)
        if self.chance.random() < 0.15:
            commands.undo(code=code, actor=self.actor)
        else:
            commands.perform(action, code=code, actor=self.actor)

    def act(self) -> None:
        acts = self.group_acts()
        # The way forward more often than everything else, or hardly any waybill would ever arrive.
        forward = ["seal", "assign", "pick up", "depart", "dispatch", "receive", "close"]
        name = self.one([*acts, *forward, *forward, *(["single"] * 6)])
        self.did.append(name)
        try:
            self.single_act() if name == "single" else acts[name]()
        except DomainError as refusal:
            self.did[-1] = f"{name}: {refusal.code}"


def faults(tenant) -> list[str]:
    """What must never be true, whatever was done."""
    found = []
    held = dict(Order.objects.filter(tenant=tenant).exclude(held_by="").values_list("code", "held_by"))
    carried = list(
        WaybillItem.objects.filter(waybill__tenant=tenant, outcome="").select_related("order", "waybill__driver")
    )
    codes = [item.order.code for item in carried]
    if len(codes) != len(set(codes)):
        found.append("an order is on two waybills")
    if {item.order.code: item.waybill.held_by for item in carried} != held:
        found.append("what the orders say differs from what the waybills say")
    for item in carried:
        order, waybill = item.order, item.waybill
        if waybill.status in OVER:
            found.append(f"{waybill} is {waybill.status} and still carries {order}")
        elif order.status not in CARRIED[waybill.status]:
            found.append(f"{order} is {order.status} on {waybill}, which is {waybill.status}")
        elif waybill.status != WaybillStatus.DRAFTED and order.driver_id != waybill.driver_id:
            found.append(f"{order} is with {order.driver_id} and {waybill} with {waybill.driver_id}")
        if order.carrier_type != waybill.carrier_type:
            found.append(f"{order} has another carrier than {waybill}")
    live = Exists(Assignment.objects.filter(order=OuterRef("pk"), ended_at__isnull=True))
    for order in Order.objects.filter(tenant=tenant).annotate(is_assigned=live):
        has_driver = order.driver_id is not None and order.status not in DONE
        if has_driver != order.is_assigned:
            found.append(f"{order} is {order.status} with a driver and assignments that do not fit")
        if order.status in MOVING and order.carrier_type == "internal" and order.holder_id is None:
            found.append(f"{order} is {order.status} and nobody holds it")
    return found


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_acts_leaves_every_order_in_at_most_one_true_group(seed: int) -> None:
    town = Town(seed)
    for _ in range(STEPS):
        town.act()
        assert faults(town.tenant) == [], town.did
    # The sequence was worth something: waybills came to their end.
    assert Waybill.objects.filter(tenant=town.tenant).count() > 1
    assert WaybillItem.objects.filter(waybill__tenant=town.tenant).exclude(outcome="").exists(), town.did
