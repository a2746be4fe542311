"""Proof of waybills over REST: uploading a picture before the act that names it, and fetching it again."""

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView, read_no_parameters
from orders.api.pictures import PICTURE, Upload, picture, uploading
from orders.evidence import picture_item
from routes.api.waybill_shapes import WaybillProofSerializer
from routes.commands.grouping import PERMISSION
from routes.commands.waybill_proofs import subject_of
from routes.reading.waybills import get_waybill, own_waybills


class WaybillProofs(Upload):
    required_permission = PERMISSION

    @extend_schema(operation_id="waybills_upload_proof", **uploading(WaybillProofSerializer))
    def post(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        return self.take(request, subject_of(get_waybill(self.actor, waybill_label)), picture_item)


class OwnWaybillProofs(Upload):
    required_permission = "work.own"

    @extend_schema(operation_id="driver_waybill_upload_proof", **uploading(WaybillProofSerializer))
    def post(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        waybill = get_waybill(self.actor, waybill_label, rows=own_waybills(self.actor))
        return self.take(request, subject_of(waybill), picture_item)


class WaybillPicture(ApiView):
    required_permission = "orders.view"

    @extend_schema(operation_id="waybills_proof_picture", **PICTURE)
    def get(self, request: Request, waybill_label: str, picture_id: UUID, size: str) -> FileResponse:
        read_no_parameters(request)
        return picture(subject_of(get_waybill(self.actor, waybill_label)), picture_id, size, self)


class OwnWaybillPicture(ApiView):
    required_permission = "work.own"

    @extend_schema(operation_id="driver_waybill_proof_picture", **PICTURE)
    def get(self, request: Request, waybill_label: str, picture_id: UUID, size: str) -> FileResponse:
        read_no_parameters(request)
        waybill = get_waybill(self.actor, waybill_label, rows=own_waybills(self.actor))
        return picture(subject_of(waybill), picture_id, size, self)
