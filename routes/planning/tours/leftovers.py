"""Why a task found no place: relax one rule after the other and look whether it fits then, and by how much it would
have to give way."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from routes.planning.tours.insertion import Place, best_places
from routes.planning.tours.plan import Plan
from routes.planning.tours.problem import FAR, Problem, Task
from routes.planning.tours.schedule import total_units, walk

Rule = Literal["promise", "window", "shift", "capacity", "others", "break", "vehicle", "several"]
MINUTE = 60
# What is tried, in seconds: the least that suffices is found by halving.
STEPS = tuple(MINUTE * minutes for minutes in (1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 720, 1440, 10080))
NEAREST_VEHICLES = 12


@dataclass(frozen=True, slots=True)
class WayOut:
    """If `rule` gave way, `vehicle` could do it: `amount` is seconds, or units for the capacity.

    `code` names which of the caller's own rules it is, when the rule is "vehicle". `delayed` are other tasks that would
    be later than promised, with seconds.
    """

    rule: Rule
    vehicle: str
    pickup_at: int | None
    dropoff_at: int
    amount: int = 0
    code: str = ""
    delayed: tuple[tuple[str, int], ...] = ()

    @property
    def pain(self) -> tuple[int, int]:
        """The least painful is told first: some lateness rather than somebody who is not allowed."""
        return {"promise": 0, "break": 1, "shift": 2, "others": 3, "window": 4, "capacity": 5}.get(
            self.rule, 6
        ), self.amount


@dataclass(frozen=True, slots=True)
class Leftover:
    """`rules` kept it out, each of them alone; with "several" it takes more than one to give way."""

    task: str
    rules: tuple[Rule, ...]
    ways_out: tuple[WayOut, ...]

    @property
    def nearest(self) -> WayOut | None:
        return self.ways_out[0] if self.ways_out else None


def explain(
    plan: Plan, forbidden: Mapping[str, Mapping[str, Sequence[str]]] | None = None, only: Iterable[str] | None = None
) -> list[Leftover]:
    """`forbidden[task][vehicle]` are the caller's codes of what speaks against them."""
    names = plan.unplanned if only is None else list(only)
    return [_explained(plan, plan.problem.task[name], (forbidden or {}).get(name, {})) for name in names]


def _explained(plan: Plan, task: Task, forbidden: Mapping[str, Sequence[str]]) -> Leftover:
    problem = plan.problem
    near = _nearest_vehicles(plan, task)
    found: list[WayOut] = []
    relaxed: list[tuple[Rule, Callable[[int], Problem]]] = [
        ("promise", lambda amount: _with(problem, replace(task, may_be_late=task.may_be_late + amount))),
        ("window", lambda amount: _with(problem, _longer(task, amount))),
        ("shift", lambda amount: _later_shifts(problem, amount)),
        ("others", lambda amount: _others_later(problem, task, amount)),
    ]
    for rule, relax in relaxed:
        found += _least(plan, task, rule, relax, near)
    found += _capacity(plan, task, near)
    found += _without_breaks(plan, task, near)
    found += _vehicles(plan, task, forbidden)
    if found:
        ways = sorted(found, key=lambda way: way.pain)
        return Leftover(task.id, tuple(dict.fromkeys(way.rule for way in ways)), tuple(ways))
    everything = _least(plan, task, "several", lambda amount: _all_later(problem, task, amount), near)
    if not everything:
        everything = _vehicles(plan, task, forbidden, loosen=lambda given: _all_later(given, task, STEPS[-1]))
        everything = [replace(way, rule="several") for way in everything]
    return Leftover(task.id, ("several",), tuple(everything))


def _least(plan: Plan, task: Task, rule: Rule, relax: Callable[[int], Problem], among: frozenset[str]) -> list[WayOut]:
    """The least of STEPS with which there is a place, by halving; nothing when not even the last suffices."""
    places: dict[int, Place | None] = {}

    def fits(seconds: int) -> bool:
        relaxed = relax(seconds)
        found = best_places(relaxed, plan.sequences, relaxed.task[task.id], among=among)
        places[seconds] = found[0] if found else None
        return bool(found)

    if not fits(STEPS[-1]):
        return []
    seconds = STEPS[bisect_left(STEPS, True, key=fits)]
    place = places.get(seconds)
    if place is None:
        return []
    return [_way(plan, relax(seconds), task, rule, place)]


def _way(plan: Plan, relaxed: Problem, task: Task, rule: Rule, place: Place, code: str = "") -> WayOut:
    vehicle = plan.problem.vehicle[place.vehicle]
    tour = walk(relaxed, relaxed.vehicle[place.vehicle], place.steps)
    own = {visit.end: visit for visit in tour.visits if visit.task == task.id}
    before = {(visit.task, visit.end): visit.late for visit in plan.tours[vehicle.id].visits}
    delayed: dict[str, int] = {}
    for visit in tour.visits:
        more = visit.late - before.get((visit.task, visit.end), 0)
        if visit.task != task.id and more > 0:
            delayed[visit.task] = max(delayed.get(visit.task, 0), more)
    amount = {
        "promise": max((visit.late for visit in own.values()), default=0),
        "several": max((visit.late for visit in own.values()), default=0),
        "window": max((visit.begin - task.stop(visit.end).late for visit in own.values()), default=0),
        "shift": max(tour.done - vehicle.latest, 0),
        "others": sum(delayed.values()),
        "capacity": max(
            max((visit.load for visit in tour.visits), default=0) - vehicle.capacity,
            total_units(relaxed, place.steps) - vehicle.total,
        ),
    }.get(rule, 0)
    return WayOut(
        rule,
        vehicle.id,
        own["pickup"].begin if "pickup" in own else None,
        own["dropoff"].done,
        max(amount, 0),
        code,
        tuple(sorted(delayed.items(), key=lambda item: -item[1])),
    )


def _nearest_vehicles(plan: Plan, task: Task) -> frozenset[str]:
    """Of many vehicles those whose tours come nearest: the others' ways out would only be longer."""
    problem, end = plan.problem, task.pickup or task.dropoff
    far = []
    for name, tour in plan.tours.items():
        if task.allows(name):
            vehicle = problem.vehicle[name]
            seconds = problem.networks[vehicle.network].seconds
            places = [vehicle.start, *(visit.location for visit in tour.visits)]
            far.append((min(int(seconds[place, end.location]) for place in places), name))
    return frozenset(name for _, name in sorted(far)[:NEAREST_VEHICLES])


# Relaxed problems.


def _with(problem: Problem, task: Task) -> Problem:
    return replace(problem, tasks=tuple(task if each.id == task.id else each for each in problem.tasks))


def _longer(task: Task, seconds: int) -> Task:
    """Windows that close later; the promise still holds."""
    pickup = None if task.pickup is None else replace(task.pickup, late=min(task.pickup.late + seconds, FAR))
    return replace(task, pickup=pickup, dropoff=replace(task.dropoff, late=min(task.dropoff.late + seconds, FAR)))


def _later_shifts(problem: Problem, seconds: int) -> Problem:
    vehicles = tuple(replace(each, latest=min(each.latest + seconds, FAR)) for each in problem.vehicles)
    return replace(problem, vehicles=vehicles)


def _others_later(problem: Problem, task: Task, seconds: int) -> Problem:
    tasks = tuple(
        each if each.id == task.id else replace(each, may_be_late=each.may_be_late + seconds) for each in problem.tasks
    )
    return replace(problem, tasks=tasks)


def _all_later(problem: Problem, task: Task, seconds: int) -> Problem:
    own = problem.task[task.id]
    later = _with(problem, replace(_longer(own, seconds), may_be_late=own.may_be_late + seconds))
    return _later_shifts(_others_later(later, task, seconds), seconds)


def _capacity(plan: Plan, task: Task, among: frozenset[str]) -> list[WayOut]:
    vehicles = tuple(replace(each, capacity=FAR, total=FAR) for each in plan.problem.vehicles)
    relaxed = replace(plan.problem, vehicles=vehicles)
    found = best_places(relaxed, plan.sequences, task, among=among)
    if not found:
        return []
    # The least over-loaded, not the shortest way.
    return [min((_way(plan, relaxed, task, "capacity", place) for place in found), key=lambda way: way.amount)]


def _without_breaks(plan: Plan, task: Task, among: frozenset[str]) -> list[WayOut]:
    if not any(vehicle.breaks for vehicle in plan.problem.vehicles):
        return []
    relaxed = replace(plan.problem, vehicles=tuple(replace(each, breaks=()) for each in plan.problem.vehicles))
    found = best_places(relaxed, plan.sequences, task, among=among)
    return [_way(plan, relaxed, task, "break", found[0])] if found else []


def _vehicles(
    plan: Plan,
    task: Task,
    forbidden: Mapping[str, Sequence[str]],
    loosen: Callable[[Problem], Problem] = lambda problem: problem,
) -> list[WayOut]:
    """One way out for each of the caller's rules that alone keeps some vehicle from it."""
    by_code: dict[str, set[str]] = {}
    for vehicle, codes in forbidden.items():
        if len(set(codes)) == 1 and vehicle in plan.problem.vehicle and not task.allows(vehicle):
            by_code.setdefault(codes[0], set()).add(vehicle)
    ways = []
    for code, vehicles in sorted(by_code.items()):
        relaxed = loosen(_with(plan.problem, replace(task, vehicles=frozenset(vehicles))))
        found = best_places(relaxed, plan.sequences, relaxed.task[task.id], among=vehicles)
        if found:
            ways.append(_way(plan, relaxed, task, "vehicle", found[0], code))
    return ways
