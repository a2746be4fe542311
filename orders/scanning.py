"""What a typed, pasted or scanned text stands for: an order, a warehouse, a product, or nothing known here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Warehouse
from orders.access import visible_orders

MOST_TEXTS = 500
LONGEST_TEXT = 200
ORDER_ADDRESS = re.compile(r"/orders/([A-Za-z0-9._-]{1,24})/?(?:[?#].*)?$")
GTIN = re.compile(r"(?:\d{8}|\d{12,14})")

Kind = Literal["order", "warehouse", "product", "unknown"]


@dataclass(frozen=True, slots=True)
class Scanned:
    """One text and what it is; `order` has what `ORDER_COLUMNS` names, `message` says what the others are."""

    text: str
    kind: Kind
    order: dict[str, Any] | None = None
    message: str = ""


ORDER_COLUMNS = {
    "code": "code",
    "status": "status",
    "customer": "customer_name",
    "driver": "driver__name",
    "dropoff": "dropoff_address",
    "warehouse": "dropoff_warehouse__name",
    "held_by": "held_by",
}
KEYS = ("code", "barcode", "external_reference")


def recognise(actor: Actor, texts: Sequence[str]) -> list[Scanned]:
    """Each text by itself, in its sequence: by code, barcode or reference of an order, then as a warehouse's code."""
    wanted = {text: _bare(text) for text in texts}
    orders = _orders(actor, set(wanted.values()))
    rest = {bare for bare in wanted.values() if _key(bare) not in orders}
    warehouses = _warehouses(actor, rest)
    return [_scanned(text, wanted[text], orders, warehouses) for text in texts]


def is_product(text: str) -> bool:
    """Whether it has the form of a trade item's number (EAN, UPC, GTIN) with a right check digit."""
    if not GTIN.fullmatch(text):
        return False
    digits = [int(digit) for digit in reversed(text)]
    total = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return total % 10 == 0


def _bare(text: str) -> str:
    """Without blanks around it; of the address of an order, its code."""
    text = text.strip()
    found = ORDER_ADDRESS.search(text)
    return found.group(1) if found else text


def _key(text: str) -> str:
    return text.casefold()


def _orders(actor: Actor, texts: set[str]) -> dict[str, dict[str, Any]]:
    """By what they were found by. A code wins over another order's barcode, and that over a reference."""
    spellings = {spelling for text in texts if text for spelling in (text, text.upper())}
    if not spellings:
        return {}
    found = visible_orders(actor).filter(
        Q(code__in=spellings) | Q(barcode__in=spellings) | Q(external_reference__in=spellings)
    )
    rows = list(found.values(*ORDER_COLUMNS.values(), "barcode", "external_reference"))
    by_key: dict[str, dict[str, Any]] = {}
    for name in reversed(KEYS):
        by_key |= {_key(row[name]): row for row in rows if row[name]}
    return by_key


def _warehouses(actor: Actor, texts: set[str]) -> dict[str, str]:
    spellings = {spelling for text in texts if text for spelling in (text, text.upper(), text.lower())}
    if not spellings:
        return {}
    rows = Warehouse.objects.visible_to(actor).filter(code__in=spellings)
    return {_key(code): name for code, name in rows.values_list("code", "name")}


def _scanned(text: str, bare: str, orders: dict[str, dict[str, Any]], warehouses: dict[str, str]) -> Scanned:
    key = _key(bare)
    if (row := orders.get(key)) is not None:
        item = {name: row[column] for name, column in ORDER_COLUMNS.items()}
        return Scanned(text, "order", order=item)
    if key in warehouses:
        return Scanned(text, "warehouse", message=f"This is the warehouse {warehouses[key]}, not an order.")
    if is_product(bare):
        return Scanned(text, "product", message="This is the barcode of a product, not of an order.")
    return Scanned(text, "unknown", message="There is no order with this code, barcode or reference.")
