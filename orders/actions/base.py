"""What an action is: a frozen value that knows who may do it, when it is legal, what it changes and how to undo it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders.actions.rules import Guard
from orders.models import Order, Reason
from orders.models.order import OrderQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable


class CannotUndo(Refused):
    code = "cannot_undo"


@dataclass(frozen=True, kw_only=True)
class Action:
    """Base of every order action. Subclasses are dataclasses whose fields are the action's input.

    `name` is the URL word, `event` the kind of the event row, `permission` the right it needs, `guard` the states it
    is legal in, `label` the button, `key` the console's shortcut.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    event: ClassVar[str]
    permission: ClassVar[str]
    guard: ClassVar[Guard] = Guard()
    reason_kind: ClassVar[str] = ""
    key: ClassVar[str] = ""
    is_dangerous: ClassVar[bool] = False
    own_work: ClassVar[bool] = False  # the driver who has the order may do it with the permission work.own

    def reachable(self, actor: Actor) -> OrderQuerySet:
        """The orders the actor may try it on; for all others it is as if they did not exist."""
        return Order.objects.visible_to(actor)

    def resolved(self, order: Order) -> Action:
        """The concrete action for the locked order; only actions that depend on the current state override it."""
        return self

    def needed_permission(self, order: Order) -> str:
        return self.permission

    def check(self, order: Order, actor: Actor) -> None:
        """Conditions on the input together with the order, beyond the declared guard; raises Refused or Invalid."""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        """Change the order in memory, write what hangs on it, and name the changed columns."""
        raise NotImplementedError

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        """What this does to one leg when it is done to the staged order as a whole; `leg.parent` is as it will be."""
        return None

    @classmethod
    def inverse(cls, event: Event) -> Action:
        """The action that takes the event of this action back, or CannotUndo with the reason."""
        raise CannotUndo(f"“{cls.label}” cannot be undone.")

    def refusal(self, order: Order) -> dict[str, Any] | None:
        """For an act that was judged and lost: `code`, `message` and `details` of the refusal kept in its event.

        What apply did is written all the same, and the command is refused after it, each time it is repeated.
        """
        return None

    @classmethod
    def reason_kind_for(cls, order: Order) -> str:
        """Which of the tenant's reasons fit."""
        return cls.reason_kind

    def content(self) -> dict[str, Any]:
        """The input as stored in the event and compared for idempotency."""
        return asdict(self)

    @property
    def stated_reason(self) -> str:
        return getattr(self, "reason", "")

    @property
    def stated_note(self) -> str:
        return getattr(self, "note", "")


def require_reason(reason: str, *, order: Order, kind: str) -> None:
    """Refuse an empty reason, naming the tenant's own words for it."""
    if reason.strip():
        return
    known = list(
        Reason.objects.filter(tenant_id=order.tenant_id, kind=kind, is_active=True).values_list("label", flat=True)[:6]
    )
    hint = f" For example: {', '.join(known)}." if known else ""
    sentence = f"Say why.{hint}"
    raise Invalid(f"A reason is needed. {sentence}", code="reason_required", details={"fields": {"reason": [sentence]}})


def require_note(note: str, *, why: str) -> None:
    if not note.strip():
        raise Invalid(why, code="note_required", details={"fields": {"note": [why]}})
