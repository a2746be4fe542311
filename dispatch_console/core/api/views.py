"""What the API's views share: the actor, strict bodies, versions in headers, and the shape of a list."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, TypeVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import StrictFilterSet, once_each, refuse_unknown
from dispatch_console.core.keyset import Sort, count_up_to, read_limit, read_page
from dispatch_console.core.models import Tenant

ETAG = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')
MAX_VERSION = 2**31 - 1

Input = TypeVar("Input", bound=serializers.Serializer)


class ApiView(APIView):
    """A view behind authentication: whoever gets here is an actor (`core.api.auth.HasActor`)."""

    @property
    def actor(self) -> Actor:
        return self.request.actor  # type: ignore[attr-defined]

    def page(
        self,
        rows: QuerySet,
        filters: type[StrictFilterSet],
        sorts: Mapping[str, Sort],
        item: Callable[[Any], dict[str, Any]],
        *,
        default: str,
    ) -> Response:
        """One page of a list of records, filtered by the request's parameters; `item` makes each one's JSON."""
        asked = once_each(self.request.query_params)
        found = filters(asked, rows, actor=self.actor).filtered()
        page = read_page(
            found,
            sorts,
            ordering=asked.get("ordering") or default,
            cursor=asked.get("cursor", ""),
            limit=read_limit(asked.get("limit", "")),
        )
        records = found.in_bulk(page.ids)
        total, is_capped = count_up_to(found)
        return Response(
            page_body(
                self.request,
                [item(records[pk]) for pk in page.ids if pk in records],
                next_cursor=page.next_cursor,
                total=total,
                total_is_capped=is_capped,
            )
        )


def read_body(serializer_class: type[Input], request: Request, *, partial: bool = False) -> Input:
    """The validated body; a field nobody knows is refused, because dropping it would look like success."""
    context = {"zone": lambda: _tenant_zone(request)}
    serializer = serializer_class(data=request.data, partial=partial, context=context)
    if isinstance(request.data, Mapping):
        _refuse_unknown_fields(request.data, serializer)
    serializer.is_valid(raise_exception=True)
    return serializer


def _tenant_zone(request: Request) -> tzinfo:
    """Where a time of day without an offset is meant."""
    return Tenant.objects.get(pk=request.actor.tenant_id).zone_info  # type: ignore[attr-defined]


def _refuse_unknown_fields(data: Mapping[str, Any], serializer: serializers.Serializer) -> None:
    known = serializer.fields
    if unknown := [name for name in data if name not in known]:
        sentence = f"There is no such field here. Known: {', '.join(known)}."
        raise Invalid(
            f"Unknown field “{unknown[0][:40]}”.",
            code="unknown_field",
            details={"fields": {name[:40]: [sentence] for name in unknown[:20]}},
        )


def read_version(request: Request, in_body: int | None = None) -> int | None:
    """The version the change was made on, from `If-Match: "7"` or from the body."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return in_body
    match = ETAG.fullmatch(header)
    version = int(match[1] or match[2]) if match else 0
    if not match or not 1 <= version <= MAX_VERSION:
        raise Invalid('Send the version as If-Match: "7", as the ETag of the order gave it.', code="invalid_version")
    if in_body is not None and in_body != version:
        raise Invalid("The If-Match header and the body name different versions. Send one of them.")
    return version


def read_no_parameters(request: Request) -> None:
    """Refuse parameters where there are none."""
    refuse_unknown(request.query_params, known=[])


class NoInput(serializers.Serializer):
    """The body of an act that needs nothing but its address."""


def read_no_body(request: Request) -> None:
    """Refuse a body where there is none to be read, as any other address refuses a field it does not know."""
    read_body(NoInput, request)


def page_body(
    request: Request, rows: Sequence[Any], *, next_cursor: str | None, total: int, total_is_capped: bool = False
) -> dict[str, Any]:
    """The one shape of every list: its rows, where it goes on, and how many there are in all."""
    address = request.build_absolute_uri()
    return {
        "results": rows,
        "next": replace_query_param(address, "cursor", next_cursor) if next_cursor else None,
        "next_cursor": next_cursor,
        "total": total,
        "total_is_capped": total_is_capped,
    }


# The API document


def page_of(
    item: type[serializers.Serializer], name: str, more: Mapping[str, serializers.Field] | None = None
) -> serializers.Serializer:
    """The document's description of a list of such items."""
    return inline_serializer(
        name,
        {
            "results": item(many=True),
            "next": serializers.CharField(allow_null=True, help_text="Address of the next page."),
            "next_cursor": serializers.CharField(allow_null=True, help_text="The same, as the parameter `cursor`."),
            "total": serializers.IntegerField(help_text="How many the filters leave in all."),
            "total_is_capped": serializers.BooleanField(help_text="True: there are more than `total`."),
            **(more or {}),
        },
    )


def filter_parameters(filters: type[StrictFilterSet]) -> list[OpenApiParameter]:
    """The parameters of a filter set, for the document."""
    return [
        OpenApiParameter(name, str, description=declared.extra.get("help_text", ""))
        for name, declared in filters.base_filters.items()  # type: ignore[misc]
    ]


def page_parameters(
    sorts: Mapping[str, Sort] | None = None, *, default: str = "", most: int = 500
) -> list[OpenApiParameter]:
    found = [
        OpenApiParameter("cursor", str, description="Where to go on: `next_cursor` of the page before."),
        OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": 50}),
    ]
    if sorts:
        names = [sign + name for name in sorts for sign in ("", "-")]
        found.append(
            OpenApiParameter(
                "ordering",
                str,
                enum=names,
                default=default,
                description="A minus sign turns it around; empty values come last.",
            )
        )
    return found


VERSION_HEADER = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The version the change was made on, as the ETag gave it (`"7"`). Refused with 412 and what '
    "changed since when the order has moved on. The body's `version` says the same.",
)
