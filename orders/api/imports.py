"""Orders from files over REST, in the same five steps as in the console: upload, map, review, confirm, results."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from dispatch_console.core.api.errors import UnsupportedMediaType
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import (
    VERSION_HEADER,
    ApiView,
    filter_parameters,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
    read_version,
)
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import (
    StrictFilterSet,
    TextFilter,
    WordsFilter,
    YesNoFilter,
    once_each,
    refuse_unknown,
)
from dispatch_console.core.keyset import Sort
from orders.api.import_shapes import (
    LAST_ROW,
    FindingSerializer,
    ImportSerializer,
    MappingInput,
    PreviewSerializer,
    VersionInput,
    finding_item,
    import_item,
    preview_item,
)
from orders.api.import_upload import FileInput, FileParser
from orders.api.outcomes import ERROR_REFERENCE, REPLAY_HEADER
from orders.importing import jobs, uploading
from orders.importing.fields import NEEDED
from orders.importing.text_files import DELIMITERS, ENCODINGS
from orders.models import ImportJob, ImportState

TAGS = ["imports"]
SORTS = {"number": Sort("number")}
FINDING_SORTS = {"row": Sort("row")}
LAYOUT = ("sheet", "encoding", "delimiter", "heading_row")


class ImportFilter(StrictFilterSet):
    search = TextFilter("label", "name", "actor_label", "bulk_group", help_text="Text in label, file name or who.")
    state = WordsFilter("state", words=ImportState.values, help_text="States, by comma.")


class FindingFilter(StrictFilterSet):
    errors = YesNoFilter("is_error", help_text="Errors only, or warnings only.")
    code = TextFilter("code", help_text="Text in the code.")


ERRORS = {
    400: OpenApiResponse(ERROR_REFERENCE, "The file or the mapping; `code` says what is wrong with it."),
    404: OpenApiResponse(ERROR_REFERENCE, "There is no such import."),
    409: OpenApiResponse(ERROR_REFERENCE, "Its state does not allow it."),
    412: OpenApiResponse(ERROR_REFERENCE, "It was changed since."),
}


class ImportList(ApiView):
    required_permission = jobs.MAY_IMPORT
    parser_classes = [FileParser]

    @extend_schema(
        operation_id="imports_list",
        summary="List imports",
        tags=TAGS,
        parameters=[*filter_parameters(ImportFilter), *page_parameters(SORTS, default="-number")],
        responses=page_of(ImportSerializer, "ImportPage"),
    )
    def get(self, request: Request) -> Response:
        return self.page(jobs.jobs(self.actor), ImportFilter, SORTS, import_item, default="-number")

    @extend_schema(
        operation_id="imports_upload",
        summary="Upload a file of orders",
        description="A form with the part `file`. The answer has the file's columns and a guess of their meaning; "
        "nothing is created before the import is confirmed. `code` of a refusal: `unsupported_file_extension`, "
        "`file_too_large`, `not_a_spreadsheet`, `file_encrypted`, `file_has_macros`, `file_expands_too_far`, "
        "`file_damaged`, `file_empty`, `too_many_columns`.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request={"multipart/form-data": FileInput},
        responses={
            200: OpenApiResponse(ImportSerializer, "Uploaded before with the same key."),
            201: ImportSerializer,
            413: OpenApiResponse(ERROR_REFERENCE, "`file_too_large`, with `details.limit` in bytes."),
            415: OpenApiResponse(ERROR_REFERENCE, "Not a form with a file."),
        }
        | {400: ERRORS[400]},
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        if not (request.content_type or "").startswith("multipart/"):
            raise UnsupportedMediaType("Send a form with the file in the part “file” (multipart/form-data).")
        file = read_body(FileInput, request).validated_data["file"]
        job, is_repeat = uploading.upload(self.actor, file, key=idempotency_key(request))
        return Response(
            import_item(job),
            status=status.HTTP_200_OK if is_repeat else status.HTTP_201_CREATED,
            headers={"Location": reverse("import", [job.label], request=request)}
            | ({REPLAY_HEADER: "true"} if is_repeat else {}),
        )


class ImportDetail(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(operation_id="imports_read", summary="Read one import", tags=TAGS, responses=ImportSerializer)
    def get(self, request: Request, import_label: str) -> Response:
        read_no_parameters(request)
        return _answer(jobs.get_job(self.actor, import_label))


class ImportPreview(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_preview",
        summary="Look at the first rows",
        description="Also with another sheet, encoding, delimiter or heading row than now; nothing is stored.",
        tags=TAGS,
        parameters=[
            OpenApiParameter("sheet", str, description="Of a workbook; one of `sheets`."),
            OpenApiParameter("encoding", str, enum=list(ENCODINGS), description="Of a csv file."),
            OpenApiParameter("delimiter", str, enum=list(DELIMITERS), description="Of a csv file."),
            OpenApiParameter("heading_row", int, description="The row with the headings, from 1."),
        ],
        responses=PreviewSerializer,
    )
    def get(self, request: Request, import_label: str) -> Response:
        asked = once_each(request.query_params)
        refuse_unknown(asked, known=LAYOUT)
        for name, known in (("encoding", ENCODINGS), ("delimiter", DELIMITERS)):
            if asked.get(name) and asked[name] not in known:
                raise Invalid.fields(**{name: f"Choose one of: {', '.join(known)}."})
        row = asked.get("heading_row", "")
        if row and not (row.isascii() and row.isdigit() and 1 <= int(row[:9]) <= LAST_ROW):
            raise Invalid.fields(heading_row="Give the number of a row, from 1.")
        _, seen = jobs.preview(self.actor, import_label, asked=asked)
        return Response(preview_item(seen))


class ImportColumns(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_map",
        summary="Map the columns",
        description=f"Which column fills which field. Needed: {', '.join(NEEDED)}, and an address or a warehouse for "
        "each end. It is remembered for the next file with these headings.",
        tags=TAGS,
        parameters=[VERSION_HEADER],
        request=MappingInput,
        responses={200: ImportSerializer, **ERRORS},
        examples=[
            OpenApiExample(
                "Columns and values",
                {
                    "fields": {
                        "external_reference": {"column": 0},
                        "customer": {"column": 1},
                        "service": {"value": "EXPRESS"},
                        "type": {"value": "delivery"},
                        "pickup_warehouse": {"value": "HUB"},
                        "dropoff_address": {"column": 2},
                        "payer": {"value": "sender"},
                        "payment_method": {"value": "account"},
                        "unit_size": {"column": 3, "value": "1"},
                    }
                },
                request_only=True,
            )
        ],
    )
    def put(self, request: Request, import_label: str) -> Response:
        read_no_parameters(request)
        body = read_body(MappingInput, request).validated_data
        version = read_version(request, body.pop("version"))
        return _answer(jobs.map_columns(self.actor, import_label, asked=body, version=version))


class ImportReview(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_review",
        summary="Check all rows",
        description="In the background for all but short files; read the import until it is `reviewed`. Nothing is "
        "created.",
        tags=TAGS,
        parameters=[VERSION_HEADER],
        request=VersionInput,
        responses={202: ImportSerializer, **ERRORS},
    )
    def post(self, request: Request, import_label: str) -> Response:
        return _answer(jobs.review(self.actor, import_label, version=_version(request)), code=status.HTTP_202_ACCEPTED)


class ImportConfirm(ApiView):
    required_permission = "orders.create"

    @extend_schema(
        operation_id="imports_confirm",
        summary="Create the orders of all valid rows",
        description="In the background for all but short files; read the import until it is `done`. Rows with errors "
        "are held back. Confirming again changes nothing; a run that failed goes on where it stopped.",
        tags=TAGS,
        parameters=[VERSION_HEADER],
        request=VersionInput,
        responses={202: ImportSerializer, **ERRORS},
    )
    def post(self, request: Request, import_label: str) -> Response:
        return _answer(jobs.confirm(self.actor, import_label, version=_version(request)), code=status.HTTP_202_ACCEPTED)


class ImportCancel(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_cancel",
        summary="Stop an import",
        description="Orders that are created stay.",
        tags=TAGS,
        parameters=[VERSION_HEADER],
        request=VersionInput,
        responses={200: ImportSerializer, **ERRORS},
    )
    def post(self, request: Request, import_label: str) -> Response:
        return _answer(jobs.cancel(self.actor, import_label, version=_version(request)))


class ImportFindings(ApiView):
    required_permission = jobs.MAY_IMPORT

    @extend_schema(
        operation_id="imports_findings",
        summary="List what is wrong with the rows",
        tags=TAGS,
        parameters=[*filter_parameters(FindingFilter), *page_parameters(FINDING_SORTS, default="row")],
        responses=page_of(FindingSerializer, "ImportFindingPage"),
    )
    def get(self, request: Request, import_label: str) -> Response:
        rows = jobs.get_job(self.actor, import_label).findings.all()
        return self.page(rows, FindingFilter, FINDING_SORTS, finding_item, default="row")


def _version(request: Request) -> int | None:
    read_no_parameters(request)
    return read_version(request, read_body(VersionInput, request).validated_data["version"])


def _answer(job: ImportJob, *, code: int = status.HTTP_200_OK) -> Response:
    return Response(import_item(job), status=code, headers={"ETag": f'"{job.version}"'})
