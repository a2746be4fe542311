"""The driver's API as an app uses it: one next button after the other, offers, free orders, duty, and nobody else's."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch_console.core import clock
from dispatch_console.core.models import Event
from drivers.models import Driver, Shift
from orders import expiry
from orders.models import Assignment, Order, Reason
from tests import factories
from tests.orders.api import Api, refusal
from tests.phones import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def driver(tenant):
    return factories.make_driver(tenant, name="Dana")


@pytest.fixture
def phone(driver):
    return Phone(driver)


def offer(driver, **over):
    """An order that waits for the driver's answer."""
    type(driver.tenant).objects.filter(pk=driver.tenant_id).update(drivers_accept=True, **over)
    driver.tenant.refresh_from_db()
    return factories.make_order(driver.tenant, status="assigned", driver=driver)


def kinds(order):
    return list(
        Event.objects.filter(stream="order", object_id=order.pk).order_by("version").values_list("kind", flat=True)
    )


def test_an_app_that_only_presses_the_next_button_gets_an_order_delivered(tenant, driver, phone):
    order = offer(driver, offer_seconds=60)
    job = phone.work()["offers"][0]
    assert 55 <= job["offer"]["seconds_left"] <= 60
    pressed = []
    while job is not None and job["next"] is not None:
        step = job["next"]
        pressed.append((step["act"], step["place"]["end"]))
        assert step["needs"] == []
        job = phone.act(order.code, step["act"]).json()["job"]
    assert pressed == [
        ("accept", "pickup"),
        ("arrive", "pickup"),
        ("pick-up", "pickup"),
        ("depart", "dropoff"),
        ("arrive", "dropoff"),
        ("deliver", "dropoff"),
    ]
    assert phone.work() | {"server_time": 0} == {"offers": [], "orders": [], "server_time": 0}
    assert [row["status"] for row in phone.get("finished/").json()["results"]] == ["delivered"]
    assert kinds(order)[2:] == [
        "order.accepted",
        "order.arrived",
        "order.picked_up",
        "order.departed",
        "order.arrived",
        "order.delivered",
    ]


def test_the_next_step_says_where_when_and_what_it_needs(tenant, driver, phone):
    Reason.objects.create(tenant=tenant, kind="delivery_failed", label="Nobody at home")
    policy = factories.make_policy(tenant, delivery_photo=True, delivery_pin=True)
    service = factories.make_service(tenant, policy=policy)
    order = factories.make_order(
        tenant,
        status="picked_up",
        driver=driver,
        service_id=service.pk,
        payer="receiver",
        payment_method="cod",
        cod_amount=Decimal("48.20"),
        delivery_fee=Decimal("9.50"),
        dropoff_contact="A. Beck",
        dropoff_notes="Second floor",
    )
    assert phone.act(order.code, "depart").json()["job"]["next"]["act"] == "arrive"
    job = phone.act(order.code, "arrive").json()["job"]
    step = job["next"]
    assert (step["act"], step["label"]) == ("deliver", "Delivered")
    assert step["needs"] == [
        {"kind": "photo", "field": "proof_ids", "stage": "delivery"},
        {"kind": "pin", "field": "pin", "stage": "delivery"},
        {"kind": "cash", "field": "collected", "amount": "57.70", "currency": "CHF"},
    ]
    place = step["place"]
    assert (place["label"], place["contact"], place["notes"]) == ("Landstrasse 98, Triesen", "A. Beck", "Second floor")
    assert place["navigation"].startswith("geo:47.108000,9.528000?q=")
    assert step["window"]["due_at"] == job["order"]["due_at"]
    failed = next(other for other in job["others"] if other["act"] == "fail-attempt")
    assert failed["needs"] == [{"kind": "reason", "field": "reason", "choices": ["Nobody at home"]}]
    job = phone.act(order.code, "fail-attempt", reason="Nobody at home").json()["job"]
    assert job["next"] is None
    assert "Dispatch decides" in job["waiting_for"]


def test_an_order_of_another_driver_does_not_exist_for_this_one(tenant, driver, phone):
    colleague = factories.make_driver(tenant)
    theirs = factories.make_order(tenant, status="assigned", driver=colleague)
    free = factories.make_order(tenant)
    for order in (theirs, free):
        for name in ("accept", "pick-up", "deliver", "return", "self-assign", "undo"):
            refusal(phone.act(order.code, name), 404)
    assert phone.work()["orders"] == []
    assert Order.objects.get(pk=theirs.pk).version == theirs.version


def test_a_rejected_offer_goes_back_to_the_queue_with_its_reason(driver, phone):
    order = offer(driver)
    refusal(phone.act(order.code, "reject"), 400, "reason_required")
    answer = phone.act(order.code, "reject", reason="Vehicle full")
    assert answer.json()["job"] is None
    assert (answer.json()["order"]["status"], answer.json()["event"]["reason"]) == ("pending", "Vehicle full")


def test_an_offer_that_nobody_answers_goes_back_in_time_and_can_no_longer_be_accepted(driver, phone):
    order, other = offer(driver, offer_seconds=30), offer(driver, offer_seconds=0)
    with clock.at(clock.now() + timedelta(seconds=29)):
        assert expiry.expire_offers() == 0
    with clock.at(clock.now() + timedelta(seconds=31)):
        refusal(phone.act(order.code, "accept"), 409, "offer_expired")
        assert expiry.expire_offers() == 1
        assert expiry.expire_offers() == 0
    assert (kinds(order)[-1], Order.objects.get(pk=order.pk).status) == ("order.offer_expired", "pending")
    event = Event.objects.get(kind="order.offer_expired")
    assert (event.actor_kind, event.source) == ("system", "task")
    assert Assignment.objects.get(order=order).reason == "No answer in time"
    assert [job["order"]["code"] for job in phone.work()["offers"]] == [other.code]


def test_a_driver_takes_a_free_order_where_the_company_allows_it_and_every_rule_holds(tenant, driver, phone):
    zone = factories.make_zone(tenant, factories.square(9.5, 47.13, 9.55, 47.15))
    elsewhere = factories.make_zone(tenant, factories.square(9.0, 46.0, 9.1, 46.1))
    team = factories.make_team(tenant)
    fits, too_big = factories.make_order(tenant), factories.make_order(tenant, unit_size=99)
    foreign = factories.make_order(tenant, customer_id=factories.make_customer(tenant, team=team).pk)
    driver.all_teams = False
    driver.save()
    assert phone.get("unclaimed/").json()["results"] == []
    refusal(phone.act(fits.code, "self-assign"), 404)

    type(tenant).objects.filter(pk=tenant.pk).update(drivers_self_assign=True, drivers_self_unassign=True)
    assert [job["order"]["code"] for job in phone.get("unclaimed/").json()["results"]] == [fits.code]
    refusal(phone.act(foreign.code, "self-assign"), 404)
    refusal(phone.act(too_big.code, "self-assign"), 409, "over_capacity")
    driver.all_zones = False
    driver.save()
    driver.allowed_zones.set([elsewhere])
    refusal(phone.act(fits.code, "self-assign"), 409, "driver_not_allowed_in_pickup_zone")
    assert phone.get("unclaimed/").json()["results"] == []
    driver.all_zones, driver.is_online = True, False
    driver.save()
    refusal(phone.act(fits.code, "self-assign"), 409, "driver_offline")
    Driver.objects.filter(pk=driver.pk).update(is_online=True)
    assert phone.act(fits.code, "self-assign").json()["job"]["next"]["act"] == "arrive"
    refusal(Api(tenant).post(f"orders/{fits.code}/self-assign/"), 403)

    refusal(phone.act(fits.code, "self-unassign"), 400, "reason_required")
    assert phone.act(fits.code, "self-unassign", reason="Flat tyre").json()["order"]["status"] == "pending"
    assert kinds(fits) == ["order.created", "order.self_assigned", "order.self_unassigned"]
    assert zone.pk  # the free orders lie in a zone the driver was not allowed in


def test_a_wrong_tap_is_taken_back_by_the_driver_but_not_after_somebody_else_acted(tenant, driver, phone):
    order = factories.make_order(tenant, status="in_transit", driver=driver)
    assert phone.act(order.code, "deliver").json()["undo"]["is_possible"]
    answer = phone.act(order.code, "undo").json()
    assert (answer["order"]["status"], answer["job"]["next"]["act"]) == ("in_transit", "arrive")
    assert kinds(order)[-2:] == ["order.delivered", "order.status_corrected"]
    refusal(phone.post(f"orders/{order.code}/correct/"), 404)  # it is no act of a driver by itself
    Api(tenant).patch(f"orders/{order.code}/", {"notes": "x"})
    held = factories.make_order(tenant, status="assigned", driver=driver)
    Api(tenant).post(f"orders/{held.code}/hold/", {"reason": "Address unclear"})
    refusal(phone.act(held.code, "undo"), 403)
    job = next(job for job in phone.work()["orders"] if job["order"]["code"] == held.code)
    assert (job["next"], job["waiting_for"]) == (None, "On hold (Address unclear). Dispatch releases it.")


def test_a_shift_begins_and_ends_and_nobody_goes_home_or_changes_vehicles_with_packages(tenant, driver, phone):
    Driver.objects.filter(pk=driver.pk).update(is_online=False)
    van = factories.make_vehicle(tenant, name="Van", capacity_units=1)
    driver.vehicles.add(van)
    refusal(phone.post("shift/end/"), 409, "no_shift")
    refusal(phone.post("shift/end/", {"at": "18:00"}), 400, "unknown_field")
    refusal(phone.post("shift/start/", {"planned_end": "2030-01-01T00:00:00Z"}), 400)
    end = (clock.now() + timedelta(hours=8)).isoformat()
    for _ in range(2):
        assert phone.post("shift/start/", {"planned_end": end}).json()["ended_at"] is None
    assert Shift.objects.filter(driver=driver).count() == 1
    profile = phone.get("profile/").json()
    assert (profile["is_online"], profile["shift"]["ended_at"]) == (True, None)

    refusal(phone.send("PUT", "vehicle/", {"vehicle_id": factories.make_vehicle(tenant).pk}), 400)
    order = factories.make_order(tenant, status="picked_up", driver=driver, unit_size=2)
    for answer in (
        phone.post("shift/end/"),
        phone.send("PUT", "availability/", {"online": False}),
        phone.send("PUT", "vehicle/", {"vehicle_id": van.pk}),
    ):
        assert order.code in refusal(answer, 409, "work_in_progress")["message"]
    phone.act(order.code, "deliver")
    waiting = factories.make_order(tenant, status="assigned", driver=driver, unit_size=2)
    assert "holds 1 units" in refusal(phone.send("PUT", "vehicle/", {"vehicle_id": van.pk}), 409)["message"]
    Api(tenant).post(f"orders/{waiting.code}/unassign/", {"reason": "x"})
    assert phone.send("PUT", "vehicle/", {"vehicle_id": van.pk}).json()["name"] == "Van"
    assert phone.post("shift/end/").json()["ended_at"] is not None
    assert not phone.get("profile/").json()["is_online"]
    told = Event.objects.filter(stream="driver", object_id=driver.pk).order_by("version").values_list("kind", flat=True)
    assert list(told) == [
        "driver.signed_in",
        "driver.shift_started",
        "driver.vehicle_chosen",
        "driver.shift_ended",
    ]


def test_a_cancelled_package_is_brought_back_and_a_cancelled_order_explains_itself(tenant, driver, phone):
    carried = factories.make_order(tenant, status="picked_up", driver=driver)
    planned = factories.make_order(tenant, status="assigned", driver=driver)
    for order in (carried, planned):
        Api(tenant).post(f"orders/{order.code}/cancel/", {"reason": "Shop closed"})
    job = phone.work()["orders"][0]
    assert (job["order"]["code"], job["next"]["act"]) == (carried.code, "return")
    finished = phone.get("finished/").json()["results"]
    assert {(row["code"], row["closing_reason"]) for row in finished} >= {(planned.code, "Shop closed")}


def test_a_package_given_back_on_the_way_stays_with_its_driver_until_somebody_takes_it(tenant, driver, phone):
    type(tenant).objects.filter(pk=tenant.pk).update(drivers_self_unassign=True)
    order = factories.make_order(tenant, status="in_transit", driver=driver)
    refusal(phone.act(order.code, "self-unassign", reason="Flat tyre"), 400, "note_required")
    job = phone.act(order.code, "self-unassign", reason="Flat tyre", note="At the depot").json()["job"]
    assert (job["order"]["status"], job["next"], job["others"]) == ("in_transit", None, [])
    assert job == phone.work()["orders"][0]
    assert job["waiting_for"].startswith("You still have the package.")
    colleague = factories.make_driver(tenant)
    Api(tenant).post(f"orders/{order.code}/assign/", {"driver_id": colleague.pk})
    assert phone.work()["orders"] == []
    assert Phone(colleague).work()["orders"][0]["next"]["act"] == "arrive"


def test_the_work_list_costs_the_same_for_two_orders_and_for_ten(tenant, driver, phone):
    driver.primary_vehicle.capacity_units = 100
    driver.primary_vehicle.save()
    type(tenant).objects.filter(pk=tenant.pk).update(drivers_self_assign=True)
    phone.work()  # notes the use of the token, once a minute
    counts = []
    for more in (2, 8):
        for _ in range(more):
            service = factories.make_service(tenant, policy=factories.make_policy(tenant, delivery_photo=True))
            factories.make_order(tenant, status="picked_up", driver=driver, service_id=service.pk)
            factories.make_order(tenant)
        with CaptureQueriesContext(connection) as asked:
            assert len(phone.work()["orders"]) == sum((2, 8)[: len(counts) + 1])
            assert len(phone.get("unclaimed/").json()["results"]) == sum((2, 8)[: len(counts) + 1])
            phone.get("finished/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
