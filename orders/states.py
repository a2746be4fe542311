"""The words of an order: types, statuses and the sets of them that rules speak about."""

from django.db import models


class OrderType(models.TextChoices):
    ON_DEMAND = "on_demand", "On-demand"
    PICKUP = "pickup", "Pickup"
    DELIVERY = "delivery", "Delivery"
    PICKUP_DELIVERY = "pickup_delivery", "Pickup & delivery"


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    PENDING = "pending", "Pending"
    ASSIGNED = "assigned", "Assigned"
    PICKED_UP = "picked_up", "Picked up"
    IN_TRANSIT = "in_transit", "In transit"
    STAGED = "staged", "Staged at warehouse"
    DELIVERED = "delivered", "Delivered"
    CANCELLED = "cancelled", "Cancelled"
    RETURNED = "returned", "Returned"


class AssignmentStatus(models.TextChoices):
    NONE = "none", "No driver"
    PENDING = "pending", "Waiting for driver"
    ASSIGNED = "assigned", "Assigned"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    COMPLETED = "completed", "Completed"
    RETURNED = "returned", "Returned"
    UNASSIGNED = "unassigned", "Unassigned"


class CarrierType(models.TextChoices):
    INTERNAL = "internal", "Internal"
    PRIME = "prime", "Prime"
    EXTERNAL = "external", "External"
    HYBRID = "hybrid", "Hybrid"


class Payer(models.TextChoices):
    SENDER = "sender", "Sender"
    RECEIVER = "receiver", "Receiver"


class PaymentMethod(models.TextChoices):
    WALLET = "wallet", "Wallet"
    COD = "cod", "Cash on delivery"
    CASH = "cash", "Cash for the fee"
    CARD = "card", "Card"
    ACCOUNT = "account", "Account"
    PREPAID = "prepaid", "Prepaid"


class PaymentStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"
    REFUNDED = "refunded", "Refunded"


class Direction(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class Leg(models.TextChoices):
    """The two halves of a staged order; each is an order of its own with the booked one as its parent."""

    INBOUND = "inbound", "To the warehouse"
    OUTBOUND = "outbound", "From the warehouse"


class Flow(models.TextChoices):
    FORWARD = "forward", "Forward"
    RETURN = "return", "Return"


class ReturnStatus(models.TextChoices):
    """How a return request on a delivered order stands."""

    PENDING = "pending", "Requested"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Withdrawn"


class Priority(models.IntegerChoices):
    URGENT = 1, "Urgent"
    HIGH = 2, "High"
    NORMAL = 3, "Normal"
    LOW = 4, "Low"


class GroupKind(models.TextChoices):
    """What may hold an order (`Order.held_by` is `<kind>:<label>`)."""

    WAYBILL = "waybill", "Waybill"
    TRIP = "trip", "Trip"
    SESSION = "session", "Route session"


class ReasonKind(models.TextChoices):
    CANCEL = "cancel", "Cancellation"
    UNASSIGN = "unassign", "Unassignment"
    SWITCH = "switch", "Driver switch"
    REJECT = "reject", "Driver refusal"
    RETURN = "return", "Return"
    HOLD = "hold", "Hold"
    EXCEPTION = "exception", "Exception"
    PICKUP_FAILED = "pickup_failed", "Failed pickup"
    DELIVERY_FAILED = "delivery_failed", "Failed delivery"


class Stage(models.TextChoices):
    PICKUP = "pickup", "Pickup"
    DELIVERY = "delivery", "Delivery"


class ProofKind(models.TextChoices):
    PHOTO = "photo", "Photo"
    SIGNATURE = "signature", "Signature"
    BARCODE = "barcode", "Barcode"
    PIN = "pin", "PIN"
    NOTE = "note", "Note"


class ExceptionStage(models.TextChoices):
    """How far the order was when something went wrong."""

    PRE_DISPATCH = "pre_dispatch", "Before pickup"
    IN_TRANSIT = "in_transit", "On the way"
    AT_DELIVERY = "at_delivery", "At the receiver"
    POST_DELIVERY = "post_delivery", "After it ended"


class ExceptionStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    ESCALATED = "escalated", "Escalated"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"


class Resolution(models.TextChoices):
    RETURNED = "returned", "Returned"
    REDELIVERED = "redelivered", "Delivered again"
    REFUNDED = "refunded", "Refunded"
    CANCELLED = "cancelled", "Cancelled"
    CONTINUED = "continued", "Went on as planned"


class CashStage(models.TextChoices):
    PICKUP = "pickup", "At the pickup"
    DROPOFF = "dropoff", "At the dropoff"


class CollectionStatus(models.TextChoices):
    COLLECTED = "collected", "Collected"
    REMITTED = "remitted", "Remitted"
    SETTLED_BY_WALLET = "settled_by_wallet", "Settled by wallet"
    VOID = "void", "Void"


class LedgerAccount(models.TextChoices):
    CASH = "cash", "Cash in hand"
    WALLET = "wallet", "Wallet"


class LedgerKind(models.TextChoices):
    COLLECTED = "collected", "Cash collected"
    VOIDED = "voided", "Collection voided"
    REMITTED = "remitted", "Cash handed over"
    SETTLED = "settled", "Settled by wallet"
    CREDIT = "credit", "Credit by hand"
    DEBIT = "debit", "Debit by hand"


OPEN = (
    Status.DRAFT,
    Status.PENDING,
    Status.ASSIGNED,
    Status.PICKED_UP,
    Status.IN_TRANSIT,
)
# A leg that is staged has done its part; its parent goes on with the other leg, see `Order.is_open`.
DONE = (Status.STAGED, Status.DELIVERED, Status.CANCELLED, Status.RETURNED)
MOVING = (Status.PICKED_UP, Status.IN_TRANSIT)
# Money in notes and coins: the driver has to collect something.
IN_CASH = (PaymentMethod.COD, PaymentMethod.CASH)
SETTLED_EXCEPTION = (ExceptionStatus.RESOLVED, ExceptionStatus.CLOSED)
OWN_FLEET = (CarrierType.INTERNAL,)
