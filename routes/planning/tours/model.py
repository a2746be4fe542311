"""The problem in the words of PyVRP, and its answers back as sequences of stops.

What PyVRP has no word for is said by more load dimensions: a task that only some vehicles may do weighs one in a
dimension in which the others carry nothing. One dimension serves all tasks with the same vehicles; tasks that are bound
to one vehicle share a few, by the binary digits of its number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    Depot,
    Location,
    ProblemData,
    Route,
    Shipment,
    Solution,
    VehicleType,
)

from routes.planning.tours.problem import FAR, WEIGHTS, Problem, Step, Task, Vehicle

PLENTY = 10**6
LATE = (1 << 63) - 1


@dataclass(frozen=True)
class Model:
    """PyVRP's data; `tasks` number its clients and shipments, `types` are the vehicles of each vehicle type."""

    problem: Problem
    data: ProblemData
    clients: tuple[Task, ...]
    shipments: tuple[Task, ...]
    types: tuple[tuple[Vehicle, ...], ...]

    def sequences(self, solution: Solution) -> dict[str, tuple[Step, ...]]:
        """By vehicle id; vehicles without work are left out."""
        left = [list(vehicles) for vehicles in self.types]
        found = {}
        for route in solution.routes():
            steps: list[Step] = []
            for activity in route:
                if activity.is_client():
                    steps.append((self.clients[activity.idx].id, "dropoff"))
                elif activity.is_pickup():
                    steps.append((self.shipments[activity.idx].id, "pickup"))
                elif activity.is_delivery():
                    steps.append((self.shipments[activity.idx].id, "dropoff"))
            if steps:
                found[left[route.vehicle_type()].pop(0).id] = tuple(steps)
        return found

    def solution(self, sequences: Mapping[str, Sequence[Step]]) -> Solution:
        """The other way round, to begin a search with."""
        clients = {task.id: number for number, task in enumerate(self.clients)}
        shipments = {task.id: number for number, task in enumerate(self.shipments)}
        type_of = {vehicle.id: number for number, alike in enumerate(self.types) for vehicle in alike}
        routes = []
        for vehicle, steps in sequences.items():
            activities = []
            for name, end in steps:
                if name in clients:
                    activities.append(Activity(ActivityType.CLIENT, clients[name]))
                else:
                    kind = ActivityType.PICKUP if end == "pickup" else ActivityType.DELIVERY
                    activities.append(Activity(kind, shipments[name]))
            if activities:
                routes.append(Route(self.data, activities, type_of[vehicle]))
        return Solution(self.data, routes)


def model_of(problem: Problem, *, fleet: int | None = None) -> Model:
    """`fleet` limits how many vehicles are used, where all are alike."""
    weigh, carry = _dimensions(problem)
    alike = _alike(problem.vehicles, carry)
    clients = tuple(task for task in problem.tasks if task.pickup is None)
    shipments = tuple(task for task in problem.tasks if task.pickup is not None)
    places = len(problem.roads.seconds)
    seconds, costs = _padded(problem.legs, places), _padded(problem.costs, places)
    depots: dict[tuple[int, bool], int] = {}
    for vehicle in problem.vehicles:
        depots.setdefault((vehicle.start, True), len(depots))
        depots.setdefault((places if vehicle.end is None else vehicle.end, False), len(depots))
    types = []
    for number, vehicles in enumerate(alike):
        vehicle = vehicles[0]
        rest = sum(each.duration for each in vehicle.breaks)
        latest = _time(vehicle.latest - rest)
        types.append(
            VehicleType(
                num_available=min(len(vehicles), fleet) if fleet is not None and len(alike) == 1 else len(vehicles),
                capacity=[min(vehicle.capacity, vehicle.total, PLENTY * 1000), *carry[vehicle.id]],
                start_depot=depots[vehicle.start, True],
                end_depot=depots[places if vehicle.end is None else vehicle.end, False],
                tw_early=min(vehicle.earliest, latest),
                tw_late=latest,
                fixed_cost=problem.fixed_cost,
                profile=vehicle.network,
                name=str(number),
            )
        )
    data = ProblemData(
        locations=[Location(0, 0) for _ in range(places + 1)],
        clients=[_client(problem, task, weigh[task.id]) for task in clients],
        depots=[Depot(location) for location, _ in depots],
        vehicle_types=types,
        distance_matrices=costs,
        duration_matrices=seconds,
        shipments=[_shipment(problem, task, weigh[task.id]) for task in shipments],
    )
    return Model(problem, data, clients, shipments, alike)


def _alike(vehicles: Sequence[Vehicle], carry: Mapping[str, list[int]]) -> tuple[tuple[Vehicle, ...], ...]:
    """Vehicles that differ in nothing but their name are one type."""
    found: dict[object, list[Vehicle]] = {}
    for vehicle in vehicles:
        rest = sum(each.duration for each in vehicle.breaks)
        rights = tuple(carry[vehicle.id])
        key = (
            rights,
            vehicle.start,
            vehicle.end,
            min(vehicle.capacity, vehicle.total),
            vehicle.earliest,
            vehicle.latest,
            rest,
            vehicle.network,
        )
        found.setdefault(key, []).append(vehicle)
    return tuple(tuple(each) for each in found.values())


def _dimensions(problem: Problem) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Per task what it weighs, per vehicle what it carries, in every dimension but the first."""
    everybody = frozenset(problem.vehicle)
    sets = {task.id: everybody if task.vehicles is None else task.vehicles & everybody for task in problem.tasks}
    bound = sorted({next(iter(each)) for each in sets.values() if len(each) == 1 and len(everybody) > 1})
    digits = len(bound).bit_length() if bound else 0
    number = {name: place for place, name in enumerate(bound, start=1)}  # 0 is anybody else
    shared = sorted({each for each in sets.values() if len(each) != 1 and each != everybody}, key=sorted)
    weigh = {}
    for name, each in sets.items():
        bits = [0] * (2 * digits)
        if len(each) == 1 and digits:
            bits = _digits(number[next(iter(each))], digits, 1)
        weigh[name] = [*bits, *(int(each == other) for other in shared)]
    carry = {
        vehicle: [*_digits(number.get(vehicle, 0), digits, PLENTY), *(PLENTY * (vehicle in each) for each in shared)]
        for vehicle in problem.vehicle
    }
    return weigh, carry


def _digits(number: int, digits: int, value: int) -> list[int]:
    """Two dimensions a binary digit: `value` in the one that stands for the digit's 0 or 1."""
    return [value * ((number >> place) & 1 == bit) for place in range(digits) for bit in (0, 1)]


def _padded(tables: Sequence[Sequence[Sequence[int]]], places: int) -> list[Any]:
    """With one more location: where a vehicle ends that may end anywhere."""
    found = []
    for table in tables:
        padded = np.zeros((places + 1, places + 1), dtype=np.int64)
        padded[:places, :places] = table
        found.append(padded)
    return found


def _time(moment: int) -> int:
    return LATE if moment >= FAR // 2 else max(moment, 0)


def _client(problem: Problem, task: Task, more: list[int]) -> Client:
    stop = task.dropoff
    return Client(
        location=stop.location,
        delivery=[task.units, *more],
        service_duration=stop.service,
        tw_early=min(stop.early, _time(task.latest("dropoff"))),
        tw_late=_time(task.latest("dropoff")),
        prize=0 if task.required else problem.prize * WEIGHTS.get(task.priority, 2),
        required=task.required,
    )


def _shipment(problem: Problem, task: Task, more: list[int]) -> Shipment:
    pickup, dropoff = task.stop("pickup"), task.dropoff
    return Shipment(
        pickup_location=pickup.location,
        delivery_location=dropoff.location,
        pickup_tw_early=min(pickup.early, _time(task.latest("pickup"))),
        pickup_tw_late=_time(task.latest("pickup")),
        pickup_service_duration=pickup.service,
        delivery_tw_early=min(dropoff.early, _time(task.latest("dropoff"))),
        delivery_tw_late=_time(task.latest("dropoff")),
        delivery_service_duration=dropoff.service,
        amount=[task.units, *more],
        prize=0 if task.required else problem.prize * WEIGHTS.get(task.priority, 2),
        required=task.required,
    )
