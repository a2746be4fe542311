"""Put tasks into tours where they cost least: the own search beside the solver, exact about every rule."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routes.planning.tours.problem import FAR, Problem, Step, Task, Vehicle
from routes.planning.tours.schedule import finish


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task fits: the vehicle's new sequence, what it costs by the goal, and when all is done."""

    vehicle: str
    steps: tuple[Step, ...]
    cost: int
    done: int


def cost_of(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> int:
    if not steps:
        return 0
    cost, here, total = problem.costs[vehicle.network], vehicle.start, problem.fixed_cost
    for name, end in steps:
        location = problem.task[name].stop(end).location
        total += cost[here][location]
        here = location
    return total + (0 if vehicle.end is None else cost[here][vehicle.end])


def placings(steps: Sequence[Step], task: Task) -> Iterator[tuple[Step, ...]]:
    """Every sequence with the task's ends put in; the others keep theirs."""
    steps = tuple(steps)
    for j in range(len(steps) + 1):
        if task.pickup is None:
            yield (*steps[:j], (task.id, "dropoff"), *steps[j:])
            continue
        for i in range(j + 1):
            yield (*steps[:i], (task.id, "pickup"), *steps[i:j], (task.id, "dropoff"), *steps[j:])


def best_place(problem: Problem, vehicle: Vehicle, steps: Sequence[Step], task: Task) -> Place | None:
    """The cheapest legal place in one tour; of equally cheap ones that which is done first."""
    if not task.allows(vehicle.id):
        return None
    before = cost_of(problem, vehicle, steps)
    best: Place | None = None
    for tried in placings(steps, task):
        extra = cost_of(problem, vehicle, tried) - before
        if best is not None and extra > best.cost:
            continue
        done = finish(problem, vehicle, tried)
        if done < FAR and (best is None or (extra, done) < (best.cost, best.done)):
            best = Place(vehicle.id, tried, extra, done)
    return best


def best_places(
    problem: Problem, sequences: Mapping[str, Sequence[Step]], task: Task, *, among: Collection[str] | None = None
) -> list[Place]:
    """The best place in each vehicle's tour, cheapest first."""
    found = [
        place
        for vehicle in problem.vehicles
        if (among is None or vehicle.id in among)
        and (place := best_place(problem, vehicle, sequences.get(vehicle.id, ()), task)) is not None
    ]
    return sorted(found, key=lambda place: (place.cost, place.done, place.vehicle))


def without(steps: Sequence[Step], task: str) -> tuple[Step, ...]:
    return tuple(step for step in steps if step[0] != task)


def legalise(problem: Problem, sequences: Mapping[str, Sequence[Step]]) -> dict[str, tuple[Step, ...]]:
    """Take tasks out of tours that break a rule until none does, then put back what fits elsewhere.

    The required ones go last; what a tour breaks with only those is left as it is, and shows in its faults.
    """
    found = {name: tuple(steps) for name, steps in sequences.items()}
    for vehicle in problem.vehicles:
        steps = found.get(vehicle.id, ())
        while steps and finish(problem, vehicle, steps) >= FAR:
            candidates = [problem.task[name] for name in dict.fromkeys(name for name, _ in steps)]
            removable = [task for task in candidates if not task.required]
            if not removable:
                break
            tried = [(finish(problem, vehicle, without(steps, task.id)), -task.priority, task.id) for task in removable]
            steps = without(steps, min(tried)[2])
        found[vehicle.id] = steps
    return fill(problem, found)


def fill(problem: Problem, sequences: Mapping[str, Sequence[Step]]) -> dict[str, tuple[Step, ...]]:
    """Put in what is not planned yet, the urgent first, wherever it fits."""
    found = {name: tuple(steps) for name, steps in sequences.items()}
    planned = {name for steps in found.values() for name, _ in steps}
    waiting = [task for task in problem.tasks if task.id not in planned]
    for task in sorted(waiting, key=lambda task: (not task.required, task.priority, task.latest("dropoff"), task.id)):
        places = best_places(problem, found, task)
        if places:
            found[places[0].vehicle] = places[0].steps
    return found
