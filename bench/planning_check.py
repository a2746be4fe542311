"""Checks a solution against the file alone: it shares no code with what found it."""

import itertools
from collections.abc import Sequence

from bench.planning_files import Instance, Table

TOLERANCE = 0.01  # of the file's own unit: what rounding to the fourth decimal may add up to on a route


def faults(instance: Instance, legs: Table, routes: Sequence[Sequence[int]]) -> list[str]:
    """What is wrong with these routes (numbers of nodes, without the depot); nothing for a legal solution."""
    found = []
    visited = [node for route in routes for node in route]
    if sorted(visited) != list(range(1, len(instance.nodes))):
        found.append("Not every stop is visited exactly once.")
    if instance.fleet and sum(1 for route in routes if route) > instance.fleet:
        found.append(f"{len(routes)} routes, but only {instance.fleet} vehicles.")
    for number, route in enumerate(routes, start=1):
        found += [f"Route {number}: {fault}" for fault in _route(instance, legs, route)]
    return found


def _route(instance: Instance, legs: Table, route: Sequence[int]) -> list[str]:
    found = []
    paired = instance.kind == "pdptw"
    load = 0.0 if paired else sum(instance.nodes[node].demand for node in route)
    clock, here, depot = instance.nodes[0].early, 0, instance.nodes[0]
    if load > instance.capacity:
        found.append(f"carries {load:g} of {instance.capacity:g}.")
    for place, node in enumerate(route):
        stop = instance.nodes[node]
        clock = max(clock + legs[here, node], stop.early)
        if clock > stop.late + TOLERANCE:
            found.append(f"stop {node} is served {clock - stop.late:g} too late.")
        clock += stop.service
        if paired:
            load += stop.demand
            if load > instance.capacity:
                found.append(f"carries {load:g} of {instance.capacity:g} after stop {node}.")
            if stop.pair and stop.pair not in route[place + 1 :]:
                found.append(f"what is fetched at {node} is not brought to {stop.pair} after it.")
        here = node
    clock += legs[here, 0]
    if clock > depot.late + TOLERANCE:
        found.append(f"is back {clock - depot.late:g} too late.")
    if clock - depot.early > instance.longest + TOLERANCE:
        found.append(f"takes {clock - depot.early:g}, which is longer than {instance.longest:g}.")
    return found


def length(legs: Table, routes: Sequence[Sequence[int]]) -> float:
    total = 0.0
    for route in routes:
        path = [0, *route, 0]
        total += sum(float(legs[a, b]) for a, b in itertools.pairwise(path)) if route else 0.0
    return total
