"""Sessions of routes as lists and details show them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.filtering import CommaField, ConditionFilter, IdsFilter, TextFilter, WordsFilter
from dispatch_console.core.keyset import Sort, moment
from dispatch_console.core.models import Tenant
from orders.actions import cash
from orders.rows import rows_for
from orders.states import CashStage, Status
from routes.commands.session_rules import ACTS, why_not
from routes.models import RouteSession, SessionItem, SessionStatus
from routes.models.session import LIVE, MOMENTS, RUNNING
from routes.reading.lists import GroupFilter, Listing, moments, read_list, visible
from routes.reading.routes import end_part

RELATED = ("route__pickup_warehouse", "route__dropoff_warehouse", "driver__primary_vehicle")
TIMES = tuple(column.removesuffix("_at") for column in MOMENTS.values())
COUNTED = ("orders", "live", "delivered", "returned", "cancelled", "units")
SORTS = {
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
    "label": Sort("id"),
    "status": Sort("status"),
    "driver": Sort("driver__name"),
    **{f"{name}_at": moment(f"{name}_at", nullable=True) for name in TIMES},
}


class RouteFilter(ConditionFilter):
    field_class = CommaField

    def condition(self, value: list[str]) -> Q:
        return Q(route__label__in=value)


class SessionFilter(GroupFilter):
    """`search` looks in the number and the route's name."""

    search = TextFilter("label", "route__name", help_text="A part of the number, or of the route's name.")
    status = WordsFilter("status", words=SessionStatus.values, help_text="Statuses.")
    driver = IdsFilter("driver", help_text="Driver ids.")
    route = RouteFilter("route__label", help_text="Numbers of routes, such as R0007.")
    locals().update(moments(*TIMES))


def read_sessions(actor: Actor, params: Mapping[str, str]) -> Listing[RouteSession]:
    return read_list(
        visible(RouteSession, actor),
        params,
        actor=actor,
        filters=SessionFilter,
        sorts=SORTS,
        statuses=SessionStatus.values,
        related=RELATED,
    )


def get_session(actor: Actor, label: str, *, rows: QuerySet[RouteSession] | None = None) -> RouteSession:
    """One session; another company's, another team's and a missing one look the same."""
    found = visible(RouteSession, actor) if rows is None else rows
    session = found.select_related(*RELATED).filter(label=label).first()
    if session is None:
        raise NotVisible(f"There is no session {label[:24]}.")
    return session


def own_sessions(actor: Actor) -> QuerySet[RouteSession]:
    """A driver's sessions that are not over."""
    return RouteSession.objects.visible_to(actor).filter(driver=actor.driver_id, status__in=RUNNING)


def loads(sessions: Iterable[RouteSession]) -> dict[int, dict[str, int]]:
    """What each session has: its orders, by what became of them, and the units of those not over. One query."""
    items = Q(items__removed_at__isnull=True)

    def of(*statuses: str) -> Count:
        return Count("items", filter=items & Q(items__order__status__in=statuses))

    rows = RouteSession.objects.filter(pk__in=[session.pk for session in sessions]).order_by()
    found = rows.annotate(
        orders=Count("items", filter=items),
        live=of(*LIVE),
        delivered=of(Status.DELIVERED, Status.STAGED),
        returned=of(Status.RETURNED),
        cancelled=of(Status.CANCELLED),
        units=Sum("items__order__unit_size", filter=items & Q(items__order__status__in=LIVE), default=0),
    )
    return {row["pk"]: {name: row[name] for name in COUNTED} for row in found.values("pk", *COUNTED)}


def session_rows(sessions: Iterable[RouteSession]) -> list[dict[str, Any]]:
    """The rows of a list, in its order."""
    sessions = list(sessions)
    counted = loads(sessions)
    return [session_row(session, counted[session.pk]) for session in sessions]


def session_row(session: RouteSession, load: Mapping[str, int]) -> dict[str, Any]:
    """One session as JSON. Times are ISO 8601 in UTC; `orders` counts all it has, `live` those not over."""
    route, vehicle = session.route, session.driver.primary_vehicle
    return {
        "label": session.label,
        "version": session.version,
        "status": session.status,
        "route": {
            "label": route.label,
            "name": route.name,
            "pickup": end_part(route, "pickup"),
            "dropoff": end_part(route, "dropoff"),
        },
        "driver": {"id": session.driver_id, "name": session.driver.name},
        "vehicle": None if vehicle is None else vehicle.name,
        "capacity": session.capacity,
        **load,
        "notes": session.notes,
        "scheduled_for": clock.iso(session.scheduled_for),
        "created_by": session.created_by,
        "created_at": clock.iso(session.created_at),
        "updated_at": clock.iso(session.updated_at),
        **{f"{name}_at": clock.iso(getattr(session, f"{name}_at")) for name in TIMES},
    }


def item_rows(session: RouteSession, actor: Actor) -> list[dict[str, Any]]:
    """The session's orders that the actor may see, as they were added. Three queries."""
    return items_of([session], actor)[session.pk]


def items_of(sessions: Iterable[RouteSession], actor: Actor) -> dict[int, list[dict[str, Any]]]:
    """The same of several sessions, in as many queries as for one."""
    found: dict[int, list[dict[str, Any]]] = {session.pk: [] for session in sessions}
    items = SessionItem.objects.filter(session__in=list(found), removed_at__isnull=True).order_by("pk")
    values = list(items.values("session_id", "order_id", "added_by", "added_at"))
    rows = rows_for({item["order_id"] for item in values})
    for item in values:
        row = rows.get(item["order_id"])
        if row is None or not _may_see(row, actor):
            continue
        found[item["session_id"]].append(
            {"order": row, "added_by": item["added_by"], "added_at": clock.iso(item["added_at"])}
        )
    return found


def _may_see(row: Any, actor: Actor) -> bool:
    if actor.driver_id is not None:
        return any(who is not None and who["id"] == actor.driver_id for who in (row["driver"], row["holder"]))
    return actor.team_ids is None or row["team_id"] is None or row["team_id"] in actor.team_ids


def cash_due(session: RouteSession) -> dict[str, Any] | None:
    """What is still to be collected at the doors; None for nothing."""
    return cash_of([session])[session.pk]


def cash_of(sessions: Iterable[RouteSession]) -> dict[int, dict[str, Any] | None]:
    """The same of several sessions. Two queries."""
    sessions = list(sessions)
    amounts: dict[int, list[Decimal]] = {session.pk: [] for session in sessions}
    live = SessionItem.objects.filter(session__in=sessions, removed_at__isnull=True, order__status__in=LIVE)
    for item in live.select_related("order"):
        if amount := cash.due(item.order, CashStage.DROPOFF).amount:
            amounts[item.session_id].append(amount)
    if not any(amounts.values()):
        return dict.fromkeys(amounts)
    currency = Tenant.objects.get(pk=sessions[0].tenant_id).currency
    return {
        pk: {"amount": f"{sum(due, Decimal(0)):.2f}", "currency": currency, "orders": len(due)} if due else None
        for pk, due in amounts.items()
    }


def details(sessions: Iterable[RouteSession], actor: Actor) -> list[dict[str, Any]]:
    """The rows with their orders, the cash that is due, and every act with whether it is possible now."""
    sessions = list(sessions)
    counted, items, due = loads(sessions), items_of(sessions, actor), cash_of(sessions)
    return [
        {
            **session_row(session, counted[session.pk]),
            "items": items[session.pk],
            "cash_due": due[session.pk],
            "actions": offers(session, actor, live=counted[session.pk]["live"]),
        }
        for session in sessions
    ]


def offers(session: RouteSession, actor: Actor, *, live: int) -> list[dict[str, Any]]:
    """Every act with whether it is possible now, and why not. A driver is offered the own ones only."""
    is_driver = actor.driver_id is not None
    may = actor.may("work.own" if is_driver else "groups.manage")
    found = []
    for act in ACTS.values():
        if is_driver and not act.of_driver:
            continue
        why = why_not(act, session, live=live, for_driver=is_driver)
        code, sentence = (why.code, why.sentence) if why else ("", "")
        if not why and not may:
            code, sentence = "forbidden", f"Your role does not allow “{act.label.lower()}”."
        found.append(
            {
                "name": act.name,
                "label": act.label,
                "key": act.key,
                "is_step": act.is_step,
                "is_dangerous": act.is_dangerous,
                "is_allowed": not sentence,
                "code": code,
                "why_not": sentence,
                "asks": list(act.asks),
                "reason_kind": act.reason_kind,
                "explains": act.explains,
            }
        )
    return found
