"""How the API answers an act on a session: the session now, with its orders, what can be done next, and how to
take it back."""

from typing import Any

from rest_framework.response import Response

from dispatch_console.core.actor import Actor
from orders.api.outcomes import REPLAY_HEADER, etag
from routes.commands.session_members import Session
from routes.models import RouteSession
from routes.reading import sessions
from routes.session_undo import undo_offer


def session_body(session: RouteSession, actor: Actor) -> dict[str, Any]:
    return sessions.details([session], actor)[0]


def session_answer(done: Session, actor: Actor, message: str) -> Response:
    rows = RouteSession.objects.visible_to(actor)
    session = sessions.get_session(actor, done.group.label, rows=rows)
    body = session_body(session, actor)
    headers = {"ETag": etag(body["version"])} | ({REPLAY_HEADER: "true"} if done.is_replay else {})
    undo = undo_offer(session, done.event, actor)
    return Response({"message": message, "session": body, "undo": undo}, headers=headers)
