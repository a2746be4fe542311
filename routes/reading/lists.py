"""Lists of groups: filters, order, one page, and the count of each status under all other filters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, QuerySet

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden
from dispatch_console.core.filtering import MomentFilter, StrictFilterSet, TextFilter, once_each
from dispatch_console.core.keyset import Sort, count_up_to, read_limit, read_page
from routes.models.group import Group

PAGE = 20
MOST = 100
NEWEST = "-created_at"

G = TypeVar("G", bound=Group)


class GroupFilter(StrictFilterSet):
    """What every list of groups can be narrowed by; a kind adds its statuses and what else it has.

    Days are the company's; the last day of a range belongs to it.
    """

    search = TextFilter("label", help_text="A part of the number.")
    notes = TextFilter("notes", help_text="Text in the notes.")
    created_after = MomentFilter("created_at", "gte", help_text="Created from this day or time on.")
    created_before = MomentFilter("created_at", "lt", help_text="Created up to this day, or before this time.")
    updated_after = MomentFilter("updated_at", "gte", help_text="Changed from this day or time on.")
    updated_before = MomentFilter("updated_at", "lt", help_text="Changed up to this day, or before this time.")


def moments(*names: str) -> dict[str, MomentFilter]:
    """`sealed` -> the filters `sealed_after` and `sealed_before` on `sealed_at`, for the body of a filter set."""
    found = {}
    for name in names:
        word = name.replace("_", " ").capitalize()
        found[f"{name}_after"] = MomentFilter(f"{name}_at", "gte", help_text=f"{word} from this day or time on.")
        found[f"{name}_before"] = MomentFilter(f"{name}_at", "lt", help_text=f"{word} up to this day.")
    return found


@dataclass(frozen=True, slots=True)
class Listing(Generic[G]):
    """One page, where it goes on, how many fit in all, and how many there are of each status (`counts`)."""

    groups: list[G]
    next_cursor: str | None
    total: int
    is_capped: bool
    counts: dict[str, int]


def visible(model: type[G], actor: Actor) -> QuerySet[G]:
    """The groups the actor may read; a driver reads the own ones through the driver's addresses."""
    if not actor.may("orders.view"):
        raise Forbidden("Your role does not include this. Ask your administrator if you need it.")
    return model._default_manager.visible_to(actor)  # type: ignore[attr-defined]


def read_list(
    rows: QuerySet[G],
    params: Mapping[str, str],
    *,
    actor: Actor,
    filters: type[StrictFilterSet],
    sorts: Mapping[str, Sort],
    statuses: Iterable[str],
    related: Iterable[str] = (),
    default: str = NEWEST,
) -> Listing[G]:
    """Three or four queries, however many groups there are. `related` are the relations that a row names."""
    asked = once_each(params)
    found = filters(asked, rows, actor=actor).filtered()
    page = read_page(
        found,
        sorts,
        ordering=asked.get("ordering") or default,
        cursor=asked.get("cursor", ""),
        limit=read_limit(asked.get("limit", ""), default=PAGE, most=MOST),
    )
    total, is_capped = count_up_to(found)
    groups: dict[int, G] = rows.select_related(*related).in_bulk(page.ids)
    return Listing(
        [groups[pk] for pk in page.ids if pk in groups],
        page.next_cursor,
        total,
        is_capped,
        _counts(rows, asked, actor=actor, filters=filters, statuses=statuses),
    )


def _counts(
    rows: QuerySet[G],
    asked: Mapping[str, str],
    *,
    actor: Actor,
    filters: type[StrictFilterSet],
    statuses: Iterable[str],
) -> dict[str, int]:
    others = {name: value for name, value in asked.items() if name != "status"}
    found: Any = filters(others, rows, actor=actor).filtered()
    tally = dict(found.order_by().values_list("status").annotate(found=Count("pk", distinct=True)))
    return {status: tally.get(status, 0) for status in statuses}
