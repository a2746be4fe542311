"""What an order knows of the waybill, trip or session that holds it: a label, and whom to tell of its changes.

The groups themselves are rows of an app above this one; it registers a keeper for each kind when the project starts.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from drivers.models import Driver
from orders.models import Order
from orders.states import GroupKind

Keeper = Callable[[str, Event, Actor], None]
Places = tuple[int, int]  # of an order's pickup and of its dropoff
Sequencer = Callable[[Collection[int]], Mapping[int, Places]]
Mover = Callable[[str, Sequence[Order], Driver, str, Actor], None]

# Called with the group's label after a change of one of its orders that the group did not make itself, in the same
# transaction and with the order locked. A keeper locks its group row after that, never before.
keepers: dict[GroupKind, Keeper] = {}

# A kind of group with a sequence of its own says, by order id, at which places of it an order's ends are. One query.
sequencers: dict[GroupKind, Sequencer] = {}

# Called with the group's label when a driver's run is handed over with all of the group's orders in it, which are
# locked like both drivers: gives the orders, and the group with them, to the other driver for a reason, or refuses.
movers: dict[GroupKind, Mover] = {}


def held_by(kind: GroupKind, label: str) -> str:
    """The value of `Order.held_by`."""
    return f"{kind}:{label}"


def is_in(held_by: str, kind: GroupKind) -> bool:
    return held_by.startswith(f"{kind}:")


def words(held_by: str) -> str:
    """For sentences: `waybill WB00012`."""
    kind, _, label = held_by.partition(":")
    return f"{GroupKind(kind).label.lower()} {label}" if held_by else ""


def tell(held_by: str, event: Event, actor: Actor) -> None:
    """Let the group that holds an order follow its change."""
    kind, _, label = held_by.partition(":")
    if held_by and (keeper := keepers.get(GroupKind(kind))):
        keeper(label, event, actor)


def places(orders: Collection[Order]) -> dict[int, Places]:
    """By order id, for the orders whose group has a sequence of its own. Reads nothing where no order is in one."""
    found: dict[int, Places] = {}
    for kind, sequencer in sequencers.items():
        if ids := [order.pk for order in orders if is_in(order.held_by, kind)]:
            found |= sequencer(ids)
    return found


def mover(held_by: str) -> Mover | None:
    """How the group that holds an order passes to another driver as a whole; None where it does not."""
    return movers.get(GroupKind(held_by.partition(":")[0])) if held_by else None
