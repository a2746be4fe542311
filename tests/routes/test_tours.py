"""Planned trips obey capacity, windows, sequence, shifts and breaks, whatever the problem; and say why not."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from routes.planning.tours.insertion import best_places
from routes.planning.tours.keeping import kept
from routes.planning.tours.leftovers import explain
from routes.planning.tours.plan import Plan, plan_of
from routes.planning.tours.problem import FAR, Break, Effort, Problem, Progress, Roads, Stop, Task, Vehicle
from routes.planning.tours.schedule import finish, walk
from routes.planning.tours.solving import solve

QUICK = Effort(seconds=0, iterations=60, lanes=1)
HOUR = 3600


def line(*places: int, speed: int = 10) -> Roads:
    """Places along one street, in metres; ten metres a second."""
    at = np.array(places)
    metres = np.abs(at[:, None] - at[None, :])
    return Roads(seconds=metres // speed, metres=metres)


def bring(name: str, start: int, end: int, **more: object) -> Task:
    return Task(name, pickup=Stop(start, 60), dropoff=Stop(end, 60), units=1, **more)  # type: ignore[arg-type]


def invented(seed: int) -> Problem:
    """A small day with everything in it: promises, windows, kinds of vehicles, packages on board, a break."""
    random = Random(seed)
    places = np.array([[random.randrange(8000), random.randrange(8000)] for _ in range(24)])
    metres = np.abs(places[:, None] - places[None, :]).sum(axis=2)
    roads = Roads(metres // 8, metres, visit=tuple(random.choice((0, 120)) for _ in range(24)))
    slow = Roads(metres // 3, metres + 500 * (metres > 4000), visit=roads.visit)
    vehicles = tuple(
        Vehicle(
            f"v{number}",
            start=number,
            end=random.choice((None, 0)),
            capacity=random.randrange(4, 9),
            total=random.choice((FAR, 12)),
            earliest=random.randrange(0, 1800),
            latest=random.choice((FAR, 3 * HOUR)),
            breaks=(Break(HOUR, 2 * HOUR, 900),) if random.random() < 0.4 else (),
            network=number % 2,
        )
        for number in range(3)
    )
    tasks = []
    for number in range(10):
        on_board = random.random() < 0.2
        owner = random.choice(vehicles).id
        some = frozenset(random.sample(["v0", "v1", "v2"], random.randrange(1, 4)))
        tasks.append(
            Task(
                f"t{number}",
                pickup=None if on_board else Stop(random.randrange(24), 60, early=random.randrange(HOUR)),
                dropoff=Stop(
                    random.randrange(24),
                    120,
                    late=random.choice((FAR, 4 * HOUR)),
                    promise=random.choice((FAR, random.randrange(HOUR, 3 * HOUR))),
                ),
                units=random.randrange(1, 4),
                priority=random.randrange(1, 5),
                vehicles=frozenset({owner}) if on_board else some,
                may_be_late=random.choice((0, 0, 1800)),
            )
        )
    goal = random.choice(("time", "distance", "drivers"))
    return Problem(tuple(tasks), vehicles, roads, goal, (slow,))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_breaks_no_rule_and_leaves_out_only_what_fits_nowhere(seed: int) -> None:
    problem = invented(seed)
    plan = solve(problem, QUICK)
    assert plan.faults == []
    for visit in (visit for tour in plan.tours.values() for visit in tour.visits):
        assert visit.late <= problem.task[visit.task].may_be_late
    for name in plan.unplanned:
        assert best_places(problem, plan.sequences, problem.task[name]) == []


@pytest.mark.parametrize("seed", range(12))
def test_the_quick_reckoning_and_the_full_one_agree(seed: int) -> None:
    problem = invented(seed)
    plan = solve(problem, QUICK)
    for vehicle in problem.vehicles:
        tour = plan.tours[vehicle.id]
        assert finish(problem, vehicle, tour.steps) == tour.done
        # The same tasks one after the other, the other way round: mostly illegal, and then both must say so.
        apart = sorted(tour.steps, key=lambda step: (-tour.tasks.index(step[0]), step[1] == "dropoff"))
        assert (finish(problem, vehicle, apart) < FAR) == (not walk(problem, vehicle, apart).faults)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_promised_is_kept_when_more_comes(seed: int) -> None:
    problem = invented(seed)
    now = solve(replace(problem, tasks=problem.tasks[:6]), QUICK)
    promised = {(v.task, v.end): (name, v.late) for name, tour in now.tours.items() for v in tour.visits}
    doing = tuple(replace(each, present=now.tours[each.id].steps) for each in problem.vehicles)
    after = solve(kept(replace(problem, vehicles=doing)), QUICK)
    assert after.faults == []
    found = {(v.task, v.end): (name, v.late) for name, tour in after.tours.items() for v in tour.visits}
    for step, (name, late) in promised.items():
        assert found[step][0] == name, "a stop stays with its driver"
        allowed = max(late, problem.task[step[0]].may_be_late)
        assert found[step][1] <= allowed


def test_loaded_packages_never_change_the_van_even_when_others_may() -> None:
    loaded = Task("loaded", dropoff=Stop(1, promise=HOUR), units=1)
    waiting = bring("waiting", 3, 2)
    vans = (
        Vehicle("ann", 0, present=(("loaded", "dropoff"), ("waiting", "pickup"), ("waiting", "dropoff"))),
        Vehicle("ben", 3),
    )
    problem = Problem((loaded, waiting), vans, line(0, 1000, 2000, 5000))
    kept_so = solve(kept(problem), QUICK)
    assert kept_so.tours["ann"].tasks == ["loaded", "waiting"]
    reshuffled = solve(kept(problem, reshuffle=True), QUICK)
    assert "loaded" in reshuffled.tours["ann"].tasks
    assert reshuffled.tours["ben"].tasks == ["waiting"]


def test_urgent_work_is_planned_when_there_is_no_room_for_all() -> None:
    tasks = tuple(bring(f"t{number}", 1, 2, priority=priority) for number, priority in enumerate((4, 3, 1, 2)))
    tasks = tuple(replace(task, dropoff=replace(task.dropoff, late=480)) for task in tasks)
    plan = solve(Problem(tasks, (Vehicle("ann", 0, capacity=2),), line(0, 1000, 3000)), QUICK)
    assert set(plan.tours["ann"].tasks) == {"t2", "t3"}


def test_one_visit_of_a_counter_takes_its_time_once() -> None:
    tasks = tuple(Task(f"t{n}", pickup=Stop(1), dropoff=Stop(2), units=1) for n in range(3))
    roads = replace(line(0, 1000, 2000), visit=(0, 300, 0))
    plan = solve(Problem(tasks, (Vehicle("ann", 0),), roads), QUICK)
    assert plan.tours["ann"].done == 100 + 300 + 100


def test_a_break_is_taken_within_its_hours() -> None:
    tasks = tuple(bring(f"t{n}", 1, 2) for n in range(4))
    rest = Break(early=400, late=900, duration=600)
    plan = solve(Problem(tasks, (Vehicle("ann", 0, capacity=1, breaks=(rest,)),), line(0, 1000, 3000)), QUICK)
    (taken,) = plan.tours["ann"].rests
    assert 400 <= taken.begin <= 900
    assert taken.done - taken.begin == 600
    assert plan.faults == []


def test_as_few_drivers_as_possible_when_that_is_the_goal() -> None:
    tasks = tuple(bring(f"t{n}", n % 4, 4 - n % 4) for n in range(8))
    vehicles = tuple(Vehicle(f"v{n}", n) for n in range(4))
    few = solve(Problem(tasks, vehicles, line(0, 1000, 2000, 3000, 4000), goal="drivers"), QUICK)
    assert few.used == 1


def test_a_search_tells_its_progress_and_can_be_cancelled() -> None:
    told: list[Progress] = []
    effort = Effort(seconds=60, lanes=1, told=told.append, cancelled=lambda: True)
    plan = solve(invented(1), effort)
    assert plan.faults == []
    assert 0 <= told[0].share < 0.5


def left_out(problem: Problem, forbidden: dict | None = None):  # type: ignore[no-untyped-def,type-arg]
    plan = plan_of(problem, {vehicle.id: vehicle.present for vehicle in problem.vehicles})
    (leftover,) = explain(plan, forbidden)
    return leftover


def test_a_promise_that_cannot_be_kept_says_by_how_much() -> None:
    task = bring("t", 1, 2)
    problem = Problem(
        (replace(task, dropoff=Stop(2, 60, promise=300)),),
        (Vehicle("ann", 0), Vehicle("ben", 3)),
        line(0, 1000, 3000, 9000),
    )
    leftover = left_out(problem)
    assert leftover.rules == ("promise",)
    # 100 s there, 60 s at the counter, 200 s on, 60 s at the door.
    assert (leftover.nearest.vehicle, leftover.nearest.amount, leftover.nearest.dropoff_at) == ("ann", 120, 420)


@pytest.mark.parametrize(
    ("vehicle", "rule", "amount"),
    [
        (Vehicle("ann", 0, capacity=0), "capacity", 1),
        (Vehicle("ann", 0, total=0), "capacity", 1),
        (Vehicle("ann", 0, latest=400), "shift", 20),
        (Vehicle("ann", 0, latest=900, breaks=(Break(0, 100, 600),)), "break", 0),
    ],
)
def test_the_rule_that_keeps_it_out_is_named(vehicle: Vehicle, rule: str, amount: int) -> None:
    leftover = left_out(Problem((bring("t", 1, 2),), (vehicle,), line(0, 1000, 3000)))
    assert rule in leftover.rules
    way = next(way for way in leftover.ways_out if way.rule == rule)
    assert way.amount == amount


def test_whose_promise_it_would_break_is_named() -> None:
    own = Task("promised", pickup=Stop(1, 60), dropoff=Stop(2, 60, promise=420), units=1, required=True)
    driver = Vehicle("ann", 0, present=(("promised", "pickup"), ("promised", "dropoff")))
    late = Task("late", pickup=Stop(3, 60), dropoff=Stop(1, 60, promise=600), units=1)
    leftover = left_out(Problem((own, late), (driver,), line(0, 1000, 3000, 400)))
    others = next(way for way in leftover.ways_out if way.rule == "others")
    assert others.delayed[0][0] == "promised"
    assert others.delayed[0][1] > 0


def test_a_rule_of_the_caller_is_named_by_its_code() -> None:
    task = bring("t", 1, 2, vehicles=frozenset({"ann"}))
    drivers = (Vehicle("ann", 0, capacity=0), Vehicle("ben", 3))
    leftover = left_out(Problem((task,), drivers, line(0, 1000, 3000, 4000)), {"t": {"ben": ["vehicle_not_allowed"]}})
    way = next(way for way in leftover.ways_out if way.rule == "vehicle")
    assert (way.vehicle, way.code) == ("ben", "vehicle_not_allowed")


def test_two_rules_that_must_both_give_way() -> None:
    task = replace(bring("t", 1, 2), dropoff=Stop(2, 60, promise=300))
    leftover = left_out(Problem((task,), (Vehicle("ann", 0, latest=350),), line(0, 1000, 3000)))
    assert leftover.rules == ("several",)


def test_what_may_be_late_is_planned_late_and_as_little_as_possible() -> None:
    task = replace(bring("t", 1, 2, may_be_late=HOUR), dropoff=Stop(2, 60, promise=300))
    plan: Plan = solve(Problem((task,), (Vehicle("ann", 0), Vehicle("ben", 1)), line(0, 1000, 3000)), QUICK)
    assert plan.tours["ben"].late == 20


def test_each_vehicle_goes_on_its_own_roads() -> None:
    streets = line(0, 1000, -3000)
    # Through the park it is a stone's throw to the first door; to the second there is no path.
    paths = Roads(
        np.array([[0, 30, 900], [30, 0, 900], [900, 900, 0]]), np.array([[0, 90, 4000], [90, 0, 4000], [4000, 4000, 0]])
    )
    tasks = tuple(Task(name, dropoff=Stop(place), units=1) for name, place in (("park", 1), ("village", 2)))
    vehicles = (Vehicle("car", 0), Vehicle("bike", 0, network=1))
    problem = Problem(tasks, vehicles, streets, others=(paths,))
    plan = solve(problem, QUICK)
    assert {name: tour.tasks for name, tour in plan.tours.items()} == {"car": ["village"], "bike": ["park"]}
    car, bike = plan.tours["car"], plan.tours["bike"]
    assert (car.done, car.metres, bike.done, bike.metres) == (300, 3000, 30, 90)
    # What only the car can reach in time is not given to the bike, and the other way round.
    hurry = tuple(
        replace(task, dropoff=replace(task.dropoff, promise=promise))
        for task, promise in zip(tasks, (40, 310), strict=True)
    )
    assert solve(replace(problem, tasks=hurry), QUICK).unplanned == []
    alone = solve(replace(problem, tasks=hurry, vehicles=vehicles[:1]), QUICK)
    assert alone.unplanned == ["park"]
