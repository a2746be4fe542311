"""The two who play: the product's planning, and PyVRP as its own documentation uses it."""

import math

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from bench.planning_files import Instance, Node, Table
from routes.planning.tours.problem import FAR, Effort, Goal, Problem, Roads, Stop, Task, Vehicle
from routes.planning.tours.solving import solve

Routes = list[list[int]]


def scale_of(legs: Table) -> int:
    """Whole numbers stay as they are; others keep four decimals."""
    return 1 if np.array_equal(legs, np.rint(legs)) else 10_000


def _whole(value: float, scale: int) -> int:
    return FAR if math.isinf(value) else round(value * scale)


def product(instance: Instance, legs: Table, *, fewest: bool, seconds: float, seed: int, lanes: int) -> Routes:
    """Through the same function that plans the trips of a company."""
    scale = scale_of(legs)
    table = np.rint(legs * scale).astype(np.int64)

    def stop(number: int, node: Node) -> Stop:
        late = FAR if math.isinf(node.late) else _whole(node.late, scale)
        return Stop(number, _whole(node.service, scale), _whole(node.early, scale), late)

    nodes = list(enumerate(instance.nodes))[1:]
    if instance.kind == "pdptw":
        tasks = tuple(
            Task(str(n), stop(node.pair, instance.nodes[node.pair]), stop(n, node), int(node.demand), required=True)
            for n, node in nodes
            if node.pair
        )
    else:
        tasks = tuple(Task(str(n), stop(n, node), None, int(node.demand), required=True) for n, node in nodes)
    depot = instance.nodes[0]
    latest = min(_whole(depot.late, scale), _whole(instance.longest + depot.early, scale))
    capacity = FAR if math.isinf(instance.capacity) else int(instance.capacity)
    vehicles = tuple(
        Vehicle(f"v{n:04}", start=0, end=0, capacity=capacity, earliest=_whole(depot.early, scale), latest=latest)
        for n in range(_fleet(instance))
    )
    goal: Goal = "drivers" if fewest else "distance"
    plan = solve(Problem(tasks, vehicles, Roads(table, table), goal), Effort(seconds=seconds, seed=seed, lanes=lanes))
    pairs = {str(n): node.pair for n, node in nodes}
    return [
        [pairs[task] if end == "dropoff" and pairs[task] else int(task) for task, end in steps]
        for steps in plan.sequences.values()
        if steps
    ]


def _fleet(instance: Instance) -> int:
    return instance.fleet or instance.stops


def bare(instance: Instance, legs: Table, *, fewest: bool, seconds: float, seed: int) -> Routes:
    """PyVRP's own model and defaults. Where few vehicles count first, each costs more than any route."""
    scale = scale_of(legs)
    table = np.rint(legs * scale).astype(np.int64)
    most = np.iinfo(np.int64).max
    depot = instance.nodes[0]

    def late(node: Node) -> int:
        return most if math.isinf(node.late) else _whole(node.late, scale)

    nodes = list(enumerate(instance.nodes))[1:]
    clients, shipments = [], []
    if instance.kind == "pdptw":
        for n, node in nodes:
            if node.pair:
                end = instance.nodes[node.pair]
                shipments.append(
                    pyvrp.Shipment(
                        n, node.pair,
                        _whole(node.early, scale), late(node), _whole(node.service, scale),
                        _whole(end.early, scale), late(end), _whole(end.service, scale),
                        [int(node.demand)],
                    )
                )  # fmt: skip
    else:
        for n, node in nodes:
            window = (_whole(node.service, scale), _whole(node.early, scale), late(node))
            clients.append(pyvrp.Client(n, [int(node.demand)], [], *window))
    vehicle = pyvrp.VehicleType(
        num_available=_fleet(instance),
        capacity=[most // 4 if math.isinf(instance.capacity) else int(instance.capacity)],
        tw_early=_whole(depot.early, scale),
        tw_late=late(depot),
        shift_duration=most if math.isinf(instance.longest) else _whole(instance.longest, scale),
        fixed_cost=10 * int(table.max()) if fewest else 0,
    )
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in instance.nodes],
        clients,
        [pyvrp.Depot(0)],
        [vehicle],
        [table],
        [table],
        [],
        shipments,
    )
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False)
    routes = []
    for route in result.best.routes():
        visits = []
        for activity in route:
            if activity.is_client():
                visits.append(clients[activity.idx].location)
            elif activity.is_pickup():
                visits.append(shipments[activity.idx].pickup.location)
            elif activity.is_delivery():
                visits.append(shipments[activity.idx].delivery.location)
        if visits:
            routes.append(visits)
    return routes
