"""Find good tours: PyVRP proposes, our own walk of every tour disposes.

Searches run side by side in threads (PyVRP works outside the interpreter's lock), each from another seed. Where as few
vehicles as possible are wanted and all are alike, one lane tries to do with one vehicle less while the other makes the
best plan so far shorter.
"""

import os
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event, Lock

from pyvrp import Solution, SolveParams
from pyvrp import solve as pyvrp_solve
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.IteratedLocalSearch import (
    IteratedLocalSearch,
    IteratedLocalSearchCallbacks,
    IteratedLocalSearchParams,
)

from routes.planning.tours.insertion import fill, legalise
from routes.planning.tours.model import Model, model_of
from routes.planning.tours.plan import Plan, plan_of
from routes.planning.tours.polishing import least_late, less_late
from routes.planning.tours.problem import Effort, Problem, Progress, Step

MOST_LANES = 2
TOLD_EVERY = 0.3  # seconds
# How many accepted plans back a worse one is still compared with. Short searches end better with short memories, and
# two lanes with unlike ones are rarely both stuck; a search for fewer vehicles finds a legal plan soonest with the
# shortest, and starts anew from another seed when it is stuck.
HASTY = 20
MEMORIES, LONG_MEMORIES = (80, HASTY), (300, 80)
LONG = 20.0  # seconds
STUCK_AFTER = 1300
# After this share of the time the number of vehicles stands, and everybody makes the way shorter.
FEWER_UNTIL = 0.7


def solve(problem: Problem, effort: Effort | None = None) -> Plan:
    """The best plan found. Its tours are legal, but for required tasks that cannot be done legally at all."""
    effort = effort or Effort()
    present = {vehicle.id: vehicle.present for vehicle in problem.vehicles}
    if not problem.tasks or not problem.vehicles:
        return plan_of(problem, present)
    punctual = _punctual(problem)
    sequences, iterations = _Search(punctual, effort).run()
    legal = legalise(punctual, sequences)
    if punctual is not problem:
        legal = _late_ones(problem, legal)
    return plan_of(problem, less_late(problem, legal), iterations)


def _punctual(problem: Problem) -> Problem:
    """Nobody late first: to the solver a promise holds or not, so those who may be late are planned after it."""
    if not any(task.may_be_late and not task.required for task in problem.tasks):
        return problem
    tasks = (task if task.required else replace(task, may_be_late=0) for task in problem.tasks)
    return replace(problem, tasks=tuple(tasks))


def _late_ones(problem: Problem, sequences: dict[str, tuple[Step, ...]]) -> dict[str, tuple[Step, ...]]:
    planned = {name for steps in sequences.values() for name, _ in steps}
    waiting = [task for task in problem.tasks if task.id not in planned]
    for task in sorted(waiting, key=lambda task: (task.priority, task.dropoff.promise, task.id)):
        sequences = least_late(problem, sequences, task.id)
    return sequences


class _Search:
    """The lanes' common knowledge: the best plan so far, how many vehicles it uses, when to stop."""

    def __init__(self, problem: Problem, effort: Effort) -> None:
        self.problem, self.effort = problem, effort
        self.model = model_of(problem)
        self.started = time.monotonic()
        self.lock = Lock()
        self.found = Event()
        self.best: dict[str, tuple[Step, ...]] = {}
        self.best_rank: tuple[int, int, int] | None = None
        self.iterations = 0
        self.told_at = 0.0
        self.is_cancelled = self.is_alone = False
        self.memories = LONG_MEMORIES if effort.seconds > LONG else MEMORIES
        self.fewer = problem.goal == "drivers" and len(self.model.types) == 1 and all(t.required for t in problem.tasks)

    @property
    def spent(self) -> float:
        return time.monotonic() - self.started

    @property
    def is_over(self) -> bool:
        if self.is_cancelled:
            return True
        if self.effort.iterations and self.iterations >= self.effort.iterations:
            return True
        return bool(self.effort.seconds) and self.spent >= self.effort.seconds

    def run(self) -> tuple[dict[str, tuple[Step, ...]], int]:
        present = {v.id: v.present for v in self.problem.vehicles if v.present}
        start = fill(self.problem, present) if present else {}
        lanes = min(self.effort.lanes or os.cpu_count() or 1, MOST_LANES)
        if self.fewer:
            jobs: list[Callable[[], None]] = [self._shorten_following, self._try_fewer]
            if lanes == 1:
                jobs = [self._take_turns]
        else:
            jobs = [lambda seed=seed: self._plain(seed, start) for seed in range(lanes)]  # type: ignore[misc]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            if len(jobs) == 1:
                self.is_alone = True
                jobs[0]()
            else:
                with ThreadPoolExecutor(len(jobs)) as pool:
                    running = [pool.submit(job) for job in jobs]
                    while wait(running, timeout=TOLD_EVERY).not_done:
                        self._report()
                    for done in running:
                        done.result()
        return self.best or start, self.iterations

    # One lane each.

    def _plain(self, number: int, start: dict[str, tuple[Step, ...]]) -> None:
        initial = self.model.solution(start) if start and number == 0 else None
        self._solve(self.model, self.effort.seed + number, initial=initial, memory=self.memories[number])

    def _shorten_following(self) -> None:
        """Make the best plan shorter; begin anew from a plan with fewer vehicles as soon as there is one."""
        seed = self.effort.seed
        self._solve(self.model, seed, follow=True)
        while not self.is_over and self.best_rank is not None:
            seed += 1
            self._shorten(seed)

    def _shorten(self, seed: int, lane: int = 0) -> None:
        model = model_of(self.problem, fleet=self.vehicles_found())
        self._solve(model, seed, initial=model.solution(self.best), follow=True, memory=self.memories[lane])

    def _try_fewer(self) -> None:
        """One vehicle less than the best plan has, until the time for that is over; then make it shorter, too."""
        seed = self.effort.seed + 100
        while not self.is_over and not self.found.wait(0.02):
            pass
        until = self.effort.seconds * FEWER_UNTIL
        while not self.is_over and self.spent < until and (fleet := (self.vehicles_found() or 1) - 1) >= self._fewest():
            self._one_less(fleet, seed, until)
            seed += 1
        while not self.is_over and self.best_rank is not None:
            self._shorten(seed, lane=1)
            seed += 1

    def _one_less(self, fleet: int, seed: int, until: float) -> None:
        tries = 0

        def give_up() -> bool:
            nonlocal tries
            tries += 1
            return tries > STUCK_AFTER or self.spent > until or (self.vehicles_found() or 0) <= fleet

        self._solve(model_of(self.problem, fleet=fleet), seed, stop=give_up, memory=HASTY)

    def _take_turns(self) -> None:
        """The same on one core: first any plan, then with fewer vehicles, then shorter."""
        seed = self.effort.seed
        share = self.effort.seconds * 0.15
        self._solve(self.model, seed, stop=lambda: self.best_rank is not None and self.spent > share)
        until = self.effort.seconds * 0.5
        while not self.is_over and self.spent < until and (fleet := (self.vehicles_found() or 1) - 1) >= self._fewest():
            seed += 1
            self._one_less(fleet, seed, until)
        if not self.is_over and self.best_rank is not None:
            self._shorten(seed + 1)

    # Shared.

    def vehicles_found(self) -> int | None:
        rank = self.best_rank
        return None if rank is None else rank[1]

    def _fewest(self) -> int:
        """Fewer vehicles than this cannot carry everything, where all of it is on board at the start."""
        loaded = sum(task.units for task in self.problem.tasks if task.pickup is None)
        return max(1, -(-loaded // max(self.problem.vehicles[0].capacity, 1)))

    def _solve(
        self,
        model: Model,
        seed: int,
        *,
        initial: Solution | None = None,
        stop: Callable[[], bool] = lambda: False,
        memory: int = 0,
        follow: bool = False,
    ) -> None:
        """One run of PyVRP. `follow` ends it when another lane has a plan with fewer vehicles than this one's best."""
        watch = _Watch(self, model, stop, follow)
        params = SolveParams(
            ils=IteratedLocalSearchParams(history_length=memory or self.memories[0], callbacks=watch),
        )
        pyvrp_solve(model.data, watch, seed=seed, collect_stats=False, params=params, initial_solution=initial)

    def offer(self, model: Model, solution: Solution) -> None:
        """Keep a solution that is better than what all lanes have found so far."""
        rank = (
            solution.uncollected_prizes(),
            solution.num_routes() if self.problem.goal == "drivers" else 0,
            solution.distance_cost(),
        )
        with self.lock:
            if self.best_rank is None or rank < self.best_rank:
                self.best_rank = rank
                self.best = model.sequences(solution)
                self.found.set()

    def tick(self) -> None:
        """After every iteration of every lane. Only a lane alone reports by itself: the caller is asked and told on the
        caller's own thread."""
        self.iterations += 1
        if self.is_alone and time.monotonic() - self.told_at >= TOLD_EVERY:
            self.told_at = time.monotonic()
            self._report()

    def _report(self) -> None:
        self.is_cancelled = self.is_cancelled or self.effort.cancelled()
        with self.lock:
            best, rank = self.best, self.best_rank
        shares = [self.spent / self.effort.seconds] if self.effort.seconds else []
        if self.effort.iterations:
            shares.append(self.iterations / self.effort.iterations)
        planned = {name for steps in best.values() for name, _ in steps}
        left = len(self.problem.tasks) - len(planned)
        cost = 0 if rank is None else rank[2]
        self.effort.told(Progress(min(max(shares, default=0), 1.0), self.iterations, cost, len(best), left))


class _Watch(IteratedLocalSearchCallbacks):
    """What PyVRP calls during one run: it is the stopping criterion and hears of every better solution."""

    def __init__(self, search: _Search, model: Model, stop: Callable[[], bool], follow: bool) -> None:
        self.search, self.model, self.stop, self.follow = search, model, stop, follow
        self.own: int | None = None
        self.idle = 0

    def __call__(self, best_cost: int) -> bool:
        search = self.search
        search.tick()
        self.idle += 1
        if search.is_over or self.stop() or (search.effort.patience and self.idle > search.effort.patience):
            return True
        return self.follow and self.own is not None and (search.vehicles_found() or self.own) < self.own

    def on_start(self, ils: IteratedLocalSearch) -> None:
        if ils.initial_solution.is_feasible():
            self.on_best(ils.initial_solution)

    def on_best(self, best: Solution) -> None:
        if best.is_feasible():
            self.idle = 0
            self.own = best.num_routes()
            self.search.offer(self.model, best)
