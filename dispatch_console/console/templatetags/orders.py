"""Tags of the order's templates: amounts, running times, distances in words, telephone links."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatch_console.core import clock
from dispatch_console.core.maps import map_settings as map_page_settings

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


@register.simple_tag
def map_settings() -> dict[str, str]:
    """For the small maps of drawer and form, on whichever page they open."""
    return map_page_settings()


@register.filter
def duration(length: timedelta) -> str:
    """`40 s`, `6 min`, `2 h 5 min`, `3 d`: the same words as core/format.js."""
    seconds = round(abs(length.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{minutes} min"
    if seconds < DAY:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(seconds / DAY)} d"


@register.filter
def minutes(number: int) -> str:
    """`45 min`, `3 h`, `1 d`"""
    return duration(timedelta(minutes=number))


@register.filter
def is_early(length: timedelta) -> bool:
    return length >= timedelta(0)


@register.simple_tag(takes_context=True)
def running(context: dict[str, Any], value: datetime | None, kind: str = "age") -> SafeString:
    """A time that keeps counting in the browser: `due` towards a promise, `age` since something."""
    if value is None:
        return SafeString("never")
    length = value - clock.now()
    if kind == "due":
        words = "due now" if abs(length) < timedelta(minutes=1) else duration(length)
        if words != "due now":
            words = f"in {words}" if length > timedelta(0) else f"{words} late"
    else:
        words = f"{duration(length)} ago"
    local = value.astimezone(_zone(context))
    return format_html(
        '<time data-tick="{}" datetime="{}" title="{}">{}</time>',
        kind,
        value.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S %Z}",
        words,
    )


@register.simple_tag(takes_context=True)
def exact(context: dict[str, Any], value: datetime) -> SafeString:
    """To the second; the day only where it is not today."""
    zone = _zone(context)
    local, today = value.astimezone(zone), clock.now().astimezone(zone).date()
    day = "" if local.date() == today else f"{local.day} {local:%b} "
    if day and local.year != today.year:
        day += f"{local.year} "
    title = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), title, f"{day}{local:%H:%M:%S}")


@register.simple_tag(takes_context=True)
def money(context: dict[str, Any], amount: Decimal | None) -> str:
    membership = getattr(context.get("request"), "membership", None)
    currency = membership.tenant.currency if membership else ""
    return "–" if amount is None else f"{currency} {amount:,.2f}".strip()


@register.simple_tag(takes_context=True)
def time_zone(context: dict[str, Any]) -> str:
    """The zone that every time on the page is in, by name and by its present offset's short name."""
    zone = _zone(context)
    return f"{zone} ({clock.now().astimezone(zone):%Z})"


@register.filter
def telephone(number: str) -> SafeString | str:
    digits = "".join(character for character in number if character in "+0123456789")
    return format_html('<a href="tel:{}" class="nowrap">{}</a>', digits, number) if digits else number


@register.filter
def of_kind(reasons: dict[str, list[str]], kind: str) -> list[str]:
    return reasons.get(kind, [])


@register.filter
def plain_number(value: float | Decimal | None) -> str:
    """`3.400` -> `3.4`"""
    return "–" if value is None else f"{Decimal(str(value)).normalize():f}"


@register.filter
def distance(metres: float) -> str:
    """`640 m`, `2.3 km`, `14 km`"""
    if metres < 1000:
        return f"{round(metres)} m"
    return f"{metres / 1000:.1f} km" if metres < 10_000 else f"{round(metres / 1000)} km"


def _zone(context: dict[str, Any]) -> Any:
    membership = getattr(context.get("request"), "membership", None)
    return membership.tenant.zone_info if membership else timezone.get_current_timezone()
