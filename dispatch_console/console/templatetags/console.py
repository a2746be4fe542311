"""Tags of the console's templates: icons, the import map, pills, times in the tenant's zone."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dispatch_console.console import modules
from dispatch_console.console.context import THEMES
from dispatch_console.console.tones import ASSIGNMENT_TONES, STATUS_TONES
from orders.states import AssignmentStatus, Status

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A picture of the sprite; it never carries meaning alone, so it is hidden from screen readers."""
    classes = f"icon {size}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def import_map(context: dict[str, Any]) -> SafeString:
    """The import map carries the nonce of this answer's Content-Security-Policy."""
    request = context["request"]
    content = json.dumps({"imports": modules.import_map()}, separators=(",", ":")).replace("<", "\\u003c")
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>',
        getattr(request, "csp_nonce", ""),
        mark_safe(content),  # noqa: S308 - our own file names as JSON, with "<" escaped
    )


@register.simple_tag
def module_preloads(*folders: str) -> SafeString:
    links = (format_html('<link rel="modulepreload" href="{}">', url) for url in modules.preloads(*folders))
    return mark_safe("\n  ".join(links))  # noqa: S308 - joined from escaped parts


@register.simple_tag(takes_context=True)
def theme_attribute(context: dict[str, Any]) -> SafeString:
    """The person's theme on <html>, so that the first paint is right; without one the system decides."""
    request = context.get("request")
    theme = request.COOKIES.get("theme", "") if request else ""
    return format_html(' data-theme="{}"', theme) if theme in THEMES and theme != "system" else SafeString("")


@register.simple_tag
def pill(word: str, tone: str = "quiet") -> SafeString:
    return format_html('<span class="pill" data-tone="{}">{}</span>', tone, word)


@register.simple_tag
def status_pill(status: str) -> SafeString:
    return pill(Status(status).label, STATUS_TONES[status])


@register.simple_tag
def assignment_pill(status: str) -> SafeString:
    return pill(AssignmentStatus(status).label, ASSIGNMENT_TONES[status])


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], value: datetime | None, shape: str = "auto") -> SafeString:
    """A time as the tenant's clock shows it; the browser may refine it (`core/format`), the words are right without."""
    if value is None:
        return SafeString("–")
    membership = getattr(context.get("request"), "membership", None)
    zone = membership.tenant.zone_info if membership else timezone.get_current_timezone()
    local = value.astimezone(zone)
    today = timezone.now().astimezone(zone).date()
    day = "" if local.date() == today and shape == "auto" else f"{local.day} {local:%b}"
    if day and local.year != today.year:
        day += f" {local.year}"
    clock = f"{local:%H:%M:%S}" if shape == "exact" else f"{local:%H:%M}"
    text = day if shape == "day" else f"{day} {clock}".strip()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), f"{local:%Y-%m-%d %H:%M:%S %Z}", text
    )


@register.filter
def counted(number: int, words: str) -> str:
    """`{{ 3|counted:"order,orders" }}` -> 3 orders; thousands are grouped."""
    one, many = words.split(",")
    return f"{number:,} {one if number == 1 else many}"
