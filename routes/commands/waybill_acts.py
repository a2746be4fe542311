"""Every act on a waybill by its name, for doors that learn the name from an address."""

from collections.abc import Callable

from routes.commands import waybill_ends, waybill_members, waybill_steps
from routes.commands.change import Changed
from routes.models import Waybill

# Each takes the label, `actor`, `version`, `key` and what its input says.
COMMANDS: dict[str, Callable[..., Changed[Waybill]]] = {
    "add": waybill_members.add,
    "remove": waybill_members.remove,
    "seal": waybill_steps.seal,
    "assign": waybill_steps.assign,
    "switch": waybill_steps.switch,
    "unassign": waybill_steps.unassign,
    "pick-up": waybill_steps.pick_up,
    "depart": waybill_steps.depart,
    "dispatch": waybill_steps.dispatch,
    "receive": waybill_ends.receive,
    "return": waybill_ends.give_back,
    "let-go": waybill_ends.let_go,
    "close": waybill_ends.close,
    "cancel": waybill_ends.cancel,
}
