"""The order's drawer and its history page: who sees them, what they say, and how little they ask the database."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dispatch_console.core import clock
from dispatch_console.core.models import Membership, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver, DriverPosition
from orders import commands
from orders.actions import Assign, Cancel, Correct, Edit, Hold, Release, Unassign
from orders.models import Order
from orders.states import Status
from tests import factories
from tests.console.browserless import Console, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def member(tenant: Tenant) -> Membership:
    return factories.make_member(tenant)


@pytest.fixture
def console(member: Membership) -> Console:
    return Console(member)


def drawer_of(console: Console, order: Order) -> HttpResponseBase:
    response = console.get(f"/console/orders/{order.code}/")
    assert response.status_code == 200, response.content[:500]
    return response


def focus_of(response: HttpResponseBase) -> dict[str, Any]:
    found = re.search(r'<script id="drawer-order" type="application/json">(.*?)</script>', response.content.decode())
    assert found
    return json.loads(found[1])


def offered(response: HttpResponseBase) -> set[str]:
    return set(re.findall(r'data-order-action="([a-z-]+)"', response.content.decode()))


def place(driver: Driver, latitude: float = 47.14, longitude: float = 9.52, *, minutes_ago: int = 0) -> None:
    moment = factories.minutes_from_now(-minutes_ago)
    DriverPosition.objects.create(
        driver=driver,
        tenant=driver.tenant,
        latitude=latitude,
        longitude=longitude,
        recorded_at=moment,
        received_at=moment,
    )


# Who sees it


def test_a_script_gets_the_drawer_alone(console: Console, tenant: Tenant) -> None:
    html = drawer_of(console, factories.make_order(tenant)).content.decode()
    assert "drawer-head" in html
    assert "<html" not in html


def test_a_person_gets_the_last_view_with_the_drawer_open(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    html = console.page(f"/console/orders/{order.code}/").content.decode()
    assert 'data-destination="map" data-filtered aria-current="page"' in html
    drawer = html[html.index('id="drawer"') :]
    assert drawer.index(f"Details of order {order.code}") < drawer.index("order-sheet")
    assert " hidden>" not in drawer[: drawer.index("drawer-head")].replace('data-section="data" hidden>', "")


def test_the_last_view_may_be_the_table(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    console.client.cookies["view"] = "table"
    html = console.page(f"/console/orders/{order.code}/").content.decode()
    assert 'data-destination="table" data-filtered aria-current="page"' in html


def test_an_unknown_last_view_is_the_map(console: Console, tenant: Tenant) -> None:
    console.client.cookies["view"] = "../../etc/passwd"
    assert console.page(f"/console/orders/{factories.make_order(tenant).code}/").status_code == 200


def test_caches_keep_drawer_and_page_apart(console: Console, tenant: Tenant) -> None:
    address = f"/console/orders/{factories.make_order(tenant).code}/"
    for response in (console.get(address), console.page(address)):
        assert "X-Requested-With" in response["Vary"]


@pytest.mark.parametrize("part", ["", "events/", "actions/cancel/", "edit/", "candidates/"])
def test_another_tenants_order_is_not_found(console: Console, part: str) -> None:
    theirs = factories.make_order(factories.make_tenant())
    response = console.get(f"/console/orders/{theirs.code}/{part}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_an_order_of_another_team_is_not_found(tenant: Tenant) -> None:
    ours, theirs = factories.make_team(tenant), factories.make_team(tenant)
    order = factories.make_order(tenant, customer_id=factories.make_customer(tenant, team=theirs).pk)
    console = Console(factories.make_member(tenant, teams=[ours]))
    assert console.get(f"/console/orders/{order.code}/").status_code == 404


def test_a_stranger_signs_in_first(tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    response = Client().get(f"/console/orders/{order.code}/")
    assert response.status_code == 302
    assert f"next=/console/orders/{order.code}/" in response["Location"]


@pytest.mark.parametrize("code", ["D 1", "<b>", "x" * 25, "D-1/..", "%00"])
def test_what_cannot_be_a_code_is_no_address(console: Console, code: str) -> None:
    assert console.get(f"/console/orders/{code}/").status_code in (400, 404)


# What is offered


def test_a_dispatcher_is_offered_what_is_legal_now(console: Console, tenant: Tenant) -> None:
    pending = drawer_of(console, factories.make_order(tenant))
    always = {"raise-exception", "note"}
    assert offered(pending) == {"assign", "status", "edit", "hold", "reschedule", "cancel", *always}
    assigned = drawer_of(console, factories.make_order(tenant, status=Status.ASSIGNED))
    at_the_door = {"arrive", "fail-attempt"}
    to_change = {"switch", "unassign", "status", "edit", "hold", "reschedule", "cancel"}
    assert offered(assigned) == {*to_change, *at_the_door, *always}
    delivered = drawer_of(console, factories.make_order(tenant, status=Status.DELIVERED))
    assert offered(delivered) == {"add-proof", "request-return", *always}


def test_an_observer_is_offered_nothing(tenant: Tenant) -> None:
    console = Console(factories.make_member(tenant, RoleKind.OBSERVER))
    response = drawer_of(console, factories.make_order(tenant))
    assert offered(response) == set()
    assert "No action is open to you now" in text_of(response)
    assert "data-undo-version" not in response.content.decode()


@pytest.mark.parametrize("carrier", ["prime", "external"])
def test_foreign_carriers_offer_no_driver_actions(console: Console, tenant: Tenant, carrier: str) -> None:
    response = drawer_of(console, factories.make_order(tenant, carrier_type=carrier))
    assert not offered(response) & {"assign", "switch", "unassign"}
    assert "the carrier's to report" in text_of(response).replace("&#x27;", "'")


def test_a_package_left_with_its_driver_asks_for_its_return_first(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.PICKED_UP)
    commands.perform(Cancel(reason="Refused"), code=order.code, actor=factories.make_actor(tenant))
    response = drawer_of(console, order)
    assert "The package is still with" in text_of(response)
    bar = response.content.decode().split('data-section="bar"')[1]
    assert re.findall(r'data-order-action="([a-z-]+)"', bar)[0] == "return"


# What it says


def test_the_sections_come_in_the_order_of_the_specification(console: Console, tenant: Tenant) -> None:
    response = drawer_of(console, factories.make_order(tenant, carrier_type="external"))
    sections = re.findall(r'data-section="([a-z]+)"', response.content.decode())
    assert [each for each in sections if each not in ("data", "bar", "zone")] == [
        "head",
        "order",
        "customer",
        "driver",
        "locations",
        "carrier",
        "assignments",
        "notes",
        "proof",
        "payment",
        "package",
        "history",
    ]


def test_the_promise_is_told_in_the_tenants_time(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, scheduled_delivery_at=factories.minutes_from_now(90))
    local = order.due_at.astimezone(tenant.zone_info)
    words = text_of(drawer_of(console, order))
    assert f"{local:%H:%M}" in words
    assert "in 1 h 30 min" in words
    assert "Europe/Vaduz (CE" in words


def test_a_late_order_says_how_late(console: Console, tenant: Tenant) -> None:
    with clock.at(factories.minutes_from_now(-100)):
        order = factories.make_order(tenant)
    html = drawer_of(console, order).content.decode()
    assert "40 min late" in html
    assert 'class="late"' in html


def test_a_delivered_order_says_how_it_kept_its_promise(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.DELIVERED)
    assert "1 h before the promise" in text_of(drawer_of(console, order))


def test_a_hold_and_a_dropped_package_are_flagged(console: Console, tenant: Tenant) -> None:
    actor = factories.make_actor(tenant)
    held = factories.make_order(tenant)
    commands.perform(Hold(reason="Shop is closed"), code=held.code, actor=actor)
    assert "On hold: Shop is closed" in text_of(drawer_of(console, held))
    dropped = factories.make_order(tenant, status=Status.PICKED_UP)
    commands.perform(Unassign(reason="Fault", note="At the hub"), code=dropped.code, actor=actor)
    assert "has the package but no longer the order" in text_of(drawer_of(console, dropped))


def test_the_drivers_last_position_shows_its_age(console: Console, tenant: Tenant) -> None:
    driver = factories.make_driver(tenant, name="Lea Beck")
    place(driver, minutes_ago=7)
    response = drawer_of(console, factories.make_order(tenant, status=Status.ASSIGNED, driver=driver))
    assert "7 min ago" in text_of(response)
    assert re.search(r'data-last-seen class="soon"', response.content.decode()), "older than the tenant's limit"
    assert focus_of(response)["position"]["driver_id"] == driver.pk


def test_positions_are_for_those_who_may_see_drivers(tenant: Tenant) -> None:
    driver = factories.make_driver(tenant)
    place(driver)
    order = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver)
    console = Console(factories.make_member(tenant, RoleKind.WAREHOUSE))
    assert focus_of(drawer_of(console, order))["position"] is None


def test_proof_that_is_missing_is_named(console: Console, tenant: Tenant) -> None:
    service = factories.make_service(tenant, policy=factories.make_policy(tenant, delivery_photo=True))
    waiting = factories.make_order(tenant, service_id=service.pk)
    assert "None yet" in text_of(drawer_of(console, waiting))
    delivered = factories.make_order(tenant, service_id=service.pk, status=Status.DELIVERED)
    assert "Set to delivered by hand" in text_of(drawer_of(console, delivered))


def test_package_items_are_listed_with_their_weight(console: Console, tenant: Tenant) -> None:
    items = [{"name": "Wine", "quantity": 3, "weight": "1.500"}, {"name": "Card", "quantity": 1}]
    order = factories.make_order(tenant, items=items)
    words = text_of(drawer_of(console, order))
    assert "Wine 3 1.5" in words
    assert "4.5 kg in all, not counting items without a weight" in words


def test_the_last_change_offers_undo_or_says_why_not(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    actor = factories.make_actor(tenant)
    commands.perform(Hold(reason="Waiting"), code=order.code, actor=actor)
    assert 'data-undo-version="2"' in drawer_of(console, order).content.decode()
    with clock.at(factories.minutes_from_now(20)):
        html = drawer_of(console, order).content.decode()
    assert "data-undo-version" not in html
    assert "Undo is open for 15 minutes after a change" in html


def test_undo_is_not_offered_to_those_who_may_not_do_the_opposite(tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    driver = factories.make_driver(tenant)
    commands.perform(Assign(driver_id=driver.pk), code=order.code, actor=factories.make_actor(tenant))
    console = Console(factories.make_member(tenant, RoleKind.SUPPORT))
    html = drawer_of(console, order).content.decode()
    assert "data-undo-version" not in html
    assert "Your role does not allow “unassign driver”" in html
    response = console.post(f"/console/orders/{order.code}/undo/", {"version": 2})
    assert response.status_code == 403


# How little it asks


def queries_of(console: Console, address: str) -> int:
    console.get(address)
    with CaptureQueriesContext(connection) as captured:
        console.get(address)
    # What any page of the console costs: session, person, membership, the head of the live stream.
    of_frame = re.compile(r'FROM "(django_session|core_user|core_membership|core_streamhead)"')
    frame = [query for query in captured if of_frame.search(query["sql"])]
    return len(captured) - len(frame)


def busy_order(tenant: Tenant, rounds: int) -> Order:
    """An order with many items, assignments and events."""
    items = [{"name": f"Item {number}", "quantity": 1} for number in range(rounds * 2)]
    order = factories.make_order(tenant, items=items)
    actor = factories.make_actor(tenant)
    for number in range(rounds):
        commands.perform(Assign(driver_id=factories.make_driver(tenant).pk), code=order.code, actor=actor)
        commands.perform(Unassign(reason="Fault"), code=order.code, actor=actor)
        changes = {"dropoff_address": "", "dropoff_warehouse_id": factories.make_warehouse(tenant).pk}
        commands.perform(Edit(changes=changes), code=order.code, actor=actor)
        changes = {"dropoff_address": f"Dorf {number}", "dropoff_warehouse_id": None}
        commands.perform(Edit(changes=changes), code=order.code, actor=actor)
    return order


def test_the_drawer_asks_two_questions_and_a_third_for_names(console: Console, tenant: Tenant) -> None:
    plain = factories.make_order(tenant)
    assert queries_of(console, f"/console/orders/{plain.code}/") == 2
    counts = {queries_of(console, f"/console/orders/{busy_order(tenant, rounds).code}/") for rounds in (1, 4)}
    assert counts == {3}


def test_the_history_page_asks_the_same_for_many_events(console: Console, tenant: Tenant) -> None:
    counts = {queries_of(console, f"/console/orders/{busy_order(tenant, rounds).code}/events/") for rounds in (1, 4)}
    assert len(counts) == 1


# The whole history


def test_the_history_page_turns_its_pages(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    actor = factories.make_actor(tenant)
    for _ in range(30):
        commands.perform(Hold(reason="Waiting"), code=order.code, actor=actor)
        commands.perform(Release(), code=order.code, actor=actor)
    first = console.page(f"/console/orders/{order.code}/events/")
    versions = [int(each) for each in re.findall(r'id="event-(\d+)"', first.content.decode())]
    assert versions == list(range(61, 11, -1))
    assert "61 events" in text_of(first)
    second = console.page(f"/console/orders/{order.code}/events/?before=12")
    versions += [int(each) for each in re.findall(r'id="event-(\d+)"', second.content.decode())]
    assert versions == list(range(61, 0, -1))
    assert "Newest" in text_of(second)
    assert "Older" not in text_of(second)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1.5"])
def test_a_damaged_page_address_is_refused(console: Console, tenant: Tenant, before: str) -> None:
    order = factories.make_order(tenant)
    assert console.get(f"/console/orders/{order.code}/events/", before=before).status_code == 400


def test_a_correction_is_told_apart_from_progress(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.IN_TRANSIT)
    actor = factories.make_actor(tenant, label="Mara Keller")
    commands.perform(Correct(target=Status.PICKED_UP, note="Still at the gate"), code=order.code, actor=actor)
    words = text_of(console.page(f"/console/orders/{order.code}/events/"))
    assert "Status corrected from in transit to picked up" in words
    assert "Mara Keller · API · in transit → picked up" in words
    assert "Still at the gate" in words
