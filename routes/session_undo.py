"""The request that takes back the last step of a session, where there is one."""

from typing import Any

from django.urls import reverse

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.actions import CannotUndo
from routes.commands.session_undo import require_step
from routes.models import RouteSession


def undo_offer(session: RouteSession, event: Event, actor: Actor) -> dict[str, Any] | None:
    """`method`, `url` and `body` of a request of its own; None where `event` is not a step that can be taken back."""
    if event.stream != session.KIND or event.version != session.version:
        return None
    try:
        require_step(session, event)
    except CannotUndo:
        return None
    name = "own-session-undo" if actor.driver_id is not None else "route-session-undo"
    return {"method": "POST", "url": reverse(name, args=[session.label]), "body": {"version": session.version}}
