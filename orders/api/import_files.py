"""The files around an import: the template, and the rows that are not orders."""

from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.views import ApiView
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import once_each, refuse_unknown
from orders.importing import files, jobs
from orders.spreadsheets import MEDIA_TYPES, csv_chunks, write_xlsx

TAGS = ["imports"]
FORMAT = OpenApiParameter("format", str, enum=files.FORMATS, default="csv", description="Of the file.")
BINARY = {(200, media_type): OpenApiTypes.BINARY for media_type in ("text/csv", MEDIA_TYPES["xlsx"])}


class ImportErrorFile(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_error_file",
        summary="Download the rows that are not orders",
        description="With the file's own columns, the row number and the reasons. Correct them and import this file.",
        tags=TAGS,
        parameters=[FORMAT],
        responses=BINARY,
    )
    def get(self, request: Request, import_label: str) -> HttpResponseBase:
        return error_file(self.actor, import_label, read_format(request))


class ImportTemplate(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_template",
        summary="Download a template",
        description="The headings that are understood by themselves, and one row as an example.",
        tags=TAGS,
        parameters=[FORMAT],
        responses=BINARY,
    )
    def get(self, request: Request) -> HttpResponseBase:
        kind = read_format(request)
        names, rows = files.template()
        return sheet_answer([names, *rows], kind=kind, name=f"orders-template.{kind}", title="Orders")


def read_format(request: Request) -> str:
    asked = once_each(request.query_params)
    refuse_unknown(asked, known=["format"])
    kind = asked.get("format", "csv") or "csv"
    if kind not in files.FORMATS:
        raise Invalid.fields(format="Choose csv or xlsx.")
    return kind


def error_file(actor: Actor, import_label: str, kind: str) -> HttpResponseBase:
    job = jobs.get_job(actor, import_label)
    jobs.require_file(job)
    name = f"{job.label}-errors.{kind}"
    return sheet_answer(files.bad_rows(job), kind=kind, name=name, title=job.label)


def sheet_answer(rows: Any, *, kind: str, name: str, title: str) -> HttpResponseBase:
    if kind == "xlsx":
        book = write_xlsx(rows, title=title)
        return FileResponse(book, as_attachment=True, filename=name, content_type=MEDIA_TYPES["xlsx"])
    response = StreamingHttpResponse(csv_chunks(rows), content_type=MEDIA_TYPES["csv"])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
