"""The event log, to look things up in: nobody changes it, the database would refuse."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.paginator import InfinitePaginator

from dispatch_console.core.admin.base import ReadOnly, TenantScopedAdmin
from dispatch_console.core.models import Event


@admin.register(Event)
class EventAdmin(ReadOnly, TenantScopedAdmin):
    list_display = ["number", "occurred_at", "kind", "object_code", "version", "actor_label", "source"]
    list_display_links = ["kind"]
    list_filter = ["stream", "source", "actor_kind", ("occurred_at", admin.DateFieldListFilter)]
    search_fields = ["object_code__exact"]
    search_help_text = "The whole code of an order, for example D-10482"
    ordering = ["-id"]
    paginator = InfinitePaginator
    fieldsets = [
        (None, {"fields": ["number", "kind", "object_code", "version", "occurred_at", "recorded_at"]}),
        ("Who", {"fields": ["actor_label", "actor_kind", "source", "source_id", "request_id", "key"]}),
        ("What", {"fields": ["reason", "note", "content"]}),
    ]
    readonly_fields = ["content"]

    @admin.display(description="Content")
    def content(self, event: Event) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.data, indent=2, ensure_ascii=False, sort_keys=True))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}
