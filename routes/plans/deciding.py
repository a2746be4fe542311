"""From a scene to a plan: each kind of run asks the planning its own question."""

from collections.abc import Callable
from dataclasses import dataclass

from routes.models import PlanKind
from routes.planning.tours.insertion import Place, best_places
from routes.planning.tours.keeping import kept
from routes.planning.tours.leftovers import Leftover, explain
from routes.planning.tours.plan import Plan, plan_of
from routes.planning.tours.problem import Effort, Problem, Progress
from routes.planning.tours.solving import solve
from routes.plans.scene import Scene

# A search without a better plan for so many rounds is over; small plans are ready long before their time.
PATIENCE, PATIENCE_PER_TASK = 600, 80
MOST_CHOICES = 6


@dataclass(frozen=True)
class Decided:
    """`now` is what happens without the plan; `choices` are, for one order to insert, the best place per driver."""

    now: Plan
    plan: Plan
    leftovers: list[Leftover]
    choices: list[Place]


def decide(
    scene: Scene,
    kind: str,
    *,
    told: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    iterations: int = 0,
) -> Decided:
    """`iterations` bounds the search instead of the seconds of the options, and makes it repeatable."""
    problem = kept(scene.problem, reshuffle=scene.options.reshuffle)
    effort = Effort(
        seconds=0 if iterations else scene.options.seconds,
        iterations=iterations,
        patience=PATIENCE + PATIENCE_PER_TASK * len(problem.tasks),
        lanes=1 if iterations else 0,
        told=told,
        cancelled=cancelled,
    )
    now = plan_of(problem, {vehicle.id: vehicle.present for vehicle in problem.vehicles})
    choices: list[Place] = []
    if kind == PlanKind.INSERT:
        plan, choices = _inserted(problem, now, scene.new, effort)
    else:
        plan = solve(problem, effort)
    forbidden = {
        code: {driver: [each.code for each in against] for driver, against in by_driver.items()}
        for code, by_driver in scene.verdicts.items()
    }
    leftovers: list[Leftover] = []
    for code in plan.unplanned:
        if cancelled():  # asked often: it also says that somebody is still at work
            break
        leftovers += explain(plan, forbidden, only=[code])
    return Decided(now, plan, leftovers, choices)


def _inserted(problem: Problem, now: Plan, new: list[str], effort: Effort) -> tuple[Plan, list[Place]]:
    """Every order where it costs least, with the stops before and after it as they are; only what then fits nowhere
    lets the drivers' own stops change places."""
    sequences = now.sequences
    choices: list[Place] = []
    for code in new:
        places = best_places(problem, sequences, problem.task[code])
        if len(new) == 1:
            choices = places[:MOST_CHOICES]
        if places:
            sequences = {**sequences, places[0].vehicle: places[0].steps}
    plan = plan_of(problem, sequences)
    return (solve(problem, effort) if plan.unplanned else plan), choices
