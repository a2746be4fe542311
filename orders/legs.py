"""A staged order and its two legs: their codes, which leg is being worked, and what the parent's status follows from.

A staged order passes through a warehouse. It is booked as one order, the parent, and carried as two: the inbound leg
from the pickup to the warehouse and the outbound leg from there to the dropoff. Rows are locked by id, and the legs
have lower ids than their parent: whoever has a leg locked may still lock the parent.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from dispatch_console.core.actor import Actor
from orders.models import Order
from orders.states import DONE, IN_CASH, MOVING, Leg, Payer, PaymentMethod, Status

NUMBERS = {Leg.INBOUND: 1, Leg.OUTBOUND: 2}
_LEG_CODE = re.compile(r"^(.+)-([12])$")
NOTHING = Decimal("0.00")


def leg_code(code: str, leg: str) -> str:
    """`D-10001-1` is the inbound leg of `D-10001`; barcodes are numbered in the same way."""
    return f"{code}-{NUMBERS[Leg(leg)]}"


def whole_code(code: str) -> str:
    """The parent's code (or barcode) of a leg's; any other code is its own."""
    found = _LEG_CODE.match(code)
    return found.group(1) if found else code


def family_codes(code: str) -> list[str]:
    """The codes of everything that may have to be locked together with this order, whether they exist or not."""
    whole = whole_code(code)
    return [whole, *(leg_code(whole, leg) for leg in Leg)]


def is_leg_code(code: str) -> bool:
    return _LEG_CODE.match(code) is not None


def sibling_code(order: Order, leg: Leg) -> str:
    return leg_code(whole_code(order.code), leg)


def is_finished(leg: Order) -> bool:
    return leg.status in DONE


def worked(legs: Sequence[Order]) -> Order:
    """The leg that is being worked, or that ended the order."""
    return next((leg for leg in legs if not is_finished(leg)), legs[-1])


def legs_of(parent: Order) -> list[Order]:
    """Inbound first."""
    return list(parent.legs.order_by("leg"))


def working_leg(order: Order) -> Order:
    """The order to act on: of a staged order the leg that is being worked, else the order itself. One query."""
    return worked(legs_of(order)) if order.is_parent else order


def working_codes(actor: Actor, words: Iterable[str]) -> dict[str, str]:
    """For each typed or scanned word that is the code or barcode of a staged order: the code of the leg to act on.

    Words that name anything else are left out. Two queries, whatever their number.
    """
    asked = set(words)
    parents = Order.objects.visible_to(actor).filter(staging_warehouse__isnull=False)
    found = parents.filter(code__in=asked) | parents.filter(barcode__in=asked)
    by_id = {parent.pk: parent for parent in found.only("code", "barcode")}
    legs: dict[int, list[Order]] = {}
    for leg in (
        Order.objects.visible_to(actor).filter(parent__in=by_id).order_by("leg").only("code", "status", "parent")
    ):
        legs.setdefault(leg.parent_id or 0, []).append(leg)
    return {
        word: worked(legs[pk]).code
        for pk, parent in by_id.items()
        for word in {parent.code, parent.barcode} & asked
        if pk in legs
    }


def status_of(inbound: str, outbound: str) -> Status:
    """The parent's status, by the statuses of its legs and nothing else. It never reads finished with live work."""
    if Status.RETURNED in (inbound, outbound):
        return Status.RETURNED
    if outbound in (Status.DELIVERED, Status.CANCELLED):
        return Status(outbound)
    if inbound == Status.STAGED:
        return Status.IN_TRANSIT if outbound in MOVING else Status.STAGED
    return Status(inbound)


def money_of(leg: str, values: dict[str, Any]) -> dict[str, Any]:
    """What is paid on a leg of an order with these payment values.

    Money is taken where the person is who pays it: a fee in cash from the sender at the first pickup, everything else
    on the outbound leg. The other leg asks for nothing.
    """
    payer, method = values["payer"], values["payment_method"]
    nothing = {"payer": payer, "payment_method": method, "cod_amount": NOTHING, "delivery_fee": NOTHING}
    from_sender = method in IN_CASH and payer == Payer.SENDER
    if leg == Leg.INBOUND:
        if from_sender:
            return {**nothing, "payment_method": PaymentMethod.CASH, "delivery_fee": values["delivery_fee"]}
        return {**nothing, "payment_method": PaymentMethod.ACCOUNT} if method in IN_CASH else nothing
    if not from_sender:
        return {name: values[name] for name in nothing}
    if method == PaymentMethod.COD:
        return {**nothing, "cod_amount": values["cod_amount"]}
    return {**nothing, "payment_method": PaymentMethod.ACCOUNT}
