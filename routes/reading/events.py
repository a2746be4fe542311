"""What happened to waybills, trips, routes and sessions: the history of one, and who hears of which."""

from collections.abc import Collection, Iterable
from functools import partial

from django.db.models import QuerySet

from dispatch_console.core import feed
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from routes.models import MODELS, Group, Route


def heard(model: type[Group], actor: Actor, ids: Collection[int]) -> Iterable[int]:
    """Those of these groups of whose events the actor may hear, for `core.feed`."""
    rows = model._default_manager.heard_by(actor).filter(pk__in=ids)  # type: ignore[attr-defined]
    return rows.order_by().values_list("pk", flat=True)


def register() -> None:
    models: list[type[Group]] = [*MODELS.values(), Route]
    for model in models:
        feed.audiences[model.KIND] = partial(heard, model)


def group_events(group: Group) -> QuerySet[Event]:
    """All events of a group that the actor was found to see."""
    return Event.objects.filter(tenant_id=group.tenant_id, stream=group.KIND, object_id=group.pk)
