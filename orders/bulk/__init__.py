"""One action on many orders: checked without writing, carried out row by row, and stored with every row's verdict."""

from orders.bulk import builtin
from orders.bulk.builtin import DRIVERS_OWN, SINGLE_ONLY
from orders.bulk.making import MOST_CODES, MOST_ORDERS
from orders.bulk.registry import REGISTRY, BulkAction, Step, register
from orders.bulk.runs import (
    cancel,
    create,
    execute,
    get_run,
    rehearse,
    remove,
    retry,
    undo,
)

__all__ = [
    "DRIVERS_OWN",
    "MOST_CODES",
    "MOST_ORDERS",
    "REGISTRY",
    "SINGLE_ONLY",
    "BulkAction",
    "Step",
    "builtin",
    "cancel",
    "create",
    "execute",
    "get_run",
    "register",
    "rehearse",
    "remove",
    "retry",
    "undo",
]
