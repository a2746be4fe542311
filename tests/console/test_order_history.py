"""The history in words: every kind of event as a sentence, with who, whence, from, to, why, and what else changed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.console.order import history
from dispatch_console.core import clock
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import PERMISSIONS
from drivers.models import Driver
from orders import commands
from orders.actions import (
    ACTIONS,
    Accept,
    Action,
    Assign,
    Cancel,
    Confirm,
    Correct,
    Deliver,
    Depart,
    Edit,
    Hold,
    PickUp,
    Reject,
    Release,
    Reopen,
    Return,
    Switch,
    Unassign,
)
from orders.models import Order
from orders.states import Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def actor(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, permissions=frozenset(PERMISSIONS), label="Mara Keller")


@pytest.fixture
def do(actor: Actor) -> Callable[..., history.Entry]:
    """Does an action and returns its entry."""

    def perform(action: Action, order: Order, by: Actor = actor) -> history.Entry:
        outcome = commands.perform(action, code=order.code, actor=by)
        return history.read([outcome.event], order.tenant)[0]

    return perform


def lea(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Lea Beck")


def latest(order: Order) -> history.Entry:
    return history.read(history.events_of(order)[:1], order.tenant)[0]


# One sentence per kind


def test_every_kind_of_event_has_its_own_telling() -> None:
    kinds = {action.event for action in ACTIONS.values()} | {"order.created"}
    assert kinds <= history.TELLINGS.keys()


Steps = list[tuple[str, Callable[[Tenant], Action], str]]
SENTENCES: Steps = [
    (Status.PENDING, lambda t: Assign(driver_id=lea(t).pk), "Assigned to Lea Beck"),
    (Status.PENDING, lambda t: Hold(reason="Shop is closed"), "Put on hold"),
    (Status.PENDING, lambda t: Cancel(reason="Twice"), "Cancelled"),
    (Status.ASSIGNED, lambda t: Switch(driver_id=lea(t).pk), "Switched from Jonas Frick to Lea Beck"),
    (Status.ASSIGNED, lambda t: Unassign(reason="Fault"), "Taken off Jonas Frick, back in the queue"),
    (Status.ASSIGNED, lambda t: PickUp(), "Picked up"),
    (Status.PICKED_UP, lambda t: Depart(), "On the way to the dropoff"),
    (
        Status.PICKED_UP,
        lambda t: Unassign(reason="Fault", note="x"),
        "Taken off Jonas Frick, who still has the package",
    ),
    (Status.PICKED_UP, lambda t: Cancel(reason="Refused"), "Cancelled; the package is still with the driver"),
    (Status.IN_TRANSIT, lambda t: Deliver(note="x"), "Delivered"),
    (Status.IN_TRANSIT, lambda t: Return(reason="Refused"), "Returned to the sender"),
    (
        Status.IN_TRANSIT,
        lambda t: Correct(target=Status.PICKED_UP, note="x"),
        "Status corrected from in transit to picked up",
    ),
    (
        Status.PENDING,
        lambda t: Correct(target=Status.DELIVERED, note="x", driver_id=lea(t).pk),
        "Status corrected from pending to delivered, with Lea Beck as driver",
    ),
    (Status.CANCELLED, lambda t: Reopen(), "Reopened as pending"),
    (Status.CANCELLED, lambda t: Reopen(driver_id=lea(t).pk), "Reopened and assigned to Lea Beck"),
]


@pytest.mark.parametrize(("status", "make", "sentence"), SENTENCES, ids=[each[2] for each in SENTENCES])
def test_an_event_reads_as_a_sentence(
    tenant: Tenant, do: Any, status: str, make: Callable[[Tenant], Action], sentence: str
) -> None:
    order = factories.make_order(tenant, status=status, driver=factories.make_driver(tenant, name="Jonas Frick"))
    assert do(make(tenant), order).sentence == sentence


def test_creation_tells_drafts_and_drivers(tenant: Tenant) -> None:
    assert latest(factories.make_order(tenant)).sentence == "Created"
    assert latest(factories.make_order(tenant, is_draft=True)).sentence == "Created as a draft"
    with_driver = factories.make_order(tenant, driver_id=lea(tenant).pk)
    assert latest(with_driver).sentence == "Created and assigned to Lea Beck"


def test_a_draft_is_confirmed_and_a_hold_released(tenant: Tenant, do: Any) -> None:
    assert do(Confirm(), factories.make_order(tenant, is_draft=True)).sentence == "Draft confirmed"
    held = factories.make_order(tenant)
    do(Hold(reason="x"), held)
    assert do(Release(), held).sentence == "Released from hold"


def test_a_driver_answers(do: Any) -> None:
    tenant = factories.make_tenant(drivers_accept=True)
    driver = factories.make_driver(tenant, name="Lea Beck")
    himself = factories.make_driver_actor(driver)
    accepted = do(Accept(), factories.make_order(tenant, driver_id=driver.pk), himself)
    assert (accepted.sentence, accepted.actor, accepted.source) == ("Accepted by the driver", "Lea Beck", "Driver app")
    rejected = do(Reject(reason="Too far"), factories.make_order(tenant, driver_id=driver.pk), himself)
    assert rejected.sentence == "Refused by the driver, back in the queue"
    assert rejected.event.reason == "Too far"


def test_a_package_that_passes_to_another_driver(tenant: Tenant, do: Any) -> None:
    order = factories.make_order(tenant, status=Status.PICKED_UP)
    do(Unassign(reason="Fault", note="x"), order)
    assert do(Assign(driver_id=lea(tenant).pk), order).sentence == "Handed to Lea Beck, who carries on with the package"


def test_a_delivery_without_its_proof_says_so(tenant: Tenant, do: Any) -> None:
    service = factories.make_service(tenant, policy=factories.make_policy(tenant, delivery_signature=True))
    order = factories.make_order(tenant, service_id=service.pk, status=Status.IN_TRANSIT)
    entry = do(Deliver(note="Seen by the neighbour"), order)
    assert entry.sentence == "Delivered, without the proof that the service asks for"


def test_a_kind_that_nobody_tells_yet_is_still_readable(tenant: Tenant, do: Any) -> None:
    order = factories.make_order(tenant)
    event = history.events_of(order)[0]
    event.kind = "order.label_printed"
    assert history.read([event], tenant)[0].sentence == "Label printed"


# Who, whence, from, to


def test_an_entry_names_actor_source_and_status(tenant: Tenant, do: Any, actor: Actor) -> None:
    order = factories.make_order(tenant)
    entry = do(Assign(driver_id=lea(tenant).pk), order, actor.through(Source.BULK, source_id="B-7"))
    assert (entry.actor, entry.source, entry.is_bulk) == ("Mara Keller", "Bulk run B-7", True)
    assert entry.status_words == "pending → assigned"


def test_an_undo_is_marked(tenant: Tenant, actor: Actor, do: Any) -> None:
    order = factories.make_order(tenant)
    assert not do(Hold(reason="x"), order).is_undo
    commands.undo(code=order.code, actor=actor)
    assert latest(order).is_undo


def test_names_are_those_of_the_time(tenant: Tenant, do: Any) -> None:
    order = factories.make_order(tenant)
    driver = lea(tenant)
    do(Assign(driver_id=driver.pk), order)
    Driver.objects.filter(pk=driver.pk).update(name="Lea Beck-Marxer")
    assert latest(order).sentence == "Assigned to Lea Beck"


# Edits, field by field


def test_an_edit_tells_each_field_before_and_after(tenant: Tenant, do: Any) -> None:
    order = factories.make_order(tenant, notes="Ring once")
    hub = factories.make_warehouse(tenant, name="Hub Schaan")
    changes = {
        "dropoff_address": "",
        "dropoff_warehouse_id": hub.pk,
        "dropoff_latitude": None,
        "dropoff_longitude": None,
        "notes": "",
        "priority": 1,
        "delivery_fee": "12.5",
    }
    entry = do(Edit(changes=changes), order)
    told = {change.label: (change.before, change.after) for change in entry.changes}
    assert told["Dropoff address"] == ("Landstrasse 98, Triesen", "none")
    assert told["Dropoff warehouse"] == ("none", "Hub Schaan")
    assert told["Dropoff point"] == ("47.10800, 9.52800", "47.16000, 9.51000")
    assert told["Notes"] == ("Ring once", "none")
    assert told["Priority"] == ("Normal", "Urgent")
    assert told["Delivery fee"] == ("CHF 9.50", "CHF 12.50")
    assert entry.sentence == "Edited dropoff address, dropoff warehouse, delivery fee and 2 more fields"


def test_times_are_the_tenants(tenant: Tenant, do: Any) -> None:
    moment = clock.now().replace(hour=9, minute=30, second=0, microsecond=0) + factories.timedelta(days=2)
    entry = do(Edit(changes={"scheduled_delivery_at": moment}), factories.make_order(tenant))
    local = moment.astimezone(tenant.zone_info)
    change = next(change for change in entry.changes if change.field == "scheduled_delivery_at")
    assert change.after == f"{local.day} {local:%b %Y %H:%M}"
    assert change.before == "none"


def test_items_are_told_as_a_list(tenant: Tenant, do: Any) -> None:
    order = factories.make_order(tenant, items=[{"name": "Cake", "quantity": 1}])
    entry = do(Edit(changes={"items": [{"name": "Cake", "quantity": 2}, {"name": "Card", "quantity": 1}]}), order)
    assert [(change.before, change.after) for change in entry.changes] == [("1 × Cake", "2 × Cake, 1 × Card")]


def test_two_fields_are_joined_by_and(tenant: Tenant, do: Any) -> None:
    entry = do(Edit(changes={"notes": "a", "instructions": "b"}), factories.make_order(tenant))
    assert entry.sentence == "Edited instructions and notes"


def test_an_edit_that_changes_nothing_says_so(tenant: Tenant, do: Any) -> None:
    assert do(Edit(changes={"notes": ""}), factories.make_order(tenant)).sentence == "Saved without a change"


def test_what_the_sentence_says_is_not_repeated_as_a_change(tenant: Tenant, do: Any) -> None:
    assert do(Assign(driver_id=lea(tenant).pk), factories.make_order(tenant)).changes == []


def test_a_place_that_is_gone_keeps_its_number(tenant: Tenant) -> None:
    event = Event(
        tenant=tenant,
        kind="order.edited",
        data={"input": {"changes": {"pickup_zone": 1}}, "before": {"pickup_zone": None}, "after": {"pickup_zone": 987}},
    )
    assert history.read([event], tenant)[0].changes[0].after == "no. 987"


# How little it asks


def test_names_of_all_kinds_come_with_one_question(tenant: Tenant, do: Any) -> None:
    order = factories.make_order(tenant)
    for _ in range(3):
        changes: dict[str, Any] = {
            "customer_id": factories.make_customer(tenant).pk,
            "service_id": factories.make_service(tenant).pk,
            "pickup_address": "",
            "pickup_warehouse_id": factories.make_warehouse(tenant).pk,
        }
        do(Edit(changes=changes), order)
        do(Edit(changes={"pickup_address": "Dorf 1", "pickup_warehouse_id": None}), order)
    events = list(history.events_of(order))
    with CaptureQueriesContext(connection) as captured:
        entries = history.read(events, tenant)
    assert len(captured) == 1
    assert not [change for entry in entries for change in entry.changes if "no. " in change.before + change.after]
