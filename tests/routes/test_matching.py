"""The dispatch decision: what it may never do, and what a good dispatcher would do."""

import math
from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routes.planning.matching import match
from routes.planning.problem import Decision, Driver, Order, Stop, Weights

WEIGHTS = Weights(effort=10)
CALM = replace(WEIGHTS, send_ahead=0.0)


def straight(a, b):
    """One minute per unit of length."""
    from_, to = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return np.hypot(from_[:, None, 0] - to[None, :, 0], from_[:, None, 1] - to[None, :, 1])


def order(name, pickup, dropoff, *, ready=0.0, promise=40.0, place=None, **more):
    more = {"pickup_service": 4.0, "dropoff_service": 4.0, **more}
    return Order(name, ready, promise, pickup, dropoff, place=place, **more)


def decide(orders, drivers, weights=WEIGHTS, now=0.0):
    return match(orders, drivers, now, straight, weights)


def codes(decision):
    return {reason.code for reason in decision.reasons}


def a_problem(seed, orders=9, drivers=4):
    """Few places, so that orders share them; some drivers nearly off duty, full, or busy with fixed stops."""
    chance = Random(seed)

    def point():
        return (chance.uniform(0, 12), chance.uniform(0, 12))

    places = [point() for _ in range(4)]
    asked = []
    for i in range(chance.randint(0, orders)):
        place = chance.randrange(4)
        asked.append(
            order(
                f"o{i}",
                places[place],
                point(),
                ready=chance.uniform(-5, 30),
                promise=chance.uniform(5, 60),
                place=f"p{place}" if place else None,
                size=chance.choice([1, 1, 2, 5]),
                told=chance.choice([None, "d0", "gone"]),
            )
        )
    fleet = []
    for i in range(chance.randint(0, drivers)):
        fixed = (Stop("dropoff", "on board", point(), 4.0, chance.uniform(0, 20), fixed=True),)
        fleet.append(
            Driver(
                f"d{i}",
                point(),
                chance.choice([-3.0, 0.0, 10.0]),
                shift_end=chance.choice([5.0, 40.0, 200.0, math.inf]),
                capacity=chance.choice([1, 4, 100]),
                used=chance.choice([0, 1]),
                route=fixed if chance.random() < 0.3 else (),
            )
        )
    return asked, fleet


def assert_possible(decisions: list[Decision], orders, drivers, now, weights):
    """Follow each driver through the planned stops: the times hold, nobody is overloaded or works after the shift."""
    assert Counter(name for decision in decisions for name in decision.order_ids) == Counter(o.id for o in orders)
    asked = {o.id: o for o in orders}
    for driver in drivers:
        where, clock = driver.position, max(driver.free_at, -math.inf)
        for stop in driver.route:
            clock = max(clock + math.dist(where, stop.point) + stop.service / 2, stop.not_before) + stop.service / 2
            where = stop.point
        clock = max(clock, now)
        work = sorted((d for d in decisions if d.driver_id == driver.id), key=lambda d: d.position)
        assert [d.position for d in work] == list(range(len(work)))
        for decision in work:
            trip = [asked[name] for name in decision.order_ids]
            assert [(s.kind, s.order_id) for s in decision.stops] == [
                *(("pickup", o.id) for o in trip),
                *(("dropoff", o.id) for o in trip),
            ]
            assert len({o.place or o.id for o in trip}) == 1
            assert len(trip) <= weights.max_bundle
            assert sum(o.size for o in trip) <= driver.capacity - driver.used
            arrival = clock + math.dist(where, trip[0].pickup) + 2
            assert decision.pickup_at == pytest.approx(max(arrival, *(o.ready for o in trip)))
            assert decision.pickup_at <= driver.shift_end + 1e-9
            where, clock = trip[0].pickup, decision.pickup_at + 2
            for o, dropoff in zip(trip, decision.dropoff_at, strict=True):
                clock += math.dist(where, o.dropoff) + 2
                assert dropoff == pytest.approx(clock)
                where, clock = o.dropoff, clock + 2
            if weights.finish_in_shift:
                assert clock <= driver.shift_end + 1e-6
        assert all(d.reasons for d in decisions)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_no_plan_breaks_a_shift_or_a_capacity_or_doubles_an_order(seed, finish):
    orders, drivers = a_problem(seed)
    weights = replace(WEIGHTS, finish_in_shift=finish, switch=3.0)
    assert_possible(decide(orders, drivers, weights), orders, drivers, 0.0, weights)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_sequence_of_the_input_does_not_matter_and_neither_does_the_epoch(seed):
    orders, drivers = a_problem(seed)
    plain = decide(orders, drivers)
    chance = Random(seed)
    shuffled = decide(chance.sample(orders, len(orders)), chance.sample(drivers, len(drivers)))
    assert shuffled == plain
    # Every round tries its luck elsewhere, so the epoch is judged without luck.
    sober = replace(WEIGHTS, effort=0)
    plain = decide(orders, drivers, sober)
    later = 2.0**20

    def shift(stop):
        return replace(stop, not_before=stop.not_before + later)

    moved = decide(
        [replace(o, ready=o.ready + later, promise=o.promise + later) for o in orders],
        [
            replace(d, free_at=d.free_at + later, shift_end=d.shift_end + later, route=tuple(map(shift, d.route)))
            for d in drivers
        ],
        sober,
        now=later,
    )
    assert sum(1 for d in moved if d.driver_id) == sum(1 for d in plain if d.driver_id)


def test_the_plan_of_the_round_before_is_taken_up_and_never_made_worse():
    orders, drivers = a_problem(7, orders=30, drivers=5)
    weights = replace(WEIGHTS, effort=0)
    first = decide(orders, drivers, weights)
    planned = {
        d.id: tuple(
            stop
            for decision in sorted((x for x in first if x.driver_id == d.id), key=lambda x: x.position)
            for stop in decision.stops
        )
        for d in drivers
    }
    again = decide(orders, [replace(d, route=d.route + planned[d.id]) for d in drivers], weights)
    assert_possible(again, orders, drivers, 0.0, weights)

    def waited(decisions):
        return sum(sum(d.dropoff_at) for d in decisions)

    assert waited(again) <= waited(first) + 1e-6


def test_nothing_to_do_and_nobody_to_do_it():
    assert decide([], []) == []
    assert decide([], [Driver("d", (0, 0), 0.0)]) == []
    (alone,) = decide([order("o", (0, 0), (1, 1))], [])
    assert (alone.action, alone.driver_id, codes(alone)) == ("wait", None, {"no_driver"})


def test_two_orders_of_one_id_are_refused():
    twice = order("o", (0, 0), (1, 1))
    with pytest.raises(ValueError, match="same id"):
        decide([twice, twice], [])


def test_scarce_drivers_take_the_orders_of_one_place_together():
    orders = [order(f"o{i}", (0, 0), (8, i), place="kitchen") for i in range(3)]
    (bundle,) = decide(orders, [Driver("d", (0, 1), 0.0)])
    assert bundle.action == "assign"
    assert sorted(bundle.order_ids) == ["o0", "o1", "o2"]
    assert "bundle" in codes(bundle)


def test_with_drivers_enough_orders_that_lie_apart_go_separately():
    orders = [order("east", (0, 0), (15, 0), place="kitchen"), order("west", (0, 0), (-15, 0), place="kitchen")]
    decisions = decide(orders, [Driver("a", (0, 1), 0.0), Driver("b", (1, 0), 0.0)])
    assert {d.order_ids for d in decisions} == {("east",), ("west",)}
    assert {d.driver_id for d in decisions} == {"a", "b"}


def test_it_waits_while_the_food_is_not_ready_and_sends_in_time():
    late = order("o", (5, 0), (6, 0), ready=30.0, promise=60.0)
    driver = Driver("d", (0, 0), 0.0)
    (decision,) = decide([late], [driver], CALM)
    assert decision.action == "wait"
    assert decision.reasons[0].code == "too_early"
    assert decision.depart_by == 23.0  # five minutes of way and two of service before it is ready
    (then,) = decide([late], [replace(driver, free_at=23.0)], CALM, now=23.0)
    assert (then.action, then.driver_id, then.pickup_at) == ("assign", "d", 30.0)


def test_it_waits_for_the_busy_driver_next_door_rather_than_fetch_one_from_far_away():
    near_soon = Driver("near", (0, 1), 6.0)
    far_idle = Driver("far", (60, 0), 0.0)
    (decision,) = decide([order("o", (0, 0), (3, 0))], [near_soon, far_idle], CALM)
    assert (decision.action, decision.driver_id) == ("wait", "near")
    assert decision.reasons[0].code == "driver_busy"
    runner_up = next(reason for reason in decision.reasons if reason.code == "runner_up")
    assert runner_up.figures["driver"] == "far"
    assert runner_up.figures["later"] == pytest.approx(53.0)


def test_a_driver_under_way_is_sent_elsewhere_when_that_is_better():
    told = order("first", (10, 0), (11, 0), told="d", ready=20.0)
    urgent = order("second", (0, 1), (0, 3), ready=0.0, promise=10.0)
    drivers = [Driver("d", (0, 0), 0.0), Driver("e", (12, 0), 0.0)]
    plan = {d.order_ids: d.driver_id for d in decide([told, urgent], drivers)}
    assert plan == {("first",): "e", ("second",): "d"}
    steady = {d.order_ids: d.driver_id for d in decide([told], drivers, replace(WEIGHTS, switch=5.0))}
    assert steady == {("first",): "d"}


def test_what_cannot_be_done_says_why():
    (big,) = decide([order("o", (0, 0), (1, 1), size=9)], [Driver("d", (0, 0), 0.0, capacity=8)])
    assert (big.action, codes(big)) == ("wait", {"too_big"})
    (over,) = decide([order("o", (0, 0), (1, 1), ready=50)], [Driver("d", (0, 0), 0.0, shift_end=40)])
    assert (over.action, codes(over)) == ("wait", {"no_driver_in_time"})
