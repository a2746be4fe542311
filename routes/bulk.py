"""Many orders put on one route at once: each row goes into the route's open session, or says why it cannot."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.fields import IdField
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Event
from orders.bulk import registry
from orders.bulk.registry import BulkAction, Step
from orders.commands import Outcome
from orders.models import Order
from routes.commands import session_opening, session_undo
from routes.models import Route


class AssignToRouteInput(serializers.Serializer):
    route_id = IdField(help_text="The route whose open session takes the orders; one is opened if there is none.")


def _route(params: Mapping[str, Any], actor: Actor) -> Route:
    route = Route.objects.visible_to(actor).filter(pk=params["route_id"]).first()
    if route is None:
        raise Invalid.fields(route_id="There is no such route. Choose one from the list.")
    return route


def _check(params: Mapping[str, Any], actor: Actor) -> str:
    route = _route(params, actor)
    return f"{route.label} {route.name}"


def _prepare(params: Mapping[str, Any]) -> Step:
    def step(code: str, actor: Actor) -> Outcome:
        session_opening.add_orders(_route(params, actor).label, [code], actor=actor, here=True)
        return _now(code, actor)

    return step


def _take_back(joined: Event, actor: Actor) -> Outcome:
    session_undo.take_out_again(joined, actor=actor)
    return _now(joined.object_code, actor)


def _now(code: str, actor: Actor) -> Outcome:
    """The order as the session left it, with what it did to it last."""
    order = Order.objects.visible_to(actor).get(code=code)
    return Outcome(order, Event.objects.get(stream="order", object_id=order.pk, version=order.version))


def register() -> None:
    registry.register(
        BulkAction(
            name="assign-to-route",
            label="Add to route",
            section="Assignment",
            done="added to the route",
            permission="groups.manage",
            input_class=AssignToRouteInput,
            prepare=_prepare,
            check=_check,
            take_back=_take_back,
            choices={"route_id": "routes/?status=assigned&limit=100"},
        )
    )
