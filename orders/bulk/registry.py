"""What can be done to many orders at once. Apps above this one add their own actions when the project starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Event
from orders.commands import Outcome

# Does it to one order, inside a transaction that the caller has opened; raises the errors of `core.errors`.
Step = Callable[[str, Actor], Outcome]
# Takes back the event that a step made, in the same way.
TakeBack = Callable[[Event, Actor], Outcome]


def nothing_to_check(params: Mapping[str, Any], actor: Actor) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """One action of the workspace and of the API.

    `input_class` declares what it asks for besides the orders; its validated data, as plain JSON values, are the
    `params` that a run stores. `prepare` turns them into the step that is called for each order, once per run.
    `check` refuses params that can suit no order (a driver who does not exist) and says in a few words what they mean,
    for the run's title. `required` names inputs that must not be empty. `section` and `done` are words for the page.
    `take_back` undoes a step that is more than one action of the order engine, which needs none.
    `choices` names for an input that is a row's id the API list it is chosen from, whose items have `id` and `name`.
    """

    name: str
    label: str
    section: str
    done: str
    permission: str
    input_class: type[serializers.Serializer]
    prepare: Callable[[Mapping[str, Any]], Step]
    check: Callable[[Mapping[str, Any], Actor], str] = nothing_to_check
    take_back: TakeBack | None = None
    required: tuple[str, ...] = ()
    reason_kind: str = ""
    is_dangerous: bool = False
    is_listed: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def means_legs(self) -> bool:
        """A staged order that is named stands for the leg of it that is being worked."""
        action = getattr(self.input_class, "action", None)
        return action is None or not action.guard.of_parents


REGISTRY: dict[str, BulkAction] = {}


def register(*actions: BulkAction) -> None:
    for action in actions:
        if action.name in REGISTRY:
            raise ValueError(f"There are two bulk actions named {action.name}.")
        REGISTRY[action.name] = action


def known(name: str) -> BulkAction:
    """The action of that name; raises Invalid."""
    if name in REGISTRY:
        return REGISTRY[name]
    raise Invalid.fields(action=f"There is no bulk action “{name[:40]}”. Known: {', '.join(sorted(REGISTRY))}.")
