"""Why a plan that was asked for has not begun: nobody takes long work at all, or those who do are busy."""

from datetime import timedelta

from dispatch_console.core import clock, presence
from dispatch_console.settings import queues
from routes.models import PlanRun, PlanState

SOON = timedelta(seconds=3)


def why_waiting(run: PlanRun) -> str:
    """A sentence, or nothing when the run is at work, over, or was asked for a moment ago."""
    if run.state != PlanState.WAITING:
        return ""
    if not presence.is_served(queues.LONG):
        return (
            "No worker for long tasks is running. The search begins by itself when there is one; "
            "tell whoever runs this installation."
        )
    if clock.now() - run.created_at < SOON:
        return ""
    return "The workers are busy with other long work. The search begins as soon as one of them is free."
