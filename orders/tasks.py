"""Background work on orders: thin tasks, each harmless when it runs twice."""

from celery import shared_task

from orders import expiry, proofs


@shared_task
def expire_offers() -> None:
    """Take back what drivers were offered and did not answer in time."""
    expiry.expire_offers()


@shared_task
def prune_proofs() -> None:
    """Remove uploaded pictures that no act has named in time."""
    proofs.prune()
