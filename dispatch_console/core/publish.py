"""The one exit of the event log: after commit, tell the live hubs that a tenant has news."""

from django.db import transaction

from dispatch_console.core import realtime


def after_commit(tenant_id: int) -> None:
    """Nudge once the transaction has committed; a lost nudge is made up by the hubs' own poll."""
    transaction.on_commit(lambda: realtime.nudge(tenant_id), robust=True)
