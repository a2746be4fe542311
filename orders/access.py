"""How an order is fetched for reading: through the actor, or not at all."""

from collections.abc import Collection, Iterable

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible
from orders.models import Order
from orders.models.order import OrderQuerySet

MAY_READ = "orders.view"


def require(actor: Actor, permission: str) -> None:
    """Refuse an actor whose role lacks the permission."""
    if not actor.may(permission):
        raise Forbidden(
            "Your role does not allow this. Ask your administrator if you need it.", details={"permission": permission}
        )


def visible_orders(actor: Actor) -> OrderQuerySet:
    """The orders the actor may read; drivers read their own work through their app, not through these lists."""
    require(actor, MAY_READ)
    return Order.objects.visible_to(actor)


def heard(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    """Those of these orders of whose events the actor may hear, for `core.feed`."""
    return visible_orders(actor).filter(pk__in=ids).order_by().values_list("pk", flat=True)


def get_order(actor: Actor, code: str) -> Order:
    """One order with what its detail speaks of; another tenant's, another team's and a missing one look the same."""
    return _found(visible_orders(actor), code)


def own_orders(actor: Actor) -> OrderQuerySet:
    """A driver's own work, which needs no other right than that."""
    require(actor, "work.own")
    if actor.driver_id is None:
        raise Forbidden("Only a driver has orders of their own: use the key of a driver's account.")
    return Order.objects.visible_to(actor)


def get_own_order(actor: Actor, code: str) -> Order:
    return _found(own_orders(actor), code)


def _found(orders: OrderQuerySet, code: str) -> Order:
    order = (
        # No more tables than these: from about ten on, planning the query takes longer than running it.
        orders.select_related("tenant", "service__policy", "driver", "holder", "vehicle", "customer")
        .filter(code=code)
        .first()
    )
    if order is None:
        raise NotVisible(f"There is no order {code[:24]}.")
    return order
