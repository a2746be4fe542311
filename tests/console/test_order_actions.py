"""Acting through the console: what dialogs ask, what is refused and how, stale changes, undo."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponseBase

from dispatch_console.core import clock
from dispatch_console.core.models import Event, Membership, Tenant
from dispatch_console.core.permissions import RoleKind
from orders import commands
from orders.actions import Assign, Edit, Hold
from orders.models import Order, Reason
from orders.states import ReasonKind, Status
from tests import factories
from tests.console.browserless import Console, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def member(tenant: Tenant) -> Membership:
    return factories.make_member(tenant, user=factories.make_user(first_name="Mara", last_name="Keller"))


@pytest.fixture
def console(member: Membership) -> Console:
    return Console(member)


def dialog(console: Console, order: Order, name: str) -> HttpResponseBase:
    response = console.get(f"/console/orders/{order.code}/actions/{name}/")
    assert response.status_code == 200, response.content[:500]
    return response


def refused(response: HttpResponseBase, status: int, code: str = "") -> dict[str, Any]:
    assert response.status_code == status, response.content[:500]
    error = response.json()["error"]
    assert not code or error["code"] == code, error
    return error


def versions(order: Order) -> tuple[int, int]:
    return Order.objects.get(pk=order.pk).version, Event.objects.filter(stream="order", object_id=order.pk).count()


# Dialogs


def test_a_dialog_offers_the_tenants_own_reasons(console: Console, tenant: Tenant) -> None:
    for position, text in enumerate(("Customer called it off", "Ordered twice")):
        Reason.objects.create(tenant=tenant, kind=ReasonKind.CANCEL, label=text, position=position)
    Reason.objects.create(tenant=tenant, kind=ReasonKind.CANCEL, label="Not used any more", is_active=False)
    Reason.objects.create(tenant=tenant, kind=ReasonKind.HOLD, label="For holds")
    Reason.objects.create(tenant=factories.make_tenant(), kind=ReasonKind.CANCEL, label="Of somebody else")
    html = dialog(console, factories.make_order(tenant), "cancel").content.decode()
    assert re.findall(r'data-reason="([^"]+)"', html) == ["Customer called it off", "Ordered twice"]


def test_a_dialog_carries_the_version_it_speaks_about(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.ASSIGNED)
    assert f'data-version="{order.version}"' in dialog(console, order, "unassign").content.decode()


def test_unassigning_after_pickup_warns_and_asks_for_a_note(console: Console, tenant: Tenant) -> None:
    response = dialog(console, factories.make_order(tenant, status=Status.PICKED_UP), "unassign")
    assert "already has the package" in text_of(response)
    assert 'data-needs="reason note"' in response.content.decode()


def test_the_status_dialog_shows_legal_targets_with_what_they_need(console: Console, tenant: Tenant) -> None:
    html = dialog(console, factories.make_order(tenant, status=Status.ASSIGNED), "status").content.decode()
    targets = re.findall(r'value="(\w+)" data-needs="([^"]*)" data-reason-kind="(\w*)"', html)
    assert targets == [
        ("picked_up", "", ""),
        ("pending", "reason", "unassign"),
        ("in_transit", "note", ""),
        ("delivered", "note", ""),
        ("cancelled", "reason", "cancel"),
    ]


def test_a_pending_order_needs_a_driver_for_every_step_forward(console: Console, tenant: Tenant) -> None:
    html = dialog(console, factories.make_order(tenant), "status").content.decode()
    needs = dict(re.findall(r'value="(\w+)" data-needs="([^"]*)"', html))
    assert all("driver_id" in needs[target] for target in ("assigned", "picked_up", "in_transit", "delivered"))


def test_a_dialog_of_an_illegal_action_says_why_at_once(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.DELIVERED)
    error = refused(console.get(f"/console/orders/{order.code}/actions/cancel/"), 409, "status_locked")
    assert "already delivered and cannot be cancelled" in error["message"]


def test_a_dialog_without_the_right_is_forbidden(tenant: Tenant) -> None:
    console = Console(factories.make_member(tenant, RoleKind.SUPPORT))
    order = factories.make_order(tenant)
    refused(console.get(f"/console/orders/{order.code}/actions/cancel/"), 403)
    assert console.get(f"/console/orders/{order.code}/actions/hold/").status_code == 200


def test_there_is_no_dialog_for_an_unknown_action(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    refused(console.get(f"/console/orders/{order.code}/actions/explode/"), 404)
    refused(console.act(order.code, "explode"), 404)


# Acts


def test_an_act_answers_with_a_sentence_and_its_undo(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    driver = factories.make_driver(tenant, name="Lea Beck")
    answer = console.act(order.code, "assign", driver_id=driver.pk, version=1).json()
    assert answer["message"] == f"{order.code}: assigned to Lea Beck."
    assert (answer["version"], answer["status"]) == (2, "assigned")
    assert answer["undo"] == {"url": f"/console/orders/{order.code}/undo/", "body": {"version": 2}}
    event = Event.objects.get(stream="order", object_id=order.pk, version=2)
    assert (event.actor_label, event.source) == ("Mara Keller", "console")


def test_an_act_without_inverse_says_why_there_is_no_undo(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant, status=Status.IN_TRANSIT)
    answer = console.act(order.code, "return", reason="Refused").json()
    assert answer["undo"] is None
    assert (
        answer["why_not_undo"] == "A recorded return ends the package's journey. Create a new order to send it again."
    )


def test_errors_name_their_field(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    error = refused(console.act(order.code, "cancel", version=1), 400, "reason_required")
    assert "reason" in error["details"]["fields"]
    assert versions(order) == (1, 1)


def test_assigning_to_nobody_names_the_field(console: Console, tenant: Tenant) -> None:
    error = refused(console.act(factories.make_order(tenant).code, "assign", driver_id=None), 400)
    assert "driver_id" in error["details"]["fields"]


def test_a_driver_of_another_tenant_is_not_there(console: Console, tenant: Tenant) -> None:
    stranger = factories.make_driver(factories.make_tenant())
    error = refused(console.act(factories.make_order(tenant).code, "assign", driver_id=stranger.pk), 400)
    assert error["details"]["fields"]["driver_id"] == ["There is no such driver. Choose one from the list."]


def test_an_act_without_the_csrf_token_is_not_done(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    address = f"/console/orders/{order.code}/actions/cancel/"
    response = console.post(address, {"reason": "Forged"}, token="wrong")
    assert response.status_code == 403
    assert versions(order) == (1, 1)


def test_an_act_is_never_done_by_following_a_link(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    console.get(f"/console/orders/{order.code}/actions/hold/", reason="Linked")
    assert console.get(f"/console/orders/{order.code}/undo/").status_code == 405
    assert versions(order) == (1, 1)


@pytest.mark.parametrize(
    "body", ["{", "[]", '"x"', '{"reason": NaN}', '{"reason": "a", "reason": "b"}', b"\xff\xfe", '{"a":"\\u0000"}']
)
def test_malformed_bodies_are_refused(console: Console, tenant: Tenant, body: str | bytes) -> None:
    order = factories.make_order(tenant)
    response = console.post(f"/console/orders/{order.code}/actions/cancel/", body)
    refused(response, 400)
    assert versions(order) == (1, 1)


def test_an_observer_may_not_act(tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    console = Console(factories.make_member(tenant, RoleKind.OBSERVER))
    refused(console.act(order.code, "cancel", reason="x"), 403, "forbidden")
    assert versions(order) == (1, 1)


def test_another_tenants_order_cannot_be_acted_on(console: Console) -> None:
    order = factories.make_order(factories.make_tenant())
    refused(console.act(order.code, "cancel", reason="x"), 404, "not_found")
    refused(console.post(f"/console/orders/{order.code}/undo/", {}), 404)
    assert versions(order) == (1, 1)


# Stale changes


def test_a_stale_act_is_told_who_changed_what_in_words(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    other = factories.make_actor(tenant, label="Jan Frick")
    changes = {"dropoff_address": "Im Bretscha 22, Schaan", "dropoff_latitude": 47.17, "dropoff_longitude": 9.51}
    commands.perform(Edit(changes=changes), code=order.code, actor=other)
    commands.perform(Hold(reason="Shop is closed"), code=order.code, actor=other)
    error = refused(console.act(order.code, "cancel", reason="Twice", version=1), 412, "stale_version")
    assert error["details"]["version"] == 3
    edited, held = error["details"]["history"]
    assert edited["sentence"] == "Edited dropoff address"
    assert edited["actor"] == "Jan Frick"
    assert edited["changes"][0] == {
        "field": "dropoff_address",
        "label": "Dropoff address",
        "before": "Landstrasse 98, Triesen",
        "after": "Im Bretscha 22, Schaan",
    }
    assert (held["sentence"], held["reason"], held["changes"]) == ("Put on hold", "Shop is closed", [])
    assert versions(order) == (3, 3)


def test_the_same_act_on_the_new_version_goes_through(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    commands.perform(Edit(changes={"notes": "x"}), code=order.code, actor=factories.make_actor(tenant))
    error = refused(console.act(order.code, "cancel", reason="Twice", version=1), 412)
    again = console.act(order.code, "cancel", reason="Twice", version=error["details"]["version"])
    assert again.status_code == 200
    assert Order.objects.get(pk=order.pk).status == Status.CANCELLED


def test_a_stale_edit_brings_the_fields_as_they_are_now(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    commands.perform(Edit(changes={"notes": "Theirs"}), code=order.code, actor=factories.make_actor(tenant))
    error = refused(console.act(order.code, "edit", notes="Mine", version=1), 412)
    assert error["details"]["values"]["notes"] == "Theirs"
    assert error["details"]["values"]["customer_id"] == order.customer_id


# Undo


def test_undo_takes_the_last_change_back(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    undo = console.act(order.code, "hold", reason="Waiting").json()["undo"]
    answer = console.post(undo["url"], undo["body"]).json()
    assert answer["message"] == f"Undone. {order.code}: released from hold."
    assert not Order.objects.get(pk=order.pk).on_hold


def test_undo_of_something_that_has_changed_since_is_refused_with_the_change(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    undo = console.act(order.code, "hold", reason="Waiting").json()["undo"]
    commands.perform(Edit(changes={"notes": "x"}), code=order.code, actor=factories.make_actor(tenant, label="Jan"))
    error = refused(console.post(undo["url"], undo["body"]), 412, "stale_version")
    assert [entry["actor"] for entry in error["details"]["history"]] == ["Jan"]


def test_my_last_change_is_told_before_it_is_undone(console: Console, tenant: Tenant) -> None:
    refused(console.get("/console/undo/"), 404)
    order = factories.make_order(tenant)
    console.act(order.code, "hold", reason="Waiting")
    factories.make_order(tenant)  # of somebody else
    last = console.get("/console/undo/").json()
    assert (last["code"], last["sentence"], last["why_not"]) == (order.code, "Put on hold", "")
    assert console.post(last["undo"]["url"], last["undo"]["body"]).status_code == 200


def test_my_last_change_says_why_it_cannot_be_undone(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    console.act(order.code, "hold", reason="Waiting")
    commands.perform(Edit(changes={"notes": "x"}), code=order.code, actor=factories.make_actor(tenant))
    last = console.get("/console/undo/").json()
    assert (last["undo"], last["why_not"]) == (None, "The order has changed since.")


def test_after_the_tenants_window_undo_is_closed(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    undo = console.act(order.code, "hold", reason="Waiting").json()["undo"]
    with clock.at(factories.minutes_from_now(tenant.undo_window_minutes + 1)):
        error = refused(console.post(undo["url"], undo["body"]), 409, "cannot_undo")
    assert "Undo is open for 15 minutes" in error["message"]


# Candidates


def test_candidates_need_the_right_to_assign(tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    console = Console(factories.make_member(tenant, RoleKind.OBSERVER))
    refused(console.get(f"/console/orders/{order.code}/candidates/"), 403)


def test_the_dialog_brings_the_candidates_along(console: Console, tenant: Tenant) -> None:
    driver = factories.make_driver(tenant, name="Lea </script><b>Beck")
    html = dialog(console, factories.make_order(tenant), "assign").content.decode()
    found = re.search(r'<script id="picker-candidates" type="application/json">(.*?)</script>', html)
    assert found
    assert [each["id"] for each in json.loads(found[1])["candidates"]] == [driver.pk]


def test_candidates_are_searched_by_name(console: Console, tenant: Tenant) -> None:
    for name in ("Lea Beck", "Jonas Frick"):
        factories.make_driver(tenant, name=name)
    address = f"/console/orders/{factories.make_order(tenant).code}/candidates/"
    assert [each["name"] for each in console.get(address, search="fri").json()["candidates"]] == ["Jonas Frick"]
    assert console.get(address, search="%").json()["candidates"] == []


def test_the_present_driver_is_no_candidate_for_a_switch(console: Console, tenant: Tenant) -> None:
    order = factories.make_order(tenant)
    one, other = factories.make_driver(tenant), factories.make_driver(tenant)
    commands.perform(Assign(driver_id=one.pk), code=order.code, actor=factories.make_actor(tenant))
    found = console.get(f"/console/orders/{order.code}/candidates/").json()["candidates"]
    assert [each["id"] for each in found] == [other.pk]
