"""The papers of waybills and trips, as PDF. Printing changes nothing."""

import tempfile

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from dispatch_console.core.api.views import ApiView, read_no_parameters
from orders import codes  # noqa: F401 (registers the converter of codes, which labels look like)
from orders.printing.sheets import Sheet, write_sheet
from routes.reading.papers import manifest, run_sheet

TAGS = ["print"]
PDF = "application/pdf"
IN_MEMORY = 5 * 1024 * 1024


def answer(sheet: Sheet) -> FileResponse:
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    write_sheet(out, sheet)
    out.seek(0)
    return FileResponse(out, filename=f"{sheet.code}.pdf", content_type=PDF)


class WaybillManifest(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="waybills_manifest",
        summary="Print a waybill's manifest",
        tags=TAGS,
        responses={(200, PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, waybill_label: str) -> HttpResponseBase:
        read_no_parameters(request)
        return answer(manifest(self.actor, waybill_label))


class TripRunSheet(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="trips_run_sheet",
        summary="Print a trip's run sheet",
        tags=TAGS,
        responses={(200, PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, trip_label: str) -> HttpResponseBase:
        read_no_parameters(request)
        return answer(run_sheet(self.actor, trip_label))


urlpatterns: list[URLPattern] = [
    path("waybills/<order_code:waybill_label>/manifest/", WaybillManifest.as_view(), name="waybill-manifest"),
    path("trips/<order_code:trip_label>/run-sheet/", TripRunSheet.as_view(), name="trip-run-sheet"),
]
