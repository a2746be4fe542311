"""Keep what is promised: what a driver does already stays with that driver and gets no later than it would be."""

from dataclasses import replace

from routes.planning.tours.problem import Problem, Stop, Task, Vehicle
from routes.planning.tours.schedule import Tour, total_units, vehicle_load, walk


def kept(problem: Problem, *, reshuffle: bool = False) -> Problem:
    """The same problem, in which the present work is required and everything that holds now goes on to hold.

    Loaded packages never change the vehicle. The others may when `reshuffle` is true; their promises hold all the same.
    What is late already may stay so late, not later; a shift or a capacity that is exceeded already may stay exceeded.
    """
    owners: dict[str, str] = {}
    allowed: dict[str, int] = {}
    begins: dict[tuple[str, str], int] = {}
    vehicles = []
    for vehicle in problem.vehicles:
        tour = walk(problem, vehicle, vehicle.present)
        for visit in tour.visits:
            owners[visit.task] = vehicle.id
            allowed[visit.task] = max(allowed.get(visit.task, 0), visit.late)
            begins[visit.task, visit.end] = visit.begin
        vehicles.append(_with_room(problem, vehicle, tour))
    tasks = []
    for task in problem.tasks:
        owner = owners.get(task.id)
        if owner is None:
            tasks.append(task)
            continue
        stays = not reshuffle or task.pickup is None or task.required
        tasks.append(
            replace(
                task,
                required=True,
                vehicles=frozenset({owner}) if stays else (task.vehicles or frozenset(problem.vehicle)) | {owner},
                may_be_late=max(allowed[task.id], task.may_be_late),
                dropoff=_reachable(task.dropoff, begins.get((task.id, "dropoff"))),
                pickup=None if task.pickup is None else _reachable(task.pickup, begins.get((task.id, "pickup"))),
            )
        )
    return replace(problem, tasks=tuple(tasks), vehicles=tuple(vehicles))


def _with_room(problem: Problem, vehicle: Vehicle, tour: Tour) -> Vehicle:
    if not tour.visits:
        return vehicle
    loads = [vehicle_load(problem, tour.steps), *(visit.load for visit in tour.visits)]
    return replace(
        vehicle,
        latest=max(vehicle.latest, tour.done),
        capacity=max(vehicle.capacity, *loads),
        total=max(vehicle.total, total_units(problem, tour.steps)),
    )


def _reachable(stop: Stop, begin: int | None) -> Stop:
    return stop if begin is None or begin <= stop.late else replace(stop, late=begin)


def bound(task: Task, vehicle: str) -> Task:
    """The task as one that this vehicle must do."""
    return replace(task, vehicles=frozenset({vehicle}), required=True)
