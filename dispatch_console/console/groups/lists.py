"""The list of one kind: tabs with counts, filters that live in the address, chosen columns, pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dispatch_console.console.groups.kinds import Column, Filter, GroupKindPages, warehouses
from dispatch_console.core.actor import Actor
from drivers.models import Driver
from routes.reading.lists import Listing

# These belong to the way of looking, not to what is looked for.
NO_FILTERS = frozenset({"cursor", "limit", "ordering", "status"})
DAY_ENDS = ("after", "before")


@dataclass(frozen=True, slots=True)
class Link:
    """A tab or a heading: where it leads and how it stands."""

    label: str
    url: str
    is_on: bool = False
    count: int | None = None
    tone: str = ""
    direction: str = ""
    column: Column | None = None


class ListContext:
    """Everything the list's template asks for."""

    def __init__(self, pages: GroupKindPages, actor: Actor, params: Mapping[str, str], chosen: str) -> None:
        self.pages, self.actor, self.params = pages, actor, dict(params)
        self.listing: Listing = pages.listing(actor, params)
        self.chosen = [name for name in chosen.split(".") if name]

    @property
    def columns(self) -> list[Column]:
        shown = [column for column in self.pages.columns if self._is_shown(column)]
        return shown or list(self.pages.columns[:1])

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        return [(column, self._is_shown(column)) for column in self.pages.columns[1:]]

    def _is_shown(self, column: Column) -> bool:
        if column == self.pages.columns[0]:
            return True
        return column.name in self.chosen if self.chosen else column.shown

    @property
    def rows(self) -> list[dict[str, Any]]:
        columns = self.columns
        return [
            {
                **row,
                "url": self.pages.url("", row["label"]),
                "tab": self.pages.statuses.get(row["status"]),
                "cells": [(column, row[column.name]) for column in columns],
            }
            for row in self.pages.rows(self.listing.groups)
        ]

    @property
    def tabs(self) -> Iterator[Link]:
        counts, chosen = self.listing.counts, self.params.get("status", "")
        every = sum(count for status, count in counts.items() if status not in self.pages.hidden)
        yield Link("All", self._url(status="", cursor=""), not chosen, every)
        for status, tab in self.pages.statuses.items():
            count = counts.get(status, 0)
            yield Link(tab.label, self._url(status=status, cursor=""), chosen == status, count, tab.tone)

    @property
    def headings(self) -> Iterator[Link]:
        ordering = self.params.get("ordering") or self.pages.default_ordering
        for column in self.columns:
            if not column.sort:
                yield Link(column.label, "", column=column)
                continue
            is_on = ordering.removeprefix("-") == column.sort
            descending = ordering.startswith("-")
            # Times begin with the newest, words and numbers with the first.
            turned = f"-{column.sort}" if (not descending if is_on else column.kind == "time") else column.sort
            direction = ("descending" if descending else "ascending") if is_on else ""
            yield Link(column.label, self._url(ordering=turned, cursor=""), is_on, direction=direction, column=column)

    @property
    def filters(self) -> Iterator[dict[str, Any]]:
        for declared in self.pages.filters:
            value = self.params.get(declared.name, "")
            shown: dict[str, Any] = {"filter": declared, "value": value, "is_on": bool(value)}
            if declared.kind == "days":
                shown |= self._days(declared)
            if declared.kind == "warehouse":
                shown["warehouses"] = warehouses(self.actor)
            if declared.kind == "driver":
                shown["words"] = self._driver_name(value)
            yield shown

    def _days(self, declared: Filter) -> dict[str, Any]:
        """The moment that has a range, or else the first one."""
        first = declared.choices[0][0]
        moment = next(
            (name for name, _ in declared.choices for end in DAY_ENDS if self.params.get(f"{name}_{end}")), first
        )
        after, before = (self.params.get(f"{moment}_{end}", "") for end in DAY_ENDS)
        return {"moment": moment, "after": after, "before": before, "is_on": bool(after or before)}

    def _driver_name(self, value: str) -> str:
        if value == "none":
            return "No driver"
        ids = [int(word) for word in value.split(",") if word.isdigit()]
        names = Driver.objects.visible_to(self.actor).filter(pk__in=ids).values_list("name", flat=True)
        return ", ".join(sorted(set(names)))

    @property
    def is_filtered(self) -> bool:
        return any(value and name not in NO_FILTERS for name, value in self.params.items())

    @property
    def reset_url(self) -> str:
        kept = {name: value for name, value in self.params.items() if name in ("status", "ordering") and value}
        return self._address(kept)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of filters carries along unseen."""
        return [(name, self.params[name]) for name in ("status", "ordering") if self.params.get(name)]

    @property
    def search(self) -> str:
        return self.params.get("search", "")

    @property
    def next_url(self) -> str:
        return self._url(cursor=self.listing.next_cursor) if self.listing.next_cursor else ""

    @property
    def first_url(self) -> str:
        return self._url(cursor="") if self.params.get("cursor") else ""

    def _url(self, **changes: str | None) -> str:
        return self._address({**self.params, **changes})

    def _address(self, params: Mapping[str, str | None]) -> str:
        query = urlencode({name: value for name, value in params.items() if value})
        return f"{self.pages.url()}?{query}" if query else self.pages.url()
