"""Strict filters: every parameter of a list is known and every value understood, or the request is refused."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Tenant

MAX_VALUES = 200
MAX_TEXT = 200
MAX_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 2000, 2199

Moment = TypeVar("Moment", date, datetime)


class StrictFilterSet(django_filters.FilterSet):
    """A filter set for one actor that refuses what it does not know and builds only the filters that were asked for.

    Filters on different parameters must all hold; an empty value is no filter.
    """

    # Parameters that the list itself understands.
    beside: ClassVar[frozenset[str]] = frozenset({"cursor", "limit", "ordering"})

    def __init__(self, data: Mapping[str, str], queryset: QuerySet, *, actor: Actor) -> None:
        self.actor = actor
        asked = once_each(data)
        refuse_unknown(asked, known=[*self.base_filters, *sorted(self.beside)])  # type: ignore[has-type]
        # Copying and compiling fifty declared filters costs more than most queries; the base class copies these.
        self.base_filters = {name: self.base_filters[name] for name in asked if name in self.base_filters}  # type: ignore[has-type]
        super().__init__(asked, queryset)

    @cached_property
    def tenant(self) -> Tenant:
        return Tenant.objects.get(pk=self.actor.tenant_id)

    def filtered(self) -> QuerySet:
        """The queryset with every filter applied; raises Invalid naming each wrong parameter."""
        if not self.base_filters:
            return self.queryset  # type: ignore[no-any-return]
        if self.errors:
            fields = {name: [str(sentence) for sentence in sentences] for name, sentences in self.errors.items()}
            raise Invalid(next(iter(fields.values()))[0], details={"fields": fields})
        return self.qs  # type: ignore[no-any-return]


def once_each(data: Mapping[str, str]) -> dict[str, str]:
    """The parameters as a plain dictionary; one that was given twice is refused, since one value would be lost."""
    if isinstance(data, QueryDict):
        for name, values in data.lists():
            if len(values) > 1:
                raise Invalid.fields(**{shown(name): "Give this parameter once; separate several values by commas."})
    return {name: data[name] for name in data}


def refuse_unknown(asked: Iterable[str], *, known: Iterable[str]) -> None:
    known = list(known)
    unknown = [name for name in asked if name not in known]
    if unknown:
        sentence = f"There is no such parameter here. Known: {', '.join(known)}."
        raise Invalid(
            f"Unknown parameter “{shown(unknown[0])}”.",
            code="unknown_parameter",
            details={"fields": {shown(name): [sentence] for name in unknown[:20]}},
        )


def shown(value: str) -> str:
    """A caller's text, short enough to be quoted back."""
    return value if len(value) <= 40 else f"{value[:40]}…"


# Fields: one parameter's text to a Python value


class CommaField(forms.CharField):
    """Several values separated by commas; repeats are dropped, the order is kept."""

    def clean(self, value: Any) -> list[Any]:
        text = super().clean(value)
        if not text:
            return []
        words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
        if not words:
            raise forms.ValidationError("Give at least one value, or leave the parameter out.")
        if len(words) > MAX_VALUES:
            raise forms.ValidationError(f"Give at most {MAX_VALUES} values.")
        return [self.one(word) for word in words]

    def one(self, word: str) -> Any:
        return word


class WordsField(CommaField):
    def __init__(self, *, words: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = list(words)

    def one(self, word: str) -> str:
        if word not in self.words:
            raise forms.ValidationError(f"“{shown(word)}” is not one of: {', '.join(self.words)}.")
        return word


class IdsField(CommaField):
    """Ids, or the word `none` where it is allowed."""

    def __init__(self, *, allow_none: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allow_none = allow_none

    def one(self, word: str) -> int | None:
        if self.allow_none and word == "none":
            return None
        if word.isascii() and word.isdigit() and int(word[:20]) <= MAX_ID:
            return int(word)
        wanted = "an id or “none”" if self.allow_none else "an id"
        raise forms.ValidationError(f"“{shown(word)}” is not {wanted}.")


class YesNoField(forms.CharField):
    def clean(self, value: Any) -> bool | None:
        text = super().clean(value).lower()
        if not text:
            return None
        if text in ("true", "1", "yes"):
            return True
        if text in ("false", "0", "no"):
            return False
        raise forms.ValidationError(f"“{shown(text)}” is neither true nor false.")


class MomentField(forms.CharField):
    """A date (`2026-11-22`) or a time (`2026-11-22T14:30:00Z`); without an offset it is the tenant's local time."""

    def clean(self, value: Any) -> date | datetime | None:
        text = super().clean(value)
        if not text:
            return None
        # An unescaped plus sign of an offset arrives as a space.
        text = re.sub(r" (\d\d:?\d\d)$", r"+\1", text) if "T" in text else text
        try:
            moment = (
                date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else datetime.fromisoformat(text)
            )
        except ValueError:
            raise forms.ValidationError(
                f"“{shown(text)}” is not a date or time. Use 2026-11-22 or 2026-11-22T14:30:00Z."
            ) from None
        return within_years(moment)


class DayField(forms.CharField):
    def clean(self, value: Any) -> str | date | None:
        text = super().clean(value)
        if not text or text in ("today", "yesterday", "tomorrow"):
            return text or None
        try:
            return within_years(datetime.strptime(text, "%Y-%m-%d").date())  # noqa: DTZ007
        except ValueError:
            raise forms.ValidationError(
                f"“{shown(text)}” is not a day. Use today, yesterday, tomorrow or a date such as 2026-11-22."
            ) from None


def within_years(moment: Moment) -> Moment:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise forms.ValidationError(f"Use a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return moment


# Filters: a value to a condition


class ConditionFilter(django_filters.Filter):
    """Base of filters that are one condition; `parent` is the filter set, which knows the actor and the tenant."""

    parent: StrictFilterSet

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if value is None or value == [] or value == "":
            return qs
        return qs.filter(self.condition(value))

    def condition(self, value: Any) -> Q:
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})


class WordsFilter(ConditionFilter):
    """Exactly one of some words."""

    field_class = WordsField

    def condition(self, value: list[str]) -> Q:
        return Q(**{f"{self.field_name}__in": value})


class IdsFilter(ConditionFilter):
    """One of some ids, in any of `columns`; `none` stands for an empty column."""

    field_class = IdsField

    def __init__(self, *columns: str, **kwargs: Any) -> None:
        super().__init__(columns[0], **kwargs)
        self.columns = columns

    def condition(self, value: list[int | None]) -> Q:
        ids = [pk for pk in value if pk is not None]
        found = Q()
        for column in self.columns:
            if ids:
                found |= Q(**{f"{column}__in": ids})
            if None in value:
                found |= Q(**{f"{column}__isnull": True})
        return found


class YesNoFilter(ConditionFilter):
    field_class = YesNoField


class TextFilter(ConditionFilter):
    """The text occurs in one of `columns`, whatever the case."""

    field_class = forms.CharField

    def __init__(self, *columns: str, **kwargs: Any) -> None:
        super().__init__(columns[0], max_length=MAX_TEXT, **kwargs)
        self.columns = columns

    def condition(self, value: str) -> Q:
        found = Q()
        for column in self.columns:
            found |= Q(**{f"{column}__icontains": value})
        return found


class NumberFilter(ConditionFilter):
    field_class = forms.DecimalField

    def __init__(self, field_name: str, lookup_expr: str, **kwargs: Any) -> None:
        limits = {"min_value": Decimal(0), "max_value": Decimal(10**8), "max_digits": 11, "decimal_places": 2}
        super().__init__(field_name, lookup_expr, **{**limits, **kwargs})


class MomentFilter(ConditionFilter):
    """A bound in time. A date as lower bound begins the day, as upper bound it takes the whole day in."""

    field_class = MomentField

    def condition(self, value: date | datetime) -> Q:
        return Q(**{f"{self.field_name}__{self.lookup_expr}": self.moment(value)})

    def moment(self, value: date | datetime) -> datetime:
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=self.parent.tenant.zone_info)
        day = value + timedelta(days=1) if self.lookup_expr.startswith("lt") else value
        return start_of_day(day, self.parent.tenant.zone_info)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def day_bounds(day: str | date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a day in a time zone; `day` may be today, yesterday or tomorrow."""
    if isinstance(day, str):
        shift = {"yesterday": -1, "today": 0, "tomorrow": 1}[day]
        day = clock.now().astimezone(zone).date() + timedelta(days=shift)
    return start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
