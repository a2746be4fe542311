"""A driver's open work as stops with points and times, for everything that plans with it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from math import inf
from typing import Literal, NamedTuple

from orders.groups import Places
from orders.models import Order
from routes.models import DispatchSettings
from routes.picture import is_moving
from routes.planning.insertion import Visit
from routes.roads.base import Point

Kind = Literal["pickup", "dropoff"]


class Stop(NamedTuple):
    """`service` in minutes; an end without a point is no stop, because nobody can say how far it is."""

    kind: Kind
    order: Order
    point: Point
    service: float


def point_of(order: Order, end: Kind) -> Point | None:
    latitude, longitude = getattr(order, f"{end}_latitude"), getattr(order, f"{end}_longitude")
    return None if latitude is None or longitude is None else (latitude, longitude)


def stops_of(
    work: Iterable[Order], settings: DispatchSettings, in_groups: Mapping[int, Places] | None = None
) -> list[Stop]:
    """The stops that are left, in sequence; orders that follow each other at one place are fetched in one visit.

    `in_groups` are the places of orders in a group with a sequence of its own (`orders.groups.places`): its stops come
    in that sequence, where its first order stands.
    """
    places = in_groups or {}
    found: list[Stop] = []
    for label, members in groupby(work, key=lambda order: order.held_by if order.pk in places else ""):
        orders = list(members)
        found += _in_places(orders, places, settings) if label else _in_turn(orders, settings)
    return found


def _in_places(orders: list[Order], places: Mapping[int, Places], settings: DispatchSettings) -> list[Stop]:
    ends: list[tuple[int, Kind, Order]] = []
    for order in orders:
        pickup, dropoff = places[order.pk]
        if not is_moving(order):
            ends.append((pickup, "pickup", order))
        ends.append((dropoff, "dropoff", order))
    found: list[Stop] = []
    for (_, kind), together in groupby(sorted(ends, key=lambda end: end[:2]), key=lambda end: end[:2]):
        minutes = settings.pickup_minutes if kind == "pickup" else settings.dropoff_minutes
        found += _ends([order for _, _, order in together], kind, minutes)
    return found


def _in_turn(work: Iterable[Order], settings: DispatchSettings) -> list[Stop]:
    found: list[Stop] = []
    for key, together in groupby(work, key=_visit):
        orders = list(together)
        if key is not None:
            found += _ends(orders, "pickup", settings.pickup_minutes)
        found += _ends(orders, "dropoff", settings.dropoff_minutes)
    return found


def _visit(order: Order) -> tuple[Point | None, int] | None:
    """What orders have in common that are fetched together; None for one that is fetched already."""
    if is_moving(order):
        return None
    point = point_of(order, "pickup")
    return (point, 0) if point is not None else (None, order.pk)


def _ends(orders: list[Order], kind: Kind, minutes: float) -> Iterator[Stop]:
    for number, order in enumerate(orders):
        point = point_of(order, kind)
        if point is not None:
            # One visit takes its time once, however many packages are handed over.
            yield Stop(kind, order, point, minutes if kind == "dropoff" or number == 0 else 0.0)


def visit_of(stop: Stop, now: datetime) -> Visit:
    order = stop.order
    if stop.kind == "pickup":
        ready = order.scheduled_pickup_at
        return Visit(order.code, stop.service, not_before=-inf if ready is None else minutes_until(ready, now))
    return Visit(order.code, stop.service, promise=inf if order.due_at is None else minutes_until(order.due_at, now))


def minutes_until(moment: datetime, now: datetime) -> float:
    return (moment - now).total_seconds() / 60
