"""From the database to frames: reads a stretch of a tenant's stream once, and words it for each scope that watches.

Everything here runs on the hub's database threads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch_console.console.live import frames
from dispatch_console.console.live.frames import Frame
from dispatch_console.core import clock, stream
from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.stream import StreamItem
from drivers.commands import STREAM as DRIVERS
from drivers.models import Driver
from orders import fleet
from orders.models import Order
from orders.rows import OrderRow, rows_for
from orders.states import GroupKind
from routes.models import MODELS
from routes.models.route import RouteKind

# A route holds no order itself, but its page and list are read again like those of groups.
GROUP_STREAMS = frozenset((*GroupKind.values, RouteKind.ROUTE))
ORDERS = "order"  # the name the order engine records under

ScopeKey = tuple[Any, ...]
GroupStatuses = dict[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What some viewers see alike; `actor` is any one of them."""

    actor: Actor

    @property
    def key(self) -> ScopeKey:
        return (self.actor.scope_key, self.sees_drivers, self.actor.may("orders.view"))

    @property
    def sees_drivers(self) -> bool:
        return self.actor.may("drivers.view")

    @property
    def is_limited(self) -> bool:
        return self.actor.is_limited


@dataclass(frozen=True, slots=True)
class Stretch:
    """The numbers `first` to `last` of a stream, as frames for each scope."""

    first: int
    last: int
    frames: dict[ScopeKey, list[Frame]]


def advance(tenant_id: int, after: int, scopes: Sequence[Scope], limit: int) -> Stretch | None:
    """Number what has committed, then read on; None when there is nothing new."""
    stream.number_pending(tenant_id)
    return read(tenant_id, after, scopes, limit)


def read(tenant_id: int, after: int, scopes: Sequence[Scope], limit: int) -> Stretch | None:
    items = stream.read_after(tenant_id, after, limit)
    if not items:
        return None
    rows = rows_for({item.object_id for item in items if item.stream == ORDERS})
    fleet_rows = _fleet_rows(items, rows) if any(scope.sees_drivers for scope in scopes) else {}
    statuses = _group_statuses(items)
    return Stretch(
        first=items[0].number,
        last=items[-1].number,
        frames={scope.key: _frames(scope, items, rows, fleet_rows, statuses) for scope in scopes},
    )


def start(tenant_id: int) -> int:
    """Where a stream stands now, everything committed so far included."""
    stream.number_pending(tenant_id)
    return stream.head(tenant_id)


def visible_driver_ids(scope: Scope) -> frozenset[int] | None:
    """The drivers a scope sees; None means all of the tenant."""
    if not scope.is_limited:
        return None
    return frozenset(Driver.objects.visible_to(scope.actor).order_by().values_list("pk", flat=True))


def _frames(
    scope: Scope,
    items: list[StreamItem],
    rows: dict[int, OrderRow],
    fleet_rows: dict[int, fleet.FleetRow],
    statuses: GroupStatuses,
) -> list[Frame]:
    found = []
    # Before the events: a viewer lost between the two asks for these numbers again, and gets both again.
    if scope.sees_drivers and fleet_rows and (mine := _visible_fleet(scope, fleet_rows)):
        found.append(frames.drivers(mine))
    if changed := _changed_groups(scope, items, statuses):
        found.append(frames.groups(changed))
    found.append(frames.events(items[0].number, items[-1].number, _order_items(scope, items, rows)))
    return found


def _order_items(scope: Scope, items: list[StreamItem], rows: dict[int, OrderRow]) -> list[dict[str, Any]]:
    """The events of orders that the scope sees. Only the last event of an order carries its row."""
    visible = _visible_orders(scope, rows)
    latest = {item.object_id: item.number for item in items if item.stream == ORDERS}
    worded = []
    for item in items:
        if item.stream != ORDERS:
            continue
        if item.object_id in visible:
            content = _worded(item)
            if latest[item.object_id] == item.number:
                content["row"] = rows[item.object_id]
            worded.append(content)
        elif _was_visible(scope, item):
            worded.append({"number": item.number, "kind": item.kind, "code": item.object_code, "row": None})
    return worded


def _group_statuses(items: Iterable[StreamItem]) -> GroupStatuses:
    """The present status of each group that changed, one query per kind."""
    ids: dict[str, set[int]] = {}
    for item in items:
        if item.stream in GroupKind.values:
            ids.setdefault(item.stream, set()).add(item.object_id)
    found: GroupStatuses = {}
    for kind, pks in ids.items():
        rows = MODELS[GroupKind(kind)]._default_manager.filter(pk__in=pks).order_by()
        found |= {(kind, pk): status for pk, status in rows.values_list("pk", "status")}  # type: ignore[misc]
    return found


def _changed_groups(scope: Scope, items: Iterable[StreamItem], statuses: GroupStatuses) -> list[dict[str, Any]]:
    """The groups of the scope's teams that changed, each once: enough to know that a page must be read again."""
    actor = scope.actor
    if actor.customer_id is not None or actor.driver_id is not None or not actor.may("orders.view"):
        return []
    latest: dict[tuple[str, int], dict[str, Any]] = {}
    for item in items:
        is_group = item.stream in GROUP_STREAMS
        if is_group and (actor.team_ids is None or item.team_id is None or item.team_id in actor.team_ids):
            group = (item.stream, item.object_id)
            status = statuses.get(group, "")
            latest[group] = {
                "kind": item.stream,
                "label": item.object_code,
                "version": item.version,
                "status": status,
            }
    return list(latest.values())


def _worded(item: StreamItem) -> dict[str, Any]:
    return {
        "number": item.number,
        "kind": item.kind,
        "code": item.object_code,
        "version": item.version,
        "actor": item.actor_label,
        "user_id": item.actor_id if item.actor_kind == ActorKind.USER else None,
        "source": item.source,
        "reason": item.reason,
        "at": clock.iso(item.occurred_at),
    }


def _visible_orders(scope: Scope, rows: dict[int, OrderRow]) -> Iterable[int]:
    if not scope.is_limited:
        return rows.keys()
    return set(Order.objects.visible_to(scope.actor).filter(pk__in=rows).order_by().values_list("pk", flat=True))


def _was_visible(scope: Scope, item: StreamItem) -> bool:
    """An order that has left the viewer's teams must leave the screen, too."""
    teams = scope.actor.team_ids
    if teams is None:
        return False
    before = (item.before or {}).get("team", item.team_id)
    return before is None or before in teams or item.team_id in teams


def _fleet_rows(items: list[StreamItem], rows: dict[int, OrderRow]) -> dict[int, fleet.FleetRow]:
    """Drivers who changed, and drivers whose load changed because an order came to them or left them."""
    ids = {item.object_id for item in items if item.stream == DRIVERS}
    for row in rows.values():
        ids.update(person["id"] for person in (row["driver"], row["holder"]) if person is not None)
    for item in items:
        if item.stream == ORDERS and item.before:
            ids.update(pk for name in ("driver", "holder") if isinstance(pk := item.before.get(name), int))
    return fleet.rows_for(ids) if ids else {}


def _visible_fleet(scope: Scope, fleet_rows: dict[int, fleet.FleetRow]) -> list[fleet.FleetRow]:
    if not scope.is_limited:
        return list(fleet_rows.values())
    visible = Driver.objects.visible_to(scope.actor).filter(pk__in=fleet_rows).order_by()
    return [fleet_rows[pk] for pk in sorted(set(visible.values_list("pk", flat=True)))]
