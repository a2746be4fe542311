"""The filtered list as a CSV or XLSX file."""

import logging
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from dispatch_console.core.api.views import ApiView, filter_parameters
from orders.export_columns import COLUMNS, FOR_IMPORT
from orders.exporting import LIMITS, Export, prepare
from orders.filters import OrderFilter
from orders.selectors import DEFAULT_ORDERING, SORTS
from orders.spreadsheets import MEDIA_TYPES, csv_chunks, write_xlsx

logger = logging.getLogger(__name__)


class OrderExport(ApiView):
    required_permission = "orders.export"

    @extend_schema(
        operation_id="orders_export",
        summary="Download the filtered orders as a file",
        description=f"Takes the filters of the list. CSV is streamed, up to {LIMITS['csv']:,} orders; XLSX holds up to "
        f"{LIMITS['xlsx']:,}. A longer list is refused with 409 instead of being cut. Times are in the tenant's time "
        "zone, which the headings name. CSV text that a spreadsheet would run as a formula gets an apostrophe.",
        tags=["orders"],
        parameters=[
            *filter_parameters(OrderFilter),
            OpenApiParameter("format", str, enum=list(LIMITS), default="csv"),
            OpenApiParameter(
                "columns",
                str,
                description=f"In this order, by comma. Known: {', '.join(COLUMNS)}. Or `{FOR_IMPORT}`: the "
                "columns of an import, so that the file can be imported again.",
            ),
            OpenApiParameter(
                "ordering", str, enum=[sign + name for name in SORTS for sign in ("", "-")], default=DEFAULT_ORDERING
            ),
        ],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in ("text/csv", MEDIA_TYPES["xlsx"])},
    )
    def get(self, request: Request) -> HttpResponseBase:
        return file_answer(request._request, prepare(self.actor, request.query_params))


def file_answer(request: HttpRequest, export: Export) -> HttpResponseBase:
    """The export as a download."""
    logger.info(
        "orders exported",
        extra={"tenant": export.actor.tenant_id, "actor": export.actor.label, "kind": export.kind, **export.params},
    )
    if export.kind == "xlsx":
        book = write_xlsx(export.rows(), title="Orders", widths=export.widths())
        return FileResponse(book, as_attachment=True, filename=export.filename, content_type=export.media_type)
    chunks = csv_chunks(export.rows())
    # Under ASGI a plain iterator would be read to its end before the first byte is sent.
    body = _without_blocking(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(body, content_type=export.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{export.filename}"'
    return response


async def _without_blocking(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    step = sync_to_async(lambda: next(chunks, None), thread_sensitive=True)
    while (chunk := await step()) is not None:
        yield chunk
