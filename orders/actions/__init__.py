"""The registry of order actions: buttons, URLs, the API document and the test matrix all read it."""

from orders.actions.base import Action, CannotUndo
from orders.actions.change_status import ChangeStatus
from orders.actions.claims import SelfAssign, SelfUnassign
from orders.actions.closing import Cancel, Reopen
from orders.actions.dispatch import Accept, Assign, Reject, Switch, Unassign
from orders.actions.edit import Edit, NewOrder
from orders.actions.hold import Hold, Release
from orders.actions.progress import Confirm, Deliver, Depart, PickUp
from orders.actions.trouble import Correct, Return

ACTIONS: dict[str, type[Action]] = {
    action.name: action
    for action in (
        Assign,
        Switch,
        Unassign,
        Accept,
        Reject,
        SelfAssign,
        SelfUnassign,
        Confirm,
        PickUp,
        Depart,
        Deliver,
        ChangeStatus,
        Correct,
        Return,
        Hold,
        Release,
        Edit,
        Cancel,
        Reopen,
    )
}

__all__ = [
    "ACTIONS",
    "Accept",
    "Action",
    "Assign",
    "Cancel",
    "CannotUndo",
    "ChangeStatus",
    "Confirm",
    "Correct",
    "Deliver",
    "Depart",
    "Edit",
    "Hold",
    "NewOrder",
    "PickUp",
    "Reject",
    "Release",
    "Reopen",
    "Return",
    "SelfAssign",
    "SelfUnassign",
    "Switch",
    "Unassign",
]
