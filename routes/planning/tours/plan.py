"""What a planning answers: a tour per vehicle, and the tasks that found no place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routes.planning.tours.problem import Problem, Step
from routes.planning.tours.schedule import Tour, walk


@dataclass(frozen=True)
class Plan:
    """`tours` holds every vehicle, those without work with no visits."""

    problem: Problem
    tours: Mapping[str, Tour]
    iterations: int = 0

    @property
    def used(self) -> int:
        return sum(1 for tour in self.tours.values() if tour.visits)

    @property
    def unplanned(self) -> list[str]:
        done = {visit.task for tour in self.tours.values() for visit in tour.visits}
        return [task.id for task in self.problem.tasks if task.id not in done]

    @property
    def metres(self) -> int:
        return sum(tour.metres for tour in self.tours.values())

    @property
    def late(self) -> int:
        return sum(tour.late for tour in self.tours.values())

    @property
    def faults(self) -> list[str]:
        """Of all tours, and tasks that are visited by two; a legal plan has none."""
        found = [fault for tour in self.tours.values() for fault in tour.faults]
        owners: dict[str, set[str]] = {}
        for name, tour in self.tours.items():
            for task in tour.tasks:
                owners.setdefault(task, set()).add(name)
        found += [f"{task} is on {len(names)} vehicles." for task, names in owners.items() if len(names) > 1]
        missing = set(self.unplanned)
        return [
            *found,
            *(f"{task.id} must be planned." for task in self.problem.tasks if task.required and task.id in missing),
        ]

    @property
    def sequences(self) -> dict[str, tuple[Step, ...]]:
        return {name: tour.steps for name, tour in self.tours.items()}


def plan_of(problem: Problem, sequences: Mapping[str, Sequence[Step]], iterations: int = 0) -> Plan:
    tours = {vehicle.id: walk(problem, vehicle, sequences.get(vehicle.id, ())) for vehicle in problem.vehicles}
    return Plan(problem, tours, iterations)
