"""Make late stops less late, which the solver cannot: to it a promise is a limit that holds or does not."""

from collections.abc import Mapping, Sequence

from routes.planning.tours.insertion import best_places, cost_of, placings, without
from routes.planning.tours.problem import FAR, Problem, Step, Vehicle
from routes.planning.tours.schedule import finish, walk

MOST_ROUNDS = 4


def less_late(problem: Problem, sequences: Mapping[str, Sequence[Step]]) -> dict[str, tuple[Step, ...]]:
    """Move single tasks within their tours while that makes the tour less late, or as late and cheaper."""
    found = {name: tuple(steps) for name, steps in sequences.items()}
    for vehicle in problem.vehicles:
        steps = found.get(vehicle.id, ())
        if steps and finish(problem, vehicle, steps) < FAR and walk(problem, vehicle, steps).late:
            found[vehicle.id] = _improved(problem, vehicle, steps)
    return found


def _improved(problem: Problem, vehicle: Vehicle, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    best, rank = steps, _rank(problem, vehicle, steps)
    for _ in range(MOST_ROUNDS):
        before = rank
        for name in dict.fromkeys(name for name, _ in best):
            for tried in placings(without(best, name), problem.task[name]):
                if finish(problem, vehicle, tried) < FAR and (found := _rank(problem, vehicle, tried)) < rank:
                    best, rank = tried, found
        if rank == before:
            break
    return best


def _rank(problem: Problem, vehicle: Vehicle, steps: tuple[Step, ...]) -> tuple[int, int]:
    return walk(problem, vehicle, steps).late, cost_of(problem, vehicle, steps)


def least_late(problem: Problem, sequences: Mapping[str, Sequence[Step]], task: str) -> dict[str, tuple[Step, ...]]:
    """Put a task that cannot be in time where it is least late; unchanged when it fits nowhere at all."""
    found = {name: tuple(steps) for name, steps in sequences.items()}
    options = []
    for place in best_places(problem, found, problem.task[task]):
        vehicle = problem.vehicle[place.vehicle]
        options.append((walk(problem, vehicle, place.steps).late, place.cost, place.vehicle, place.steps))
    if options:
        _, _, name, steps = min(options)
        found[name] = steps
    return found
