"""Papers as PDF: at once, or as a file that is made in the background and kept for a while."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, filter_parameters, read_body, read_no_parameters
from dispatch_console.core.errors import Invalid, Refused
from orders.access import MAY_READ, require
from orders.filters import OrderFilter
from orders.models import PrintJob, PrintState
from orders.printing import files, forms
from orders.printing.forms import FORMS

TAGS = ["print"]
PDF = "application/pdf"
PAPERS = "; ".join(f"{form.name}: {', '.join(form.papers)}" for form in FORMS.values())
USED = "How many fields of the first sheet are gone already, from the left and the top."


def pdf_answer(out: Any, filename: str, *, download: bool = False) -> FileResponse:
    return FileResponse(out, as_attachment=download, filename=filename, content_type=PDF)


def flag(params: dict[str, str], name: str) -> bool:
    value = params.pop(name, "")
    if value not in ("", "0", "1"):
        raise Invalid.fields(**{name: "Say 0 or 1."})
    return value == "1"


class Print(ApiView):
    form: forms.Form

    def get(self, request: Request) -> HttpResponseBase:
        params = {name: request.query_params.getlist(name) for name in request.query_params}
        asked = {name: values[-1] for name, values in params.items()}
        download = flag(asked, "download")
        wanted = files.wanted(self.actor, self.form.name, asked)
        return pdf_answer(files.make(self.actor, wanted), wanted.filename, download=download)


def print_view(form: forms.Form) -> type[Print]:
    operation = extend_schema(
        operation_id=f"prints_{form.name}",
        summary=f"Print {form.label.lower()} of orders",
        description=f"Takes the filters of the list; with `codes` in their sequence. {files.MOST_AT_ONCE} orders at "
        "most: ask for a print job when there are more. Printing changes no order.",
        tags=TAGS,
        parameters=[
            *filter_parameters(OrderFilter),
            OpenApiParameter("paper", str, enum=list(form.papers), default=next(iter(form.papers))),
            OpenApiParameter("used", int, default=0, description=USED),
            OpenApiParameter("ordering", str, description="As in the list, where no codes are given."),
            OpenApiParameter("download", int, enum=[0, 1], description="1: to be saved rather than shown."),
        ],
        responses={(200, PDF): OpenApiTypes.BINARY},
    )
    view = type(f"Print{form.name.title()}", (Print,), {"form": form})
    return extend_schema_view(get=operation)(view)


PRINT_VIEWS = {name: print_view(form) for name, form in FORMS.items()}


class PrintJobInput(serializers.Serializer):
    form = serializers.ChoiceField(choices=[(form.name, form.label) for form in FORMS.values()])
    paper = serializers.CharField(max_length=20, required=False, allow_blank=True, default="", help_text=PAPERS)
    used = serializers.IntegerField(min_value=0, max_value=99, default=0, help_text=USED)
    filters = serializers.DictField(
        child=serializers.CharField(max_length=20_000, allow_blank=True),
        help_text=f"Filters of the order list, or `codes` by comma. {files.MOST_IN_FILE:,} orders at most.",
    )


class PrintJobSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    form = serializers.CharField()
    paper = serializers.CharField()
    state = serializers.ChoiceField(choices=PrintState.choices)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes.")
    file = serializers.CharField(allow_blank=True, help_text="Where the file is, once it is ready.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="The file is removed then.")


def job_item(job: PrintJob) -> dict[str, Any]:
    names = ("form", "paper", "state", "total", "done", "size")
    return {
        "id": str(job.pk),
        **{name: getattr(job, name) for name in names},
        "file": f"/api/v1/print-jobs/{job.pk}/file/" if job.state == PrintState.SUCCESS else "",
        "created_at": clock.iso(job.created_at),
        "expires_at": clock.iso(job.expires_at),
    }


class PrintJobs(ApiView):
    @extend_schema(
        operation_id="print_jobs_create",
        summary="Print many orders into one stored file",
        description="A worker makes the file; read the job until it is ready, then fetch the file. It is kept for two "
        "days, for who asked for it.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=PrintJobInput,
        responses={200: PrintJobSerializer, 202: PrintJobSerializer},
    )
    def post(self, request: Request) -> Response:
        require(self.actor, MAY_READ)
        read_no_parameters(request)
        values = read_body(PrintJobInput, request).validated_data
        params = {**values["filters"], "paper": values["paper"], "used": str(values["used"])}
        job, is_replay = files.create_job(self.actor, values["form"], params, key=idempotency_key(request))
        return Response(job_item(job), status=status.HTTP_200_OK if is_replay else status.HTTP_202_ACCEPTED)


class PrintJobDetail(ApiView):
    @extend_schema(operation_id="print_jobs_read", summary="Read a print job", tags=TAGS, responses=PrintJobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        read_no_parameters(request)
        return Response(job_item(files.get_job(self.actor, job_id)))


class PrintJobFile(ApiView):
    @extend_schema(
        operation_id="print_jobs_file",
        summary="Fetch the file of a print job",
        tags=TAGS,
        responses={(200, PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, job_id: UUID) -> HttpResponseBase:
        read_no_parameters(request)
        job = files.get_job(self.actor, job_id)
        if job.state != PrintState.SUCCESS:
            raise Refused(f"This file is {job.get_state_display().lower()}, not ready.", code="not_ready")
        return pdf_answer(job.file.open(), f"{job.form}-{job.total}.pdf")
