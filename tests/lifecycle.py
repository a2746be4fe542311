"""Brings an order to any status the way it happens in life: one real command after the other."""

from dispatch_console.core.permissions import PERMISSIONS
from drivers.models import Driver
from orders import commands
from orders.actions import Action, Assign, Cancel, Deliver, Depart, PickUp, Return
from orders.models import Order
from orders.states import Status
from tests import factories

PATHS: dict[str, tuple[str, ...]] = {
    Status.PENDING: (),
    Status.ASSIGNED: ("assign",),
    Status.PICKED_UP: ("assign", "pick_up"),
    Status.IN_TRANSIT: ("assign", "pick_up", "depart"),
    Status.DELIVERED: ("assign", "pick_up", "depart", "deliver"),
    Status.CANCELLED: ("cancel",),
    Status.RETURNED: ("assign", "pick_up", "return"),
}


def bring_to(order: Order, status: str, *, driver: Driver | None = None) -> Order:
    """Perform the actions that lead to `status` as somebody who may do everything."""
    actor = factories.make_actor(order.tenant, permissions=frozenset(PERMISSIONS))
    steps: dict[str, Action] = {
        "pick_up": PickUp(),
        "depart": Depart(),
        "deliver": Deliver(note="Handed over at the door"),
        "cancel": Cancel(reason="Customer changed their mind"),
        "return": Return(reason="Refused at the door"),
    }
    for name in PATHS[status]:
        if name == "assign":
            driver = driver or factories.make_driver(order.tenant)
            step: Action = Assign(driver_id=driver.pk)
        else:
            step = steps[name]
        order = commands.perform(step, code=order.code, actor=actor).order
    return order
