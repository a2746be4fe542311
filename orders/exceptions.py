"""Exceptions as lists and figures: what is open, what was settled, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db.models import Count, Q, QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.filtering import (
    IdsFilter,
    MomentFilter,
    StrictFilterSet,
    TextFilter,
    WordsFilter,
    once_each,
)
from dispatch_console.core.keyset import moment, read_limit, read_page
from orders.access import visible_orders
from orders.models import OrderException
from orders.states import ExceptionStage, ExceptionStatus, Resolution

SORTS = {"raised_at": moment("raised_at")}
PAGE = 50


class ExceptionFilter(StrictFilterSet):
    status = WordsFilter("status", words=ExceptionStatus.values, help_text="Statuses; pending and escalated are open.")
    stage = WordsFilter("stage", words=ExceptionStage.values, help_text="How far the order was.")
    resolution = WordsFilter("resolution", words=Resolution.values, help_text="How it was resolved.")
    type = TextFilter("type", help_text="Text in the type.")
    driver = IdsFilter("driver_id", help_text="Driver ids.")
    order = TextFilter("order__code", help_text="Text in the order's code.")
    raised_after = MomentFilter("raised_at", "gte", help_text="Raised at or after.")
    raised_before = MomentFilter("raised_at", "lt", help_text="Raised before; a date takes the whole day in.")

    class Meta:
        model = OrderException
        fields: list[str] = []


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of exceptions, newest first; the figures ignore the status, so that every tab can tell its own."""

    exceptions: list[OrderException]
    next_cursor: str | None
    figures: "Figures"


class Figures(TypedDict):
    """`resolved_share` is a whole number of percent; null where there is no exception."""

    total: int
    pending: int
    escalated: int
    resolved: int
    closed: int
    resolved_share: int | None


def visible_exceptions(actor: Actor) -> QuerySet[OrderException]:
    """Those of the orders the actor sees."""
    return OrderException.objects.visible_to(actor).filter(order__in=visible_orders(actor).values("pk"))


def figures(exceptions: QuerySet[OrderException]) -> Figures:
    counts = {f"{status}_": Count("pk", filter=Q(status=status)) for status in ExceptionStatus.values}
    found = exceptions.order_by().aggregate(total=Count("pk"), **counts)
    total, resolved = found["total"], found["resolved_"]
    return {
        "total": total,
        "pending": found["pending_"],
        "escalated": found["escalated_"],
        "resolved": resolved,
        "closed": found["closed_"],
        "resolved_share": round(100 * resolved / total) if total else None,
    }


def read_list(actor: Actor, params: Mapping[str, str]) -> Listing:
    """Three queries. Raises Invalid naming each wrong parameter."""
    asked, rows = once_each(params), visible_exceptions(actor)
    found = ExceptionFilter(asked, rows, actor=actor).filtered()
    others = {name: value for name, value in asked.items() if name not in ("status", "cursor", "limit")}
    page = read_page(
        found,
        SORTS,
        ordering=asked.get("ordering") or "-raised_at",
        cursor=asked.get("cursor", ""),
        limit=read_limit(asked.get("limit", ""), default=PAGE, most=200),
    )
    records = rows.select_related("order", "driver").in_bulk(page.ids)
    return Listing(
        [records[pk] for pk in page.ids if pk in records],
        page.next_cursor,
        figures(ExceptionFilter(others, rows, actor=actor).filtered()),
    )


def exception_item(exception: OrderException, *, code: str) -> dict[str, Any]:
    """One exception as every JSON answer tells it; `code` is its order's."""
    driver = exception.driver
    return {
        "id": exception.pk,
        "order": code,
        "type": exception.type,
        "stage": exception.stage,
        "status": exception.status,
        "note": exception.note,
        "driver": {"id": driver.pk, "name": driver.name} if driver is not None else None,
        "raised_by": exception.raised_by,
        "raised_at": clock.iso(exception.raised_at),
        "resolution": exception.resolution,
        "resolution_note": exception.resolution_note,
        "settled_by": exception.settled_by,
        "settled_at": clock.iso(exception.settled_at),
    }
