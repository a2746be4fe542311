"""Legal actions as buttons: short words, pictures, and in which order they stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from orders.offers import Offer

# What moves the order on comes first, what ends it last.
WORDS: dict[str, tuple[str, str]] = {
    "assign": ("Assign", "driver"),
    "confirm": ("Confirm", "check"),
    "release": ("Release", "play"),
    "try-again": ("Try again", "refresh"),
    "approve-return": ("Approve", "check"),
    "reject-return": ("Reject", "close"),
    "stage": ("Stage", "warehouse"),
    "status": ("Status", "arrow-right"),
    "switch": ("Switch", "swap"),
    "edit": ("Edit", "edit"),
    "return": ("Return", "return"),
    "reopen": ("Reopen", "refresh"),
    "hold": ("Hold", "pause"),
    "reschedule": ("Reschedule", "calendar"),
    "add-proof": ("Add proof", "upload"),
    "arrive": ("Arrived", "pin"),
    "fail-attempt": ("Failed attempt", "warning"),
    "withdraw-attempt": ("Withdraw failed attempt", "undo"),
    "unlock-pin": ("Unlock PIN", "lock"),
    "settle-exception": ("Settle exception", "check"),
    "request-return": ("Return", "return"),
    "withdraw-return": ("Withdraw return", "undo"),
    "raise-exception": ("Raise exception", "warning"),
    "note": ("Add note", "edit"),
    "unassign": ("Unassign driver", "driver"),
    "cancel": ("Cancel order", "error"),
}
# “Change status” asks for what these need; a button for each would only crowd the bar.
WITHIN_STATUS = frozenset({"pick-up", "depart", "deliver", "correct"})


@dataclass(frozen=True, slots=True)
class Button:
    name: str
    word: str
    label: str
    icon: str
    key: str
    is_dangerous: bool


def buttons(offered: Mapping[str, Offer], *, first: str = "") -> list[Button]:
    """One button for each offered action that stands for itself; the first is the obvious next step."""
    known = [offered[name] for name in sorted(WORDS, key=lambda name: name != first) if name in offered]
    others = [offer for name, offer in offered.items() if name not in WORDS and name not in WITHIN_STATUS]
    return [_button(offer) for offer in [*known, *others]]


def _button(offer: Offer) -> Button:
    word, icon = WORDS.get(offer["name"], (offer["label"], "more"))
    return Button(
        name=offer["name"],
        word=word,
        label=offer["label"],
        icon=icon,
        key=offer["key"],
        is_dangerous=offer["is_dangerous"],
    )
