"""Cash that goes with an act: what is due at an end, what the driver took, and taking it back."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from orders.models import Collection, LedgerEntry, Order
from orders.states import (
    IN_CASH,
    CashStage,
    CollectionStatus,
    LedgerAccount,
    LedgerKind,
    Payer,
    PaymentMethod,
    PaymentStatus,
)

NOTHING = Decimal("0.00")
MOST = Decimal("99999999.99")
Money = Decimal | str | None


@dataclass(frozen=True, slots=True)
class Due:
    """What a driver has to collect at one end."""

    goods: Decimal = NOTHING
    fee: Decimal = NOTHING

    @property
    def amount(self) -> Decimal:
        return self.goods + self.fee


def due(order: Order, stage: str, *, is_assigned: bool | None = None) -> Due:
    """What the order asks for in cash at this end, once one of the own drivers has it (`is_assigned` to suppose so).

    A sender who pays in cash pays the fee at the pickup. The receiver pays the goods of a cash-on-delivery order at
    the dropoff and, being the payer, the fee with them.
    """
    has_driver = order.driver_id is not None if is_assigned is None else is_assigned
    if not has_driver or order.payment_method not in IN_CASH:
        return Due()
    if stage == CashStage.PICKUP:
        return Due(fee=order.delivery_fee if order.payer == Payer.SENDER else NOTHING)
    return Due(
        goods=order.cod_amount if order.payment_method == PaymentMethod.COD else NOTHING,
        fee=order.delivery_fee if order.payer == Payer.RECEIVER else NOTHING,
    )


def check_collected(order: Order, stage: str, collected: Money, reason: str) -> None:
    """Refuse an amount that makes no sense, or that differs from what is due without a reason."""
    amount, wanted = _amount(collected), due(order, stage).amount
    if amount is None or amount == wanted:
        return
    if wanted == NOTHING:
        where = "pickup" if stage == CashStage.PICKUP else "dropoff"
        raise Invalid.fields(collected=f"Nothing is to be collected at the {where} of order {order.code}.")
    if not reason.strip():
        sentence = f"{wanted} is due and {amount} was collected. Say why it differs."
        raise Invalid(
            sentence,
            code="reason_required",
            details={"fields": {"collected_reason": [sentence]}, "due": str(wanted), "collected": str(amount)},
        )


def collect(order: Order, stage: str, actor: Actor, *, collected: Money = None, reason: str = "") -> bool:
    """Write down what the driver took at this end, and book it; False when less than what is due was taken."""
    wanted = due(order, stage)
    if wanted.amount == NOTHING:
        return True
    existing = Collection.objects.filter(order=order, stage=stage).exclude(status=CollectionStatus.VOID).first()
    if existing is not None:  # a correction walks over a stage that was done before
        return not existing.is_short
    amount = _amount(collected)
    amount = wanted.amount if amount is None else amount
    # What is short is short of the fee first: the goods are somebody else's money. What is over goes with the goods.
    fee = min(wanted.fee, max(amount - wanted.goods, NOTHING))
    collection = Collection.objects.create(  # type: ignore[misc]
        tenant_id=order.tenant_id,
        order=order,
        driver_id=order.driver_id,
        customer_id=order.customer_id,
        stage=stage,
        amount=amount,
        goods=amount - fee,
        fee=fee,
        due=wanted.amount,
        difference_reason=reason.strip() if amount != wanted.amount else "",
        collected_by=actor.label,
        collected_at=clock.now(),
    )
    _book(collection, LedgerKind.COLLECTED, amount, actor)
    return amount >= wanted.amount


def void(order: Order, actor: Actor, *stages: str) -> None:
    """Take back what was collected at these ends; refuses once the cash has been handed over."""
    rows = Collection.objects.filter(order=order, stage__in=stages).exclude(status=CollectionStatus.VOID)
    for collection in rows.select_for_update(no_key=True).order_by("pk"):
        if collection.status != CollectionStatus.COLLECTED:
            how = CollectionStatus(collection.status).label.lower()
            raise Refused(
                f"The {collection.amount} collected for order {order.code} is already {how}, so this can no longer be "
                "taken back. Correct the driver's account instead.",
                code="cash_handed_over",
            )
        collection.status, collection.voided_at = CollectionStatus.VOID, clock.now()
        collection.save(update_fields=["status", "voided_at"])
        _book(collection, LedgerKind.VOIDED, -collection.amount, actor)


def is_paid_at_pickup(order: Order) -> bool:
    return order.payment_method == PaymentMethod.CASH and order.payer == Payer.SENDER


def settle_payment(order: Order, *, is_paid: bool) -> list[str]:
    """The payment status that follows from what was collected, for orders paid in cash."""
    if order.payment_method not in IN_CASH:
        return []
    order.payment_status = PaymentStatus.PAID if is_paid else PaymentStatus.PENDING
    return ["payment_status"]


def _book(collection: Collection, kind: LedgerKind, amount: Decimal, actor: Actor) -> None:
    if amount == NOTHING:
        return
    LedgerEntry.objects.create(
        tenant_id=collection.tenant_id,
        driver_id=collection.driver_id,
        account=LedgerAccount.CASH,
        kind=kind,
        amount=amount,
        collection=collection,
        cause=f"collection:{collection.pk}:{kind}",
        actor_label=actor.label,
        created_at=clock.now(),
    )


def _amount(collected: Money) -> Decimal | None:
    """The amount in cents; None means exactly what is due."""
    if collected is None or collected == "":
        return None
    try:
        amount = Decimal(collected)
        if not (amount.is_finite() and NOTHING <= amount <= MOST and amount == amount.quantize(NOTHING)):
            raise InvalidOperation
    except InvalidOperation:
        raise Invalid.fields(collected="Give an amount with two decimals, such as 12.50.") from None
    return amount.quantize(NOTHING)
