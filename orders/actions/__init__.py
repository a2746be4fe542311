"""The registry of order actions: buttons, URLs, the API document and the test matrix all read it."""

from orders.actions.attempts import Arrive, FailAttempt, TryAgain, WithdrawAttempt
from orders.actions.base import Action, CannotUndo
from orders.actions.change_status import ChangeStatus
from orders.actions.claims import SelfAssign, SelfUnassign
from orders.actions.closing import Cancel, Reopen
from orders.actions.dispatch import Accept, Assign, Reject, Switch, Unassign
from orders.actions.edit import Edit, NewOrder
from orders.actions.exceptions import AddNote, RaiseException, SettleException
from orders.actions.grouping import JoinGroup, LeaveGroup, RejoinGroup
from orders.actions.hold import Hold, Release
from orders.actions.pin import RefusePin, UnlockPin
from orders.actions.progress import Confirm, Deliver, Depart, PickUp
from orders.actions.proving import AddProof
from orders.actions.reschedule import Reschedule
from orders.actions.returning import ApproveReturn, RejectReturn, RequestReturn, WithdrawReturn
from orders.actions.staging import StageAtWarehouse, Unstage
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
        Arrive,
        PickUp,
        Depart,
        StageAtWarehouse,
        Deliver,
        FailAttempt,
        TryAgain,
        WithdrawAttempt,
        AddProof,
        UnlockPin,
        ChangeStatus,
        Correct,
        Return,
        Hold,
        Release,
        Edit,
        Reschedule,
        Cancel,
        Reopen,
        RequestReturn,
        ApproveReturn,
        RejectReturn,
        WithdrawReturn,
        RaiseException,
        SettleException,
        AddNote,
    )
}

__all__ = [
    "ACTIONS",
    "Accept",
    "Action",
    "AddNote",
    "AddProof",
    "ApproveReturn",
    "Arrive",
    "Assign",
    "Cancel",
    "CannotUndo",
    "ChangeStatus",
    "Confirm",
    "Correct",
    "Deliver",
    "Depart",
    "Edit",
    "FailAttempt",
    "Hold",
    "JoinGroup",
    "LeaveGroup",
    "NewOrder",
    "PickUp",
    "RaiseException",
    "RefusePin",
    "Reject",
    "RejectReturn",
    "RejoinGroup",
    "Release",
    "Reopen",
    "RequestReturn",
    "Reschedule",
    "Return",
    "SelfAssign",
    "SelfUnassign",
    "SettleException",
    "StageAtWarehouse",
    "Switch",
    "TryAgain",
    "Unassign",
    "UnlockPin",
    "Unstage",
    "WithdrawAttempt",
    "WithdrawReturn",
]
