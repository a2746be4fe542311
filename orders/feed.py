"""The tenant's numbered events as one actor may see them."""

from dispatch_console.core import stream
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.access import visible_orders
from orders.detail import STREAM


def feed(actor: Actor, *, after: int, limit: int) -> tuple[list[Event], int]:
    """Up to `limit` events after a number, without those of orders the actor may not see; and the number reached."""
    # Where no console is open, nobody else gives numbers soon.
    stream.number_pending(actor.tenant_id)
    numbers = {item.number: item for item in stream.read_after(actor.tenant_id, after, limit)}
    if not numbers:
        return [], after
    order_ids = {item.object_id for item in numbers.values() if item.stream == STREAM}
    visible = set(visible_orders(actor).filter(pk__in=order_ids).values_list("pk", flat=True))
    wanted = [item.id for item in numbers.values() if item.stream == STREAM and item.object_id in visible]
    return list(Event.objects.filter(pk__in=wanted).order_by("number")), max(numbers)
