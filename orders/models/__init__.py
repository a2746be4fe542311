"""Every model of orders, one noun a file."""

from orders.models.assignment import Assignment
from orders.models.attempt import Attempt
from orders.models.bulk import BulkRow, BulkRun, BulkState, RowOutcome
from orders.models.collection import Collection, LedgerEntry
from orders.models.device_act import DeviceAct, Verdict
from orders.models.eta import OrderEta
from orders.models.exception import OrderException
from orders.models.import_job import DateOrder, ImportFinding, ImportJob, ImportMapping, ImportState
from orders.models.offer import Offer, OfferAnswer, OfferSearch, SearchOutcome
from orders.models.order import Order
from orders.models.parcel import PackageItem
from orders.models.print_job import PrintJob, PrintState
from orders.models.proof import Proof
from orders.models.reason import Reason
from orders.models.return_request import ReturnDestination, ReturnRequest, ReturnSettings
from orders.models.sequence import RunSequence
from orders.models.service import AssignmentMode, DeliveryService, FulfilmentPolicy, ServiceLevel, StagingRule
from orders.models.view import SavedView

__all__ = [
    "Assignment",
    "AssignmentMode",
    "Attempt",
    "BulkRow",
    "BulkRun",
    "BulkState",
    "Collection",
    "DateOrder",
    "DeliveryService",
    "DeviceAct",
    "FulfilmentPolicy",
    "ImportFinding",
    "ImportJob",
    "ImportMapping",
    "ImportState",
    "LedgerEntry",
    "Offer",
    "OfferAnswer",
    "OfferSearch",
    "Order",
    "OrderEta",
    "OrderException",
    "PackageItem",
    "PrintJob",
    "PrintState",
    "Proof",
    "Reason",
    "ReturnDestination",
    "ReturnRequest",
    "ReturnSettings",
    "RowOutcome",
    "RunSequence",
    "SavedView",
    "SearchOutcome",
    "ServiceLevel",
    "StagingRule",
    "Verdict",
]
