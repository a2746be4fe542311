"""The tenant's numbered events as one actor may hear them: each app answers for the streams that it writes."""

from collections.abc import Callable, Collection, Iterable

from dispatch_console.core import stream
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event

Audience = Callable[[Actor, Collection[int]], Iterable[int]]

# By stream: those of these objects, given by id, of whose events the actor may hear. One query; registered when the
# project starts. A stream without an entry is nobody's to hear.
audiences: dict[str, Audience] = {}


def read(actor: Actor, *, after: int, limit: int, streams: Collection[str] = ()) -> tuple[list[Event], int]:
    """The events with the next `limit` numbers, and the number reached; of all streams, or of those named.

    What the actor may not hear of, or did not ask for, is left out and still counted. A query for each kind of object.
    """
    # Where no console is open, nobody else gives numbers soon.
    stream.number_pending(actor.tenant_id)
    items = stream.read_after(actor.tenant_id, after, limit)
    if not items:
        return [], after
    asked: dict[str, set[int]] = {}
    for item in items:
        if item.stream in (streams or audiences):
            asked.setdefault(item.stream, set()).add(item.object_id)
    heard = {name: frozenset(audiences[name](actor, ids)) for name, ids in asked.items() if name in audiences}
    wanted = [item.id for item in items if item.object_id in heard.get(item.stream, ())]
    return list(Event.objects.filter(pk__in=wanted).order_by("number")), items[-1].number
