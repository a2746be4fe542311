"""Orders that could join a group, for pickers: searched, a page at a time, or one that was scanned."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from dispatch_console.core.actor import Actor
from dispatch_console.core.filtering import once_each, refuse_unknown
from dispatch_console.core.keyset import count_up_to, read_limit, read_page
from orders.access import visible_orders
from orders.actions.rules import Why
from orders.filters import OrderFilter
from orders.models import Order
from orders.rows import OrderRow, rows_for
from orders.selectors import SORTS

PAGE = 50
MOST_NAMED = 200
NEWEST = "-created_at"
PARAMETERS = ("search", "zone", "code", "here", "cursor", "limit")


def eligible_page(
    actor: Actor,
    params: Mapping[str, str],
    *,
    narrowed: Callable[[QuerySet[Order]], QuerySet[Order]],
    why_not: Callable[[Order], Why | None],
    warning: Callable[[OrderRow], str] = lambda row: "",
) -> dict[str, Any]:
    """`results` of {order, why_not, code, warning}; `order` is a row as in `orders.rows`.

    `narrowed` leaves the orders that could join. With `code`, codes or barcodes separated by commas, those orders are
    answered instead, and `why_not` says of each why it cannot; `asked` is what named it.
    """
    asked = once_each(params)
    refuse_unknown(asked, known=PARAMETERS)
    visible = visible_orders(actor)
    if named := asked.get("code", "").strip():
        return _named(visible, named.split(","), why_not, warning)
    words = {name: asked[name] for name in ("search", "zone") if asked.get(name)}
    found: Any = OrderFilter(words, narrowed(visible), actor=actor).filtered()
    limit = read_limit(asked.get("limit", ""), default=PAGE, most=100)
    page = read_page(found, SORTS, ordering=NEWEST, cursor=asked.get("cursor", ""), limit=limit)
    total, is_capped = count_up_to(found)
    rows = rows_for(page.ids)
    return {
        "results": [
            {"order": rows[pk], "why_not": "", "code": "", "warning": warning(rows[pk])}
            for pk in page.ids
            if pk in rows
        ],
        "next_cursor": page.next_cursor,
        "total": total,
        "total_is_capped": is_capped,
    }


def _named(
    visible: QuerySet[Order],
    words: list[str],
    why_not: Callable[[Order], Why | None],
    warning: Callable[[OrderRow], str],
) -> dict[str, Any]:
    words = list(dict.fromkeys(word.strip() for word in words if word.strip()))[:MOST_NAMED]
    upper = [word.upper() for word in words]
    found = list(visible.filter(Q(code__in=[*words, *upper]) | Q(barcode__in=words)).select_related("driver"))
    rows = rows_for([order.pk for order in found])
    by_word = {order.code.upper(): order for order in found} | {order.barcode.upper(): order for order in found}
    results = []
    for word in words:
        if order := by_word.get(word.upper()):
            row, why = rows[order.pk], why_not(order)
            answer = {"order": row, "why_not": why.sentence if why else "", "code": why.code if why else ""}
            results.append({"asked": word, **answer, "warning": "" if why else warning(row)})
    return {"results": results, "next_cursor": None, "total": len(results), "total_is_capped": False}
