"""Waybills through their commands: who may join, custody, receipt, return, and what nobody may do one by one."""

import pytest

from dispatch_console.core.errors import Forbidden, KeyReused, NotVisible, Refused, Stale
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders import commands
from orders.actions import Assign, Cancel, Hold
from orders.models import Order
from orders.states import Status
from routes.commands import waybill_ends, waybill_members, waybill_steps, waybills
from routes.models import Waybill
from routes.reading.waybills import waybill_detail
from tests.factories import (
    make_actor,
    make_customer,
    make_driver,
    make_driver_actor,
    make_order,
    make_staged,
    make_team,
    make_tenant,
    make_vehicle,
    make_warehouse,
)

pytestmark = pytest.mark.django_db


class World:
    """A company with two hubs, and somebody who runs its waybills."""

    def __init__(self) -> None:
        self.tenant = make_tenant()
        self.hub, self.depot = make_warehouse(self.tenant), make_warehouse(self.tenant)
        self.maria = make_actor(self.tenant, label="Maria")
        self.driver = make_driver(self.tenant, primary_vehicle=make_vehicle(self.tenant, capacity_units=100))

    def draft(self, *, carrier: str = "internal", **over) -> str:
        ends = {"origin_warehouse_id": self.hub.pk, "destination_warehouse_id": self.depot.pk}
        return waybills.create({**ends, "carrier_type": carrier, **over}, actor=self.maria).group.label

    def orders(self, count: int, **over) -> list[str]:
        return [make_order(self.tenant, **over).code for _ in range(count)]

    def sealed(self, codes: list[str], **over) -> str:
        label = self.draft(**over)
        waybill_members.add(label, codes, actor=self.maria)
        waybill_steps.seal(label, actor=self.maria)
        return label

    def on_the_way(self, codes: list[str]) -> str:
        label = self.sealed(codes)
        waybill_steps.assign(label, driver_id=self.driver.pk, actor=self.maria)
        waybill_steps.pick_up(label, actor=self.maria)
        waybill_steps.depart(label, actor=self.maria)
        return label

    def order(self, code: str) -> Order:
        return Order.objects.get(tenant=self.tenant, code=code)

    def waybill(self, label: str) -> Waybill:
        return Waybill.objects.get(tenant=self.tenant, label=label)


@pytest.fixture
def world() -> World:
    return World()


def refused(code: str, act) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code, caught.value.message
    return caught.value


def test_a_draft_takes_and_gives_orders_and_a_sealed_one_does_neither(world):
    first, second = world.orders(2)
    label = world.draft()
    assert label == "WB00001"
    waybill_members.add(label, [first, second], actor=world.maria)
    waybill_members.remove(label, [second], actor=world.maria)
    assert world.order(first).held_by == f"waybill:{label}"
    assert world.order(second).held_by == ""
    waybill_steps.seal(label, actor=world.maria)
    for act in (
        lambda: waybill_members.add(label, [second], actor=world.maria),
        lambda: waybill_members.remove(label, [first], actor=world.maria),
        lambda: waybills.edit(label, {"notes": "x"}, actor=world.maria),
    ):
        assert label in refused("status_locked", act).message


def test_own_fleet_gets_a_driver_and_another_carrier_is_dispatched(world):
    own = world.sealed(world.orders(1))
    refused("carrier_internal", lambda: waybill_steps.dispatch(own, actor=world.maria))
    waybill_steps.assign(own, driver_id=world.driver.pk, actor=world.maria)
    assert world.waybill(own).driver == world.driver

    [code] = world.orders(1, carrier_type="external")
    other = world.sealed([code], carrier="external")
    refused("carrier_not_internal", lambda: waybill_steps.assign(other, driver_id=world.driver.pk, actor=world.maria))
    waybill_steps.dispatch(other, actor=world.maria)
    assert world.order(code).status == Status.IN_TRANSIT
    assert world.waybill(other).dispatched_at is not None


def test_adding_judges_each_order_and_names_the_waybill_that_has_it_already(world):
    good, held, taken, assigned, external = (
        *world.orders(3),
        make_order(world.tenant, status=Status.ASSIGNED).code,
        *world.orders(1, carrier_type="external"),
    )
    commands.perform(Hold(reason="Address unclear"), code=held, actor=world.maria)
    first = world.draft()
    waybill_members.add(first, [taken], actor=world.maria)
    second = world.draft()
    wanted = [good, held, taken, assigned, external, "D-999"]
    done = waybill_members.add(second, wanted, actor=world.maria)
    assert {refusal.code: refusal.error_code for refusal in done.refused} == {
        held: "on_hold",
        taken: "in_active_waybill",
        assigned: "status_locked",
        external: "carrier_mismatch",
        "D-999": "unknown_code",
    }
    assert any(first in refusal.message for refusal in done.refused if refusal.code == taken)
    assert world.waybill(second).member_codes() == [good]
    assert (
        first in refused("in_active_waybill", lambda: waybill_members.add(second, [taken], actor=world.maria)).message
    )


def test_nothing_happens_to_the_orders_of_a_waybill_one_by_one(world):
    [code] = world.orders(1)
    label = world.sealed([code])
    for action in (Assign(driver_id=world.driver.pk), Cancel(reason="x"), Hold(reason="x")):
        why = refused("in_active_waybill", lambda action=action: commands.perform(action, code=code, actor=world.maria))
        assert label in why.message


def test_the_whole_way_delivers_what_ends_there_and_leaves_the_rest_waiting(world):
    ends_there = make_order(world.tenant, dropoff_address="", dropoff_warehouse_id=world.depot.pk).code
    goes_on = make_order(world.tenant).code
    label = world.on_the_way([ends_there, goes_on])
    assert {world.order(code).status for code in (ends_there, goes_on)} == {Status.IN_TRANSIT}
    waybill_ends.receive(label, received_by="B. Marxer", actor=world.maria)
    delivered, waiting = world.order(ends_there), world.order(goes_on)
    assert (delivered.status, delivered.received_by, delivered.held_by) == (Status.DELIVERED, "B. Marxer", "")
    assert (waiting.status, waiting.pickup_warehouse, waiting.driver, waiting.holder) == (
        Status.PENDING,
        world.depot,
        None,
        None,
    )
    assert waiting.held_by == ""
    waybill_ends.close(label, actor=world.maria)
    assert world.waybill(label).status == "closed"
    # It can go on at once, with whoever is there.
    commands.perform(Assign(driver_id=world.driver.pk), code=goes_on, actor=world.maria)
    # And what a waybill did to many is not taken back on one.
    refused("cannot_undo", lambda: commands.undo(code=ends_there, actor=world.maria))


def test_an_inbound_leg_is_staged_where_it_ends_and_its_other_leg_can_then_go_along(world):
    parent, inbound, outbound = make_staged(world.tenant, staging_warehouse_id=world.depot.pk)
    label = world.draft()
    for code, why in ((parent.code, "act_on_leg"), (outbound.code, "awaits_staging")):
        refused(why, lambda code=code: waybill_members.add(label, [code], actor=world.maria))
    way = world.on_the_way([inbound.code])
    waybill_ends.receive(way, actor=world.maria)
    assert (world.order(inbound.code).status, world.order(inbound.code).held_by) == (Status.STAGED, "")
    assert world.waybill(way).items.get().outcome == "staged"
    waybill_members.add(label, [outbound.code], actor=world.maria)


def test_what_did_not_arrive_keeps_a_waybill_open(world):
    arrived, lost, damaged = world.orders(3)
    label = world.on_the_way([arrived, lost, damaged])
    waybill_ends.receive(label, codes=[arrived], actor=world.maria)
    assert "2 orders" in refused("orders_open", lambda: waybill_ends.close(label, actor=world.maria)).message
    waybill_ends.give_back(label, codes=[damaged], reason="Damaged", actor=world.maria)
    waybill_ends.let_go(label, codes=[lost], reason="Not in the van", actor=world.maria)
    assert world.order(damaged).status == Status.RETURNED
    assert (world.order(lost).status, world.order(lost).held_by) == (Status.IN_TRANSIT, "")
    waybill_ends.close(label, actor=world.maria)
    refused("status_locked", lambda: waybill_ends.cancel(label, reason="x", actor=world.maria))


def test_a_whole_return_ends_the_waybill(world):
    codes = world.orders(2)
    label = world.on_the_way(codes)
    waybill_ends.give_back(label, codes=codes[:1], reason="Hub closed", actor=world.maria)
    assert world.waybill(label).status == "in_transit"
    waybill_ends.give_back(label, reason="Hub closed", actor=world.maria)
    assert world.waybill(label).status == "closed"
    assert {world.order(code).status for code in codes} == {Status.RETURNED}


@pytest.mark.parametrize("is_picked_up", [False, True])
def test_cancelling_releases_orders_and_keeps_packages_with_their_driver(world, is_picked_up):
    [code] = world.orders(1)
    label = world.sealed([code])
    waybill_steps.assign(label, driver_id=world.driver.pk, actor=world.maria)
    if is_picked_up:
        waybill_steps.pick_up(label, actor=world.maria)
    waybill_ends.cancel(label, reason="Road closed", actor=world.maria)
    order = world.order(code)
    assert order.held_by == ""
    expected = (Status.PICKED_UP, world.driver) if is_picked_up else (Status.PENDING, None)
    assert (order.status, order.driver) == expected


def test_a_driver_who_cannot_take_one_order_takes_none(world):
    codes = world.orders(2, unit_size=6)
    small = make_driver(world.tenant)  # ten units
    label = world.sealed(codes)
    why = refused("over_capacity", lambda: waybill_steps.assign(label, driver_id=small.pk, actor=world.maria))
    assert "Nothing was changed" in why.message
    assert {world.order(code).driver for code in codes} == {None}
    # An intended driver is asked the same when the draft is sealed.
    waybill_ends.cancel(label, reason="Again", actor=world.maria)
    again = world.draft(driver_id=small.pk)
    waybill_members.add(again, codes, actor=world.maria)
    refused("over_capacity", lambda: waybill_steps.seal(again, actor=world.maria))
    waybills.edit(again, {"driver_id": world.driver.pk}, actor=world.maria)
    waybill_steps.seal(again, actor=world.maria)
    assert {world.order(code).driver for code in codes} == {world.driver}


def test_a_driver_switches_with_a_reason_on_the_way_and_is_taken_off_only_before(world):
    [code] = world.orders(1)
    label = world.sealed([code])
    waybill_steps.assign(label, driver_id=world.driver.pk, actor=world.maria)
    other = make_driver(world.tenant, primary_vehicle=make_vehicle(world.tenant, capacity_units=50))
    waybill_steps.switch(label, driver_id=other.pk, actor=world.maria)
    waybill_steps.unassign(label, reason="Tomorrow", actor=world.maria)
    assert (world.order(code).status, world.order(code).driver) == (Status.PENDING, None)
    waybill_steps.assign(label, driver_id=other.pk, actor=world.maria)
    waybill_steps.pick_up(label, actor=world.maria)
    refused("status_locked", lambda: waybill_steps.unassign(label, reason="x", actor=world.maria))
    waybill_steps.switch(label, driver_id=world.driver.pk, reason="Vehicle fault", actor=world.maria)
    assert (world.order(code).driver, world.order(code).holder) == (world.driver, world.driver)


def test_only_its_driver_and_those_who_run_waybills_act_on_it(world):
    [code] = world.orders(1)
    label = world.sealed([code])
    waybill_steps.assign(label, driver_id=world.driver.pk, actor=world.maria)
    stranger = make_driver_actor(make_driver(world.tenant))
    with pytest.raises(NotVisible):
        waybill_steps.pick_up(label, actor=stranger)
    with pytest.raises(Forbidden):
        waybill_steps.pick_up(label, actor=make_actor(world.tenant, RoleKind.OBSERVER))
    own = make_driver_actor(world.driver)
    with pytest.raises(Forbidden):
        waybill_ends.cancel(label, reason="x", actor=own)
    waybill_steps.pick_up(label, actor=own)
    waybill_steps.depart(label, actor=own)
    waybill_ends.receive(label, actor=own)
    assert world.order(code).status == Status.PENDING


def test_hub_staff_receive_what_dispatchers_gave_to_drivers(world):
    [code] = world.orders(1)
    staff = make_actor(world.tenant, RoleKind.WAREHOUSE)
    label = world.sealed([code])
    with pytest.raises(Forbidden):
        waybill_steps.assign(label, driver_id=world.driver.pk, actor=staff)
    offered = {act["name"]: act["code"] for act in waybill_detail(world.waybill(label), staff)["actions"]}
    assert (offered["assign"], offered["cancel"]) == ("forbidden", "")
    waybill_steps.assign(label, driver_id=world.driver.pk, actor=world.maria)
    for act in (waybill_steps.pick_up, waybill_steps.depart, waybill_ends.receive, waybill_ends.close):
        act(label, actor=staff)
    assert world.order(code).status == Status.PENDING


def test_every_change_is_told_once_with_who_and_through_which_waybill(world):
    [code] = world.orders(1)
    label = world.on_the_way([code])
    waybill_ends.receive(label, actor=world.maria)
    of_waybill = Event.objects.filter(stream="waybill", object_code=label).order_by("version")
    assert [event.kind.removeprefix("waybill.") for event in of_waybill] == [
        *("created", "orders_added", "sealed", "assigned", "picked_up", "in_transit", "received"),
    ]
    of_order = Event.objects.filter(stream="order", object_code=code).order_by("version")
    assert [event.kind.removeprefix("order.") for event in of_order] == [
        *("created", "grouped", "assigned", "picked_up", "departed", "landed"),
    ]
    assert {(event.source, event.source_id) for event in of_order[1:]} == {("waybill", label)}
    assert {event.actor_label for event in of_order[1:]} == {"Maria"}


def test_a_repeat_does_nothing_and_an_old_picture_is_refused(world):
    [code] = world.orders(1)
    label = world.draft()
    first = waybill_members.add(label, [code, "D-9"], actor=world.maria, key="k1")
    again = waybill_members.add(label, [code, "D-9"], actor=world.maria, key="k1")
    assert again.is_replay
    assert again.event == first.event
    assert again.refused == first.refused
    with pytest.raises(KeyReused):
        waybill_members.remove(label, [code], actor=world.maria, key="k1")
    with pytest.raises(Stale) as caught:
        waybill_steps.seal(label, actor=world.maria, version=1)
    assert "Maria" in caught.value.message


def test_who_does_not_see_all_orders_of_a_waybill_leaves_it_to_somebody_who_does(world):
    north, south = make_team(world.tenant), make_team(world.tenant)
    code = make_order(world.tenant, customer_id=make_customer(world.tenant, team=north).pk).code
    label = world.draft()
    waybill_members.add(label, [code], actor=world.maria)
    of_south = make_actor(world.tenant, team_ids=frozenset({south.pk}))
    why = refused("orders_of_other_teams", lambda: waybill_steps.seal(label, actor=of_south))
    assert code not in why.message
    assert waybill_detail(world.waybill(label), of_south)["items"] == []


def test_a_waybill_of_another_company_is_not_there(world):
    label = world.draft()
    with pytest.raises(NotVisible):
        waybill_steps.seal(label, actor=make_actor(make_tenant()))
