"""Background work of planning: thin tasks, each harmless when it runs twice."""

from celery import shared_task

from routes import automatic, etas, waves
from routes.commands import session_opening
from routes.plans import work as plan_work
from routes.roads import prepare


@shared_task
def automatic_rounds() -> None:
    """One round for each company that has something to decide; several workers share them."""
    for tenant_id in automatic.companies():
        automatic_round.delay(tenant_id)


@shared_task
def automatic_round(tenant_id: int) -> None:
    """Skipped while another round of the company runs."""
    automatic.run_round(tenant_id)


@shared_task
def offer_waves() -> None:
    """Widen waves that ran out, end those that nobody took, begin those that are to begin by themselves."""
    waves.sweep()


@shared_task
def arrival_times() -> None:
    """One look at each company in which somebody drives; several workers share them."""
    for tenant_id in etas.companies():
        company_arrival_times.delay(tenant_id)


@shared_task
def company_arrival_times(tenant_id: int) -> None:
    """Skipped while another worker is at it."""
    etas.refresh(tenant_id)


@shared_task
def prepare_roads() -> None:
    """Build the street graphs that the settings ask for, where they are missing or of another extract."""
    prepare.prepare()


@shared_task
def scheduled_sessions() -> None:
    """Open the sessions of routes whose scheduled moment has come."""
    session_opening.open_scheduled()


@shared_task
def work_on_plan(run_id: int) -> None:
    """Work out a plan that was asked for; nothing when another worker has it."""
    plan_work.carry_on(run_id)


@shared_task
def prune_plans() -> None:
    """Forget plans of long ago that were not applied."""
    plan_work.prune()


@shared_task
def resume_plans() -> None:
    """Hand out the plans that nobody works on any more."""
    for run_id in plan_work.left_alone():
        work_on_plan.delay(run_id)
