"""A driver's run: read in order, arranged with a version, handed over whole; what is saved is what the driver sees."""

from typing import Any

import pytest

from dispatch_console.core.models import Event, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver
from orders import commands, rearrange, sequence
from orders.actions import Arrive, FailAttempt, Hold, PickUp
from orders.models import Assignment, Order
from orders.sequence import work_in_order
from orders.states import Status
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def dana(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Dana")


@pytest.fixture
def ben(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, name="Ben")


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant)


def give(driver: Driver, count: int, **over: Any) -> list[str]:
    orders = [factories.make_order(driver.tenant, status=Status.ASSIGNED, driver=driver, **over) for _ in range(count)]
    return [order.code for order in orders]


def pick_up(code: str, driver: Driver) -> None:
    commands.perform(PickUp(), code=code, actor=factories.make_driver_actor(driver))


def seen_by(driver: Driver) -> list[str]:
    return [order.code for order in work_in_order(driver.pk)]


def run_of(api: Api, driver: Driver) -> dict[str, Any]:
    response = api.get(f"drivers/{driver.pk}/sequence/")
    assert response.status_code == 200
    assert response["ETag"] == f'"{response.json()["version"]}"'
    return response.json()


def codes(run: dict[str, Any]) -> list[str]:
    return [stop["code"] for stop in run["stops"]]


def arrange(api: Api, driver: Driver, order: list[str], version: int, **headers: str) -> Any:
    return api.send("PUT", f"drivers/{driver.pk}/sequence/", {"codes": order, "version": version}, **headers)


def driver_events(driver: Driver) -> list[str]:
    return list(
        Event.objects.filter(stream="driver", object_id=driver.pk).order_by("id").values_list("kind", flat=True)
    )


def test_work_comes_in_order_of_progress_then_arrangement_then_promise(api, dana, django_assert_num_queries) -> None:
    late = give(dana, 1, scheduled_delivery_at=factories.minutes_from_now(300))
    soon = give(dana, 2, scheduled_delivery_at=factories.minutes_from_now(60))
    assert seen_by(dana) == [*soon, *late]
    arrange(api, dana, [*late, *soon], run_of(api, dana)["version"])
    new = give(dana, 1, scheduled_delivery_at=factories.minutes_from_now(10))
    assert seen_by(dana) == [*late, *soon, *new]
    pick_up(soon[1], dana)
    with django_assert_num_queries(2):
        assert seen_by(dana) == [soon[1], *late, soon[0], *new]


def test_reading_a_run_takes_as_many_queries_for_ten_stops_as_for_one(
    api, dana, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    give(dana, 1)
    run_of(api, dana)  # a key's first use is noted
    with django_assert_max_num_queries(12) as few:
        run_of(api, dana)
    give(dana, 9)
    with django_assert_num_queries(len(few)):
        assert len(codes(run_of(api, dana))) == 10


def test_upcoming_orders_move_and_the_driver_sees_what_was_saved(api, dana) -> None:
    first, second, third = give(dana, 3)
    pick_up(first, dana)
    run = run_of(api, dana)
    assert [stop["is_fixed"] for stop in run["stops"]] == [True, False, False]
    assert "has the package" in run["stops"][0]["why_fixed"]
    answer = api.send(
        "PUT", f"drivers/{dana.pk}/sequence/", {"codes": [first, third, second]}, If_Match=f'"{run["version"]}"'
    )
    assert answer.status_code == 200, answer.content
    assert codes(answer.json()) == seen_by(dana) == [first, third, second]
    event = Event.objects.get(kind="driver.sequence_changed")
    assert event.data["before"] == {"codes": [first, second, third]}
    assert event.data["after"] == {"codes": [first, third, second]}

    undo = answer.json()["undo"]
    undone = api.client.put(undo["url"], undo["body"], content_type="application/json")
    assert undone.status_code == 200
    assert seen_by(dana) == [first, second, third]
    assert driver_events(dana).count("driver.sequence_changed") == 2


def test_a_fixed_order_stays_in_its_place(api, dana) -> None:
    first, second, third = give(dana, 3)
    pick_up(first, dana)
    error = refusal(arrange(api, dana, [second, first, third], run_of(api, dana)["version"]), 409, "fixed_order")
    assert first in error["message"]
    grouped = Order.objects.get(code=second)
    grouped.held_by = "waybill:WB00012"
    grouped.save(update_fields=["held_by"])
    error = refusal(arrange(api, dana, [first, third, second], run_of(api, dana)["version"]), 409, "fixed_order")
    assert "waybill WB00012" in error["message"]
    assert driver_events(dana) == []


def test_the_stop_the_driver_stands_at_comes_first_until_the_attempt_fails(api, dana) -> None:
    first, second, third = give(dana, 3)
    pick_up(first, dana)
    driver = factories.make_driver_actor(dana)
    version = run_of(api, dana)["version"]
    commands.perform(Arrive(), code=third, actor=driver)
    refusal(arrange(api, dana, [first, third, second], version), 412)
    run = run_of(api, dana)
    assert codes(run) == seen_by(dana) == [third, first, second]
    assert [stop["is_fixed"] for stop in run["stops"]] == [True, True, False]
    assert run["stops"][0]["why_fixed"] == "The driver is at the pickup."
    commands.perform(FailAttempt(reason="Shop closed"), code=third, actor=driver)
    assert seen_by(dana) == [first, second, third]


def test_a_save_is_refused_when_the_driver_progressed_and_says_what_happened(api, tenant, dana, ben) -> None:
    first, second, third, fourth = give(dana, 4)
    version = run_of(api, dana)["version"]
    pick_up(first, dana)
    # The order that was picked up would not even move: it is the picture that is old.
    error = refusal(arrange(api, dana, [first, third, second, fourth], version), 412, "stale_version")
    assert first in error["message"]
    assert error["details"]["fixed"] == [first]
    assert error["details"]["changes"][0]["kind"] == "order.picked_up"

    version = error["details"]["version"]
    api.post(f"orders/{second}/switch/", {"driver_id": ben.pk})
    (new,) = give(dana, 1)
    error = refusal(arrange(api, dana, [first, third, second, fourth], version), 412)
    assert error["details"]["left"][0]["sentence"] == f"{second} is now with Ben"
    assert error["details"]["new"] == [new]
    assert error["details"]["codes"] == seen_by(dana) == [first, third, fourth, new]
    assert driver_events(dana) == []


def test_of_two_dispatchers_the_second_is_told_and_a_repeat_is_answered_again(api, dana) -> None:
    one, two = give(dana, 2)
    version = run_of(api, dana)["version"]
    body = arrange(api, dana, [two, one], version, Idempotency_Key="once").json()
    refusal(arrange(api, dana, [one, two], version), 412)
    again = arrange(api, dana, [two, one], version, Idempotency_Key="once")
    assert (again.status_code, again["Idempotent-Replay"], again.json()["undo"]) == (200, "true", body["undo"])
    refusal(arrange(api, dana, [one, two], version, Idempotency_Key="once"), 422)
    assert driver_events(dana) == ["driver.sequence_changed"]


def test_another_list_than_the_whole_run_is_refused(api, dana, ben) -> None:
    one, two = give(dana, 2)
    (other,) = give(ben, 1)
    version = run_of(api, dana)["version"]
    for wrong in ([one], [one, one], [one, two, other], [one, "nope"], [], "x", [{}], [7, 8], None):
        refusal(arrange(api, dana, wrong, version), 400)
    refusal(api.send("PUT", f"drivers/{dana.pk}/sequence/", {"codes": [two, one]}), 400)
    assert driver_events(dana) == []


def test_a_dispatcher_of_some_teams_arranges_what_they_see_and_the_rest_keeps_its_place(tenant, dana) -> None:
    north, south = factories.make_team(tenant), factories.make_team(tenant)
    mine = factories.make_service(tenant, team=north)
    hidden = factories.make_service(tenant, team=south)
    one = give(dana, 1, service_id=mine.pk)[0]
    secret = give(dana, 1, service_id=hidden.pk)[0]
    two = give(dana, 1, service_id=mine.pk)[0]
    actor = factories.make_actor(tenant, team_ids=frozenset({north.pk}))
    run = sequence.run_of(dana, actor)
    assert run.codes == [one, two]
    rearrange.change_sequence(dana.pk, codes=[two, one], version=run.version, actor=actor)
    assert seen_by(dana) == [two, secret, one]


def hand_over(api: Api, giver: Driver, taker: Driver, **body: Any) -> Any:
    return api.post(f"drivers/{giver.pk}/hand-over/", {"to_driver_id": taker.pk, "reason": "Fell ill", **body})


def test_a_run_is_handed_over_in_its_order_with_one_switch_per_order_and_comes_back_by_one_undo(api, dana, ben) -> None:
    first, second, third = give(dana, 3)
    own = give(ben, 1)
    arrange(api, dana, [third, first, second], run_of(api, dana)["version"])
    pick_up(first, dana)

    preview = hand_over(api, dana, ben, rehearse=True).json()
    assert [row["verdict"] for row in preview["rows"]] == ["possible"] * 3
    assert (preview["undo"], seen_by(ben)) == (None, own)

    answer = hand_over(api, dana, ben)
    assert answer.status_code == 200, answer.content
    assert seen_by(dana) == []
    assert seen_by(ben) == [first, *own, third, second]
    switches = Event.objects.filter(kind="order.switched")
    assert {event.object_code: event.reason for event in switches} == dict.fromkeys([first, second, third], "Fell ill")
    assert Order.objects.get(code=first).holder == ben
    assert driver_events(dana)[-1] == "driver.run_handed_over"
    assert driver_events(ben) == ["driver.run_taken_over"]

    undo = answer.json()["undo"]
    assert api.client.post(undo["url"], undo["body"], content_type="application/json").status_code == 200
    assert seen_by(dana) == [first, third, second]
    assert seen_by(ben) == own


def test_one_order_that_cannot_go_stops_the_whole_act_unless_it_may_stay(api, tenant, dana, ben) -> None:
    small, big = give(dana, 1, unit_size=4)[0], give(dana, 1, unit_size=5)[0]
    held = give(dana, 1)[0]
    commands.perform(Hold(reason="Customs"), code=held, actor=factories.make_actor(tenant))
    give(ben, 1, unit_size=4)
    events = Event.objects.count()

    verdicts = {row["code"]: row["error_code"] for row in hand_over(api, dana, ben, rehearse=True).json()["rows"]}
    assert verdicts == {small: "", big: "over_capacity", held: "on_hold"}
    error = refusal(hand_over(api, dana, ben), 409, "hand_over_blocked")
    assert {row["code"] for row in error["details"]["blocked"]} == {big, held}
    assert "Nothing was handed over" in error["message"]
    assert len(seen_by(dana)) == 3
    assert Event.objects.count() == events
    assert Assignment.objects.filter(ended_at__isnull=False).count() == 0

    assert hand_over(api, dana, ben, leave_blocked=True).status_code == 200
    assert small in seen_by(ben)
    assert seen_by(dana) == [big, held]


def test_chosen_orders_go_and_an_old_picture_is_refused(api, dana, ben) -> None:
    one, two = give(dana, 2)
    version = run_of(api, dana)["version"]
    refusal(hand_over(api, dana, ben, codes=[one, "nope"]), 409, "not_in_run")
    pick_up(one, dana)
    refusal(hand_over(api, dana, ben, version=version), 412)
    assert hand_over(api, dana, ben, codes=[two]).status_code == 200
    assert (seen_by(dana), seen_by(ben)) == ([one], [two])


def test_a_repeated_hand_over_is_answered_and_not_done_again(api, dana, ben) -> None:
    give(dana, 2)
    path, body = f"drivers/{dana.pk}/hand-over/", {"to_driver_id": ben.pk, "reason": "Flat tyre"}
    first = api.post(path, body, Idempotency_Key="k1")
    again = api.post(path, body, Idempotency_Key="k1")
    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
    assert again.json()["undo"] == first.json()["undo"]
    assert Event.objects.filter(kind="order.switched").count() == 2


def test_nothing_is_handed_to_oneself_to_nobody_or_without_a_reason(api, dana, ben) -> None:
    refusal(hand_over(api, dana, ben), 409, "nothing_to_hand_over")
    give(dana, 1)
    refusal(hand_over(api, dana, dana), 400, "same_driver")
    refusal(hand_over(api, dana, ben, reason=" "), 400)
    refusal(hand_over(api, dana, ben, to_driver_id=10**15), 400)
    Driver.objects.filter(pk=ben.pk).update(status="suspended")
    assert "suspended" in refusal(hand_over(api, dana, ben), 409)["message"]


def test_the_wall_between_companies_and_the_rights_hold(tenant, dana, ben) -> None:
    (code,) = give(dana, 1)
    stranger = Api(factories.make_tenant())
    assert stranger.get(f"drivers/{dana.pk}/sequence/").status_code == 404
    refusal(arrange(stranger, dana, [code], 1), 404)
    refusal(hand_over(stranger, dana, ben), 404)
    elsewhere = factories.make_driver(factories.make_tenant())
    refusal(hand_over(Api(tenant), dana, elsewhere), 400)
    observer = Api(tenant, RoleKind.OBSERVER)
    assert codes(run_of(observer, dana)) == [code]
    refusal(arrange(observer, dana, [code], 1), 403)
    refusal(hand_over(observer, dana, ben), 403)
    assert seen_by(dana) == [code]
