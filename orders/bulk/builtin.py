"""The bulk actions of the order engine: each is an ordinary action, with the inputs that many orders can share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rest_framework import serializers

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.fields import IdField
from dispatch_console.core.errors import Invalid
from drivers.models import Driver
from orders import commands
from orders.actions import ACTIONS, Action
from orders.bulk.registry import BulkAction, Step, register
from orders.bulk.wishes import Reassign, ReturnMany, SetPending, SetStatus, StageMany
from orders.commands import Outcome
from orders.inputs import INPUTS, ActionInput, StageInput, _force, _note, _reason
from orders.states import Status

# Edits differ per order, corrections want a look at each one, and a driver's answers are the driver's own.
DRIVERS_OWN = ("accept", "reject", "self-assign", "self-unassign")
# What happens at one door, or with one picture.
AT_ONE_DOOR = ("arrive", "fail-attempt", "withdraw-attempt", "add-proof", "unlock-pin", "settle-exception")
# Each asks for a look at one order's own request.
RETURN_REQUESTS = ("request-return", "approve-return", "reject-return", "withdraw-return")
SINGLE_ONLY = ("edit", "correct", *DRIVERS_OWN, *AT_ONE_DOOR, *RETURN_REQUESTS)


class SetPendingInput(ActionInput):
    action = SetPending
    reason = _reason("Kept in the history; a word for it is found where it is empty.")
    note = _note()


class SetStatusInput(ActionInput):
    action = SetStatus
    note = _note()
    target: Any


class ReassignInput(ActionInput):
    action = Reassign
    driver_id = IdField(help_text="The driver who takes over.")
    force = _force()
    reason = _reason("Kept in the history; a word for it is found where it is empty.")
    note = _note()


class StageManyInput(StageInput):
    action = StageMany


class ReturnManyInput(ActionInput):
    action = ReturnMany
    reason = _reason("Kept in the history; a word for it is found where it is empty.")
    note = _note()


def _set_to(target: Status) -> type[ActionInput]:
    """The input of one target, which itself is no input."""

    class Input(SetStatusInput):
        def to_action(self) -> Action:
            return SetStatus(target=target, note=self.validated_data["note"])

    Input.__name__ = f"Set{target.name.title().replace('_', '')}Input"
    return Input


def read(input_class: type[serializers.Serializer], params: Mapping[str, Any]) -> Any:
    """The stored params as the input they came from."""
    body = input_class(data=dict(params))
    body.is_valid(raise_exception=True)
    return body


def by_engine(input_class: type[ActionInput]) -> Any:
    """`prepare` of an action of the order engine."""

    def prepare(params: Mapping[str, Any]) -> Step:
        action = without_empty_words(read(input_class, params).to_action(), params)

        def step(code: str, actor: Actor) -> Outcome:
            return commands.perform_here(action, code=code, actor=actor)

        return step

    return prepare


def without_empty_words(action: Action, params: Mapping[str, Any]) -> Action:
    """An empty reason leaves the action its own default."""
    if params.get("reason") or type(action).__dataclass_fields__.get("reason") is None:
        return action
    kept = {name: value for name, value in vars(action).items() if name != "reason"}
    return type(action)(**kept)


def driver_of(params: Mapping[str, Any], actor: Actor) -> str:
    """The chosen driver's name; a driver whom the actor does not see suits no order."""
    driver = Driver.objects.visible_to(actor).filter(pk=params["driver_id"]).first()
    if driver is None:
        raise Invalid.fields(driver_id="There is no such driver. Choose one from the list.")
    return driver.name


def driver_if_named(params: Mapping[str, Any], actor: Actor) -> str:
    return driver_of(params, actor) if params.get("driver_id") else ""


def day_of(params: Mapping[str, Any], actor: Actor) -> str:
    return f"to {date.fromisoformat(params['day']):%a %d %b}" if params.get("day") else "to the next working day"


def reason_of(params: Mapping[str, Any], actor: Actor) -> str:
    return str(params.get("reason", ""))


def _of_engine(
    input_class: type[ActionInput], section: str, done: str, *, name: str = "", label: str = "", **more: Any
) -> BulkAction:
    action = input_class.action
    without_version = type(input_class.__name__, (input_class,), {"version": None})
    return BulkAction(
        name=name or action.name,
        label=label or action.label,
        section=section,
        done=done,
        permission=action.permission,
        input_class=without_version,
        prepare=by_engine(without_version),
        reason_kind=action.reason_kind,
        is_dangerous=action.is_dangerous,
        **more,
    )


STATUS, ASSIGNMENT, PLANNING = "Status", "Assignment", "Planning"
LISTED = (
    _of_engine(SetPendingInput, STATUS, "set to pending"),
    _of_engine(_set_to(Status.PICKED_UP), STATUS, "picked up", name="picked-up", label="Picked up"),
    _of_engine(_set_to(Status.IN_TRANSIT), STATUS, "set to in transit", name="in-transit", label="In transit"),
    _of_engine(_set_to(Status.DELIVERED), STATUS, "delivered", name="delivered", label="Delivered"),
    _of_engine(StageManyInput, STATUS, "staged", label="Staged at warehouse", check=driver_if_named),
    _of_engine(INPUTS["cancel"], STATUS, "cancelled", required=("reason",), check=reason_of),
    _of_engine(ReturnManyInput, STATUS, "returned", label="Returned"),
    _of_engine(INPUTS["assign"], ASSIGNMENT, "assigned", check=driver_of),
    _of_engine(ReassignInput, ASSIGNMENT, "reassigned", check=driver_of),
    _of_engine(INPUTS["unassign"], ASSIGNMENT, "unassigned", required=("reason",), check=reason_of),
    _of_engine(INPUTS["hold"], PLANNING, "put on hold", required=("reason",), check=reason_of),
    _of_engine(INPUTS["release"], PLANNING, "released"),
    _of_engine(INPUTS["reschedule"], PLANNING, "rescheduled", check=day_of),
)
# Known to the API for as long as there are bulk runs; the page offers the ones above instead.
UNLISTED = tuple(
    _of_engine(INPUTS[name], STATUS, "changed", is_listed=False)
    for name in ACTIONS
    if name not in SINGLE_ONLY and name not in {action.name for action in LISTED}
)
register(*LISTED, *UNLISTED)
