"""Acts made without network: any order, any repetition, any pieces; one effect, one verdict, and a plain sentence."""

import json
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dispatch_console.core import clock
from dispatch_console.core.models import Event
from drivers.models import Device
from orders.models import DeviceAct, Order
from orders.sync import prune
from tests import factories
from tests.orders.api import Api, refusal
from tests.phones import Phone

pytestmark = pytest.mark.django_db

FINAL = ("done", "already_done", "changed", "refused")


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def driver(tenant):
    return factories.make_driver(tenant, name="Dana")


@pytest.fixture
def phone(driver):
    return Phone(driver)


@pytest.fixture
def order(tenant, driver):
    return factories.make_order(tenant, status="assigned", driver=driver)


def said(answer):
    return [(row["verdict"], row["code"]) for row in answer["verdicts"]]


def events_of(order):
    return Event.objects.filter(stream="order", object_id=order.pk).order_by("version")


# The property


ACTS = ("accept", "reject", "arrive", "pick-up", "depart", "deliver", "fail-attempt", "return", "self-unassign", "skip")
MORNING = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
EVENING = MORNING + timedelta(hours=8)


class Day:
    """A morning's world: own orders, one cancelled on the way, one given to somebody else, and what the phone did."""

    def __init__(self):
        with clock.at(MORNING):
            tenant = factories.make_tenant(drivers_self_unassign=True, drivers_accept=True)
            self.driver = factories.make_driver(tenant)
            self.phone = Phone(self.driver)
            self.orders = [factories.make_order(tenant, status="assigned", driver=self.driver) for _ in range(4)]
            dispatch, codes = Api(tenant), [order.code for order in self.orders]
            colleague = factories.make_driver(tenant)
            self.phone.act(codes[2], "accept")
            self.phone.act(codes[2], "pick-up")
            dispatch.post(f"orders/{codes[2]}/cancel/", {"reason": "Shop closed"})
            dispatch.post(f"orders/{codes[3]}/switch/", {"driver_id": colleague.pk, "reason": "Nearer"})

    def acts(self, drawn):
        made = []
        for number, (index, name) in enumerate(drawn, start=1):
            reason = {"reason": "Because"} if name in ("reject", "fail-attempt", "return", "self-unassign") else {}
            at = MORNING + timedelta(minutes=7 * number)
            code = "" if name == "skip" else self.orders[index].code
            made.append(self.phone.made(name, code, at=at, version=2 + index, input=reason))
        return made

    def outcome(self, batches, acts):
        """What the world and the phone know in the evening, if the acts arrive like this; then all is as before."""
        with as_if():
            for batch in batches:
                self.phone.sync(*batch)
            answer = self.phone.sync(*acts)  # an app that is not sure asks again
            assert self.phone.sync(*acts)["verdicts"] == answer["verdicts"]
            assert all(row["verdict"] in FINAL for row in answer["verdicts"])
            rows = Order.objects.filter(pk__in=[order.pk for order in self.orders]).order_by("pk")
            states = list(
                rows.values_list("code", "status", "assignment_status", "version", "picked_up_at", "closed_at")
            )
            events = Event.objects.filter(object_id__in=[order.pk for order in self.orders], stream="order")
            told = events.order_by("object_id", "version").values_list(
                "object_code", "version", "kind", "key", "occurred_at", "reason", "data"
            )
            return answer["verdicts"], answer["last_sequence"], states, list(told), answer["work"]


@contextmanager
def as_if():
    # Savepoints instead of blocks: a command insists on a transaction of its own.
    point = transaction.savepoint()
    try:
        with clock.at(EVENING):
            yield
    finally:
        transaction.savepoint_rollback(point)


@given(
    drawn=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(ACTS)), min_size=3, max_size=9),
    data=st.data(),
)
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_a_days_acts_end_the_same_however_they_arrive(db, drawn, data):
    day = Day()
    acts = day.acts(drawn)
    in_order = day.outcome([acts], acts)
    sent = data.draw(st.permutations([*acts, *data.draw(st.lists(st.sampled_from(acts), max_size=4))]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent)), max_size=4)) | {len(sent)})
    batches = [sent[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    assert day.outcome(batches, acts) == in_order


# One by one


def test_a_delivery_in_a_basement_arrives_later_with_its_own_time_and_one_event_each(phone, order):
    noon = clock.now().replace(microsecond=0)
    acts = [
        phone.made(name, order.code, at=noon + timedelta(minutes=minute))
        for minute, name in enumerate(("arrive", "pick-up", "depart", "deliver"), start=1)
    ]
    with clock.at(noon + timedelta(minutes=30)):
        answer = phone.sync(*reversed(acts), sent_at=clock.now())
        assert said(answer) == [("done", "")] * 4
        assert phone.sync(acts[2]) | {"server_time": 0} == {**answer, "verdicts": [answer["verdicts"][1]]} | {
            "server_time": 0
        }
    order.refresh_from_db()
    assert (order.status, order.picked_up_at) == ("delivered", noon + timedelta(minutes=2))
    assert order.closed_at == noon + timedelta(minutes=4)
    assert order.updated_at == noon + timedelta(minutes=30)
    delivered = events_of(order).last()
    assert (delivered.occurred_at, delivered.recorded_at) == (order.closed_at, order.updated_at)
    assert (delivered.source, delivered.source_id) == ("driver_app", f"device:{phone.device['id']}")
    assert datetime.fromisoformat(delivered.data["made_at"]) == order.closed_at
    assert events_of(order).count() == 6
    assert (answer["work"], answer["last_sequence"]) == ({"offers": [], "orders": []}, 4)


def test_what_comes_behind_a_gap_waits_and_a_lost_act_can_be_skipped(phone, order):
    lost, pick_up = phone.made("arrive", order.code), phone.made("pick-up", order.code)
    assert said(phone.sync(pick_up)) == [("waiting", "")]
    assert Order.objects.get(pk=order.pk).status == "assigned"
    answer = phone.sync({**lost, "act": "skip", "order": ""}, pick_up)
    assert said(answer) == [("done", ""), ("done", "")]


def test_the_world_that_changed_meanwhile_is_told_in_a_sentence_for_each_act(tenant, driver, phone):
    make = lambda status="assigned": factories.make_order(tenant, status=status, driver=driver)  # noqa: E731
    cancelled, carried, switched, held, done, strange = make(), make("picked_up"), make(), make(), make(), None
    dispatch = Api(tenant)
    dispatch.post(f"orders/{cancelled.code}/cancel/", {"reason": "Shop closed"})
    dispatch.post(f"orders/{carried.code}/cancel/", {"reason": "Shop closed"})
    dispatch.post(
        f"orders/{switched.code}/switch/", {"driver_id": factories.make_driver(tenant).pk, "reason": "Nearer"}
    )
    dispatch.post(f"orders/{held.code}/hold/", {"reason": "Address unclear"})
    dispatch.post(f"orders/{done.code}/status/", {"target": "delivered", "note": "By phone"})
    strange = factories.make_order(tenant, status="assigned")
    answer = phone.sync(
        phone.made("pick-up", cancelled.code),
        phone.made("deliver", carried.code),
        phone.made("pick-up", switched.code),
        phone.made("pick-up", held.code, version=2),
        phone.made("deliver", done.code, version=2),
        phone.made("pick-up", strange.code),
        phone.made("pick-up", "NOTHING-1"),
    )
    assert said(answer) == [
        ("changed", "cancelled"),
        ("changed", "cancelled"),
        ("changed", "reassigned"),
        ("changed", "on_hold"),
        ("already_done", "already_done"),
        ("refused", "not_found"),
        ("refused", "not_found"),
    ]
    sentences = [row["message"] for row in answer["verdicts"]]
    assert sentences[0] == f"Order {cancelled.code} was cancelled (Shop closed). Nothing is left to do."
    assert sentences[1] == f"Order {carried.code} was cancelled (Shop closed). Bring the package back."
    assert sentences[4] == f"Order {done.code} is already delivered."
    assert [change["kind"] for change in answer["verdicts"][3]["changes"]] == ["order.held"]
    dispatch.post(f"orders/{held.code}/release/", {})
    assert phone.sync(*[])["verdicts"] == []
    again = phone.sync(phone.made("skip"))
    assert said(again) == [("done", "")]
    assert Order.objects.get(pk=held.pk).status == "assigned"  # a verdict is final: the app acts anew


def test_an_act_that_was_done_online_but_whose_answer_was_lost_is_done_once(phone, order):
    act = phone.made("pick-up", order.code)
    online = phone.post(f"orders/{order.code}/pick-up/", {}, Idempotency_Key=act["id"])
    assert online.status_code == 200
    assert said(phone.sync(act)) == [("done", "")]
    again = phone.post(f"orders/{order.code}/pick-up/", {}, Idempotency_Key=act["id"])
    assert again.headers["Idempotent-Replay"] == "true"
    assert list(events_of(order).values_list("kind", flat=True))[2:] == ["order.picked_up"]


def test_a_wrong_clock_is_measured_and_corrected_and_never_makes_the_future(phone, order):
    slow = timedelta(hours=2)
    now = clock.now()
    with clock.at(now + timedelta(minutes=20)):
        act = phone.made("pick-up", order.code, at=now + timedelta(minutes=10) - slow)
        answer = phone.sync(act, sent_at=clock.now() - slow)
    assert answer["skew_seconds"] == slow.total_seconds()
    assert Order.objects.get(pk=order.pk).picked_up_at == now + timedelta(minutes=10)
    with clock.at(now + timedelta(minutes=30)):
        for at in ("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00"):
            name = "depart" if at.startswith("1970") else "arrive" if at.startswith("2100") else "deliver"
            assert said(phone.sync({**phone.made(name, order.code), "made_at": at})) == [("done", "")]
    times = list(events_of(order).values_list("occurred_at", flat=True))[2:]
    assert times == [now + timedelta(minutes=minute) for minute in (10, 10, 30, 30)]
    assert Device.objects.get(pk=phone.device["id"]).skew_seconds == 0
    for at in ("1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2100-06-01T00:00:00Z", "yesterday", 5, None):
        refusal(phone.post("sync/", {"sent_at": at, "acts": [phone.made("skip")]}), 400)


def test_a_malformed_act_is_named_and_loses_none_of_the_others(phone, order):
    good = phone.made("pick-up", order.code)
    wrong = phone.made("deliver", order.code, input={"colour": "red"})
    bad = [
        {**good, "id": "x"},
        {**good, "id": str(uuid.uuid4()), "sequence": 0},
        {**good, "id": str(uuid.uuid4()), "act": "explode"},
        {**good, "id": str(uuid.uuid4()), "order": "../etc"},
        {**good, "id": str(uuid.uuid4()), "made_at": "soon"},
        {**good, "id": str(uuid.uuid4()), "input": []},
        {**good, "id": str(uuid.uuid4()), "input": {"note": "x" * 9000}},
        {**good, "surprise": 1},
        "text",
        None,
        {**phone.made("pick-up", order.code), "id": good["id"]},
        {**phone.made("pick-up", order.code), "sequence": good["sequence"]},
        {**phone.made("pick-up", order.code), "sequence": 6000},
    ]
    answer = phone.sync(*bad[:5], good, wrong, *bad[5:])
    assert [row["index"] for row in answer["malformed"]] == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14]
    assert [row["code"] for row in answer["malformed"][-3:]] == ["id_reused", "sequence_used", "sequence_too_far"]
    assert said(answer)[:2] == [("done", ""), ("refused", "invalid")]
    assert "no such field" in answer["verdicts"][1]["message"]
    assert answer["last_sequence"] == 2
    error = refusal(phone.post("sync/", {"sent_at": clock.now().isoformat(), "acts": bad[:2]}), 400, "invalid")
    assert [row["index"] for row in error["details"]["malformed"]] == [0, 1]


def test_bodies_that_are_no_batch_are_refused_whole(tenant, driver, phone, order):
    sent_at = clock.now().isoformat()
    acts = [phone.made("skip") for _ in range(501)]
    refusal(phone.post("sync/", {"sent_at": sent_at, "acts": acts}), 400)
    deep = b'{"sent_at": "x", "acts": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    for body in (b"", b"[]", b"{", b'{"acts": NaN}', deep, b'{"acts": []}', json.dumps({"sent_at": sent_at}).encode()):
        refusal(phone.post("sync/", body), 400)
    refusal(phone.post("sync/", b" " * (2 * 1024 * 1024 + 1)), 413)
    assert not DeviceAct.objects.exists()
    _, secret = factories.make_key(tenant, "driver", membership=driver.user.memberships.get())
    phone.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    refusal(phone.client.post("/api/v1/driver/sync/", "{}", "application/json"), 403, "not_a_device")


def test_a_receivers_pin_is_not_kept_with_the_act(tenant, driver, phone):
    policy = factories.make_policy(tenant, delivery_pin=True)
    service = factories.make_service(tenant, policy=policy)
    order = factories.make_order(tenant, status="in_transit", driver=driver, service_id=service.pk)
    act = phone.made("deliver", order.code, input={"pin": "0000", "recipient": "A. Beck"})
    other = phone.made("deliver", order.code, input={"pin": "0001"})
    answers = phone.sync(act, other)
    assert {row["code"] for row in answers["verdicts"]} <= {"pin_wrong", ""}
    assert DeviceAct.objects.get(act_id=act["id"]).input == {"recipient": "A. Beck"}
    assert events_of(order).filter(kind="order.pin_refused").count() >= 1
    assert phone.sync(act, other)["verdicts"] == answers["verdicts"]


def test_a_problem_and_a_note_are_told_without_network_too(phone, order):
    acts = [
        phone.made("raise-exception", order.code, input={"reason": "Breakdown", "note": "Flat tyre"}),
        phone.made("note", order.code, input={"note": "Back in an hour"}),
    ]
    assert said(phone.sync(*acts)) == [("done", "")] * 2
    assert said(phone.sync(*acts)) == [("done", "")] * 2
    assert [exception.note for exception in order.exceptions.all()] == ["Flat tyre"]
    assert [event.note for event in events_of(order)][-2:] == ["Flat tyre", "Back in an hour"]


def test_acts_of_a_phone_that_is_signed_out_for_good_are_forgotten_later(phone, driver, order):
    old = Phone(driver)
    for each in (phone, old):
        each.sync(each.made("note", order.code, input={"note": "Hello"}))
    Device.objects.filter(pk=old.device["id"]).update(signed_out_at=clock.now() - timedelta(days=31))
    prune()
    assert [act.device_id for act in DeviceAct.objects.all()] == [phone.device["id"]]
