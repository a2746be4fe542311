"""Background work of planning: thin tasks, each harmless when it runs twice."""

from celery import shared_task

from routes import automatic, waves


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
