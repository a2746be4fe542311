"""The order in which a driver works: what is under way comes first, then as the dispatcher arranged it."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dispatch_console.core.actor import Actor
from drivers.models import Driver
from orders import groups
from orders.models import Order, RunSequence
from orders.states import MOVING, Status

IN_WORK = (Status.ASSIGNED, *MOVING)
_NO_PROMISE = datetime.max.replace(tzinfo=UTC)
Rank = tuple[bool, bool, int, datetime, int]
_MOST_VERSIONS = 999_999_999  # what fits an ETag, see `read_version`


@dataclass(frozen=True, slots=True)
class Run:
    """A driver's open work in order: `work` is all of it, `shown` what the asker may see (see `version_of`)."""

    driver: Driver
    work: list[Order]
    shown: list[Order]
    version: int

    @property
    def codes(self) -> list[str]:
        return [order.code for order in self.shown]


def run_of(driver: Driver, actor: Actor) -> Run:
    """The run of a driver whom the actor may see. Two queries, one more with trips, and for an actor of some teams."""
    stored = RunSequence.objects.filter(driver=driver).first()
    found = _open_orders(driver.pk)
    work = in_order(found, stored.order_ids if stored else [], groups.places(found))
    shown = work
    if actor.team_ids is not None:
        ids = Order.objects.visible_to(actor).filter(pk__in=[order.pk for order in work]).values_list("pk", flat=True)
        visible = set(ids)
        shown = [order for order in work if order.pk in visible]
    return Run(driver, work, shown, version_of(work, stored.version if stored else 0))


def work_in_order(driver_id: int) -> list[Order]:
    """The driver's open orders as they are to be worked off; the caller has decided who may see them. Two queries,
    and one more with trips.

    The current stop, what else is under way, then what was arranged, then the rest by due time; the orders of a trip
    stay together, by the next stop of each. `service` and the warehouses are joined.
    """
    found = _open_orders(driver_id)
    return in_order(found, stored_ids(driver_id), groups.places(found))


def stored_ids(driver_id: int) -> list[int]:
    """Order ids as a dispatcher left them; empty when nobody has arranged anything."""
    return RunSequence.objects.filter(driver=driver_id).values_list("order_ids", flat=True).first() or []


def in_order(
    orders: Sequence[Order], arranged: Sequence[int], in_group: Mapping[int, groups.Places] | None = None
) -> list[Order]:
    """The same orders, sorted: nothing is read. `in_group` comes from `groups.places`.

    A group with a sequence of its own stands where its first order would, and inside it that sequence holds.
    """
    places, in_group = {pk: place for place, pk in enumerate(arranged)}, in_group or {}

    def rank(order: Order) -> Rank:
        place = places.get(order.pk, len(places))
        return (not is_under_way(order), not is_at_door(order), place, order.due_at or _NO_PROMISE, order.pk)

    first: dict[str, Rank] = {}
    for order in orders:
        if order.pk in in_group:
            first[order.held_by] = min(rank(order), first.get(order.held_by, rank(order)))

    def key(order: Order) -> tuple[Rank, bool, int]:
        if order.pk not in in_group:
            return (rank(order), False, 0)
        pickup, dropoff = in_group[order.pk]
        return (first[order.held_by], not is_at_door(order), dropoff if order.status in MOVING else pickup)

    return sorted(orders, key=key)


def is_under_way(order: Order) -> bool:
    """The driver is busy with it: it comes before everything that is still to be started."""
    return order.status in MOVING or is_at_door(order)


def is_at_door(order: Order) -> bool:
    """The driver stands at the pickup or at the receiver's door: the current stop."""
    arrived = order.arrived_dropoff_at if order.status in MOVING else order.arrived_pickup_at
    return arrived is not None and not order.attempt_failed


def why_fixed(order: Order) -> str:
    """Why a dispatcher cannot move it to another place, as a sentence; empty when it can be moved."""
    if order.status in MOVING:
        return f"{Status(order.status).label}: the driver has the package."
    if is_at_door(order):
        return "The driver is at the pickup."
    if order.held_by:
        return f"In {groups.words(order.held_by)}, which has its own sequence."
    return ""


def version_of(work: Sequence[Order], arranged_version: int) -> int:
    """A number for this picture of a run: another arrangement, another order or any progress gives another number.

    It does not count up. Progress is written on the orders, and a counter here would make every act of a driver wait
    for one more row.
    """
    picture = repr(
        (arranged_version, [(order.pk, order.status, is_at_door(order), why_fixed(order)) for order in work])
    )
    return zlib.crc32(picture.encode()) % _MOST_VERSIONS + 1


def _open_orders(driver_id: int) -> list[Order]:
    found = Order.objects.filter(driver=driver_id, status__in=IN_WORK).order_by()
    return list(found.select_related("service", "pickup_warehouse", "dropoff_warehouse"))
