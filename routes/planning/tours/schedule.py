"""Walk a sequence of stops: times, load, lateness and what it breaks. It knows nothing of any solver."""

from collections.abc import Sequence
from dataclasses import dataclass

from routes.planning.tours.problem import FAR, Break, End, Problem, Step, Task, Vehicle


@dataclass(frozen=True, slots=True)
class Visit:
    """`begin` and `done` are of the service; `late` seconds after the promise; `load` when leaving."""

    task: str
    end: End
    location: int
    arrival: int
    begin: int
    done: int
    late: int
    load: int
    metres: int


@dataclass(frozen=True, slots=True)
class Rest:
    begin: int
    done: int
    after: int  # how many visits are done before it


@dataclass(frozen=True, slots=True)
class Tour:
    """One vehicle's stops with their times. `faults` are sentences; a legal tour has none."""

    vehicle: str
    visits: tuple[Visit, ...] = ()
    rests: tuple[Rest, ...] = ()
    begin: int = 0
    done: int = 0
    metres: int = 0
    seconds: int = 0
    faults: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple((visit.task, visit.end) for visit in self.visits)

    @property
    def tasks(self) -> list[str]:
        return list(dict.fromkeys(visit.task for visit in self.visits))

    @property
    def late(self) -> int:
        return sum(visit.late for visit in self.visits)


def finish(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> int:
    """When everything is done at the earliest; FAR when a rule would be broken. The inner loop of every own search.

    A break is taken where it costs least: `clocks[k]` is the earliest moment with k breaks taken.
    """
    if not steps:
        return vehicle.earliest
    task_of, legs = problem.task, problem.legs[vehicle.network]
    load = vehicle_load(problem, steps)
    room, latest = vehicle.capacity, vehicle.latest
    if load > room or (vehicle.total < FAR and total_units(problem, steps) > vehicle.total):
        return FAR
    here = vehicle.start
    if not vehicle.breaks:
        clock = vehicle.earliest
        for name, end in steps:
            task = task_of[name]
            stop = task.pickup if end == "pickup" else task.dropoff
            if stop is None:
                return FAR
            clock += legs[here][stop.location]
            if clock < stop.early:
                clock = stop.early
            if clock > stop.late or clock > stop.promise - stop.service + task.may_be_late:
                return FAR
            clock += stop.service
            here = stop.location
            load += task.units if end == "pickup" else -task.units
            if load > room or clock > latest:
                return FAR
        if vehicle.end is not None:
            clock += legs[here][vehicle.end]
        return clock if clock <= latest and clock < FAR else FAR
    clocks = [vehicle.earliest] + [FAR] * len(vehicle.breaks)
    for name, end in steps:
        task = task_of[name]
        stop = task.stop(end)
        clocks = _rested([clock + legs[here][stop.location] for clock in clocks], vehicle)
        limit = task.latest(end)
        clocks = [_served(clock, stop.early, limit, stop.service) for clock in clocks]
        here = stop.location
        load += task.units if end == "pickup" else -task.units
        if load > room or min(clocks) > latest:
            return FAR
    leg = 0 if vehicle.end is None else legs[here][vehicle.end]
    clock = _rested([clock + leg for clock in clocks], vehicle)[-1]
    return clock if clock <= latest and clock < FAR else FAR


def _served(clock: int, early: int, limit: int, service: int) -> int:
    clock = max(clock, early)
    return clock + service if clock <= limit else FAR


def _rested(clocks: list[int], vehicle: Vehicle) -> list[int]:
    """The same moments, where the next breaks may have been taken in between."""
    found = list(clocks)
    for number, each in enumerate(vehicle.breaks):
        begin = max(found[number], each.early)
        if begin <= each.late:
            found[number + 1] = min(found[number + 1], begin + each.duration)
    return found


def vehicle_load(problem: Problem, steps: Sequence[Step]) -> int:
    """Units on board at the start: what is dropped and was never picked up."""
    picked = {name for name, end in steps if end == "pickup"}
    return sum(problem.task[name].units for name, end in steps if end == "dropoff" and name not in picked)


def total_units(problem: Problem, steps: Sequence[Step]) -> int:
    return sum(problem.task[name].units for name in {name for name, _ in steps})


def walk(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> Tour:
    """The tour with all its times, also when it breaks rules: `faults` then says which."""
    if not steps:
        return Tour(vehicle.id, begin=vehicle.earliest, done=vehicle.earliest)
    rest_before = _where_to_rest(problem, vehicle, steps)
    legs, roads = problem.legs[vehicle.network], problem.networks[vehicle.network]
    faults = _sequence_faults(problem, vehicle, steps)
    clock, here, load = vehicle.earliest, vehicle.start, vehicle_load(problem, steps)
    if load > vehicle.capacity:
        faults.append(f"{vehicle.id} starts with {load} of {vehicle.capacity} units.")
    if (total := total_units(problem, steps)) > vehicle.total:
        faults.append(f"{vehicle.id} has {total} of {vehicle.total} units in all.")
    visits: list[Visit] = []
    rests: list[Rest] = []
    way = driven = 0
    for number in range(len(steps) + 1):
        step = steps[number] if number < len(steps) else None
        location = vehicle.end if step is None else problem.task[step[0]].stop(step[1]).location
        leg = 0
        if location is not None:
            leg = int(roads.metres[here, location])
            clock += legs[here][location]
            driven += int(roads.seconds[here, location])
            way += leg
        for rest in rest_before.get(number, ()):
            begin = max(clock, rest.early)
            if begin > rest.late:
                faults.append(f"{vehicle.id} rests {begin - rest.late} s too late.")
            clock = begin + rest.duration
            rests.append(Rest(begin, clock, number))
        if step is None:
            break
        name, end = step
        task, stop = problem.task[name], problem.task[name].stop(end)
        begin = max(clock, stop.early)
        if begin > task.latest(end):
            faults.append(f"{name} is begun {begin - task.latest(end)} s too late at its {end}.")
        done = begin + stop.service
        load += task.units if end == "pickup" else -task.units
        if load > vehicle.capacity:
            faults.append(f"{vehicle.id} carries {load} of {vehicle.capacity} units after {name}.")
        late = max(done - stop.promise, 0)
        visits.append(Visit(name, end, stop.location, clock, begin, done, late, load, leg))
        clock, here = done, stop.location
    if clock > vehicle.latest:
        faults.append(f"{vehicle.id} is done {clock - vehicle.latest} s after the end.")
    return Tour(
        vehicle.id, tuple(visits), tuple(rests), vehicle.earliest, clock, way, driven, tuple(dict.fromkeys(faults))
    )


def _sequence_faults(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> list[str]:
    faults, seen = [], set[Step]()
    for name, end in steps:
        task = problem.task[name]
        if (name, end) in seen:
            faults.append(f"{name} is visited twice at its {end}.")
        if end == "dropoff" and task.pickup is not None and (name, "pickup") not in seen:
            faults.append(f"{name} is dropped before it is picked up.")
        if not task.allows(vehicle.id):
            faults.append(f"{vehicle.id} may not take {name}.")
        seen.add((name, end))
    faults += [f"{name} is never dropped." for name, end in seen if end == "pickup" and (name, "dropoff") not in seen]
    return sorted(faults)


def _where_to_rest(problem: Problem, vehicle: Vehicle, steps: Sequence[Step]) -> dict[int, list[Break]]:
    """Before which stop each break is taken, so that everything is done earliest: the choices behind `finish`."""
    count = len(vehicle.breaks)
    if not count:
        return {}
    here = vehicle.start
    # Per number of breaks taken: the earliest moment, and before which stops they were taken.
    states: list[tuple[int, tuple[int, ...]]] = [(vehicle.earliest, ()), *((FAR, ()) for _ in range(count))]
    for number in range(len(steps) + 1):
        task: Task | None = problem.task[steps[number][0]] if number < len(steps) else None
        location = vehicle.end if task is None else task.stop(steps[number][1]).location
        leg = 0 if location is None else problem.legs[vehicle.network][here][location]
        states = [(min(clock + leg, FAR), taken) for clock, taken in states]
        for k, each in enumerate(vehicle.breaks):
            clock, taken = states[k]
            begin = max(clock, each.early)
            if begin <= each.late and begin + each.duration < states[k + 1][0]:
                states[k + 1] = (begin + each.duration, (*taken, number))
        if task is not None:
            stop = task.stop(steps[number][1])
            limit = task.latest(steps[number][1])
            states = [(_served(clock, stop.early, limit, stop.service), taken) for clock, taken in states]
            here = stop.location
    clock, taken = states[-1]
    if clock >= FAR:  # no legal place: the first that is not too early
        taken = (len(steps),) * count
    found: dict[int, list[Break]] = {}
    for k, number in enumerate(taken):
        found.setdefault(number, []).append(vehicle.breaks[k])
    return found
