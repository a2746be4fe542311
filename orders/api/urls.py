"""Addresses of orders, their actions and events, and what they are set up with."""

from django.urls import URLPattern, path

from orders import codes  # noqa: F401 (registers the converter of order codes)
from orders.api.actions import ACTION_VIEWS, UndoView
from orders.api.bulk import BULK_VIEWS
from orders.api.bulk_runs import (
    BulkRunCancel,
    BulkRunDetail,
    BulkRunExecute,
    BulkRunFile,
    BulkRunList,
    BulkRunRemove,
    BulkRunRetry,
    BulkRunRows,
    BulkRunUndo,
)
from orders.api.collections import CollectionList
from orders.api.driver import OwnOrder, OwnOrders
from orders.api.driver_acts import DRIVER_ACT_VIEWS, DriverUndo
from orders.api.driver_duty import ShiftEnd, ShiftStart, VehicleChoice
from orders.api.driver_offers import AcceptOffer, OwnOffers, RejectOffer
from orders.api.driver_sync import Sync
from orders.api.driver_work import FinishedOrders, OwnWork, UnclaimedOrders
from orders.api.events import Feed, OrderEvents
from orders.api.exceptions import ExceptionFigures, ExceptionList
from orders.api.exports import OrderExport
from orders.api.import_files import ImportErrorFile, ImportTemplate
from orders.api.imports import (
    ImportCancel,
    ImportColumns,
    ImportConfirm,
    ImportDetail,
    ImportFindings,
    ImportList,
    ImportPreview,
    ImportReview,
)
from orders.api.orders import OrderCounts, OrderDetail, OrderList
from orders.api.prints import PRINT_VIEWS, PrintJobDetail, PrintJobFile, PrintJobs
from orders.api.proofs import OrderPin, OrderProof, OrderProofs, OwnOrderProof, OwnOrderProofs
from orders.api.saved_views import SavedViewDetail, SavedViewList
from orders.api.scans import Scans
from orders.api.setup import ReasonList, ServiceDetail, ServiceList

urlpatterns: list[URLPattern] = [
    path("orders/", OrderList.as_view(), name="orders"),
    path("orders/counts/", OrderCounts.as_view(), name="order-counts"),
    path("scans/", Scans.as_view(), name="scans"),
    path("orders/export/", OrderExport.as_view(), name="order-export"),
    *(path(f"orders/bulk/{name}/", view.as_view(), name=f"orders-bulk-{name}") for name, view in BULK_VIEWS.items()),
    *(path(f"prints/{name}/", view.as_view(), name=f"print-{name}") for name, view in PRINT_VIEWS.items()),
    path("print-jobs/", PrintJobs.as_view(), name="print-jobs"),
    path("print-jobs/<uuid:job_id>/", PrintJobDetail.as_view(), name="print-job"),
    path("print-jobs/<uuid:job_id>/file/", PrintJobFile.as_view(), name="print-job-file"),
    path("bulk-runs/", BulkRunList.as_view(), name="bulk-runs"),
    path("bulk-runs/<int:run_number>/", BulkRunDetail.as_view(), name="bulk-run"),
    path("bulk-runs/<int:run_number>/rows/", BulkRunRows.as_view(), name="bulk-run-rows"),
    path("bulk-runs/<int:run_number>/file/", BulkRunFile.as_view(), name="bulk-run-file"),
    path("bulk-runs/<int:run_number>/execute/", BulkRunExecute.as_view(), name="bulk-run-execute"),
    path("bulk-runs/<int:run_number>/remove/", BulkRunRemove.as_view(), name="bulk-run-remove"),
    path("bulk-runs/<int:run_number>/cancel/", BulkRunCancel.as_view(), name="bulk-run-cancel"),
    path("bulk-runs/<int:run_number>/retry/", BulkRunRetry.as_view(), name="bulk-run-retry"),
    path("bulk-runs/<int:run_number>/undo/", BulkRunUndo.as_view(), name="bulk-run-undo"),
    path("orders/<order_code:code>/", OrderDetail.as_view(), name="order"),
    path("orders/<order_code:code>/events/", OrderEvents.as_view(), name="order-events"),
    path("orders/<order_code:code>/undo/", UndoView.as_view(), name="order-undo"),
    path("orders/<order_code:code>/pin/", OrderPin.as_view(), name="order-pin"),
    path("orders/<order_code:code>/proofs/", OrderProofs.as_view(), name="order-proofs"),
    path("orders/<order_code:code>/proofs/<uuid:proof_id>/<slug:size>/", OrderProof.as_view(), name="order-proof"),
    *(
        path(f"orders/<order_code:code>/{name}/", view.as_view(), name=f"order-{name}")
        for name, view in ACTION_VIEWS.items()
    ),
    path("driver/work/", OwnWork.as_view(), name="own-work"),
    path("driver/unclaimed/", UnclaimedOrders.as_view(), name="unclaimed-orders"),
    path("driver/finished/", FinishedOrders.as_view(), name="finished-orders"),
    path("driver/sync/", Sync.as_view(), name="driver-sync"),
    path("driver/shift/start/", ShiftStart.as_view(), name="shift-start"),
    path("driver/shift/end/", ShiftEnd.as_view(), name="shift-end"),
    path("driver/vehicle/", VehicleChoice.as_view(), name="vehicle-choice"),
    path("driver/orders/", OwnOrders.as_view(), name="own-orders"),
    path("driver/orders/<order_code:code>/", OwnOrder.as_view(), name="own-order"),
    path("driver/orders/<order_code:code>/undo/", DriverUndo.as_view(), name="own-order-undo"),
    *(
        path(f"driver/orders/<order_code:code>/{name}/", view.as_view(), name=f"own-order-{name}")
        for name, view in DRIVER_ACT_VIEWS.items()
    ),
    path("driver/orders/<order_code:code>/proofs/", OwnOrderProofs.as_view(), name="own-order-proofs"),
    path(
        "driver/orders/<order_code:code>/proofs/<uuid:proof_id>/<slug:size>/",
        OwnOrderProof.as_view(),
        name="own-order-proof",
    ),
    path("driver/offers/", OwnOffers.as_view(), name="own-offers"),
    path("driver/offers/<int:offer_id>/accept/", AcceptOffer.as_view(), name="own-offer-accept"),
    path("driver/offers/<int:offer_id>/reject/", RejectOffer.as_view(), name="own-offer-reject"),
    path("exceptions/", ExceptionList.as_view(), name="exceptions"),
    path("exceptions/figures/", ExceptionFigures.as_view(), name="exception-figures"),
    path("imports/", ImportList.as_view(), name="imports"),
    path("imports/template/", ImportTemplate.as_view(), name="import-template"),
    path("imports/<slug:import_label>/", ImportDetail.as_view(), name="import"),
    path("imports/<slug:import_label>/preview/", ImportPreview.as_view(), name="import-preview"),
    path("imports/<slug:import_label>/mapping/", ImportColumns.as_view(), name="import-mapping"),
    path("imports/<slug:import_label>/review/", ImportReview.as_view(), name="import-review"),
    path("imports/<slug:import_label>/confirm/", ImportConfirm.as_view(), name="import-confirm"),
    path("imports/<slug:import_label>/cancel/", ImportCancel.as_view(), name="import-cancel"),
    path("imports/<slug:import_label>/findings/", ImportFindings.as_view(), name="import-findings"),
    path("imports/<slug:import_label>/error-file/", ImportErrorFile.as_view(), name="import-error-file"),
    path("collections/", CollectionList.as_view(), name="collections"),
    path("events/", Feed.as_view(), name="events"),
    path("services/", ServiceList.as_view(), name="services"),
    path("services/<int:service_id>/", ServiceDetail.as_view(), name="service"),
    path("reasons/", ReasonList.as_view(), name="reasons"),
    path("views/", SavedViewList.as_view(), name="saved-views"),
    path("views/<int:view_id>/", SavedViewDetail.as_view(), name="saved-view"),
]
