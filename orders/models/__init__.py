"""Every model of orders, one noun a file."""

from orders.models.assignment import Assignment
from orders.models.attempt import Attempt
from orders.models.collection import Collection, LedgerEntry
from orders.models.device_act import DeviceAct, Verdict
from orders.models.offer import Offer, OfferAnswer, OfferSearch, SearchOutcome
from orders.models.order import Order
from orders.models.parcel import PackageItem
from orders.models.proof import Proof
from orders.models.reason import Reason
from orders.models.sequence import RunSequence
from orders.models.service import AssignmentMode, DeliveryService, FulfilmentPolicy, ServiceLevel
from orders.models.view import SavedView

__all__ = [
    "Assignment",
    "AssignmentMode",
    "Attempt",
    "Collection",
    "DeliveryService",
    "DeviceAct",
    "FulfilmentPolicy",
    "LedgerEntry",
    "Offer",
    "OfferAnswer",
    "OfferSearch",
    "Order",
    "PackageItem",
    "Proof",
    "Reason",
    "RunSequence",
    "SavedView",
    "SearchOutcome",
    "ServiceLevel",
    "Verdict",
]
